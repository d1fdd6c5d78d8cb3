//! A request as it is stored, and its history.

use kernel::{DeviceId, ErasureId, KeyRef, KeyRing, LeafId, Place, RightsRequestId, TenantId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use store::{Row, Sealed, StoreError, Tx, params};

use super::RightsError;
use crate::cases::clocks::texts;
use crate::data_map::place;
use crate::store::rights as sql;

texts! {
    /// A right (GDPR).
    Kind {
        /// Art. 15: what is held of them.
        Access = "access";
        /// Art. 17: erasure.
        Erasure = "erasure";
        /// Art. 21: they object.
        Objection = "objection";
        /// Art. 20: their data in an open form.
        Portability = "portability";
        /// Art. 16: what is wrong is put right.
        Rectification = "rectification";
        /// Art. 18: their data are kept, and not used.
        Restriction = "restriction";
    }
}

texts! {
    /// How far a request is.
    State {
        /// It is to be answered.
        Open = "open";
        /// It was done what it asks for.
        Fulfilled = "fulfilled";
        /// It was refused, with a reason.
        Refused = "refused";
    }
}

texts! {
    /// What was done about a request.
    Act {
        /// Its answer was put off.
        Extended = "extended";
        /// It was done what it asks for.
        Fulfilled = "fulfilled";
        /// Something was noted.
        Noted = "noted";
        /// It was taken in.
        Opened = "opened";
        /// It was refused.
        Refused = "refused";
    }
}

/// About whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A person who signs in.
    User(UserId),
    /// Whoever uses a device.
    Device(DeviceId),
    /// Somebody else, by name.
    Named(String),
}

/// What shows that a request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The ledger's entry of an export.
    Export(LeafId),
    /// An erasure that is done.
    Erasure(ErasureId),
    /// A text of the request's history.
    Text,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its id.
    pub id: RightsRequestId,
    /// Which right.
    pub kind: Kind,
    /// About whom.
    pub about: About,
    /// What was asked.
    pub text: String,
    /// How far it is.
    pub state: State,
    /// When it was received.
    pub received_at: Timestamp,
    /// By when it is to be answered.
    pub due_at: Timestamp,
    /// When that was put off.
    pub extended_at: Option<Timestamp>,
    /// When it was answered.
    pub closed_at: Option<Timestamp>,
    /// What shows it.
    pub evidence: Option<Evidence>,
    /// How many acts its history has.
    pub(super) events: i64,
}

/// An act of a request's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number, from 1 on.
    pub number: i64,
    /// The ledger's entry that tells of it.
    pub leaf: LeafId,
    /// When.
    pub at: Timestamp,
    /// Which kind of actor did it.
    pub actor_kind: String,
    /// The actor's number.
    pub actor_id: Option<i64>,
    /// What was done.
    pub act: Act,
    /// What was written of it.
    pub said: Option<String>,
}

/// What is sealed of a request.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    name: Option<String>,
    text: String,
}

impl Kind {
    /// Whether a request of this kind is closed with such evidence. Of somebody who is neither a user nor a device nothing can be looked up.
    pub(super) fn must_take(self, evidence: &Evidence, about: &About) -> Result<(), RightsError> {
        let is_text = matches!(evidence, Evidence::Text);
        let fits = match self {
            _ if matches!(about, About::Named(_)) => is_text,
            Self::Access | Self::Portability => matches!(evidence, Evidence::Export(_)),
            Self::Erasure => matches!(evidence, Evidence::Erasure(_)),
            Self::Objection | Self::Rectification | Self::Restriction => is_text,
        };
        if fits { Ok(()) } else { Err(RightsError::WrongEvidence(self)) }
    }

    pub(super) const fn evidence_wanted(self) -> &'static str {
        match self {
            Self::Access | Self::Portability => "the digest of an export's manifest",
            Self::Erasure => "the id of an erasure that is done",
            Self::Objection | Self::Rectification | Self::Restriction => "a text that says what was done",
        }
    }
}

impl Evidence {
    /// Some export, for asking whether one fits.
    pub(super) const EXPORT: Self = Self::Export(LeafId::from_random(0));
    /// Some erasure, likewise.
    pub(super) const ERASURE: Self = Self::Erasure(ErasureId::from_random(0));

    pub(super) const fn columns(self) -> (&'static str, Option<i64>) {
        match self {
            Self::Export(leaf) => ("export", Some(leaf.number())),
            Self::Erasure(erasure) => ("erasure", Some(erasure.number())),
            Self::Text => ("text", None),
        }
    }

    fn of(kind: &str, id: Option<i64>) -> Option<Self> {
        match kind {
            "export" => id.and_then(LeafId::from_number).map(Self::Export),
            "erasure" => id.and_then(ErasureId::from_number).map(Self::Erasure),
            "text" => Some(Self::Text),
            _ => None,
        }
    }
}

impl About {
    pub(super) const fn columns(&self) -> (&'static str, Option<i64>) {
        match self {
            Self::User(user) => ("user", Some(user.number())),
            Self::Device(device) => ("device", Some(device.number())),
            Self::Named(_) => ("named", None),
        }
    }
}

fn broken() -> StoreError {
    StoreError::Corrupt("a row of a rights request".into())
}

fn about_place(id: RightsRequestId) -> Place {
    Place { table: place::RIGHTS_REQUEST, column: place::REQUEST_ABOUT, row: id.number() }
}

fn said_place(leaf: LeafId) -> Place {
    Place { table: place::RIGHTS_EVENT, column: place::RIGHTS_SAID, row: leaf.number() }
}

pub(super) fn seal_about(
    keys: &dyn KeyRing,
    tenant: TenantId,
    id: RightsRequestId,
    about: &About,
    text: &str,
) -> Result<Sealed<Written>, StoreError> {
    let name = match about {
        About::Named(name) => Some(name.clone()),
        About::User(_) | About::Device(_) => None,
    };
    Sealed::seal(keys, KeyRef::Tenant(tenant), about_place(id), &Written { name, text: text.to_owned() })
}

pub(super) fn seal_said(keys: &dyn KeyRing, tenant: TenantId, leaf: LeafId, said: &String) -> Result<Sealed<String>, StoreError> {
    Sealed::seal(keys, KeyRef::Tenant(tenant), said_place(leaf), said)
}

impl Request {
    pub(super) fn of(keys: &dyn KeyRing, tenant: TenantId, row: &Row) -> Result<Self, StoreError> {
        let id: RightsRequestId = row.get(0)?;
        let written: Written = Sealed::from_bytes(row.get(12)?).open(keys, KeyRef::Tenant(tenant), about_place(id))?;
        let subject: Option<i64> = row.get(3)?;
        let about = match row.get::<String>(2)?.as_str() {
            "user" => subject.and_then(UserId::from_number).map(About::User),
            "device" => subject.and_then(DeviceId::from_number).map(About::Device),
            "named" => written.name.map(About::Named),
            _ => None,
        };
        let evidence: Option<String> = row.get(9)?;
        let evidence_id: Option<i64> = row.get(10)?;
        Ok(Self {
            id,
            kind: Kind::from_text(&row.get::<String>(1)?).ok_or_else(broken)?,
            about: about.ok_or_else(broken)?,
            text: written.text,
            state: State::from_text(&row.get::<String>(4)?).ok_or_else(broken)?,
            received_at: row.get(5)?,
            due_at: row.get(6)?,
            extended_at: row.get(7)?,
            closed_at: row.get(8)?,
            evidence: evidence.map(|kind| Evidence::of(&kind, evidence_id).ok_or_else(broken)).transpose()?,
            events: row.get(11)?,
        })
    }

    /// Whether it was to be answered by now.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.state == State::Open && self.due_at < now
    }
}

impl Event {
    pub(super) fn of(keys: &dyn KeyRing, tenant: TenantId, row: &Row) -> Result<Self, StoreError> {
        let leaf: LeafId = row.get(1)?;
        let said: Option<Vec<u8>> = row.get(6)?;
        let open = |bytes| Sealed::<String>::from_bytes(bytes).open(keys, KeyRef::Tenant(tenant), said_place(leaf));
        Ok(Self {
            number: row.get(0)?,
            leaf,
            at: row.get(2)?,
            actor_kind: row.get(3)?,
            actor_id: row.get(4)?,
            act: Act::from_text(&row.get::<String>(5)?).ok_or_else(broken)?,
            said: said.map(open).transpose()?,
        })
    }
}

pub(super) fn request(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, id: RightsRequestId) -> Result<Option<Request>, StoreError> {
    tx.query_optional(&sql::REQUEST, &params![tenant, id])?.map(|row| Request::of(keys, tenant, &row)).transpose()
}
