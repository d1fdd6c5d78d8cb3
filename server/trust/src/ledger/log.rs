//! The ledger as people and their programs read it: pages of leaves, checkpoints, proofs, the log as a file.
//!
//! A checkpoint is signed when it is asked for. The signer remembers the largest tree that it signed of each log, in the
//! keyring's store, which is no part of a data backup; it notes the next one there before the signature leaves, and
//! signs nothing that did not grow out of it. So data that were rolled back or rewritten get no signature, and nobody is
//! ever shown two histories under one key.

use std::sync::Arc;

use kernel::{DeviceScope, KeyError, LeafId, Scope, ScopeMint, SystemWork, TenantId, Timestamp};
use seal::checkpoint::{Checkpoint, Proof};
use seal::hash::DIGEST_BYTES;
use seal::hex;
use seal::log_file::{self, Line};
use seal::merkle::{self, Hash};
use seal::note::NoteKey;
use seal::sign::SigningKey;
use serde_json::Value;
use store::{Row, StoreError, Stores, Tx, params};

use super::LEDGER;
use super::setbacks::Setbacks;
use super::stored::{Clear, Stored, Whose};
use super::tree::{Head, Log, Tiles, has_unsequenced, sequence};
use crate::error::LedgerError;
use crate::store as sql;
use crate::{LeafKind, Trust};

/// Leaves of a page of the log's file.
pub const FILE_LEAVES_MAX: u32 = 200;
/// Tenants whose leaves one step puts in order.
pub const STEP_TENANTS_MAX: usize = 64;
/// How often leaves are put in order anew because another sequencer was quicker.
const SEQUENCING_CONFLICTS_MAX: usize = 5;
/// How often a signature is tried anew because the log has moved on.
const SIGNING_ATTEMPTS_MAX: usize = 5;

/// The ledger, to be read. Cloning shares it.
#[derive(Clone)]
pub struct Ledger(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) stores: Stores,
    pub(super) trust: Trust,
    pub(super) mint: ScopeMint,
    /// Tenants whose leaves could not be put in order.
    pub(super) unordered: Setbacks,
    /// Tenants whose checkpoint could not be gathered.
    pub(super) ungathered: Setbacks,
    /// Tenants whose orphaned intents could not be closed.
    pub(super) orphaned: Setbacks,
}

/// Whose log is looked at, and by whom.
#[derive(Clone, Copy)]
pub(super) enum Of<'s> {
    /// A tenant's.
    Tenant(&'s Scope),
    /// The instance's own.
    Instance,
}

impl Of<'_> {
    pub(super) fn log(self) -> Log {
        match self {
            Self::Tenant(scope) => Log::Tenant(scope.tenant()),
            Self::Instance => Log::Instance,
        }
    }
}

/// A leaf in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedLeaf {
    /// Its id.
    pub leaf: LeafId,
    /// Its place in the log; nothing in its first seconds.
    pub index: Option<u64>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Which kind of actor did it.
    pub actor_kind: String,
    /// The actor's number.
    pub actor_id: Option<i64>,
    /// What was done.
    pub kind: LeafKind,
    /// Number of what it was done to.
    pub subject: Option<i64>,
    /// What the tree holds.
    pub commitment: [u8; DIGEST_BYTES],
    /// Salt and whole entry; nothing where they were erased, or altered.
    pub opened: Option<([u8; DIGEST_BYTES], Value)>,
    /// Whether the row was altered: what lies in it is not what was committed to, or does not open.
    pub is_altered: bool,
}

/// What the log has signed of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// The signed note.
    pub note: String,
    /// The key that it is verified with.
    pub key: String,
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// When the newest of them came into the log.
    pub made_at: Option<Timestamp>,
}

/// A leaf with the proof that it is in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct LeafProof {
    /// The leaf.
    pub leaf: ListedLeaf,
    /// The proof: a C2SP tlog-proof.
    pub proof: String,
    /// The log's key.
    pub key: String,
}

impl Ledger {
    /// Over stores and keys.
    #[must_use]
    pub fn new(stores: &Stores, trust: &Trust, mint: ScopeMint) -> Self {
        let (stores, trust) = (stores.clone(), trust.clone());
        let (unordered, ungathered, orphaned) = Default::default();
        Self(Arc::new(Inner { stores, trust, mint, unordered, ungathered, orphaned }))
    }

    /// Puts leaves in their places, of the instance and of up to [`STEP_TENANTS_MAX`] tenants that have new ones: how many tenants
    /// there were.
    ///
    /// # Errors
    /// The store's.
    pub async fn sequence_step(&self) -> Result<usize, LedgerError> {
        let marks = self.0.stores.marks();
        if let Err(error) = self.sequence_instance().await {
            tracing::error!(error = %error, "the instance's ledger cannot be put in order");
        }
        let (setbacks, now) = (&self.0.unordered, self.0.stores.clock().now());
        let asked = STEP_TENANTS_MAX + setbacks.waiting(now);
        let mut tenants = setbacks.ready(marks.tenants_with(LEDGER, asked).await?, now);
        tenants.truncate(STEP_TENANTS_MAX);
        for tenant in &tenants {
            let scope = self.0.mint.system(*tenant, SystemWork::Reconciler);
            match self.sequence_tenant(&scope).await {
                Ok(_) => setbacks.over(*tenant),
                // Another sequencer was quicker: the marks stay for the next step.
                Err(LedgerError::Store(StoreError::Conflict { .. })) => {}
                // One tenant's broken store must not stop the others.
                Err(error) => {
                    if setbacks.again(*tenant, now) {
                        tracing::error!(tenant.id = %tenant, error = %error, "a tenant's ledger cannot be put in order");
                    }
                }
            }
        }
        Ok(tenants.len())
    }

    /// Puts leaves of the instance's log in their places.
    pub(super) async fn sequence_instance(&self) -> Result<(), LedgerError> {
        let system = self.0.stores.system();
        let mut conflicts = 0;
        while system.read(|tx| has_unsequenced(tx, Log::Instance)).await? {
            match system.write(|tx| sequence(tx, Log::Instance)).await {
                Ok(_) => {}
                Err(StoreError::Conflict { .. }) if conflicts < SEQUENCING_CONFLICTS_MAX => conflicts += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Puts every leaf of a tenant that is recorded by now in its place: how many.
    ///
    /// # Errors
    /// The store's; [`StoreError::Conflict`] where another sequencer was quicker.
    pub async fn sequence_tenant(&self, scope: &Scope) -> Result<usize, LedgerError> {
        let (marks, store) = (self.0.stores.marks(), self.0.stores.tenant(scope));
        let (log, mut count) = (Log::Tenant(scope.tenant()), 0);
        let seen = marks.pending(scope, LEDGER, 1).await?;
        let mut conflicts = 0;
        while store.read(move |tx| has_unsequenced(tx, log)).await? {
            match store.write(move |tx| sequence(tx, log)).await {
                Ok(placed) => count += placed,
                // Another sequencer was quicker: the next look finds less to do.
                Err(StoreError::Conflict { .. }) if conflicts < SEQUENCING_CONFLICTS_MAX => conflicts += 1,
                Err(error) => return Err(error.into()),
            }
        }
        if !seen.is_empty() {
            marks.clear(scope, LEDGER, &seen).await?;
        }
        Ok(count)
    }

    /// Since when a leaf waits for its place, of a tenant's log or the instance's; nothing where none waits.
    ///
    /// # Errors
    /// The store's.
    pub async fn waiting_since(&self, scope: Option<&Scope>) -> Result<Option<Timestamp>, LedgerError> {
        let stores = &self.0.stores;
        let since = match scope {
            Some(scope) => {
                let tenant = scope.tenant();
                let store = stores.tenant(scope);
                store.read(move |tx| tx.query_optional(&sql::UNSEQUENCED_SINCE, &params![tenant])).await?
            }
            None => stores.system().read(|tx| tx.query_optional(&sql::INSTANCE_UNSEQUENCED_SINCE, &[])).await?,
        };
        Ok(since.map(|row| row.get(0)).transpose()?)
    }

    /// The key by which a tenant's log is verified.
    #[must_use]
    pub fn key(&self, tenant: TenantId) -> NoteKey {
        self.key_of(Log::Tenant(tenant))
    }

    /// The key by which the instance's log is verified.
    #[must_use]
    pub fn instance_key(&self) -> NoteKey {
        self.key_of(Log::Instance)
    }

    pub(super) fn key_of(&self, log: Log) -> NoteKey {
        NoteKey::new(&self.origin(log), self.signing().public()).expect("an origin has no white space")
    }

    pub(super) fn origin(&self, log: Log) -> String {
        match log {
            Log::Tenant(tenant) => self.0.trust.log_origin(Some(tenant)),
            Log::Instance => self.0.trust.log_origin(None),
        }
    }

    fn signing(&self) -> &SigningKey {
        self.0.trust.log_key()
    }

    /// What the tenant's log is now, signed.
    ///
    /// # Errors
    /// [`LedgerError::RolledBack`] and [`LedgerError::Rewritten`] where it is not what was signed before.
    pub async fn checkpoint(&self, scope: &Scope) -> Result<SignedCheckpoint, LedgerError> {
        sees_everything(scope)?;
        self.sequence_tenant(scope).await?;
        self.signed(Of::Tenant(scope), |_, _| Ok(())).await.map(|(checkpoint, ())| checkpoint)
    }

    /// A page of leaves, the newest first, below a place in the log. One that was altered is listed as such, and hides no other.
    ///
    /// # Errors
    /// Store and keys.
    pub async fn leaves(&self, scope: &Scope, below: Option<u64>, limit: u32) -> Result<Vec<ListedLeaf>, LedgerError> {
        sees_everything(scope)?;
        self.sequence_tenant(scope).await?;
        let (below, keys, tenant) = (below.map_or(i64::MAX, place), self.0.trust.keyring(), scope.tenant());
        let store = self.0.stores.tenant(scope);
        let read = store.read(move |tx| {
            let rows = tx.query(&sql::LEAVES_BELOW, &params![tenant, below, i64::from(limit)])?;
            rows.iter().map(|row| listed(&*keys, Whose::Tenants(tenant), row)).collect::<Result<Vec<_>, StoreError>>()
        });
        Ok(read.await?)
    }

    /// The newest leaves of a kind, the newest first.
    ///
    /// # Errors
    /// Store and keys.
    pub async fn newest_of_kind(&self, scope: &Scope, kind: LeafKind, limit: u32) -> Result<Vec<ListedLeaf>, LedgerError> {
        sees_everything(scope)?;
        self.sequence_tenant(scope).await?;
        let (keys, tenant, store) = (self.0.trust.keyring(), scope.tenant(), self.0.stores.tenant(scope));
        let read = store.read(move |tx| {
            let rows = tx.query(&sql::NEWEST_OF_KIND, &params![tenant, kind.text(), i64::from(limit)])?;
            rows.iter().map(|row| listed(&*keys, Whose::Tenants(tenant), row)).collect::<Result<Vec<_>, StoreError>>()
        });
        Ok(read.await?)
    }

    /// A leaf with the proof that it is in the log as it is now, or as it was at an earlier size: the one of a checkpoint that
    /// somebody keeps, or that a witness has cosigned.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`], also where the log had no such size, or not the leaf yet; and as [`Ledger::checkpoint`].
    pub async fn proof(&self, scope: &Scope, leaf: LeafId, at: Option<u64>) -> Result<LeafProof, LedgerError> {
        sees_everything(scope)?;
        self.sequence_tenant(scope).await?;
        self.proof_of(Of::Tenant(scope), leaf, at).await
    }

    pub(super) async fn proof_of(&self, of: Of<'_>, leaf: LeafId, at: Option<u64>) -> Result<LeafProof, LedgerError> {
        let (keys, log) = (self.0.trust.keyring(), of.log());
        let look = move |tx: &mut Tx<'_>, head: Head| {
            let (row, whose) = match log {
                Log::Tenant(tenant) => (tx.query_optional(&sql::LISTED_LEAF, &params![tenant, leaf])?, Whose::Tenants(tenant)),
                Log::Instance => (tx.query_optional(&sql::INSTANCE_LEAF, &params![leaf])?, Whose::Instances),
            };
            let listed = listed(&*keys, whose, &row.ok_or(LedgerError::NotFound)?)?;
            let size = at.unwrap_or(head.size);
            let index = listed.index.filter(|index| *index < size && size <= head.size).ok_or(LedgerError::NotFound)?;
            let mut tiles = Tiles::of(log, tx);
            let hashes = merkle::inclusion_proof(index, size, &mut |level, at| tiles.node(level, at))?;
            let root = merkle::root_of(size, &mut |level, at| tiles.node(level, at))?;
            // It is signed too, so it is no less looked at.
            grew_out_of(tx, log, (size, root), head)?;
            Ok((listed, (index, hashes), (size, root)))
        };
        let (now, (leaf, (index, hashes), (size, root))) = self.signed(of, look).await?;
        let checkpoint = self.note(log, size, root);
        Ok(LeafProof { leaf, proof: Proof { index, hashes, checkpoint }.to_text(), key: now.key })
    }

    /// The proof that the log now begins with what it was at a size: its hashes, and what it is now.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] where it never had that size, and as [`Ledger::checkpoint`].
    pub async fn consistency(&self, scope: &Scope, old: u64) -> Result<(SignedCheckpoint, Vec<Hash>), LedgerError> {
        sees_everything(scope)?;
        self.sequence_tenant(scope).await?;
        let log = Log::Tenant(scope.tenant());
        let look = move |tx: &mut Tx<'_>, head: Head| {
            if old > head.size {
                return Err(LedgerError::NotFound);
            }
            Ok(consistency(tx, log, old, head.size)?)
        };
        self.signed(Of::Tenant(scope), look).await
    }

    /// The lines of the log's file from a place on, up to [`FILE_LEAVES_MAX`] leaves, and the place of the next page; nothing
    /// behind the last. The first page begins with the head, the end of each day has its checkpoint, and so has the end.
    ///
    /// # Errors
    /// As [`Ledger::checkpoint`]; [`LedgerError::Altered`] names a leaf that is not what was committed to: a file that left its
    /// entry out would show it as erased.
    pub async fn file(&self, scope: &Scope, from: u64) -> Result<(Vec<Line>, Option<u64>), LedgerError> {
        sees_everything(scope)?;
        if from == 0 {
            self.sequence_tenant(scope).await?;
        }
        let (keys, tenant) = (self.0.trust.keyring(), scope.tenant());
        let look = move |tx: &mut Tx<'_>, head: Head| {
            let rows = tx.query(&sql::LEAVES_FROM, &params![tenant, place(from), i64::from(FILE_LEAVES_MAX)])?;
            let leaves: Vec<ListedLeaf> =
                rows.iter().map(|row| listed(&*keys, Whose::Tenants(tenant), row)).collect::<Result<_, StoreError>>()?;
            let leaves: Vec<_> = leaves.into_iter().filter(|leaf| leaf.index.is_some_and(|index| index < head.size)).collect();
            if let Some(altered) = leaves.iter().find(|leaf| leaf.is_altered) {
                return Err(LedgerError::Altered { index: altered.index.unwrap_or_default() });
            }
            let rows = tx.query(&sql::CHECKPOINTS_FROM, &params![tenant, place(from), i64::from(FILE_LEAVES_MAX)])?;
            let days: Vec<Head> = rows.iter().map(Head::of).collect::<Result<_, StoreError>>()?;
            let behind = leaves.last().and_then(|leaf| leaf.index).map_or(head.size, |last| last + 1);
            let days = days.into_iter().filter(|day| day.size > from && day.size <= behind).collect::<Vec<_>>();
            for day in &days {
                // They are signed too, so they are no less looked at: what the log is now must have grown out of each.
                grew_out_of(tx, Log::Tenant(tenant), (day.size, day.root), head)?;
            }
            Ok::<_, LedgerError>((leaves, days, behind))
        };
        let (checkpoint, (leaves, days, behind)) = self.signed(Of::Tenant(scope), look).await?;
        let mut lines = Vec::with_capacity(leaves.len() + 2);
        if from == 0 {
            lines.push(Line::Head { version: log_file::VERSION, key: checkpoint.key.clone() });
        }
        let mut days = days.into_iter().peekable();
        for leaf in leaves {
            // Its own place: where the database lacks one, the file shows it.
            let index = leaf.index.unwrap_or_default();
            let (salt, entry) = leaf.opened.map_or((None, None), |(salt, entry)| (Some(hex::encode(&salt)), Some(entry)));
            lines.push(Line::Leaf { index, commitment: hex::encode(&leaf.commitment), salt, entry });
            while let Some(day) = days.next_if(|day| day.size <= index + 1) {
                if day.size < checkpoint.size {
                    lines.push(Line::Checkpoint { checkpoint: self.note(Log::Tenant(tenant), day.size, day.root) });
                }
            }
        }
        if behind < checkpoint.size {
            return Ok((lines, Some(behind)));
        }
        lines.push(Line::Checkpoint { checkpoint: checkpoint.note });
        Ok((lines, None))
    }

    /// Looks at the log as it is, and signs what it is: see the module's text.
    pub(super) async fn signed<T: Send + 'static>(
        &self,
        of: Of<'_>,
        look: impl Fn(&mut Tx<'_>, Head) -> Result<T, LedgerError> + Clone + Send + 'static,
    ) -> Result<(SignedCheckpoint, T), LedgerError> {
        let log = of.log();
        for _ in 0..SIGNING_ATTEMPTS_MAX {
            let anchor = self.anchor(log).await?;
            let look = look.clone();
            let found = move |tx: &mut Tx<'_>| {
                let head = log.head(tx)?;
                let now = head.unwrap_or(Head { day: 0, size: 0, root: merkle::root(&[]), made_at: Timestamp::from_micros(0) });
                grew_out_of(tx, log, anchor, now)?;
                Ok::<_, LedgerError>((head, now, look(tx, now)?))
            };
            let (head, now, found) = match of {
                Of::Tenant(scope) => self.0.stores.tenant(scope).read(found).await?,
                Of::Instance => self.0.stores.system().read(found).await?,
            };
            if self.note_anchor(log, anchor, now).await? {
                let note = self.note(log, now.size, now.root);
                let (key, made_at) = (self.key_of(log).to_text(), head.map(|head| head.made_at));
                return Ok((SignedCheckpoint { note, key, size: now.size, root: now.root, made_at }, found));
            }
        }
        Err(LedgerError::Busy)
    }

    pub(super) fn note(&self, log: Log, size: u64, root: Hash) -> String {
        Checkpoint { origin: self.origin(log), size, root }.sign(self.signing())
    }

    pub(super) async fn anchor(&self, log: Log) -> Result<(u64, Hash), LedgerError> {
        let read = self.0.stores.keyring().read(move |tx| anchor(tx, log));
        Ok(read.await?)
    }

    /// Notes what is about to be signed; false where another signer was quicker.
    async fn note_anchor(&self, log: Log, seen: (u64, Hash), now: Head) -> Result<bool, LedgerError> {
        if seen == (now.size, now.root) {
            return Ok(true);
        }
        let write = self.0.stores.keyring().write(move |tx| {
            if anchor(tx, log)? != seen {
                return Ok(false);
            }
            let at = tx.now();
            let written = tx.execute(&sql::SET_LOG_ANCHOR, &params![whose(log), place(now.size), now.root, at])?;
            Ok::<_, StoreError>(written == 1)
        });
        Ok(write.await?)
    }
}

/// Whose log, as the keyring has it.
pub(super) fn whose(log: Log) -> i64 {
    match log {
        Log::Tenant(tenant) => tenant.number(),
        Log::Instance => 0,
    }
}

/// The largest tree that was signed of a log: the empty one at first.
fn anchor(tx: &mut Tx<'_>, log: Log) -> Result<(u64, Hash), StoreError> {
    let row = tx.query_optional(&sql::LOG_ANCHOR, &params![whose(log)])?;
    row.map_or_else(|| Ok((0, merkle::root(&[]))), |row| Ok((row.get::<i64>(0)?.unsigned_abs(), row.get(1)?)))
}

/// Whether what the log is now began with what was signed of it.
pub(super) fn grew_out_of(tx: &mut Tx<'_>, log: Log, (size, root): (u64, Hash), now: Head) -> Result<(), LedgerError> {
    if now.size < size {
        return Err(LedgerError::RolledBack { signed: size, found: now.size });
    }
    let proof = consistency(tx, log, size, now.size)?;
    if merkle::is_consistent(size, now.size, (root, now.root), &proof) { Ok(()) } else { Err(LedgerError::Rewritten { signed: size }) }
}

pub(super) fn consistency(tx: &mut Tx<'_>, log: Log, old: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
    let mut tiles = Tiles::of(log, tx);
    merkle::consistency_proof(old, size, &mut |level, index| tiles.node(level, index))
}

/// A leaf may be about any device: who sees some of them only reads no ledger.
pub(super) fn sees_everything(scope: &Scope) -> Result<(), LedgerError> {
    if *scope.devices() == DeviceScope::All { Ok(()) } else { Err(LedgerError::NotFound) }
}

pub(super) fn listed(keys: &dyn kernel::KeyRing, whose: Whose, row: &Row) -> Result<ListedLeaf, StoreError> {
    let stored = Stored::of(row, whose)?;
    let (opened, is_altered) = match stored.open(keys) {
        Ok(opened) => (opened, false),
        Err(StoreError::Corrupt(_) | StoreError::Key(KeyError::Altered { .. })) => (None, true),
        Err(other) => return Err(other),
    };
    let Clear { leaf, kind, actor_kind, actor_id, subject, at, commitment } = stored.clear;
    Ok(ListedLeaf { leaf, index: stored.index, recorded_at: at, actor_kind, actor_id, kind, subject, commitment, opened, is_altered })
}

pub(super) fn place(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
