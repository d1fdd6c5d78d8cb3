//! What the host's requests are answered with.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use trust::Outcome;
use trust::access_log::AccessRecord;
use trust::access_log::read::AccessCursor;
use trust::registers::State as SubProcessorState;
use wire::Timestamp;

/// A tenant that was made.
#[derive(Serialize, Deserialize)]
pub struct TenantCreated {
    /// Its number.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// By which its owner sets the account up.
    pub setup_link: String,
    /// When the link stops working.
    pub link_expires_at: Timestamp,
}

/// A tenant in the list.
#[derive(Serialize, Deserialize)]
pub struct TenantLine {
    /// Its number.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// `ready` where the owner has an account, else `waiting`.
    pub owner: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A one-time link.
#[derive(Serialize, Deserialize)]
pub struct Link {
    /// The page to open.
    pub setup_link: String,
    /// When it stops working.
    pub link_expires_at: Timestamp,
}

/// An enrolment token that was made.
#[derive(Serialize, Deserialize)]
pub struct EnrolmentCreated {
    /// The secret, shown once.
    pub token: String,
    /// The SHA-256 of the server's signing key, which guards the first contact.
    pub server_key_fingerprint: String,
    /// What to run on the device.
    pub command: String,
    /// When the token stops working.
    pub expires_at: Timestamp,
}

/// An API or telemetry token that was made.
#[derive(Serialize, Deserialize)]
pub struct TokenCreated {
    /// Its id.
    pub token: String,
    /// The secret, shown once.
    pub secret: String,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// The certificate that the server answers with.
#[derive(Serialize, Deserialize)]
pub struct CertificateFacts {
    /// SHA-256, in hexadecimal pairs as browsers show it.
    pub sha256: String,
    /// When it ends.
    pub ends_at: Timestamp,
    /// The instance's own authority, PEM; absent where the certificate is the user's.
    pub authority: Option<String>,
}

/// How the keyring stands.
#[derive(Serialize, Deserialize)]
pub struct KeysFacts {
    /// Where the root key comes from: `passphrase-file`, `systemd-credential` or `pkcs11`.
    pub root_key: String,
    /// The second copy; absent where there is none.
    pub second_copy: Option<CopyLine>,
    /// Each tenant's part.
    pub tenants: Vec<KeysLine>,
}

/// How the second copy of the keyring stands.
#[derive(Serialize, Deserialize)]
pub struct CopyLine {
    /// Its folder.
    pub folder: PathBuf,
    /// When it was made; absent where it cannot be read.
    pub made_at: Option<Timestamp>,
    /// Whether the keyring has not changed since.
    pub is_in_step: bool,
}

/// What a drill of the second copy found.
#[derive(Serialize, Deserialize)]
pub struct DrillFacts {
    /// The folder of the copy.
    pub folder: PathBuf,
    /// When it was made.
    pub made_at: Timestamp,
    /// How old it is.
    pub age_seconds: u64,
    /// Tenants in it.
    pub tenants: u64,
    /// Keys that opened and are those of the keyring.
    pub opened: u64,
    /// Keys that were destroyed since: a restore destroys them.
    pub destroyed_since: u64,
    /// Keys that were made since: a restore loses them.
    pub made_since: u64,
    /// Keys that do not open, or are others than the keyring's.
    pub failed: u64,
    /// Some of those.
    pub named: Vec<String>,
}

/// How a tenant's part of the keyring stands.
#[derive(Serialize, Deserialize)]
pub struct KeysLine {
    /// The tenant.
    pub tenant: String,
    /// Its keys; absent where it has none.
    pub keys: Option<TenantKeys>,
}

/// A tenant's keys.
#[derive(Serialize, Deserialize)]
pub struct TenantKeys {
    /// Number of its epoch.
    pub epoch: i64,
    /// When that began.
    pub epoch_began_at: Timestamp,
    /// Keys that can be used.
    pub keys: u64,
    /// Keys that were destroyed.
    pub destroyed: u64,
    /// Whether a roll is due or under way.
    pub rolls: bool,
}

/// A roll is done.
#[derive(Serialize, Deserialize)]
pub struct EpochRolled {
    /// Number of the new epoch.
    pub epoch: i64,
}

/// What a ledger has signed of itself.
#[derive(Serialize, Deserialize)]
pub struct CheckpointFacts {
    /// The signed note.
    pub checkpoint: String,
    /// The key that it is verified with.
    pub key: String,
    /// How many leaves.
    pub size: u64,
}

/// A log that ended, and its successor.
#[derive(Serialize, Deserialize)]
pub struct SuccessionFacts {
    /// The key of the log that ended.
    pub from: String,
    /// The key of its successor.
    pub to: String,
    /// How many entries were signed of it.
    pub entries: u64,
    /// How many of them, from the first on, are kept.
    pub kept: u64,
    /// How many are lost.
    pub lost: u64,
    /// The hand-over, as the log has signed it: for the owner to sign.
    pub hand_over: String,
}

/// Lines of a ledger's file.
#[derive(Serialize, Deserialize)]
pub struct LogPage {
    /// The lines.
    pub lines: Vec<seal::log_file::Line>,
    /// Where the next page begins; absent behind the last.
    pub next: Option<u64>,
}

/// Requests of a day.
#[derive(Serialize, Deserialize)]
pub struct AccessLogPage {
    /// The day.
    pub day: String,
    /// The records, the newest first.
    pub records: Vec<AccessRecord>,
    /// How many requests came besides of which there is no record.
    pub dropped: u64,
    /// Where the next page begins; absent behind the last.
    pub next: Option<AccessCursor>,
}

/// What the access log has of a day.
#[derive(Serialize, Deserialize)]
pub struct AccessDayLine {
    /// The day.
    pub day: String,
    /// How many requests.
    pub records: u64,
    /// How many requests came besides of which there is no record.
    pub dropped: u64,
    /// On which day its key is destroyed and its records are deleted.
    pub expires: String,
}

/// What an entry of the register of sub-processors says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubProcessorFacts {
    /// The company.
    pub name: String,
    /// Classes of data.
    pub data_classes: Vec<String>,
    /// Which data.
    pub data: String,
    /// Which people there reach them.
    pub people: String,
    /// Countries or regions.
    pub locations: Vec<String>,
    /// What it does with them.
    pub operations: String,
    /// What it is held to.
    pub compliance: String,
    /// Whether it requires a second factor of those people.
    pub requires_second_factor: bool,
}

/// A version of an entry.
#[derive(Serialize, Deserialize)]
pub struct SubProcessorLine {
    /// The entry.
    pub sub_processor: String,
    /// The version's number.
    pub version: i64,
    /// How it stands.
    pub state: SubProcessorState,
    /// What it says.
    pub facts: SubProcessorFacts,
    /// When it was announced.
    pub announced_at: Option<Timestamp>,
    /// How many days lie between the last tenant's being told and its taking effect.
    pub notice_days: Option<u16>,
    /// When it takes effect; absent until every tenant was told.
    pub effective_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Which version of an entry it was.
#[derive(Serialize, Deserialize)]
pub struct VersionLine {
    /// Its number.
    pub version: i64,
}

/// What a live check of the doctor saw.
#[derive(Serialize, Deserialize)]
pub struct CheckLine {
    /// Its name.
    pub check: String,
    /// What it came to.
    pub result: Outcome,
    /// The promises that it looks at.
    pub promises: Vec<String>,
    /// Numbers and states.
    pub evidence: Value,
    /// The same as a sentence, in English.
    pub said: String,
    /// The sentence in Polish, for whoever shows it to people.
    pub said_pl: String,
    /// Since when it comes to this.
    pub since: Timestamp,
    /// When it looked.
    pub checked_at: Timestamp,
}

/// A tenant's fleet index, compared with its rows.
#[derive(Serialize, Deserialize)]
pub struct IndexLine {
    /// The tenant.
    pub tenant: String,
    /// Devices in the index.
    pub devices: usize,
    /// Devices whose entry differs from what their rows say; none in a sound index.
    pub differing: usize,
}
