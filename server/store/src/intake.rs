//! The intake: one node-wide, sealed, durable log of what devices sent. Many appends share a commit; a folder moves
//! entries into tenants' stores in batches, so that an unchanged check-in opens no file of its tenant.
//!
//! Folding may run twice. The folder goes from tenant to tenant ([`Intake::tenants_after`]), reads what waits of each
//! ([`Intake::batch`]) and, in one transaction of the tenant's store, skips entries up to [`Tx::folded_through`], folds
//! the rest, and sets [`Tx::set_folded_through`]; then it calls [`Intake::forget_through`], and at the end of its round
//! [`Intake::sweep`], which takes from the log's front what is folded. So a tenant's file is opened once for many
//! entries, and a tenant that cannot be folded stops no other. Numbers are never given twice, also not after every entry
//! is removed.
//!
//! Which entries wait of which tenant is known in memory (`waiting`); the log has no index by tenant, whose pages every
//! append would touch at another place.

mod waiting;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use kernel::{DeviceId, KeyError, KeyRef, KeyRing, Place, TenantId};
use tokio::sync::{mpsc, oneshot};
use wire::Timestamp;

pub use self::waiting::Ripeness;
use self::waiting::Waiting;
use crate::data_map;
use crate::handle::Db;
use crate::store::{
    DELETE_ENTRIES_BELOW, DELETE_ENTRY, ENTRIES, ENTRIES_AFTER, ERASE_DEVICES_ENTRIES, ERASE_TENANTS_ENTRIES, FOLDED_THROUGH, INSERT_ENTRY,
    SET_FOLDED_THROUGH, TAKE_NUMBERS,
};
use crate::tx::Tx;
use crate::{StoreError, Value, params};

/// Largest body of an entry, in bytes.
pub const INTAKE_BODY_BYTES_MAX: usize = 64 * 1024;
/// Entries that may wait for the commit; more are refused as "busy".
pub const INTAKE_WAITING_MAX: usize = 16_384;
/// Entries that share a commit at most.
const COMMIT_ENTRIES_MAX: usize = 1_024;
/// Entries of the log that are looked through at once, to learn which wait.
const LEARNT_AT_ONCE: usize = 50_000;
/// Entries that one transaction removes.
const SWEPT_AT_ONCE: usize = 5_000;
/// Entries that one statement reads.
const ENTRIES_AT_ONCE: usize = 16;
/// Folded entries that stay in the log because one that waits lies before them; past it they are removed one by one.
pub const FOLDED_KEPT_MAX: usize = 100_000;

/// An entry, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntakeEntry {
    /// Grows from entry to entry; never given twice.
    pub number: i64,
    /// Whose.
    pub tenant: TenantId,
    /// From which device.
    pub device: DeviceId,
    /// What the body is; the appender's own numbering.
    pub kind: i64,
    /// When it was taken in.
    pub at: Timestamp,
    /// What was sent.
    pub body: Vec<u8>,
}

/// An entry without its number.
struct Appended {
    tenant: TenantId,
    device: DeviceId,
    kind: i64,
    at: Timestamp,
    body: Vec<u8>,
}

/// An entry that is to be committed, and who waits for its number.
type Appending = (Appended, oneshot::Sender<Result<i64, StoreError>>);

/// The log. Cloning shares it.
#[derive(Clone)]
pub struct Intake {
    db: Db,
    keys: Arc<OnceLock<Arc<dyn KeyRing>>>,
    appender: Arc<Mutex<Appender>>,
    waiting: Arc<Mutex<Waiting>>,
}

/// The thread that commits, once it runs.
#[derive(Default)]
struct Appender {
    queue: Option<mpsc::Sender<Appending>>,
    thread: Option<std::thread::JoinHandle<()>>,
    has_ended: bool,
}

const fn place(number: i64) -> Place {
    Place { table: data_map::INTAKE.number, column: 6, row: number }
}

impl Intake {
    pub(crate) fn new(db: Db) -> Self {
        Self { db, keys: Arc::default(), appender: Arc::default(), waiting: Arc::default() }
    }

    /// Hands in the keyring; once, before the first append. A second one is ignored: entries sealed before would not open.
    pub fn set_keys(&self, keys: Arc<dyn KeyRing>) {
        if self.keys.set(keys).is_err() {
            tracing::warn!("the intake has its keyring already; the second one is ignored");
        }
    }

    fn keys(&self) -> Result<Arc<dyn KeyRing>, StoreError> {
        self.keys.get().cloned().ok_or_else(|| StoreError::Misuse("the intake has no keyring yet".into()))
    }

    /// Appends an entry, sealed under the instance's key; durable when it returns its number.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] past [`INTAKE_BODY_BYTES_MAX`]; [`StoreError::Busy`] where [`INTAKE_WAITING_MAX`] wait.
    pub async fn append(&self, tenant: TenantId, device: DeviceId, kind: i64, at: Timestamp, body: Vec<u8>) -> Result<i64, StoreError> {
        if body.len() > INTAKE_BODY_BYTES_MAX {
            return Err(StoreError::TooLarge { what: "an intake entry in bytes", limit: INTAKE_BODY_BYTES_MAX as u64 });
        }
        let (answer, answered) = oneshot::channel();
        let sent = self.queue()?.try_send((Appended { tenant, device, kind, at, body }, answer));
        sent.map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy("too many intake entries are waiting"),
            mpsc::error::TrySendError::Closed(_) => closed(),
        })?;
        answered.await.map_err(|_| closed())?
    }

    /// The way to the committing thread, which starts with the first append.
    fn queue(&self) -> Result<mpsc::Sender<Appending>, StoreError> {
        let mut appender = self.appender.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = &appender.queue {
            return Ok(queue.clone());
        }
        if appender.has_ended {
            return Err(closed());
        }
        let (db, keys) = (self.db.clone(), self.keys()?);
        let (queue, waiting) = mpsc::channel(INTAKE_WAITING_MAX);
        let thread = std::thread::Builder::new()
            .name("store-intake".into())
            .spawn(move || commit_as_they_come(&db, &keys, waiting))
            .map_err(|error| StoreError::Unavailable(format!("the intake's thread cannot be started: {error}")))?;
        appender.thread = Some(thread);
        appender.queue = Some(queue.clone());
        Ok(queue)
    }

    /// Commits what waits and ends the thread.
    pub(crate) fn end(&self) {
        let thread = {
            let mut appender = self.appender.lock().unwrap_or_else(PoisonError::into_inner);
            appender.has_ended = true;
            appender.queue = None;
            appender.thread.take()
        };
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the intake's thread panicked");
        }
    }

    /// Learns what waits: everything that was appended before the call, by whomever.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn learn(&self) -> Result<(), StoreError> {
        loop {
            let after = self.waiting().known_through();
            let read = self.db.read(move |tx| {
                let rows = tx.query(&ENTRIES_AFTER, &params![after, LEARNT_AT_ONCE as i64])?;
                rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<Vec<(i64, TenantId)>, StoreError>>()
            });
            let entries = read.await?;
            let is_last = entries.len() < LEARNT_AT_ONCE;
            let now = self.now();
            self.waiting().learn(entries, now);
            if is_last {
                return Ok(());
            }
        }
    }

    /// How many tenants have entries that are known, and how many entries that is.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        self.waiting().size()
    }

    /// The tenants that have entries that are known, in the order of their ids from `after` on (without it).
    #[must_use]
    pub fn tenants_after(&self, after: Option<TenantId>, ripeness: Ripeness, max: usize) -> Vec<TenantId> {
        self.waiting().tenants_after(after, ripeness, max)
    }

    /// The oldest entries of a tenant, opened. One that is damaged is told and left out, so that it holds nobody up.
    ///
    /// # Errors
    /// As [`Db::read`]; [`StoreError::Key`] where not one of them opens, which speaks for a wrong key.
    pub async fn batch(&self, tenant: TenantId, max: usize) -> Result<Vec<IntakeEntry>, StoreError> {
        let keys = self.keys()?;
        self.learn().await?;
        let numbers = self.waiting().first_of(tenant, max);
        let Some(last) = numbers.last().copied() else { return Ok(Vec::new()) };
        let read = self.db.read(move |tx| -> Result<_, StoreError> {
            let (mut entries, mut damaged) = (Vec::with_capacity(numbers.len()), None);
            for some in numbers.chunks(ENTRIES_AT_ONCE) {
                // Zero is no entry's number.
                let asked: [Value; ENTRIES_AT_ONCE] = std::array::from_fn(|place| some.get(place).copied().unwrap_or(0).into());
                for mut row in tx.query(&ENTRIES, &asked)? {
                    let (number, device): (i64, DeviceId) = (row.get(0)?, row.get(1)?);
                    let sealed: Vec<u8> = row.take(4)?;
                    match keys.open(KeyRef::Instance, place(number), &sealed) {
                        Ok(body) => {
                            let (kind, at) = (row.get(2)?, row.get(3)?);
                            entries.push(IntakeEntry { number, tenant, device, kind, at, body: body.to_vec() });
                        }
                        Err(error @ KeyError::Altered { .. }) => {
                            tracing::error!(device.id = %device, intake.number = number, "an intake entry is damaged; it is left out");
                            damaged = Some(error);
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
            }
            match damaged {
                Some(error) if entries.is_empty() => Err(error.into()),
                _ => Ok(entries),
            }
        });
        let entries = read.await?;
        if entries.is_empty() {
            // Somebody else has folded and removed them.
            self.forget_through(tenant, last);
        }
        Ok(entries)
    }

    /// A tenant's entries up to a number are folded: they wait no longer, and [`Intake::sweep`] removes them.
    pub fn forget_through(&self, tenant: TenantId, number: i64) {
        let now = self.now();
        self.waiting().forget_through(tenant, number, now);
    }

    /// Removes from the log what is folded and lies before everything that waits. More than [`FOLDED_KEPT_MAX`] entries do
    /// not stay because of one that waits.
    ///
    /// # Errors
    /// As [`Db::write`]; what stayed is swept after the next start.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        if self.waiting().folded() == 0 {
            return Ok(());
        }
        let sweep = self.waiting().sweep(FOLDED_KEPT_MAX);
        // In steps: who appends waits for each.
        for from in (sweep.from..sweep.below).step_by(SWEPT_AT_ONCE) {
            let below = sweep.below.min(from.saturating_add(SWEPT_AT_ONCE as i64));
            self.db.write(move |tx| tx.execute(&DELETE_ENTRIES_BELOW, &params![below]).map(|_| ())).await?;
        }
        for some in sweep.singly.chunks(SWEPT_AT_ONCE) {
            let rows: Vec<_> = some.iter().map(|number| params![*number]).collect();
            self.db.write(move |tx| tx.execute_many(&DELETE_ENTRY, rows.clone()).map(|_| ())).await?;
        }
        Ok(())
    }

    /// Removes what the log holds of a tenant, or of one device of it, whether it was folded or not: how many entries. Leaves nothing
    /// of them in its files either, where those are ours.
    ///
    /// # Errors
    /// As [`Db::write`] and [`Db::compact`].
    pub async fn erase(&self, tenant: TenantId, device: Option<DeviceId>) -> Result<u64, StoreError> {
        let erase = move |tx: &mut Tx<'_>| match device {
            Some(device) => tx.execute(&ERASE_DEVICES_ENTRIES, &params![tenant, device]),
            None => tx.execute(&ERASE_TENANTS_ENTRIES, &params![tenant]),
        };
        let erased = self.db.write(erase).await?;
        if device.is_none() {
            self.forget_through(tenant, i64::MAX);
        }
        self.db.compact().await?;
        Ok(erased)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.db.0.shared.clock.monotonic()
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".into())
}

/// Takes everything that waits, commits it in one transaction, answers; until nobody can append any more.
fn commit_as_they_come(db: &Db, keys: &Arc<dyn KeyRing>, mut queue: mpsc::Receiver<Appending>) {
    while let Some(first) = queue.blocking_recv() {
        let mut group = vec![first];
        while group.len() < COMMIT_ENTRIES_MAX {
            let Ok(next) = queue.try_recv() else { break };
            group.push(next);
        }
        let (entries, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let keys = Arc::clone(keys);
        match db.0.write_waiting(move |tx| append_all(tx, keys.as_ref(), &entries)) {
            Ok(first_number) => {
                for (number, answer) in (first_number..).zip(answers) {
                    // Who asked may have gone away: the entry stays.
                    let _ = answer.send(Ok(number));
                }
            }
            Err(error) => {
                tracing::error!(reason = %error, entries = answers.len(), "intake entries could not be committed");
                for answer in answers {
                    let _ = answer.send(Err(StoreError::Unavailable(error.to_string())));
                }
            }
        }
    }
}

/// Appends entries; gives the first one's number. The counter's row is locked until the commit, so that numbers become
/// visible in their order, on several nodes too: a reader never sees a gap that is filled later.
fn append_all(tx: &mut Tx<'_>, keys: &dyn KeyRing, entries: &[Appended]) -> Result<i64, StoreError> {
    let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    let last: i64 = tx.query_one(&TAKE_NUMBERS, &params![count])?.get(0)?;
    let first = last - count + 1;
    let seal = |(number, entry): (i64, &Appended)| {
        let sealed = keys.seal(KeyRef::Instance, place(number), &entry.body)?;
        Ok::<[Value; 6], StoreError>(params![number, entry.tenant, entry.device, entry.kind, entry.at, sealed])
    };
    let rows = (first..).zip(entries).map(seal).collect::<Result<Vec<_>, _>>()?;
    tx.execute_many(&INSERT_ENTRY, rows)?;
    Ok(first)
}

impl Tx<'_> {
    /// Up to which number the intake is folded into this tenant's store; 0 at first.
    ///
    /// # Errors
    /// As [`Tx::query`].
    pub fn folded_through(&mut self) -> Result<i64, StoreError> {
        let tenant = self.tenant_needed()?;
        self.query_optional(&FOLDED_THROUGH, &params![tenant])?.map_or(Ok(0), |row| row.get(0))
    }

    /// Remembers up to which number the intake is folded, in the transaction that folds; it never goes back.
    ///
    /// # Errors
    /// As [`Tx::execute`].
    pub fn set_folded_through(&mut self, number: i64) -> Result<(), StoreError> {
        let tenant = self.tenant_needed()?;
        self.execute(&SET_FOLDED_THROUGH, &params![tenant, number]).map(|_| ())
    }
}
