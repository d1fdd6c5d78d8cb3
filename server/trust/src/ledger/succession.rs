//! Successor logs: what goes on where a log cannot be signed any more, because data were restored from before.
//!
//! The old log ends with what was signed last of it; nothing is ever signed under its name again. The new one has a name of its own and
//! keeps the entries that are left, and the first that it adds is the hand-over ([`seal::succession`]), which says how many
//! entries of the old one are lost. The owner's word for it is given outside: with a key that was never here.
//!
//! Which generation of a log goes on is noted with the keys, like what was signed of it, so that restoring the same data once more does
//! not take it back. The entry is recorded first: cut off in between, the log still refuses, and the next attempt records
//! the same hand-over.

use kernel::{Actor, Scope, SystemWork};
use seal::checkpoint::Checkpoint;
use seal::hex;
use seal::merkle::{self, Hash};
use seal::note::NoteKey;
use seal::succession::Succession;
use serde_json::json;
use store::{StoreError, Tx, params};

use super::log::{Of, grew_out_of, place, whose};
use super::tree::{Head, Log};
use super::{LeafEntry, LeafKind, Ledger, record, record_instance};
use crate::error::LedgerError;
use crate::store::succession as sql;

/// The generation that a log begins in.
pub(crate) const FIRST_GENERATION: i64 = 1;

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
    /// Of how many entries it is certain that they are still those that were signed.
    kept: u64,
}

impl Ledger {
    /// Ends a log of which entries are lost and opens its successor: a tenant's, or the instance's. `last` is the last known
    /// checkpoint where the keyring, restored from before too, remembers an older one: a note that the log has signed.
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
        let from = self.key_of(log);
        let known = self.known(of, &from, last).await?;
        let generation = self.0.trust.generation(whose(log)) + 1;
        let name = self.0.trust.log_origin_of(tenant_of(log), generation);
        let to = NoteKey::new(&name, self.0.trust.log_key().public()).expect("an origin has no white space");
        let succession = Succession { from, size: known.size, root: known.root, kept: known.kept, to };
        let hand_over = succession.sign(self.0.trust.log_key());
        self.tell_succession(scope, &succession, &hand_over).await?;
        self.note_succession(log, generation, &succession).await?;
        tracing::warn!(
            ledger.lost = succession.lost(),
            ledger.kept = succession.kept,
            "a log has ended, since entries of it are lost, and its successor goes on"
        );
        Ok(Succeeded { succession, hand_over })
    }

    /// What was signed last of a log, where it is not what is there.
    async fn known(&self, of: Of<'_>, key: &NoteKey, last: Option<&str>) -> Result<Known, LedgerError> {
        let log = of.log();
        let last = last.map(|note| Checkpoint::verify(note, key)).transpose().map_err(LedgerError::NotACheckpoint)?;
        let read = self.0.stores.keyring().read(move |tx| {
            let row = tx.query_optional(&sql::ANCHOR, &params![whose(log)])?;
            row.map(|row| Ok::<_, StoreError>((row.get::<i64>(0)?.unsigned_abs(), row.get::<Hash>(1)?, row.get::<i64>(2)?))).transpose()
        });
        let remembered = read.await?;
        let (anchor, anchored_at) = remembered.map_or((None, i64::MAX), |(size, root, at)| (Some((size, root)), at));
        let look = move |tx: &mut Tx<'_>| {
            let head =
                log.head(tx)?.unwrap_or(Head { day: 0, size: 0, root: merkle::root(&[]), made_at: kernel::Timestamp::from_micros(0) });
            // Entries that were recorded after the last signature are none of those that were signed.
            let first_after = match log {
                Log::Tenant(tenant) => tx.query_optional(&sql::FIRST_AFTER, &params![tenant, anchored_at])?,
                Log::Instance => tx.query_optional(&sql::INSTANCE_FIRST_AFTER, &params![anchored_at])?,
            };
            let before = first_after.map_or(Ok(head.size), |row| row.get::<i64>(0).map(i64::unsigned_abs))?;
            let is_whole = |tx: &mut Tx<'_>, (size, root)| match grew_out_of(tx, log, (size, root), head) {
                Ok(()) => Ok(true),
                Err(LedgerError::RolledBack { .. } | LedgerError::Rewritten { .. }) => Ok(false),
                Err(other) => Err(other),
            };
            let anchor_holds = anchor.map_or(Ok(true), |anchor| is_whole(tx, anchor))?;
            let wanted = match &last {
                Some(last) if anchor.is_none_or(|(size, _)| last.size >= size) => Some((last.size, last.root)),
                _ => anchor,
            };
            let Some((size, root)) = wanted else { return Err(LedgerError::NothingLost) };
            if is_whole(tx, (size, root))? {
                return Err(LedgerError::NothingLost);
            }
            // What the keyring remembers and what is there agree: both are from before, and no more than that is certain.
            let kept = if anchor_holds { anchor.map_or(0, |(size, _)| size) } else { before };
            Ok(Known { size, root, kept: kept.min(size) })
        };
        match of {
            Of::Tenant(scope) => self.0.stores.tenant(scope).read(look).await,
            Of::Instance => self.0.stores.system().read(look).await,
        }
    }

    /// The first entry that the successor adds.
    async fn tell_succession(&self, scope: Option<&Scope>, succession: &Succession, hand_over: &str) -> Result<(), LedgerError> {
        let payload = json!({
            "entries": place(succession.size), "root": hex::encode(&succession.root), "kept": place(succession.kept),
            "lost": place(succession.lost()), "hand_over": hand_over,
        });
        let (keys, entry) = (self.0.trust.keyring(), LeafEntry { kind: LeafKind::LogSucceeded, subject: None, payload });
        let told: Result<(), StoreError> = match scope.cloned() {
            Some(scope) => {
                let store = self.0.stores.tenant(&scope);
                let write = store.write(move |tx| {
                    tx.execute(&sql::DELETE_GATHERED, &params![scope.tenant()])?;
                    record(tx, &*keys, &scope, entry.clone()).map(|_| ())
                });
                write.await
            }
            None => {
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
        // First: from the moment at which the keyring forgets the old tree, nothing may be signed under the old name.
        self.0.trust.remember_generation(whose, generation);
        let noted = self.0.stores.keyring().write(note).await;
        noted.inspect_err(|_| self.0.trust.remember_generation(whose, generation - 1)).map_err(LedgerError::Store)
    }
}

const fn tenant_of(log: Log) -> Option<kernel::TenantId> {
    match log {
        Log::Tenant(tenant) => Some(tenant),
        Log::Instance => None,
    }
}
