//! Tenants' checkpoints come into the instance's log, blinded: [`seal::gathering`].
//!
//! A tenant's log that grew marks its tenant. From time to time a step signs what the marked logs are, so that nothing that
//! was rolled back or rewritten gets in, makes one gathering of all of them, and one leaf of the instance's log of it. Each
//! tenant keeps its own place in the gathering, with the salt that opens it, in its own store. Logs that did not grow are not
//! looked at.
//!
//! The leaf is written before the tenants' places. Cut off in between, a leaf stays that nobody opens, and the tenants, whose
//! marks are still there, are in the next one.

use kernel::{Actor, KeyRef, LeafId, Place, Scope, SystemWork, TenantId, Timestamp};
use seal::checkpoint::{Checkpoint, Proof};
use seal::gathering::{Gathered, Gathering, blinded};
use seal::hash::DIGEST_BYTES;
use seal::hex;
use seal::merkle::{self, Hash};
use store::{Mark, StoreError, Tx, params};

use super::log::{Of, SignedCheckpoint, consistency, grew_out_of, place as number, sees_everything};
use super::tree::{Head, Log, Tiles, day_of};
use super::{LeafEntry, LeafKind, Ledger, Recorded, Stored, Whose, record_instance};
use crate::data_map::place;
use crate::error::LedgerError;
use crate::store as sql;

/// Who is woken when a tenant's log has grown.
pub const GATHER: &str = "ledger-gather";

/// Tenants whose checkpoints one leaf of the instance's log holds.
pub const GATHERED_AT_ONCE: usize = 1_000;

/// A tenant's checkpoint that is to be gathered.
struct Drawn {
    scope: Scope,
    seen: Vec<Mark>,
    size: u64,
    root: Hash,
    salt: [u8; DIGEST_BYTES],
    blinded: [u8; DIGEST_BYTES],
}

/// Where a tenant's checkpoint was noted to stand.
struct Noted {
    day: i64,
    size: u64,
    root: Hash,
    leaf: LeafId,
    place: u64,
    hashes: Vec<u8>,
    salt: Vec<u8>,
}

impl Ledger {
    /// Gathers the checkpoints of up to [`GATHERED_AT_ONCE`] tenants whose logs have grown: how many tenants there were.
    ///
    /// # Errors
    /// The store's. One tenant's failure is logged and stops no other.
    pub async fn gather_step(&self) -> Result<usize, LedgerError> {
        let (setbacks, now) = (&self.0.ungathered, self.0.stores.clock().now());
        let asked = GATHERED_AT_ONCE + setbacks.waiting(now);
        let mut tenants = setbacks.ready(self.0.stores.marks().tenants_with(GATHER, asked).await?, now);
        tenants.truncate(GATHERED_AT_ONCE);
        let mut drawn = Vec::new();
        for tenant in &tenants {
            match self.draw(*tenant).await {
                Ok(one) => drawn.extend(one),
                Err(error) => self.set_back(*tenant, now, &error),
            }
        }
        if !drawn.is_empty() {
            let gathering = Gathering::of(drawn.iter().map(|one| one.blinded).collect(), || self.0.stores.rng().bytes());
            let leaf = self.record_gathering(&gathering).await?;
            for one in drawn {
                let tenant = one.scope.tenant();
                match self.note_gathered(one, &gathering, leaf).await {
                    Ok(()) => setbacks.over(tenant),
                    Err(error) => self.set_back(tenant, now, &error),
                }
            }
        }
        Ok(tenants.len())
    }

    fn set_back(&self, tenant: TenantId, now: Timestamp, error: &LedgerError) {
        if self.0.ungathered.again(tenant, now) {
            tracing::error!(tenant.id = %tenant, error = %error, "a tenant's checkpoint cannot be gathered");
        }
    }

    /// A tenant's checkpoint with a new salt; nothing where the log did not grow since the last one.
    async fn draw(&self, tenant: TenantId) -> Result<Option<Drawn>, LedgerError> {
        let scope = self.0.mint.system(tenant, SystemWork::Reconciler);
        let marks = self.0.stores.marks();
        let seen = marks.pending(&scope, GATHER, 1).await?;
        if seen.is_empty() {
            return Ok(None);
        }
        let look = move |tx: &mut Tx<'_>, _: Head| Ok(noted(tx, tenant)?.map_or(0, |noted| noted.size));
        let (signed, gathered) = self.signed(Of::Tenant(&scope), look).await?;
        if signed.size <= gathered {
            marks.clear(&scope, GATHER, &seen).await?;
            return Ok(None);
        }
        let salt = self.0.stores.rng().bytes();
        let checkpoint = Checkpoint { origin: self.origin(Log::Tenant(tenant)), size: signed.size, root: signed.root };
        Ok(Some(Drawn { scope, seen, size: signed.size, root: signed.root, salt, blinded: blinded(salt, &checkpoint) }))
    }

    async fn record_gathering(&self, gathering: &Gathering) -> Result<LeafId, LedgerError> {
        let keys = self.0.trust.keyring();
        let entry = LeafEntry { kind: LeafKind::CheckpointsGathered, subject: None, payload: gathering.payload() };
        let actor = Actor::System(SystemWork::Reconciler);
        let write = self.0.stores.system().write(move |tx| record_instance(tx, &*keys, actor, entry.clone()));
        let told: Recorded = write.await.map_err(LedgerError::Store)?;
        Ok(told.leaf())
    }

    async fn note_gathered(&self, one: Drawn, gathering: &Gathering, leaf: LeafId) -> Result<(), LedgerError> {
        let seat = gathering.seat(&one.blinded).expect("it was gathered");
        let (keys, tenant) = (self.0.trust.keyring(), one.scope.tenant());
        let (size, root, salt, index) = (number(one.size), one.root, one.salt, number(seat.index));
        let hashes = seat.hashes.concat();
        let store = self.0.stores.tenant(&one.scope);
        let write = store.write(move |tx| {
            let now = tx.now();
            let day = day_of(now);
            let sealed = keys.seal(KeyRef::Tenant(tenant), salt_place(day), &salt)?;
            tx.execute(&sql::PUT_GATHERED, &params![tenant, day, size, root, leaf, index, &hashes, sealed, now])?;
            Ok::<_, StoreError>(())
        });
        write.await?;
        self.0.stores.marks().clear(&one.scope, GATHER, &one.seen).await?;
        Ok(())
    }

    /// The proof that the tenant's newest gathered checkpoint is in the instance's log.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] where none was gathered yet, and as [`Ledger::checkpoint`], for both logs.
    pub async fn gathered(&self, scope: &Scope) -> Result<Gathered, LedgerError> {
        sees_everything(scope)?;
        let (keys, tenant) = (self.0.trust.keyring(), scope.tenant());
        let own = move |tx: &mut Tx<'_>, head: Head| {
            let noted = noted(tx, tenant)?.ok_or(LedgerError::NotFound)?;
            // It is signed anew, so it is no less looked at.
            grew_out_of(tx, Log::Tenant(tenant), (noted.size, noted.root), head)?;
            let salt = keys.open(KeyRef::Tenant(tenant), salt_place(noted.day), &noted.salt).map_err(StoreError::from)?;
            Ok((hex::encode(&salt), noted))
        };
        let (now, (salt, noted)) = self.signed(Of::Tenant(scope), own).await?;
        self.sequence_instance().await?;
        let (keys, leaf) = (self.0.trust.keyring(), noted.leaf);
        let (instance, (gathering_salt, gathering, index, proof)) = self
            .signed(Of::Instance, move |tx, head| {
                let row = tx.query_optional(&sql::INSTANCE_LEAF, &params![leaf])?.ok_or(LedgerError::NotFound)?;
                let stored = Stored::of(&row, Whose::Instances)?;
                let index = stored.index.filter(|index| *index < head.size).ok_or(LedgerError::NotFound)?;
                let (salt, entry) = stored.open(&*keys)?.ok_or(LedgerError::NotFound)?;
                let mut tiles = Tiles::of(Log::Instance, tx);
                let proof = merkle::inclusion_proof(index, head.size, &mut |level, at| tiles.node(level, at))?;
                Ok((salt, entry, index, proof))
            })
            .await?;
        Ok(Gathered {
            checkpoint: self.note(Log::Tenant(tenant), noted.size, noted.root),
            key: now.key,
            salt,
            index: noted.place,
            hashes: noted.hashes.chunks(DIGEST_BYTES).map(hex::encode).collect(),
            gathering_salt: hex::encode(&gathering_salt),
            gathering,
            proof: Proof { index, hashes: proof, checkpoint: instance.note }.to_text(),
            instance_key: instance.key,
        })
    }

    /// What the instance's log is now, signed. It names no tenant, so every tenant may keep it.
    ///
    /// # Errors
    /// As [`Ledger::checkpoint`].
    pub async fn instance_checkpoint(&self, scope: &Scope) -> Result<SignedCheckpoint, LedgerError> {
        sees_everything(scope)?;
        self.instance_signed().await
    }

    /// Whether the instance's log is what was signed of it; for the start of a server, which tells where it is not.
    ///
    /// # Errors
    /// As [`Ledger::checkpoint`].
    pub async fn look_at_instance(&self) -> Result<(), LedgerError> {
        self.instance_signed().await.map(|_| ())
    }

    /// The proof that the instance's log now begins with what it was at a size: its hashes, and what it is now.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] where it never had that size, and as [`Ledger::checkpoint`].
    pub async fn instance_consistency(&self, scope: &Scope, old: u64) -> Result<(SignedCheckpoint, Vec<Hash>), LedgerError> {
        sees_everything(scope)?;
        self.sequence_instance().await?;
        let look = move |tx: &mut Tx<'_>, head: Head| {
            if old > head.size {
                return Err(LedgerError::NotFound);
            }
            Ok(consistency(tx, Log::Instance, old, head.size)?)
        };
        self.signed(Of::Instance, look).await
    }
}

/// The tenant's newest checkpoint that was gathered.
fn noted(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Option<Noted>, StoreError> {
    let Some(row) = tx.query_optional(&sql::GATHERED, &params![tenant])? else { return Ok(None) };
    Ok(Some(Noted {
        day: row.get(0)?,
        size: row.get::<i64>(1)?.unsigned_abs(),
        root: row.get(2)?,
        leaf: row.get(3)?,
        place: row.get::<i64>(4)?.unsigned_abs(),
        hashes: row.get(5)?,
        salt: row.get(6)?,
    }))
}

fn salt_place(day: i64) -> Place {
    Place { table: place::LEDGER_GATHERED, column: place::GATHERED_SALT, row: day }
}
