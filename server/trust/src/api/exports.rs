//! What the API shows of an export that can be fetched.

use kernel::problem::ProblemKind;
use kernel::{ExportId, Scope, Subject, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Id, Time};

use super::erasures::SubjectKind;
use crate::archives::{Archive, State};

/// The problems of every route that names an export.
pub(super) const OF_ONE: &[ProblemKind] = &[ProblemKind::NOT_FOUND];

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ExportState {
    /// Its turn has not come.
    Waiting,
    /// It is being made.
    Running,
    /// It can be fetched.
    Ready,
    /// Its time to be fetched is over.
    Expired,
    /// Somebody ended it before.
    Cancelled,
    /// It ended because something in it was erased.
    Erased,
    /// It could not be made.
    Failed,
    /// It has more bytes than are stored of one; whoever runs the host can export it there.
    TooLarge,
    /// The server's disk has too little room; whoever runs the host can make some.
    NoRoom,
}

/// An export that can be fetched, or could be.
#[derive(Serialize, JsonSchema)]
pub(super) struct ExportView {
    /// Its id.
    export: Id<ExportId>,
    /// Whose data.
    subject: SubjectKind,
    /// The id of whom.
    id: String,
    /// Who asked for it.
    requested_by: Id<UserId>,
    /// Whether that is the caller.
    is_yours: bool,
    /// How far it is.
    state: ExportState,
    /// When it was asked for.
    requested_at: Time,
    /// When it can be fetched no more.
    expires_at: Option<Time>,
    /// When it ended.
    ended_at: Option<Time>,
    /// Tables that are written.
    tables: u64,
    /// Rows that are written.
    rows: u64,
    /// Bytes of these rows.
    bytes: u64,
    /// Length of the archive, in bytes.
    size_bytes: Option<u64>,
    /// The digest of its files, while it can be fetched.
    digest: Option<String>,
    /// The key of the tenant's ledger, which signed it, while it can be fetched.
    key: Option<String>,
    /// Values in it that somebody had changed or moved in the database, so that they did not open; while it can be fetched. Where it is not
    /// 0, the export is not whole: nothing should be erased on the strength of it, and no server takes it in.
    altered_values: Option<u64>,
}

impl ExportView {
    /// As it stands now, for this caller.
    pub(super) fn of(archive: Archive, scope: &Scope, now: Timestamp) -> Self {
        let (subject, id) = match archive.subject {
            Subject::Device(_, device) => (SubjectKind::Device, device.to_string()),
            Subject::User(_, user) => (SubjectKind::User, user.to_string()),
            Subject::Tenant(tenant) => (SubjectKind::Tenant, tenant.to_string()),
        };
        let is_fetchable = archive.is_fetchable(now);
        let facts = archive.facts.clone().filter(|_| is_fetchable);
        let altered_values = facts.as_ref().map(|facts| facts.altered_values);
        let (digest, key) = facts.map(|facts| (facts.digest, facts.key)).unzip();
        Self {
            export: Id(archive.id),
            subject,
            id,
            requested_by: Id(archive.user),
            is_yours: scope.acting_user() == Some(archive.user),
            state: state(archive.state_at(now)),
            requested_at: Time(archive.requested_at),
            expires_at: archive.expires_at.map(Time),
            ended_at: archive.ended_at.map(Time),
            tables: archive.amount.tables,
            rows: archive.amount.rows,
            bytes: archive.amount.bytes,
            size_bytes: archive.size_bytes,
            digest,
            key,
            altered_values,
        }
    }
}

const fn state(state: State) -> ExportState {
    match state {
        State::Waiting => ExportState::Waiting,
        State::Running => ExportState::Running,
        State::Ready => ExportState::Ready,
        State::Expired => ExportState::Expired,
        State::Cancelled => ExportState::Cancelled,
        State::Erased => ExportState::Erased,
        State::Failed => ExportState::Failed,
        State::TooLarge => ExportState::TooLarge,
        State::NoRoom => ExportState::NoRoom,
    }
}
