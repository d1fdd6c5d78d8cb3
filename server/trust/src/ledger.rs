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
//! `tree` puts leaves in their places, [`log`] reads the log and signs what it is, [`gather`] takes what was signed of
//! tenants' logs into the instance's, `stored` says what of a row can be believed. A tenant whose turn fails waits
//! (`setbacks`), so that it stops no other. [`intent`] is for what no transaction holds: told of before and after;
//! [`aftermath`] closes what nobody has told the end of. [`succession`]: a log goes on where data were restored from before.
//! [`instance`]: the instance's log, for whoever runs it; [`copied`]: how a log in a copy of the data stands to the present one.

pub mod aftermath;
pub mod copied;
pub mod gather;
pub mod instance;
pub mod intent;
pub mod log;
mod lost;
mod recorded;
pub(crate) mod search;
mod setbacks;
pub(crate) mod stored;
pub mod succession;
pub(crate) mod tree;

use kernel::{Actor, DeviceId, KeyRef, KeyRing, LeafId, Place, Scope, SystemWork, TenantId, UserId};
use seal::hash::DIGEST_BYTES;
use seal::leaf::commit;
use serde_json::{Value, json};
use store::{Row, StoreError, Tx, params};
use zeroize::Zeroizing;

use crate::data_map::place;
use crate::store as sql;

pub use self::aftermath::{Aftermath, Asking};
pub use self::intent::{Effect, EffectKind, Intent, Outcome, intend, intend_instance};
pub use self::log::Ledger;
pub use self::recorded::Recorded;
use self::stored::Clear;
pub(crate) use self::stored::{Stored, Whose};
use self::tree::Log;
pub use self::tree::SEQUENCED_AT_ONCE;

/// Who is woken when leaves wait for their places.
pub const LEDGER: &str = "ledger";

/// Largest payload of a leaf, in bytes of JSON: an entry says what happened, it is not where data live.
pub const PAYLOAD_BYTES_MAX: usize = 64 * 1024;

/// What the id of a leaf that is told once is made for.
const TOLD_ONCE: &str = "ledger leaf told once";
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
    /// The access log's records of a day were deleted and the key of the day destroyed.
    AccessLogExpired = "access-log-expired" about Tenant;
    /// Whoever administers the host read the access log.
    AccessLogRead = "access-log-read" about Tenant;
    /// What a tenant demands of credentials was changed: how long they live, and from where they work.
    AccessPolicyChanged = "access-policy-changed" about Tenant;
    /// A peer or a credential was banned for a flood of refused requests.
    BanBegun = "ban-begun" about Tenant;
    /// Whoever administers the host lifted a ban.
    BanLifted = "ban-lifted" about Tenant;
    /// Something was done about a breach case.
    BreachCaseChanged = "breach-case-changed" about Tenant;
    /// A step that the law demands after a breach is overdue.
    BreachStepOverdue = "breach-step-overdue" about Tenant;
    /// The tenant was told that a breach affected its data.
    BreachTold = "breach-told" about Tenant;
    /// A client certificate was issued for a token.
    CertificateIssued = "certificate-issued" about Tenant;
    /// A client certificate was revoked.
    CertificateRevoked = "certificate-revoked" about Tenant;
    /// Checkpoints of tenants came into the instance's log, blinded.
    CheckpointsGathered = "checkpoints-gathered" about Tenant;
    /// Data of the tenant, of a device or of a user were exported.
    DataExported = "data-exported" about Tenant;
    /// A device joined.
    DeviceEnrolled = "device-enrolled" about Device;
    /// The name of a script's device that was erased may be used again.
    DeviceReadmitted = "device-readmitted" about Tenant;
    /// A device that was retired came back.
    DeviceRestored = "device-restored" about Device;
    /// A device was taken out of service.
    DeviceRetired = "device-retired" about Device;
    /// Which provider of single sign-on an organisation's directory belongs to was changed.
    DirectoryChanged = "directory-changed" about Tenant;
    /// An organisation's directory added, changed, shut out or removed somebody. Who has no account yet has no key to lie under.
    DirectoryUserChanged = "directory-user-changed" about Tenant;
    /// What became of an effect outside of the ledger's transactions: done, failed, or nobody knows.
    EffectEnded = "effect-ended" about Tenant;
    /// An effect outside of the ledger's transactions is about to be taken.
    EffectIntended = "effect-intended" about Tenant;
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
    /// An export that could be fetched ended: its key was destroyed and its bytes written over.
    ExportEnded = "export-ended" about Tenant;
    /// An export was fetched.
    ExportFetched = "export-fetched" about Tenant;
    /// An export was asked for.
    ExportRequested = "export-requested" about Tenant;
    /// A feed's records were imported.
    FeedImported = "feed-imported" about Tenant;
    /// A feed, or a document of one, was refused.
    FeedRefused = "feed-refused" about Tenant;
    /// A feed was switched on or off.
    FeedSwitched = "feed-switched" about Tenant;
    /// A group of devices was made, changed or removed.
    GroupChanged = "group-changed" about Tenant;
    /// Somebody was invited, or an invitation was taken back. Who has no account yet has no key to lie under.
    InvitationChanged = "invitation-changed" about Tenant;
    /// A lost keyring was put back from its second copy.
    KeyringRestored = "keyring-restored" about Tenant;
    /// A device no longer reports a kind of data, and what was held of it is erased.
    KindSwitchedOff = "kind-switched-off" about Device;
    /// A device's labels were changed.
    LabelsChanged = "labels-changed" about Device;
    /// The log ended, since entries of it were lost, and its successor goes on: the hand-over.
    LogSucceeded = "log-succeeded" about Tenant;
    /// A mail to a person was given up.
    MailGivenUp = "mail-given-up" about User;
    /// The relay took a mail to a person.
    MailSent = "mail-sent" about User;
    /// An operator asked for something by the operators' listener.
    OperatorActed = "operator-acted" about Tenant;
    /// A person was made an operator of the installation.
    OperatorAdded = "operator-added" about Tenant;
    /// A client certificate was issued to an operator.
    OperatorCertificateIssued = "operator-certificate-issued" about Tenant;
    /// A client certificate of an operator's was revoked.
    OperatorCertificateRevoked = "operator-certificate-revoked" about Tenant;
    /// What an operator may do was changed.
    OperatorChanged = "operator-changed" about Tenant;
    /// A person is no operator of the installation any more.
    OperatorRemoved = "operator-removed" about Tenant;
    /// A person added a passkey.
    PasskeyAdded = "passkey-added" about User;
    /// A person gave a passkey another name.
    PasskeyChanged = "passkey-changed" about User;
    /// A person removed a passkey.
    PasskeyRemoved = "passkey-removed" about User;
    /// A person changed the own password.
    PasswordChanged = "password-changed" about User;
    /// A group of people was made, changed or removed, or gives other roles.
    PeopleGroupChanged = "people-group-changed" about Tenant;
    /// The tenant was told of a new version of the policy on how data are treated.
    PolicyAnnounced = "policy-announced" about Tenant;
    /// The policy on how data are treated has a new version.
    PolicyChanged = "policy-changed" about Tenant;
    /// A person changed something of the own profile.
    ProfileChanged = "profile-changed" about User;
    /// A live check of the doctor got worse.
    PromiseRegressed = "promise-regressed" about Tenant;
    /// A live check of the doctor is as it should be again.
    PromiseRestored = "promise-restored" about Tenant;
    /// Whoever administers the host read the tenant's data.
    ReadOnHost = "read-on-host" about Tenant;
    /// A recovery code stood for the second factor, once.
    RecoveryCodeUsed = "recovery-code-used" about User;
    /// A person made a new set of recovery codes.
    RecoveryCodesMade = "recovery-codes-made" about User;
    /// An owner got a way back into the account, made on the host.
    RecoveryCreated = "recovery-created" about User;
    /// Transmissions of devices were found to be missing, or came after all.
    ReportGaps = "report-gaps" about Tenant;
    /// A batch of reports was taken in.
    ReportReceipts = "report-receipts" about Tenant;
    /// Requests met rules of the request filter.
    RequestsFiltered = "requests-filtered" about Tenant;
    /// The owner chose for how long rows of a table are kept.
    RetentionChanged = "retention-changed" about Tenant;
    /// Rows that were past their retention were deleted.
    RetentionRun = "retention-run" about Tenant;
    /// Something was done about a request by which somebody uses their rights.
    RightsRequestChanged = "rights-request-changed" about Tenant;
    /// What a person may do was changed.
    RolesChanged = "roles-changed" about User;
    /// Another provider of the root key was about to take the place of the present one.
    RootKeyChange = "root-key-change" about Tenant;
    /// Sessions of a person were ended, by the person or by somebody who may manage people.
    SessionsEnded = "sessions-ended" about User;
    /// The tenant's settings were changed.
    SettingsChanged = "settings-changed" about Tenant;
    /// An owner's account was set up.
    SetupFinished = "setup-finished" about User;
    /// A link by which an owner's account is set up was made on the host.
    SetupLinkCreated = "setup-link-created" about Tenant;
    /// A sign-in was refused.
    SignInFailed = "sign-in-failed" about User;
    /// A provider by which people sign in was added, changed or removed.
    SignOnChanged = "sign-on-changed" about Tenant;
    /// What a provider said of somebody was not believed, or let nobody in.
    SignOnRefused = "sign-on-refused" about Tenant;
    /// A person signed in.
    SignedIn = "signed-in" about User;
    /// A person signed out.
    SignedOut = "signed-out" about User;
    /// What lies in tables was accepted on the host as what was written last: which, and why.
    StoresAccepted = "stores-accepted" about Tenant;
    /// The stamps of the tenant's rows were settled: how many of each table, and what they sum up to.
    StoresSettled = "stores-settled" about Tenant;
    /// The tenant was told of somebody who will process data for the operator.
    SubProcessorAnnounced = "sub-processor-announced" about Tenant;
    /// The register of sub-processors was changed.
    SubProcessorChanged = "sub-processor-changed" about Tenant;
    /// A tenant was made.
    TenantCreated = "tenant-created" about Tenant;
    /// A tenant was taken in from an export of another installation.
    TenantImported = "tenant-imported" about Tenant;
    /// A token got another name or other networks, or was bound to certificates.
    TokenChanged = "token-changed" about Tenant;
    /// A token was made.
    TokenCreated = "token-created" about Tenant;
    /// A token was revoked.
    TokenRevoked = "token-revoked" about Tenant;
    /// A token got another secret.
    TokenRotated = "token-rotated" about Tenant;
    /// A token was used from so many networks that several seem to share it.
    TokenShared = "token-shared" about Tenant;
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

/// A leaf's columns, ready to be stored.
struct Prepared {
    clear: Clear,
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
pub fn record(tx: &mut Tx<'_>, keys: &dyn KeyRing, scope: &Scope, entry: LeafEntry) -> Result<Recorded, StoreError> {
    let leaf = LeafId::from_random(tx.rng().bits());
    insert(tx, keys, (scope.tenant(), scope.actor()), leaf, &entry)?;
    tx.mark(LEDGER, 0)?;
    Ok(Recorded::new(leaf))
}

/// As [`record`], for what may be told twice because it was done outside of the transaction: the leaf's id follows from kind and `act`, and
/// where there is one of that id, it stays as it is.
///
/// # Errors
/// As [`record`].
pub fn record_once(tx: &mut Tx<'_>, keys: &dyn KeyRing, scope: &Scope, entry: LeafEntry, act: &[u8]) -> Result<Recorded, StoreError> {
    let named = [entry.kind.text().as_bytes(), b"\0", act].concat();
    let [a, b, c, d, e, f, g, h, ..] = keys.blind_index(KeyRef::Tenant(scope.tenant()), TOLD_ONCE, &named)?;
    let leaf = LeafId::from_random(u64::from_be_bytes([a, b, c, d, e, f, g, h]));
    if tx.query_optional(&sql::LISTED_LEAF, &params![scope.tenant(), leaf])?.is_none() {
        insert(tx, keys, (scope.tenant(), scope.actor()), leaf, &entry)?;
        tx.mark(LEDGER, 0)?;
    }
    Ok(Recorded::new(leaf))
}

/// As [`record`], for work of the tenant's owner that writes much at once: puts every leaf in its place in the same
/// transaction, which costs the sequencer no turn. Not for requests: on PostgreSQL they would wait for each other.
///
/// # Errors
/// As [`record`]; [`StoreError::Conflict`] where a sequencer was quicker.
pub fn record_in_place(tx: &mut Tx<'_>, keys: &dyn KeyRing, scope: &Scope, entries: &[LeafEntry]) -> Result<(), StoreError> {
    for entry in entries {
        let leaf = LeafId::from_random(tx.rng().bits());
        insert(tx, keys, (scope.tenant(), scope.actor()), leaf, entry)?;
    }
    while tree::sequence(tx, Log::Tenant(scope.tenant()))? == SEQUENCED_AT_ONCE {}
    Ok(())
}

fn insert(
    tx: &mut Tx<'_>,
    keys: &dyn KeyRing,
    (tenant, actor): (TenantId, Actor),
    leaf: LeafId,
    entry: &LeafEntry,
) -> Result<(), StoreError> {
    assert_eq!(tx.tenant(), Some(tenant), "a leaf is recorded in its own tenant's store");
    let key = key_of(tenant, entry.kind, entry.subject);
    keys.ensure(key)?;
    let Prepared { clear, sealed } = prepare(tx, keys, (key, place::LEDGER_LEAF, leaf), actor, entry)?;
    let binding = clear.binding(keys, tenant)?;
    let Clear { leaf, kind, actor_kind, actor_id, subject, at, commitment } = clear;
    tx.execute(&sql::INSERT_LEAF, &params![tenant, leaf, kind.text(), actor_kind, actor_id, subject, at, commitment, sealed, binding])?;
    Ok(())
}

/// Records an act of the instance as a whole, within a transaction on the system store.
///
/// # Errors
/// As [`record`]; the caller rolls back.
pub fn record_instance(tx: &mut Tx<'_>, keys: &dyn KeyRing, actor: Actor, entry: LeafEntry) -> Result<Recorded, StoreError> {
    let leaf = LeafId::from_random(tx.rng().bits());
    insert_instance(tx, keys, actor, leaf, &entry)?;
    Ok(Recorded::new(leaf))
}

fn insert_instance(tx: &mut Tx<'_>, keys: &dyn KeyRing, actor: Actor, leaf: LeafId, entry: &LeafEntry) -> Result<(), StoreError> {
    let Prepared { clear, sealed } = prepare(tx, keys, (KeyRef::Instance, place::INSTANCE_LEDGER_LEAF, leaf), actor, entry)?;
    let Clear { leaf, kind, actor_kind, actor_id, subject, at, commitment } = clear;
    tx.execute(&sql::INSERT_INSTANCE_LEAF, &params![leaf, kind.text(), actor_kind, actor_id, subject, at, commitment, sealed])?;
    Ok(())
}

/// A leaf of the scope's tenant, or nothing where there is none of this id.
///
/// # Errors
/// [`StoreError::Corrupt`] where the entry is not the one that was committed to; keys and store.
pub fn read(tx: &mut Tx<'_>, keys: &dyn KeyRing, scope: &Scope, leaf: LeafId) -> Result<Option<Leaf>, StoreError> {
    let row = tx.query_optional(&sql::LISTED_LEAF, &params![scope.tenant(), leaf])?;
    row.map(|row| read_row(keys, &row, Whose::Tenants(scope.tenant()))).transpose()
}

/// The newest leaves of a kind about a subject, the newest first.
///
/// # Errors
/// As [`read`].
pub fn newest_about(
    tx: &mut Tx<'_>,
    keys: &dyn KeyRing,
    scope: &Scope,
    (kind, subject): (LeafKind, i64),
    limit: usize,
) -> Result<Vec<Leaf>, StoreError> {
    let tenant = scope.tenant();
    let rows = tx.query(&sql::NEWEST_ABOUT, &params![tenant, kind.text(), subject, i64::try_from(limit).unwrap_or(i64::MAX)])?;
    rows.iter().map(|row| read_row(keys, row, Whose::Tenants(tenant))).collect()
}

/// A leaf of the instance's ledger, or nothing where there is none of this id.
///
/// # Errors
/// As [`read`].
pub fn read_instance(tx: &mut Tx<'_>, keys: &dyn KeyRing, leaf: LeafId) -> Result<Option<Leaf>, StoreError> {
    let row = tx.query_optional(&sql::INSTANCE_LEAF, &params![leaf])?;
    row.map(|row| read_row(keys, &row, Whose::Instances)).transpose()
}

fn read_row(keys: &dyn KeyRing, row: &Row, whose: Whose) -> Result<Leaf, StoreError> {
    let stored = Stored::of(row, whose)?;
    let entry = stored.open(keys)?.map(|(_, entry)| entry);
    Ok(Leaf { kind: stored.clear.kind, commitment: stored.clear.commitment, entry })
}

/// Where a tenant's leaf lies, and under whose key.
pub(crate) fn lock_of(tenant: TenantId, leaf: LeafId, kind: LeafKind, subject: Option<i64>) -> (KeyRef, Place) {
    (key_of(tenant, kind, subject), Place { table: place::LEDGER_LEAF, column: place::LEAF_SEALED, row: leaf.number() })
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
    (key, table, leaf): (KeyRef, u16, LeafId),
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
    let sealed = keys.seal(key, Place { table, column: place::LEAF_SEALED, row: leaf.number() }, &plaintext)?;
    let (actor_kind, actor_id) = (actor.0.to_owned(), actor.1);
    Ok(Prepared { clear: Clear { leaf, kind: entry.kind, actor_kind, actor_id, subject: entry.subject, at, commitment }, sealed })
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
        Actor::Operator(operator) => ("operator", Some(operator.number())),
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
