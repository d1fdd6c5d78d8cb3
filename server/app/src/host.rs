//! Administration by whoever may read the data folder: there is nothing to sign in to.
//!
//! Where a server runs on the folder, a request goes to it by its Unix socket ([`client`]); where none does, the
//! installation is opened for this one request. Both end in `perform`, so that they cannot differ.

mod access_log;
mod answers;
pub(crate) mod backup;
mod bans;
mod breach;
pub(crate) mod by_operator;
mod certificates;
pub mod client;
mod doctor;
mod erasure;
mod export;
mod feeds;
mod integrity;
pub(crate) mod keys;
pub(crate) mod ledger;
mod mail;
mod operators;
mod perform;
mod registers;
mod retention;
mod rights;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
pub use trust::Pseudonym;
pub use trust::access_log::AccessRecord;
pub use trust::access_log::read::AccessCursor;
pub use trust::access_log::record::Way;
pub use trust::cases::Evidence;
pub use trust::registers::State as SubProcessorState;
use words::{Language, Sentence, sentence};

pub use self::answers::{
    AccessDayLine, AccessLogPage, CertificateFacts, CheckLine, CheckpointFacts, CopyLine, DrillFacts, EnrolmentCreated, EpochRolled,
    IndexLine, KeysFacts, KeysLine, Link, LogPage, SubProcessorFacts, SubProcessorLine, SuccessionFacts, TenantCreated, TenantKeys,
    TenantLine, TokenCreated, VersionLine,
};
pub use self::backup::{BackupFacts, BackupFinding, LedgerInCopy, TenantInCopy};
pub use self::bans::{BanLine, BansFacts, FilterFacts};
pub use self::breach::{
    AffectedLine, AffectedPage, AssessmentLine, BreachFacts, BreachLine, BreachOpened, BreachQuestion, BreachRequest, BreachStep, EventLine,
};
pub use self::certificates::{CertificateIssued, CertificateLine};
pub use self::client::{Elsewhere, HostError, Installation, ask};
pub use self::erasure::ErasureLine;
pub(crate) use self::export::Exporting;
pub use self::export::{ExportFacts, ImportFacts, RowsWritten};
pub(crate) use self::feeds::Imports;
pub use self::feeds::{FeedLine, FetchLine, ImportLine, Progress};
pub use self::integrity::{AcceptedLine, StoreFinding, StoreLine};
pub use self::ledger::{EntriesPage, EntryLine, InstanceEntries};
pub use self::mail::{MailFacts, MailTried, QueuedMail};
pub use self::operators::{OperatorCertificateIssued, OperatorCertificateLine, OperatorLine, OperatorRequest};
pub use self::registers::ProcessingFacts;
pub use self::retention::{EndedLine, GoingLine, RetentionLine, TimedLine};
pub use self::rights::{RightsAsked, RightsEvent, RightsFacts, RightsLine};
use crate::opened::Opened;
pub use trust::Outcome;

/// What can be asked.
#[derive(Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Make a tenant: [`TenantCreated`].
    TenantCreate {
        /// The organisation's name, where it tells one.
        name: Option<String>,
    },
    /// Every tenant: a list of [`TenantLine`].
    TenantList {},
    /// A new set-up link for an owner who has not used the first: [`Link`].
    TenantLink {
        /// Whose.
        tenant: String,
    },
    /// Let a tenant's people sign in with their passwords again: nothing is answered.
    TenantReleaseSignOn {
        /// Whose.
        tenant: String,
    },
    /// Let a tenant's people, programs and devices in from every network again: nothing is answered.
    TenantClearNetworks {
        /// Whose.
        tenant: String,
    },
    /// A new way in for somebody who lost password or second factor: [`Link`].
    UserRecover {
        /// Whose.
        tenant: String,
        /// The account's address.
        email: String,
    },
    /// A token by which devices join: [`EnrolmentCreated`].
    EnrolmentCreate {
        /// Which tenant they join.
        tenant: String,
        /// What people call it.
        name: String,
        /// Labels that its devices get.
        labels: BTreeMap<String, String>,
        /// How long it works.
        lifetime_seconds: u64,
        /// How many devices may join by it; any number where absent.
        uses_max: Option<i64>,
    },
    /// An API or telemetry token: [`TokenCreated`].
    TokenCreate {
        /// Whose.
        tenant: String,
        /// What people call it.
        name: String,
        /// `api` or `telemetry`.
        kind: String,
        /// What it may do.
        permissions: Vec<String>,
        /// Selectors of the devices that it is for; none for all.
        devices: Vec<String>,
        /// The networks from which it works; none for all.
        networks: Vec<String>,
        /// Whether it works with a client certificate only.
        #[serde(default)]
        requires_certificate: bool,
        /// How long it works; until it is revoked where absent.
        lifetime_seconds: Option<u64>,
    },
    /// A client certificate for a token: [`CertificateIssued`].
    CertificateIssue {
        /// Whose.
        tenant: String,
        /// The token that it works with.
        token: String,
        /// The request for it, PKCS#10 in PEM form.
        request: String,
        /// For how many days; the usual time where absent.
        days: Option<u16>,
    },
    /// A tenant's client certificates: a list of [`CertificateLine`].
    CertificateList {
        /// Whose.
        tenant: String,
    },
    /// Revoke a client certificate: nothing is answered.
    CertificateRevoke {
        /// Whose.
        tenant: String,
        /// Which.
        certificate: String,
    },
    /// The certificate that the server answers with: [`CertificateFacts`].
    Certificate {},
    /// The names of the doctor's live checks: a list of texts.
    DoctorChecks {},
    /// Make one of them: [`CheckLine`].
    DoctorCheck {
        /// Its name.
        check: String,
    },
    /// Compare each tenant's fleet index with one made from the rows alone: a list of [`IndexLine`].
    DoctorIndex {},
    /// How the keyring stands: [`KeysFacts`].
    KeysStatus {},
    /// Copy the keyring to a folder now, and keep the copy in step from now on: [`CopyLine`].
    KeysCopy {
        /// The folder; the one that is kept in step where absent.
        folder: Option<PathBuf>,
    },
    /// Try the keyring's second copy out: [`DrillFacts`].
    KeysDrill {
        /// The folder of the copy; the one that is kept in step where absent.
        folder: Option<PathBuf>,
    },
    /// Wrap a tenant's part of the keyring anew and destroy its old epoch: [`EpochRolled`].
    KeysRoll {
        /// Whose.
        tenant: String,
    },
    /// Have a device, a user or a whole tenant erased: [`ErasureLine`].
    ErasureRequest {
        /// Whose.
        tenant: String,
        /// `device`, `user` or `tenant`.
        subject: String,
        /// The id of whom.
        id: String,
        /// How long it can be called off; the usual delay where absent.
        delay_seconds: Option<u64>,
        /// Whether to do it now, and answer when it is done.
        now: bool,
    },
    /// A tenant's erasures: a list of [`ErasureLine`].
    ErasureList {
        /// Whose.
        tenant: String,
    },
    /// Call an erasure off: [`ErasureLine`].
    ErasureCancel {
        /// Which.
        erasure: String,
    },
    /// The receipt of an erasure that is done, as the API gives it.
    ErasureReceipt {
        /// Which.
        erasure: String,
    },
    /// What a tenant's ledger is now, signed: [`CheckpointFacts`].
    LedgerCheckpoint {
        /// Whose.
        tenant: String,
    },
    /// End a log that lost entries and open its successor: [`SuccessionFacts`].
    LedgerSucceed {
        /// Whose; the instance's where absent.
        tenant: Option<String>,
        /// The last known checkpoint, where the keyring remembers an older one: a signed note.
        checkpoint: Option<String>,
    },
    /// What the instance's own log is now, signed; it names no tenant: [`CheckpointFacts`].
    InstanceCheckpoint {
        /// For whom.
        tenant: String,
    },
    /// Lines of a tenant's ledger as a file: [`LogPage`].
    LedgerFile {
        /// Whose.
        tenant: String,
        /// From which leaf on.
        from: u64,
    },
    /// Entries of the instance's ledger, the newest first: [`EntriesPage`].
    InstanceLogList {
        /// Which.
        asked: InstanceEntries,
    },
    /// An entry of the instance's ledger with its proof, as the API gives a tenant's.
    InstanceLogProof {
        /// Its id.
        leaf: String,
        /// In the tree of so many entries; in what the log is now where absent.
        size: Option<u64>,
    },
    /// What the instance's ledger is now, signed: [`CheckpointFacts`].
    InstanceLogCheckpoint {},
    /// Requests of a day, the newest first: [`AccessLogPage`].
    AccessLogPage {
        /// The day, in UTC; today where absent.
        day: Option<String>,
        /// Only from this address.
        peer: Option<String>,
        /// Only by this user.
        user: Option<String>,
        /// Only by this tenant's credentials.
        tenant: Option<String>,
        /// Where the page before ended.
        cursor: Option<AccessCursor>,
    },
    /// What the access log has of each day: a list of [`AccessDayLine`].
    AccessLogDays {},
    /// The bans that hold: [`BansFacts`].
    BansList {},
    /// Lift a ban, or all: a list of [`BanLine`].
    BanLift {
        /// Its number, its address, or `all`.
        which: String,
    },
    /// Propose an entry of the register of sub-processors, or a new version of one: [`VersionLine`].
    SubProcessorPropose {
        /// What it is called.
        sub_processor: String,
        /// What it says.
        facts: SubProcessorFacts,
    },
    /// Announce the newest version of an entry: [`VersionLine`].
    SubProcessorAnnounce {
        /// Which entry.
        sub_processor: String,
        /// How many days before it takes effect; the default where absent.
        notice_days: Option<u16>,
    },
    /// End an entry now: [`VersionLine`].
    SubProcessorEnd {
        /// Which entry.
        sub_processor: String,
    },
    /// The register: a list of [`SubProcessorLine`].
    SubProcessorList {},
    /// For how long rows are kept, and which go next: a list of [`RetentionLine`].
    RetentionShow {
        /// Whose; every tenant's where absent.
        tenant: Option<String>,
    },
    /// Give a tenant, or every one, its turn now: a list of [`EndedLine`].
    RetentionRun {
        /// Whose; every tenant's where absent.
        tenant: Option<String>,
    },
    /// How mail stands: [`MailFacts`].
    MailStatus {},
    /// Send a trial to an address: [`MailTried`].
    MailTest {
        /// The address.
        address: String,
        /// The language that it is written in: `en` or `pl`.
        language: String,
    },
    /// Mails that wait or were given up: a list of [`QueuedMail`].
    MailQueue {
        /// Whose; every tenant's where absent.
        tenant: Option<String>,
    },
    /// The record of processing activities: [`ProcessingFacts`].
    ProcessingRecord {},
    /// Something about rights requests: what [`RightsAsked`] says.
    Rights {
        /// Whose.
        tenant: String,
        /// What.
        asked: RightsAsked,
    },
    /// Something about operators: what [`OperatorRequest`] says.
    Operator {
        /// What.
        asked: OperatorRequest,
    },
    /// Something about a breach of security: what [`BreachRequest`] says.
    Breach {
        /// What.
        asked: BreachRequest,
    },
    /// Write everything that is held of a tenant, device or user to a new folder: [`ExportFacts`].
    Export {
        /// The tenant, whose it is or to which it belongs.
        tenant: String,
        /// One of its devices only.
        device: Option<String>,
        /// One of its users only.
        user: Option<String>,
        /// The folder; its writer is the server where one runs.
        folder: PathBuf,
        /// By which [`Request::ExportProgress`] asks how far it is; the asker's own choice.
        ticket: u64,
    },
    /// Take a tenant in from its export: [`ImportFacts`].
    Import {
        /// The export's folder; its reader is the server where one runs.
        folder: PathBuf,
        /// The key that must have signed it; the one that it names itself where absent.
        key: Option<String>,
    },
    /// Open every sealed value of a tenant in its place, or of every tenant: a list of [`StoreLine`].
    VerifyStore {
        /// Whose; every tenant's where absent.
        tenant: Option<String>,
    },
    /// Accept what lies in tables as what was written last: a list of [`AcceptedLine`].
    StoreAccept {
        /// Whose; every tenant's where absent.
        tenant: Option<String>,
        /// Which tables, by the names that findings have.
        tables: Vec<String>,
        /// Why.
        reason: String,
    },
    /// Whether a copy of the data can be put back, and undoes no erasure: [`BackupFacts`].
    VerifyBackup {
        /// The copy's folder; its reader is the server where one runs.
        folder: PathBuf,
    },
    /// How many rows an export has written: [`RowsWritten`].
    ExportProgress {
        /// The export's.
        ticket: u64,
    },
    /// Every feed and how it stands: a list of [`FeedLine`].
    FeedsList {},
    /// Import a file, all of it or nothing: [`ImportLine`].
    FeedsImport {
        /// The file; its reader is the server where one runs.
        path: PathBuf,
        /// By which [`Request::FeedsProgress`] asks how far it is; the asker's own choice.
        ticket: u64,
    },
    /// How far an import is: [`Progress`].
    FeedsProgress {
        /// The import's.
        ticket: u64,
    },
    /// Fetch a feed now and import what comes: [`FetchLine`].
    FeedsFetch {
        /// Its name.
        feed: String,
    },
}

/// What the socket's door does with a request: [`perform::perform`], its answer as `{"ok": …}` or, in every language since the
/// server does not know its reader's, `{"error": {"en": "…", "pl": "…"}}`.
pub(crate) fn answering(opened: Opened) -> web::admin::Admin {
    Arc::new(move |request| {
        let opened = opened.clone();
        Box::pin(async move { answer(&opened, request).await }) as Pin<Box<dyn Future<Output = Value> + Send>>
    })
}

async fn answer(opened: &Opened, request: Value) -> Value {
    let request = match serde_json::from_value::<Request>(request) {
        Ok(request) => request,
        Err(error) => {
            return refusal(&sentence!(
                "the server does not know this request (is it of another version?): {error}",
                "serwer nie zna tego żądania (czy jest w innej wersji?): {error}"
            ));
        }
    };
    match Box::pin(perform::perform(opened, request)).await {
        Ok(value) => json!({ "ok": value }),
        Err(refused) => refusal(&refused.sentence),
    }
}

fn refusal(sentence: &Sentence) -> Value {
    let texts = Language::ALL.map(|language| (language.name().to_owned(), Value::from(sentence.text(language))));
    json!({ "error": Value::Object(texts.into_iter().collect()) })
}
