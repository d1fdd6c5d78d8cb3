//! Successor logs: what goes on where a log cannot be signed any more, because data were restored from before.
//!
//! The old log ends with what was signed last of it; nothing is ever signed under its name again. The new one has a name of its own and
//! keeps the entries that are left, and the first that it adds is the hand-over ([`seal::succession`]), which says how many
//! entries of the old one are lost. The owner's word for it is given outside: with a key that was never here.
//!
//! Which generation of a log goes on is noted with the keys, like what was signed of it, so that restoring the same data once more does
//! not take it back. The entry is recorded first: cut off in between, the log still refuses, and the next attempt goes on with the
//! hand-over that was recorded. So does one where the keyring was restored and does not know of the successor: no name is given twice.

use kernel::{Actor, Scope, SystemWork};
use seal::checkpoint::Checkpoint;
use seal::hex;
use seal::merkle::{self, Hash};
use seal::note::NoteKey;
use seal::succession::{self, Succession};
use serde_json::json;
use store::{StoreError, Tx, params};

use super::log::{Of, grew_out_of, listed, place, whose};
use super::stored::Whose;
use super::tree::{Head, Log, Tiles};
use super::{LeafEntry, LeafKind, Ledger, record, record_instance};
use crate::error::LedgerError;
use crate::store::succession as sql;

/// The generation that a log begins in.
pub(crate) const FIRST_GENERATION: i64 = 1;
/// In how many entries of a log, the newest ones, its own successions are looked for.
const SUCCESSIONS_MAX: i64 = 16;

/// What went on where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succeeded {
    /// What is lost and what is kept.
    pub succession: Succession,
    /// The hand-over as the log has signed it: for the owner to sign.
    pub hand_over: String,
}

/// What was known of a log before.
#[derive(Clone, Copy)]
struct Known {
    size: u64,
    root: Hash,
    /// Of how many entries nothing says that they are others than those that were signed.
    kept: u64,
    kept_root: Hash,
}

/// A tree that the log has signed.
type Signed = (u64, Hash);

/// What there is to compare a log with.
#[derive(Clone, Copy)]
struct Remembered {
    /// What the keyring remembers of this very log, and until when it was signed.
    anchor: Option<(Signed, i64)>,
    /// The last known checkpoint.
    last: Option<Signed>,
    /// With what the log began, where it is a successor itself.
    began: Option<Signed>,
}

impl Ledger {
    /// Ends a log of which entries are lost and opens its successor: a tenant's, or the instance's. `last` is the last known
    /// checkpoint where the keyring, restored from before too, remembers an older one; or an older one, which says what is kept where
    /// entries were rewritten: a note that the log has signed.
    ///
    /// # Errors
    /// [`LedgerError::NothingLost`] where the log is what was signed of it; [`LedgerError::NotACheckpoint`] for a checkpoint of another log.
    pub async fn succeed(&self, scope: Option<&Scope>, last: Option<&str>) -> Result<Succeeded, LedgerError> {
        let of = scope.map_or(Of::Instance, Of::Tenant);
        let log = of.log();
        match scope {
            Some(scope) => _ = self.sequence_tenant(scope).await?,
            None => self.sequence_instance().await?,
        }
        let told = self.newest_told(of).await?;
        let forgotten = told.as_ref().filter(|(generation, _)| *generation > self.0.trust.generation(whose(log)));
        if let Some((generation, told)) = forgotten {
            self.note_succession(log, *generation, &told.succession).await?;
        }
        let began = told.as_ref().map(|(_, told)| (told.succession.kept, told.succession.kept_root));
        match self.end(of, began, last).await {
            // The successor that the keyring did not know of goes on.
            Err(LedgerError::NothingLost) => forgotten.map(|(_, told)| told.clone()).ok_or(LedgerError::NothingLost),
            other => other,
        }
    }

    async fn end(&self, of: Of<'_>, began: Option<Signed>, last: Option<&str>) -> Result<Succeeded, LedgerError> {
        let log = of.log();
        let noted = self.0.trust.generation(whose(log));
        // A checkpoint may be of a successor that neither keyring nor data know of any more.
        let generation = last.and_then(|note| self.generation_of(log, note.lines().next()?)).map_or(noted, |named| named.max(noted));
        let from = self.key_in(log, generation);
        let last = last.map(|note| Checkpoint::verify(note, &from)).transpose().map_err(LedgerError::NotACheckpoint)?;
        let anchor = if generation == noted { self.remembered_anchor(log).await? } else { None };
        let remembered = Remembered { anchor, last: last.map(|last| (last.size, last.root)), began };
        let Known { size, root, kept, kept_root } = self.known(of, remembered).await?;
        let succession = Succession { from, size, root, kept, kept_root, to: self.key_in(log, generation + 1) };
        let hand_over = succession.sign(self.0.trust.log_key());
        self.tell_succession(of, &succession, &hand_over).await?;
        self.note_succession(log, generation + 1, &succession).await?;
        tracing::warn!(
            ledger.lost = succession.lost(),
            ledger.kept = succession.kept,
            "a log has ended, since entries of it are lost, and its successor goes on"
        );
        Ok(Succeeded { succession, hand_over })
    }

    /// The newest hand-over that the log itself has in it, and which generation goes on by it.
    async fn newest_told(&self, of: Of<'_>) -> Result<Option<(i64, Succeeded)>, LedgerError> {
        let (log, keys, kind) = (of.log(), self.0.trust.keyring(), LeafKind::LogSucceeded.text());
        let look = move |tx: &mut Tx<'_>| {
            let (rows, whose) = match log {
                Log::Tenant(tenant) => {
                    (tx.query(&crate::store::NEWEST_OF_KIND, &params![tenant, kind, SUCCESSIONS_MAX])?, Whose::Tenants(tenant))
                }
                Log::Instance => (tx.query(&sql::INSTANCE_NEWEST_OF_KIND, &params![kind, SUCCESSIONS_MAX])?, Whose::Instances),
            };
            rows.iter().map(|row| listed(&*keys, whose, row)).collect::<Result<Vec<_>, StoreError>>()
        };
        let leaves = match of {
            Of::Tenant(scope) => self.0.stores.tenant(scope).read(look).await?,
            Of::Instance => self.0.stores.system().read(look).await?,
        };
        let own = self.0.trust.log_key().public();
        let told = leaves.into_iter().filter_map(|leaf| {
            let hand_over = leaf.opened?.1["payload"]["hand_over"].as_str()?.to_owned();
            let succession =
                Succession::verify(&hand_over).ok().filter(|found| [&found.from, &found.to].iter().all(|key| *key.public() == own))?;
            Some((self.generation_of(log, succession.to.name())?, Succeeded { succession, hand_over }))
        });
        Ok(told.max_by_key(|(generation, _)| *generation))
    }

    fn key_in(&self, log: Log, generation: i64) -> NoteKey {
        let name = self.0.trust.log_origin_of(tenant_of(log), generation);
        NoteKey::new(&name, self.0.trust.log_key().public()).expect("an origin has no white space")
    }

    /// Which generation of a log this name is of; nothing where it is of another log.
    fn generation_of(&self, log: Log, name: &str) -> Option<i64> {
        let (first, generation) = succession::family(name);
        let is_own = first == self.0.trust.log_origin_of(tenant_of(log), FIRST_GENERATION);
        i64::try_from(generation).ok().filter(|_| is_own)
    }

    /// The largest tree that was signed of a log, and when.
    async fn remembered_anchor(&self, log: Log) -> Result<Option<(Signed, i64)>, LedgerError> {
        let read = self.0.stores.keyring().read(move |tx| {
            let row = tx.query_optional(&sql::ANCHOR, &params![whose(log)])?;
            row.map(|row| Ok::<_, StoreError>(((row.get::<i64>(0)?.unsigned_abs(), row.get::<Hash>(1)?), row.get::<i64>(2)?))).transpose()
        });
        Ok(read.await?)
    }

    /// What was signed last of a log, where it is not what is there.
    async fn known(&self, of: Of<'_>, remembered: Remembered) -> Result<Known, LedgerError> {
        let log = of.log();
        let look = move |tx: &mut Tx<'_>| compare(tx, log, remembered);
        match of {
            Of::Tenant(scope) => self.0.stores.tenant(scope).read(look).await,
            Of::Instance => self.0.stores.system().read(look).await,
        }
    }

    /// The first entry that the successor adds.
    async fn tell_succession(&self, of: Of<'_>, succession: &Succession, hand_over: &str) -> Result<(), LedgerError> {
        let payload = json!({
            "entries": place(succession.size), "root": hex::encode(&succession.root), "kept": place(succession.kept),
            "kept_root": hex::encode(&succession.kept_root), "lost": place(succession.lost()), "hand_over": hand_over,
        });
        let (keys, entry) = (self.0.trust.keyring(), LeafEntry { kind: LeafKind::LogSucceeded, subject: None, payload });
        let told: Result<(), StoreError> = match of {
            Of::Tenant(scope) => {
                let (store, scope) = (self.0.stores.tenant(scope), scope.clone());
                let write = store.write(move |tx| {
                    tx.execute(&sql::DELETE_GATHERED, &params![scope.tenant()])?;
                    record(tx, &*keys, &scope, entry.clone()).map(|_| ())
                });
                write.await
            }
            Of::Instance => {
                let actor = Actor::System(SystemWork::HostAdministration);
                self.0.stores.system().write(move |tx| record_instance(tx, &*keys, actor, entry.clone()).map(|_| ())).await
            }
        };
        Ok(told?)
    }

    async fn note_succession(&self, log: Log, generation: i64, succession: &Succession) -> Result<(), LedgerError> {
        let (whose, size, root, kept) = (whose(log), place(succession.size), succession.root, place(succession.kept));
        let note = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            if tx.execute(&sql::INSERT_SUCCESSION, &params![whose, generation, size, root, kept, now])? != 1 {
                return Err(StoreError::Conflict { constraint: "the log has a successor already".into() });
            }
            tx.execute(&crate::store::DELETE_LOG_ANCHOR, &params![whose])?;
            Ok(())
        };
        let before = self.0.trust.generation(whose);
        // First: from the moment at which the keyring forgets the old tree, nothing may be signed under the old name.
        self.0.trust.remember_generation(whose, generation);
        let noted = self.0.stores.keyring().write(note).await;
        noted.inspect_err(|_| self.0.trust.remember_generation(whose, before)).map_err(LedgerError::Store)
    }
}

/// Compares what there is with what is remembered of it. How many entries are kept is told by time, unless something that is remembered
/// contradicts: then no more are than something that is remembered vouches for.
fn compare(tx: &mut Tx<'_>, log: Log, remembered: Remembered) -> Result<Known, LedgerError> {
    let Remembered { anchor, last, began } = remembered;
    let (anchor, anchored_at) = anchor.map_or((None, i64::MAX), |(signed, at)| (Some(signed), at));
    let head = log.head(tx)?.unwrap_or(Head { day: 0, size: 0, root: merkle::root(&[]), made_at: kernel::Timestamp::from_micros(0) });
    // The later one of two that are as large, which is the one that was given.
    let Some((size, root)) = [anchor, last].into_iter().flatten().max_by_key(|(size, _)| *size) else {
        return Err(LedgerError::NothingLost);
    };
    if is_whole(tx, log, (size, root), head)? {
        return Err(LedgerError::NothingLost);
    }
    // Entries that were recorded after the last signature are none of those that were signed.
    let first_after = match log {
        Log::Tenant(tenant) => tx.query_optional(&sql::FIRST_AFTER, &params![tenant, anchored_at])?,
        Log::Instance => tx.query_optional(&sql::INSTANCE_FIRST_AFTER, &params![anchored_at])?,
    };
    let before = first_after.map_or(Ok(head.size), |row| row.get::<i64>(0).map(i64::unsigned_abs))?;
    let (mut vouched_for, mut is_contradicted) = (0, false);
    for signed in [anchor, last, began].into_iter().flatten() {
        match is_whole(tx, log, signed, head)? {
            true if signed.0 < size => vouched_for = signed.0.max(vouched_for),
            true => {}
            false => is_contradicted |= signed.0 <= before,
        }
    }
    // Where what the keyring remembers is there, it was restored too, and its time says nothing about what was signed later.
    let is_of_before = anchor.map_or(Ok(true), |anchor| is_whole(tx, log, anchor, head))?;
    let kept = if is_contradicted || is_of_before { vouched_for } else { before.max(vouched_for) };
    let mut tiles = Tiles::of(log, tx);
    let kept_root = merkle::root_of(kept, &mut |level, index| tiles.node(level, index))?;
    Ok(Known { size, root, kept, kept_root })
}

fn is_whole(tx: &mut Tx<'_>, log: Log, signed: Signed, head: Head) -> Result<bool, LedgerError> {
    match grew_out_of(tx, log, signed, head) {
        Ok(()) => Ok(true),
        Err(LedgerError::RolledBack { .. } | LedgerError::Rewritten { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}

const fn tenant_of(log: Log) -> Option<kernel::TenantId> {
    match log {
        Log::Tenant(tenant) => Some(tenant),
        Log::Instance => None,
    }
}
