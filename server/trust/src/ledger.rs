//! Ledger leaves: what was done, by whom, recorded in the very transaction that did it.
//!
//! A leaf is inserted unsequenced; an owner puts leaves in order, hashes them into a Merkle tree and signs it. Where
//! the business transaction rolls back, so does its leaf; where the leaf cannot be written, neither can the business.
//! That is the audit: there is no later moment at which an act is done and not recorded.
//!
//! The tree commits to `SHA-256(salt ‖ SHA-256(entry))`, where the entry (kind, time, actor, subject, payload) is
//! canonical CBOR and the salt is random. Salt and entry lie beside the commitment, sealed under the key of the device
//! or user that the entry is about; destroying that key erases them and leaves the tree as it was.
//!
//! `tree` puts leaves in their places, [`log`] reads the log and signs what it is.

pub mod log;
mod tree;

use kernel::{Actor, DeviceId, KeyError, KeyRef, KeyRing, LeafId, Place, Scope, SystemWork, TenantId, Timestamp, UserId};
use seal::hash::DIGEST_BYTES;
use seal::leaf::commit;
use serde_json::{Value, json};
use store::{Row, StoreError, Tx, params};
use zeroize::Zeroizing;

use crate::data_map::place;
use crate::store as sql;

pub use self::log::Ledger;
use self::tree::Log;
pub use self::tree::SEQUENCED_AT_ONCE;

/// Who is woken when leaves wait for their places.
pub const LEDGER: &str = "ledger";

/// Largest payload of a leaf, in bytes of JSON: an entry says what happened, it is not where data live.
pub const PAYLOAD_BYTES_MAX: usize = 64 * 1024;

/// Version of the entry's layout, committed to with it.
const ENTRY_VERSION: u8 = 1;

/// About what a kind of leaf is; decides under whose key it is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Device,
    User,
    /// A thing of the tenant's (a token, a feed, a group), or nothing.
    Tenant,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal about $about:ident;)*) => {
        /// What was done. The texts are stored and committed to, so they never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum LeafKind { $($(#[$doc])* $name,)* }

        impl LeafKind {
            /// Every kind, in alphabetical order of its text.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The text form.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The kind of this text.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.text() == text)
            }

            const fn about(self) -> About {
                match self { $(Self::$name => About::$about,)* }
            }
        }
    };
}

kinds! {
    /// A device joined.
    DeviceEnrolled = "device-enrolled" about Device;
    /// A device that was retired came back.
    DeviceRestored = "device-restored" about Device;
    /// A device was taken out of service.
    DeviceRetired = "device-retired" about Device;
    /// The tenant's part of the keyring was wrapped anew, and its old epoch destroyed.
    EpochRolled = "epoch-rolled" about Tenant;
    /// A device, a user or the tenant was erased: the receipt.
    Erased = "erased" about Tenant;
    /// An erasure has begun: nothing is shown or taken in of its subject any more.
    ErasureBegun = "erasure-begun" about Tenant;
    /// An erasure was called off before it began.
    ErasureCancelled = "erasure-cancelled" about Tenant;
    /// An erasure is not done two days after it was asked for.
    ErasureLate = "erasure-late" about Tenant;
    /// An erasure was asked for.
    ErasureRequested = "erasure-requested" about Tenant;
    /// A feed's records were imported.
    FeedImported = "feed-imported" about Tenant;
    /// A feed was switched on or off.
    FeedSwitched = "feed-switched" about Tenant;
    /// A group of devices was made, changed or removed.
    GroupChanged = "group-changed" about Tenant;
    /// A device no longer reports a kind of data, and what was held of it is erased.
    KindSwitchedOff = "kind-switched-off" about Device;
    /// A device's labels were changed.
    LabelsChanged = "labels-changed" about Device;
    /// Whoever administers the host read the tenant's data.
    ReadOnHost = "read-on-host" about Tenant;
    /// An owner got a way back into the account, made on the host.
    RecoveryCreated = "recovery-created" about User;
    /// A batch of reports was taken in.
    ReportReceipts = "report-receipts" about Tenant;
    /// The tenant's settings were changed.
    SettingsChanged = "settings-changed" about Tenant;
    /// An owner's account was set up.
    SetupFinished = "setup-finished" about User;
    /// A sign-in was refused.
    SignInFailed = "sign-in-failed" about User;
    /// A person signed in.
    SignedIn = "signed-in" about User;
    /// A person signed out.
    SignedOut = "signed-out" about User;
    /// A tenant was made.
    TenantCreated = "tenant-created" about Tenant;
    /// A token was made.
    TokenCreated = "token-created" about Tenant;
    /// A token was revoked.
    TokenRevoked = "token-revoked" about Tenant;
}

/// What to record.
#[derive(Clone, Debug)]
pub struct LeafEntry {
    /// What was done.
    pub kind: LeafKind,
    /// Number of the id that it was done to: a device's or a user's where the kind is about one.
    pub subject: Option<i64>,
    /// The facts, whole numbers only; sealed, and at most [`PAYLOAD_BYTES_MAX`].
    pub payload: Value,
}

/// A leaf as it was read back: the entry has been compared with its commitment.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// What was done.
    pub kind: LeafKind,
    /// What the tree commits to.
    pub commitment: [u8; DIGEST_BYTES],
    /// The whole entry (`version`, `kind`, `at`, `actor`, `subject`, `payload`); nothing where it was erased.
    pub entry: Option<Value>,
}

/// A leaf's columns but its id, ready to be stored.
struct Prepared {
    actor: (&'static str, Option<i64>),
    at: Timestamp,
    commitment: [u8; DIGEST_BYTES],
    sealed: Vec<u8>,
}

/// Records an act in the ledger of the scope's tenant, within the transaction that does it. Within seconds the sequencer, which
/// this wakes, gives it its place in the log.
///
/// # Errors
/// [`StoreError::TooLarge`] past [`PAYLOAD_BYTES_MAX`], [`StoreError::Misuse`] for a payload with fractions, keys and
/// store. The caller rolls back, since what cannot be recorded is not done.
///
/// # Panics
/// Where the transaction is not one of the scope's tenant: that is our own mistake.
pub fn record(tx: &mut Tx<'_>, keys: &dyn KeyRing, scope: &Scope, entry: LeafEntry) -> Result<LeafId, StoreError> {
    let leaf = insert(tx, keys, scope, &entry)?;
    tx.mark(LEDGER, 0)?;
    Ok(leaf)
}

/// As [`record`], for work of the tenant's owner that writes much at once: puts every leaf in its place in the same
/// transaction, which costs the sequencer no turn. Not for requests: on PostgreSQL they would wait for each other.
///
/// # Errors
/// As [`record`]; [`StoreError::Conflict`] where a sequencer was quicker.
pub fn record_in_place(tx: &mut Tx<'_>, keys: &dyn KeyRing, scope: &Scope, entries: &[LeafEntry]) -> Result<(), StoreError> {
    for entry in entries {
        insert(tx, keys, scope, entry)?;
    }
    while tree::sequence(tx, Log::Tenant(scope.tenant()))? == SEQUENCED_AT_ONCE {}
    Ok(())
}

fn insert(tx: &mut Tx<'_>, keys: &dyn KeyRing, scope: &Scope, entry: &LeafEntry) -> Result<LeafId, StoreError> {
    let tenant = scope.tenant();
    assert_eq!(tx.tenant(), Some(tenant), "a leaf is recorded in its own tenant's store");
    let leaf = LeafId::from_random(tx.rng().bits());
    let place = Place { table: place::LEDGER_LEAF, column: place::LEAF_SEALED, row: leaf.number() };
    let key = key_of(tenant, entry.kind, entry.subject);
    keys.ensure(key)?;
    let prepared = prepare(tx, keys, (key, place), scope.actor(), entry)?;
    let (actor_kind, actor_id) = prepared.actor;
    tx.execute(
        &sql::INSERT_LEAF,
        &params![tenant, leaf, entry.kind.text(), actor_kind, actor_id, entry.subject, prepared.at, prepared.commitment, prepared.sealed],
    )?;
    Ok(leaf)
}

/// Records an act of the instance as a whole, within a transaction on the system store.
///
/// # Errors
/// As [`record`]; the caller rolls back.
pub fn record_instance(tx: &mut Tx<'_>, keys: &dyn KeyRing, actor: Actor, entry: LeafEntry) -> Result<LeafId, StoreError> {
    let leaf = LeafId::from_random(tx.rng().bits());
    let place = Place { table: place::INSTANCE_LEDGER_LEAF, column: place::LEAF_SEALED, row: leaf.number() };
    let prepared = prepare(tx, keys, (KeyRef::Instance, place), actor, &entry)?;
    let (actor_kind, actor_id) = prepared.actor;
    tx.execute(
        &sql::INSERT_INSTANCE_LEAF,
        &params![leaf, entry.kind.text(), actor_kind, actor_id, entry.subject, prepared.at, prepared.commitment, prepared.sealed],
    )?;
    Ok(leaf)
}

/// A leaf of the scope's tenant, or nothing where there is none of this id.
///
/// # Errors
/// [`StoreError::Corrupt`] where the entry is not the one that was committed to; keys and store.
pub fn read(tx: &mut Tx<'_>, keys: &dyn KeyRing, scope: &Scope, leaf: LeafId) -> Result<Option<Leaf>, StoreError> {
    let row = tx.query_optional(&sql::LEAF, &params![scope.tenant(), leaf])?;
    let place = Place { table: place::LEDGER_LEAF, column: place::LEAF_SEALED, row: leaf.number() };
    row.map(|row| read_row(keys, leaf, place, &row, |kind, subject| key_of(scope.tenant(), kind, subject))).transpose()
}

/// A leaf of the instance's ledger, or nothing where there is none of this id.
///
/// # Errors
/// As [`read`].
pub fn read_instance(tx: &mut Tx<'_>, keys: &dyn KeyRing, leaf: LeafId) -> Result<Option<Leaf>, StoreError> {
    let row = tx.query_optional(&sql::INSTANCE_LEAF, &params![leaf])?;
    let place = Place { table: place::INSTANCE_LEDGER_LEAF, column: place::LEAF_SEALED, row: leaf.number() };
    row.map(|row| read_row(keys, leaf, place, &row, |_, _| KeyRef::Instance)).transpose()
}

/// Under whose key a tenant's leaf lies.
fn key_of(tenant: TenantId, kind: LeafKind, subject: Option<i64>) -> KeyRef {
    let device = || subject.and_then(DeviceId::from_number).map(|device| KeyRef::Device(tenant, device));
    let user = || subject.and_then(UserId::from_number).map(|user| KeyRef::User(tenant, user));
    let subject_key = match kind.about() {
        About::Device => device(),
        About::User => user(),
        About::Tenant => None,
    };
    subject_key.unwrap_or(KeyRef::Tenant(tenant))
}

fn prepare(
    tx: &Tx<'_>,
    keys: &dyn KeyRing,
    (key, place): (KeyRef, Place),
    actor: Actor,
    entry: &LeafEntry,
) -> Result<Prepared, StoreError> {
    if entry.payload.to_string().len() > PAYLOAD_BYTES_MAX {
        return Err(StoreError::TooLarge { what: "the payload of a ledger leaf, in bytes", limit: PAYLOAD_BYTES_MAX as u64 });
    }
    let actor = actor_columns(actor);
    let at = tx.now();
    let whole = json!({
        "version": ENTRY_VERSION,
        "kind": entry.kind.text(),
        "at": at.micros(),
        "actor": { "kind": actor.0, "id": actor.1 },
        "subject": entry.subject,
        "payload": entry.payload,
    });
    let salt: [u8; DIGEST_BYTES] = tx.rng().bytes();
    let commitment = commit(salt, &whole).map_err(|fraction| StoreError::Misuse(fraction.to_string()))?;
    let plaintext = Zeroizing::new([&salt[..], whole.to_string().as_bytes()].concat());
    Ok(Prepared { actor, at, commitment, sealed: keys.seal(key, place, &plaintext)? })
}

fn read_row(
    keys: &dyn KeyRing,
    leaf: LeafId,
    place: Place,
    row: &Row,
    key: impl Fn(LeafKind, Option<i64>) -> KeyRef,
) -> Result<Leaf, StoreError> {
    let kind = LeafKind::from_text(&row.get::<String>(0)?).ok_or_else(|| altered(leaf))?;
    let subject: Option<i64> = row.get(1)?;
    let commitment: [u8; DIGEST_BYTES] = row.get(2)?;
    let opened = open_leaf(keys, (leaf, key(kind, subject), place), row.get(3)?, commitment)?;
    let entry = opened.map(|(_, entry)| entry);
    // The kind stands in clear too, where it decides under whose key the leaf lies.
    match &entry {
        Some(entry) if entry["kind"] != kind.text() => Err(altered(leaf)),
        _ => Ok(Leaf { kind, commitment, entry }),
    }
}

/// Where a tenant's leaf lies, and under whose key.
pub(crate) fn sealed_place(tenant: TenantId, leaf: LeafId, kind: LeafKind, subject: Option<i64>) -> (LeafId, KeyRef, Place) {
    let place = Place { table: place::LEDGER_LEAF, column: place::LEAF_SEALED, row: leaf.number() };
    (leaf, key_of(tenant, kind, subject), place)
}

/// Salt and entry of a leaf, where they are those that were committed to; nothing where they were erased.
pub(crate) fn open_leaf(
    keys: &dyn KeyRing,
    (leaf, key, place): (LeafId, KeyRef, Place),
    sealed: Option<Vec<u8>>,
    commitment: [u8; DIGEST_BYTES],
) -> Result<Option<([u8; DIGEST_BYTES], Value)>, StoreError> {
    // Nothing empties the column: an erasure destroys the key.
    let Some(sealed) = sealed else { return Err(altered(leaf)) };
    let plaintext = match keys.open(key, place, &sealed) {
        Ok(plaintext) => plaintext,
        // The subject was erased: that is what the salted commitment is for. Where its key was never destroyed, the row was
        // made to point at a key that there is not.
        Err(KeyError::Missing) if keys.was_destroyed(key)? => return Ok(None),
        Err(KeyError::Missing) => return Err(altered(leaf)),
        Err(other) => return Err(other.into()),
    };
    checked_entry(&plaintext, commitment).map(Some).ok_or_else(|| altered(leaf))
}

/// Salt and entry of an opened leaf, where they are what was committed to.
fn checked_entry(plaintext: &[u8], commitment: [u8; DIGEST_BYTES]) -> Option<([u8; DIGEST_BYTES], Value)> {
    let (salt, json) = plaintext.split_first_chunk::<DIGEST_BYTES>()?;
    let entry: Value = serde_json::from_slice(json).ok()?;
    (commit(*salt, &entry) == Ok(commitment)).then_some((*salt, entry))
}

pub(crate) fn altered(leaf: LeafId) -> StoreError {
    StoreError::Corrupt(format!("ledger leaf {leaf} was altered: its entry is not the one that was committed to"))
}

pub(crate) fn actor_columns(actor: Actor) -> (&'static str, Option<i64>) {
    match actor {
        Actor::User(user) => ("user", Some(user.number())),
        Actor::ApiToken(token) => ("api-token", Some(token.number())),
        Actor::TelemetryToken(token) => ("telemetry-token", Some(token.number())),
        Actor::Device(device) => ("device", Some(device.number())),
        Actor::System(work) => (system_work(work), None),
    }
}

fn system_work(work: SystemWork) -> &'static str {
    match work {
        SystemWork::HostAdministration => "system-host-administration",
        SystemWork::Intake => "system-intake",
        SystemWork::Migration => "system-migration",
        SystemWork::Reconciler => "system-reconciler",
        SystemWork::Feeds => "system-feeds",
        SystemWork::SignIn => "system-sign-in",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_in_order_and_are_found_by_text() {
        assert!(LeafKind::ALL.is_sorted_by_key(|kind| kind.text()));
        assert!(LeafKind::ALL.iter().all(|kind| LeafKind::from_text(kind.text()) == Some(*kind)));
    }

    #[test]
    fn a_leaf_about_a_device_or_user_lies_under_its_key_and_all_else_under_the_tenants() {
        let (tenant, device) = (TenantId::from_random(2), DeviceId::from_random(4));
        assert_eq!(key_of(tenant, LeafKind::DeviceRetired, Some(device.number())), KeyRef::Device(tenant, device));
        assert_eq!(key_of(tenant, LeafKind::SignInFailed, None), KeyRef::Tenant(tenant));
        assert_eq!(key_of(tenant, LeafKind::TokenCreated, Some(7)), KeyRef::Tenant(tenant));
    }
}
