//! What the API shows of an erasure.

use kernel::problem::ProblemKind;
use kernel::{DeviceId, ErasureId, Problem, Subject, TenantId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Id, Time};

use crate::erasure::{Erasure, State};
use crate::error::LEDGER_REWRITTEN;

/// The problems of every route that names an erasure.
pub(super) const OF_ONE: &[ProblemKind] = &[ProblemKind::NOT_FOUND];
/// And those of its receipt.
pub(super) const OF_RECEIPT: &[ProblemKind] = &[ProblemKind::NOT_FOUND, LEDGER_REWRITTEN];

/// Whose data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SubjectKind {
    /// A device.
    Device,
    /// A person who signs in.
    User,
    /// The tenant, with everything.
    Tenant,
}

impl SubjectKind {
    /// The subject of this kind and id, in a tenant.
    pub(super) fn subject(self, tenant: TenantId, id: &str) -> Result<Subject, Problem> {
        let found = match self {
            Self::Device => id.parse::<DeviceId>().ok().map(|device| Subject::Device(tenant, device)),
            Self::User => id.parse::<UserId>().ok().map(|user| Subject::User(tenant, user)),
            Self::Tenant => id.parse::<TenantId>().ok().filter(|of| *of == tenant).map(Subject::Tenant),
        };
        found.ok_or_else(Problem::not_found)
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ErasureState {
    /// Its delay is not over; it can be called off.
    Waiting,
    /// It has begun: nothing is shown of the subject any more.
    Running,
    /// It is done; there is a receipt.
    Done,
    /// It was called off.
    Cancelled,
}

/// An erasure.
#[derive(Serialize, JsonSchema)]
pub(super) struct ErasureView {
    /// Its id.
    erasure: Id<ErasureId>,
    /// Whose data.
    subject: SubjectKind,
    /// The id of whom.
    id: String,
    /// How far it is.
    state: ErasureState,
    /// When it was asked for.
    requested_at: Time,
    /// When it begins unless it is called off.
    due_at: Time,
    /// By when it must be done.
    deadline_at: Time,
    /// When it began.
    begun_at: Option<Time>,
    /// When it was done, or called off.
    finished_at: Option<Time>,
    /// Whether it is not done two days after it was asked for.
    is_late: bool,
    /// Whether the last attempt did not get on; it is tried again.
    has_failed: bool,
}

impl From<Erasure> for ErasureView {
    fn from(erasure: Erasure) -> Self {
        let (subject, id) = match erasure.subject {
            Subject::Device(_, device) => (SubjectKind::Device, device.to_string()),
            Subject::User(_, user) => (SubjectKind::User, user.to_string()),
            Subject::Tenant(tenant) => (SubjectKind::Tenant, tenant.to_string()),
        };
        let state = match erasure.state {
            State::Waiting => ErasureState::Waiting,
            State::Running => ErasureState::Running,
            State::Done => ErasureState::Done,
            State::Cancelled => ErasureState::Cancelled,
        };
        let time = |at: Option<Timestamp>| at.map(Time);
        Self {
            erasure: Id(erasure.id),
            subject,
            id,
            state,
            requested_at: Time(erasure.requested_at),
            due_at: Time(erasure.due_at),
            deadline_at: Time(erasure.deadline_at),
            begun_at: time(erasure.begun_at),
            finished_at: time(erasure.finished_at),
            is_late: erasure.alarmed_at.is_some(),
            has_failed: erasure.failure.is_some(),
        }
    }
}
