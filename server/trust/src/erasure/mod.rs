//! Erasure of a device, a user or a tenant: asked for, waited for, done, and proven.
//!
//! ```text
//! asked for ─(a delay, in which it can be called off)─> under way ─> done: a receipt
//!
//! bar      nothing is shown or taken in of the subject any more; the ledger says that it began
//! rows     what every registered table holds of it is counted and deleted
//! key      the digest of its key is noted, the key destroyed
//! epoch    what wrapped the key is destroyed too
//! traces   memory, snapshots, files' freed pages, write-ahead logs
//! probe    no row is left, and a marker that was sealed before does not open
//! receipt  a leaf of the ledger, which is the proof
//! ```
//!
//! Every step may be taken again, and what a later one needs is noted before it is destroyed; so an erasure that was cut off
//! anywhere goes on where it was. `machine` takes the steps, `keys` the keyring's, [`receipt`] says what was done and what that does not prove. Which
//! tables there are, the data maps say; what lies in memory, the domains know ([`Domains`]).

mod keys;
mod machine;
pub mod receipt;
mod record;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use kernel::{Actor, DeviceScope, ErasureId, KeyRef, KeyRing, Scope, ScopeMint, Subject, SystemWork, TenantId, Timestamp, UserId};
use serde_json::json;
use store::{StoreError, Stores, Tx, params};

pub use self::record::{Erasure, State};
use crate::error::ErasureError;
use crate::ledger::log::LeafProof;
use crate::ledger::{self, LeafEntry, LeafKind, Recorded, actor_columns};
use crate::store as sql;
use crate::{Ledger, Trust};

/// By when an erasure must be done, from when it was asked for.
pub const DEADLINE: Duration = Duration::from_secs(72 * 3_600);
/// How long after it was asked for an erasure that is not done is told to be late.
pub const ALARM: Duration = Duration::from_secs(48 * 3_600);
/// Longest time in which an erasure can be called off: the deadline must leave time for the work.
pub const DELAY_MAX: Duration = Duration::from_secs(24 * 3_600);
/// The time in which the erasure of a device or user can be called off unless another is asked for.
pub const DELAY_DEFAULT: Duration = Duration::from_secs(10 * 60);
/// The same for a tenant: everything goes, so its owner gets a day.
pub const TENANT_DELAY_DEFAULT: Duration = DELAY_MAX;
/// Erasures that one look takes up.
const DUE_AT_ONCE: usize = 100;

/// What the domains do about an erasure besides their rows.
pub trait Domains: Send + Sync + 'static {
    /// Whether a person is the tenant's only owner: such an account stays.
    fn is_last_owner(&self, tenant: TenantId, user: UserId) -> Telling<'_>;
    /// Shows nothing of the subject any more and takes nothing more in.
    fn bar(&self, subject: Subject) -> Doing<'_>;
    /// Puts what still waits of it into rows, where the erasure finds it, and removes what lies outside of rows.
    fn settle(&self, subject: Subject) -> Doing<'_>;
    /// Drops what memory, snapshots and other caches hold of it.
    fn forget(&self, subject: Subject) -> Doing<'_>;
}

/// What a domain does.
pub type Doing<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;
/// What a domain tells.
pub type Telling<'a> = Pin<Box<dyn Future<Output = Result<bool, String>> + Send + 'a>>;

/// The erasures. Cloning shares them.
#[derive(Clone)]
pub struct Erasures(Arc<Inner>);

struct Inner {
    stores: Stores,
    trust: Trust,
    ledger: Ledger,
    mint: ScopeMint,
    domains: Arc<dyn Domains>,
    /// One at a time: a second runner of the same erasure would only do everything twice.
    turn: tokio::sync::Mutex<()>,
}

/// The erased subjects of a kind (`device`, `user`) in the tenant of a transaction.
///
/// # Errors
/// The store's.
pub fn erased(tx: &mut Tx<'_>, tenant: TenantId, kind: &'static str) -> Result<Vec<i64>, StoreError> {
    tx.query(&sql::ERASED_OF_KIND, &params![tenant, kind])?.iter().map(|row| row.get(0)).collect()
}

/// The erasures that should be under way by now: begun, or due to begin.
///
/// # Errors
/// The store's.
pub(crate) async fn due(stores: &Stores) -> Result<Vec<Erasure>, StoreError> {
    let read = |tx: &mut Tx<'_>| {
        let (now, mut found) = (tx.now(), Vec::new());
        for state in [State::Running, State::Waiting] {
            let mut after = 0_i64;
            loop {
                let page = tx.query(&sql::ERASURES_DUE, &params![state.text(), now, after, DUE_AT_ONCE as i64])?;
                let Some(last) = page.last() else { break };
                after = last.get(0)?;
                for row in page {
                    let id: ErasureId = row.get(0)?;
                    found.extend(tx.query_optional(&sql::ERASURE, &params![id])?.as_ref().map(Erasure::of).transpose()?);
                }
            }
        }
        Ok(found)
    };
    stores.system().read(read).await
}

/// Whether a whole tenant is being erased, or is erased: what is looked at of it may be half gone.
///
/// # Errors
/// The store's and the keys'.
pub(crate) async fn is_going(stores: &Stores, keys: &Arc<dyn KeyRing>, tenant: TenantId) -> Result<bool, StoreError> {
    let (kind, number, keys) = ("tenant", tenant.number(), Arc::clone(keys));
    let look = move |tx: &mut Tx<'_>| {
        let Some(open) = tx.query_optional(&sql::OPEN_ERASURE, &params![tenant, kind, number])? else { return Ok::<_, StoreError>(false) };
        let row = tx.query_optional(&sql::ERASURE, &params![open.get::<ErasureId>(0)?])?;
        Ok(row.as_ref().map(Erasure::of).transpose()?.is_some_and(|found| found.state == State::Running))
    };
    if stores.system().read(look).await? {
        return Ok(true);
    }
    let gone = tokio::task::spawn_blocking(move || keys.was_destroyed(KeyRef::Tenant(tenant)));
    Ok(gone.await.map_err(|_broke_off| StoreError::Unavailable("looking for a key broke off".into()))??)
}

/// The delay that is meant where none is said.
#[must_use]
pub const fn delay_default(subject: Subject) -> Duration {
    match subject {
        Subject::Tenant(_) => TENANT_DELAY_DEFAULT,
        Subject::Device(..) | Subject::User(..) => DELAY_DEFAULT,
    }
}

impl Erasures {
    /// Over stores, keys and ledger, with what the domains do.
    #[must_use]
    pub fn new(stores: &Stores, trust: &Trust, ledger: &Ledger, mint: ScopeMint, domains: Arc<dyn Domains>) -> Self {
        let (stores, trust, ledger) = (stores.clone(), trust.clone(), ledger.clone());
        Self(Arc::new(Inner { stores, trust, ledger, mint, domains, turn: tokio::sync::Mutex::default() }))
    }

    /// Whether [`Erasures::request`] would take it on.
    ///
    /// # Errors
    /// As [`Erasures::request`].
    pub async fn check(&self, scope: &Scope, subject: Subject, delay: Duration) -> Result<(), ErasureError> {
        sees_everything(scope)?;
        if delay > DELAY_MAX {
            return Err(ErasureError::Delay { max: DELAY_MAX });
        }
        if subject.tenant() != scope.tenant() || !self.holds_anything(subject).await? {
            return Err(ErasureError::NotFound);
        }
        self.check_owner(subject).await?;
        let (tenant, kind, number) = (subject.tenant(), subject.kind(), subject.number());
        let look = move |tx: &mut Tx<'_>| tx.query_optional(&sql::OPEN_ERASURE, &params![tenant, kind, number]);
        if let Some(row) = self.0.stores.system().read(look).await? {
            return Err(ErasureError::Open(row.get(0)?));
        }
        Ok(())
    }

    /// Whether the tenant has another owner, where the subject is one.
    async fn check_owner(&self, subject: Subject) -> Result<(), ErasureError> {
        let Subject::User(tenant, user) = subject else { return Ok(()) };
        let is_last = self.0.domains.is_last_owner(tenant, user).await.map_err(ErasureError::Domain)?;
        if is_last { Err(ErasureError::LastOwner) } else { Ok(()) }
    }

    /// Asks for an erasure, which begins after the delay unless it is called off.
    ///
    /// # Errors
    /// [`ErasureError::NotFound`] where nothing is stored of such a subject, or it is out of the scope's sight;
    /// [`ErasureError::Delay`] past [`DELAY_MAX`]; [`ErasureError::Open`] where one is open already.
    pub async fn request(&self, scope: &Scope, subject: Subject, delay: Duration) -> Result<Erasure, ErasureError> {
        self.check(scope, subject, delay).await?;
        let now = self.0.stores.clock().now();
        let erasure = Erasure {
            id: ErasureId::from_random(self.0.stores.rng().bits()),
            subject,
            state: State::Waiting,
            requested_at: now,
            due_at: now.plus(delay),
            deadline_at: now.plus(DEADLINE),
            requested_by: actor(scope.actor()),
            begun_at: None,
            finished_at: None,
            alarmed_at: None,
            progress: record::Progress::default(),
            failure: None,
        };
        let (tenant, kind, number) = (subject.tenant(), subject.kind(), subject.number());
        let payload = json!({ "erasure": erasure.id.to_string(), "subject": kind, "due_at": erasure.due_at.micros() });
        self.tell(scope, LeafKind::ErasureRequested, number, payload).await?;
        let new = erasure.clone();
        let insert = move |tx: &mut Tx<'_>| {
            let (actor_kind, actor_id) = new.requested_by.clone();
            let (requested, due, deadline) = (new.requested_at, new.due_at, new.deadline_at);
            tx.execute(&sql::INSERT_ERASURE, &params![new.id, tenant, kind, number, requested, due, deadline, actor_kind, actor_id])
        };
        self.0.stores.system().write(insert).await?;
        Ok(erasure)
    }

    /// Calls an erasure off that has not begun.
    ///
    /// # Errors
    /// [`ErasureError::NotFound`]; [`ErasureError::Begun`] where it is too late.
    pub async fn cancel(&self, scope: &Scope, id: ErasureId) -> Result<Erasure, ErasureError> {
        let found = self.read(scope, id).await?;
        if found.state == State::Cancelled {
            return Ok(found);
        }
        if found.state != State::Waiting {
            return Err(ErasureError::Begun);
        }
        let payload = json!({ "erasure": id.to_string(), "subject": found.subject.kind() });
        self.tell(scope, LeafKind::ErasureCancelled, found.subject.number(), payload).await?;
        let cancel = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            tx.execute(&sql::CANCEL_ERASURE, &params![id, now])
        };
        if self.0.stores.system().write(cancel).await? != 1 {
            return Err(ErasureError::Begun);
        }
        self.read(scope, id).await
    }

    /// One erasure of the scope's tenant.
    ///
    /// # Errors
    /// [`ErasureError::NotFound`].
    pub async fn read(&self, scope: &Scope, id: ErasureId) -> Result<Erasure, ErasureError> {
        sees_everything(scope)?;
        let found = self.find(id).await?.filter(|found| found.subject.tenant() == scope.tenant());
        found.ok_or(ErasureError::NotFound)
    }

    /// One erasure, of whichever tenant: for the host.
    ///
    /// # Errors
    /// The store's.
    pub async fn find(&self, id: ErasureId) -> Result<Option<Erasure>, ErasureError> {
        let row = self.0.stores.system().read(move |tx| tx.query_optional(&sql::ERASURE, &params![id])).await?;
        Ok(row.map(|row| Erasure::of(&row)).transpose()?)
    }

    /// The receipt of an erasure that is done, with the proof that it is in the ledger.
    ///
    /// # Errors
    /// [`ErasureError::NotFound`] where it is not done; the ledger's.
    pub async fn receipt(&self, scope: &Scope, id: ErasureId) -> Result<LeafProof, ErasureError> {
        let found = self.read(scope, id).await?;
        let leaf = found.receipt().ok_or(ErasureError::NotFound)?;
        Ok(match found.subject {
            Subject::Tenant(_) => self.0.ledger.instance_proof(leaf, None).await?,
            Subject::Device(..) | Subject::User(..) => self.0.ledger.proof(scope, leaf, None).await?,
        })
    }

    /// A page of a tenant's erasures, in the order of their ids.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self, scope: &Scope, after: Option<ErasureId>, limit: u32) -> Result<Vec<Erasure>, ErasureError> {
        sees_everything(scope)?;
        let (tenant, after) = (scope.tenant(), after.map_or(0, ErasureId::number));
        let read = move |tx: &mut Tx<'_>| tx.query(&sql::ERASURES_OF_TENANT, &params![tenant, after, i64::from(limit)]);
        let rows = self.0.stores.system().read(read).await?;
        Ok(rows.iter().map(Erasure::of).collect::<Result<_, StoreError>>()?)
    }

    /// Begins what is due and goes on with what is under way: how many are done by now. One that does not get on holds no other up.
    ///
    /// # Errors
    /// The store's.
    pub async fn run_due(&self) -> Result<usize, ErasureError> {
        let mut done = 0;
        for state in [State::Running, State::Waiting] {
            let mut after = 0_i64;
            loop {
                let look = move |tx: &mut Tx<'_>| {
                    let now = tx.now();
                    tx.query(&sql::ERASURES_DUE, &params![state.text(), now, after, DUE_AT_ONCE as i64])
                };
                let rows = self.0.stores.system().read(look).await?;
                let due: Vec<ErasureId> = rows.iter().map(|row| row.get(0)).collect::<Result<_, StoreError>>()?;
                let Some(last) = due.last() else { break };
                after = last.number();
                for id in due {
                    done += usize::from(self.run(id).await.is_ok());
                }
            }
        }
        self.tell_late().await?;
        Ok(done)
    }

    /// Runs one erasure to its end, whether its delay is over or not: for the host.
    ///
    /// # Errors
    /// What stands in its way; it is noted, and the next attempt goes on.
    pub async fn run(&self, id: ErasureId) -> Result<Erasure, ErasureError> {
        let ran = machine::run(self, id).await;
        if let Err(error) = &ran {
            tracing::error!(erasure.id = %id, error = %error, "an erasure does not get on; it is tried again");
            let reason = error.to_string();
            self.0.stores.system().write(move |tx| tx.execute(&sql::SET_ERASURE_FAILURE, &params![id, &reason])).await?;
        }
        ran
    }

    /// Bars the subjects of what is under way, before anything is answered: memory has forgotten it with the last process.
    ///
    /// # Errors
    /// The store's and the domains'.
    pub async fn bar_again(&self) -> Result<(), ErasureError> {
        let mut after = 0_i64;
        loop {
            let look = move |tx: &mut Tx<'_>| {
                let (now, limit) = (tx.now(), DUE_AT_ONCE as i64);
                tx.query(&sql::ERASURES_DUE, &params![State::Running.text(), now, after, limit])
            };
            let rows = self.0.stores.system().read(look).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.get(0)?;
            for row in &rows {
                if let Some(found) = self.find(row.get(0)?).await? {
                    self.0.domains.bar(found.subject).await.map_err(ErasureError::Domain)?;
                }
            }
        }
    }

    /// Tells of what should have been done long ago.
    async fn tell_late(&self) -> Result<(), ErasureError> {
        let before = self.0.stores.clock().now().minus(ALARM);
        let look = move |tx: &mut Tx<'_>| tx.query(&sql::ERASURES_LATE, &params![before, DUE_AT_ONCE as i64]);
        let rows = self.0.stores.system().read(look).await?;
        for row in &rows {
            let id: ErasureId = row.get(0)?;
            let Some(found) = self.find(id).await? else { continue };
            tracing::error!(erasure.id = %id, deadline_at = %found.deadline_at, "an erasure is late");
            let actor = Actor::System(SystemWork::Reconciler);
            let payload = json!({ "erasure": id.to_string(), "subject": found.subject.kind(), "deadline_at": found.deadline_at.micros() });
            let (keys, number) = (self.0.trust.keyring(), found.subject.number());
            // In the instance's ledger: the tenant's own may be what does not get on.
            let tell = move |tx: &mut Tx<'_>| {
                let now = tx.now();
                if tx.execute(&sql::SET_ERASURE_ALARMED, &params![id, now])? == 1 {
                    let entry = LeafEntry { kind: LeafKind::ErasureLate, subject: Some(number), payload: payload.clone() };
                    ledger::record_instance(tx, keys.as_ref(), actor, entry)?;
                }
                Ok::<_, StoreError>(())
            };
            self.0.stores.system().write(tell).await?;
        }
        Ok(())
    }

    async fn tell(&self, scope: &Scope, kind: LeafKind, subject: i64, payload: serde_json::Value) -> Result<Recorded, ErasureError> {
        let (keys, acting) = (self.0.trust.keyring(), scope.clone());
        let entry = LeafEntry { kind, subject: Some(subject), payload };
        let record = move |tx: &mut Tx<'_>| ledger::record(tx, keys.as_ref(), &acting, entry.clone());
        Ok(self.0.stores.tenant(scope).write(record).await?)
    }

    fn scope(&self, tenant: TenantId) -> Scope {
        self.0.mint.system(tenant, SystemWork::Reconciler)
    }

    /// When this is now.
    fn now(&self) -> Timestamp {
        self.0.stores.clock().now()
    }
}

fn actor(actor: Actor) -> (String, Option<i64>) {
    let (kind, id) = actor_columns(actor);
    (kind.to_owned(), id)
}

/// Who sees some devices only erases nothing.
fn sees_everything(scope: &Scope) -> Result<(), ErasureError> {
    if *scope.devices() == DeviceScope::All { Ok(()) } else { Err(ErasureError::NotFound) }
}
