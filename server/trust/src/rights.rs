//! Rights requests (GDPR, Art. 15 to 21): somebody asks what is held of them, or for it to be corrected, erased, restricted or handed over,
//! or objects.
//!
//! A request is the tenant's. It is to be answered within a month of its receipt, or within three where that is said, with the reason,
//! before the month is over (Art. 12(3)). It is closed with evidence, and evidence that can be looked up is: an export by the entry of the
//! ledger that has its digest, an erasure by its receipt; both must be of whom the request is about. A refusal needs its reason.
//! Each act is a row of a history that only grows and a leaf of the tenant's ledger, in one transaction.

mod record;

use std::sync::Arc;

use kernel::{DeviceId, DeviceScope, ErasureId, RightsRequestId, Scope, Subject, Timestamp, UserId};
use seal::hash::DIGEST_BYTES;
use serde_json::json;
use store::{StoreError, Stores, Tx, params};

pub use self::record::{About, Act, Event, Evidence, Kind, Request, State};
use crate::erasure::State as ErasureState;
use crate::ledger::{LeafEntry, LeafKind, actor_columns, record};
use crate::store::rights as sql;
use crate::{Erasures, Ledger, LedgerError, Trust};

/// Within how many months a request is answered.
pub const MONTHS: u16 = 1;
/// Within how many months, counted from its receipt too, where that was extended.
pub const MONTHS_EXTENDED: u16 = 3;
/// Most requests of a tenant.
pub const REQUESTS_MAX: usize = 10_000;
/// Most acts of a request: they are read at once.
pub const EVENTS_MAX: usize = 200;
/// Most characters of each text.
pub const TEXT_CHARS_MAX: usize = 4_000;
/// Exports among which the one is looked for that a request is closed with, the newest first.
pub const EXPORTS_LOOKED_AT: u32 = 1_000;

/// Why nothing was done about a request.
#[derive(Debug, thiserror::Error)]
pub enum RightsError {
    /// There is no such request, or it is out of the scope's sight.
    #[error("there is no such thing")]
    NotFound,
    /// A text is missing or too long.
    #[error("a text of 1 to {TEXT_CHARS_MAX} characters is needed")]
    Text,
    /// Nothing is received in the future.
    #[error("a request is not received in the future")]
    Future,
    /// It was answered.
    #[error("the request is closed")]
    Closed,
    /// The month is over, or it was put off before.
    #[error("it can be put off once, before the month is over")]
    Extension,
    /// The evidence does not fit the right.
    #[error("a request of this kind is closed with {}, or refused with a reason", .0.evidence_wanted())]
    WrongEvidence(Kind),
    /// There is no such export of whom it is about.
    #[error("the ledger has no export with this digest, made since the request was received, of whom it is about")]
    NoExport,
    /// There is no such erasure, or it is not done.
    #[error("there is no erasure of this id that is done, since the request was received, of whom it is about")]
    NoErasure,
    /// There are too many.
    #[error("there are {REQUESTS_MAX} requests, or {EVENTS_MAX} acts of this one, and no more are taken")]
    Full,
    /// Somebody else did something about it meanwhile.
    #[error("somebody else did something about the request at this moment: look at it again")]
    MovedOn,
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The store or the keys.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The requests. Cloning shares them.
#[derive(Clone)]
pub struct Rights(Arc<Inner>);

struct Inner {
    stores: Stores,
    trust: Trust,
    ledger: Ledger,
    erasures: Erasures,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct NewRequest {
    /// Which right.
    pub kind: Kind,
    /// Who asks, or about whom.
    pub about: About,
    /// What they wrote, or said.
    pub text: String,
    /// When it was received; now where nothing is said.
    pub received_at: Option<Timestamp>,
}

/// A request with its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeRequest {
    /// It.
    pub request: Request,
    /// What was done about it.
    pub events: Vec<Event>,
}

/// What an act changes.
struct Moved {
    act: Act,
    said: Option<String>,
    state: State,
    due_at: Timestamp,
    extended_at: Option<Timestamp>,
    evidence: Option<Evidence>,
}

impl Moved {
    /// An act that leaves the request where it is.
    fn of(request: &Request, act: Act, said: Option<String>) -> Self {
        let Request { state, due_at, extended_at, .. } = *request;
        Self { act, said, state, due_at, extended_at, evidence: None }
    }
}

impl Rights {
    /// The requests of these stores.
    #[must_use]
    pub fn new(stores: &Stores, trust: &Trust, ledger: &Ledger, erasures: &Erasures) -> Self {
        let (stores, trust, ledger, erasures) = (stores.clone(), trust.clone(), ledger.clone(), erasures.clone());
        Self(Arc::new(Inner { stores, trust, ledger, erasures }))
    }

    /// Takes a request in.
    ///
    /// # Errors
    /// [`RightsError::NotFound`] for who does not see everything, [`RightsError::Text`], [`RightsError::Future`], [`RightsError::Full`];
    /// the store's.
    pub async fn open(&self, scope: &Scope, new: NewRequest) -> Result<Request, RightsError> {
        sees_everything(scope)?;
        let now = self.0.stores.clock().now();
        let received_at = new.received_at.unwrap_or(now);
        if received_at > now {
            return Err(RightsError::Future);
        }
        let text = checked_text(&new.text)?;
        if let About::Named(name) = &new.about {
            checked_text(name)?;
        }
        let id = RightsRequestId::from_random(self.0.stores.rng().bits());
        let (keys, acting, tenant) = (self.0.trust.keyring(), scope.clone(), scope.tenant());
        let write = move |tx: &mut Tx<'_>| {
            if tx.query_one(&sql::COUNT_REQUESTS, &params![tenant])?.get::<i64>(0)?.unsigned_abs() >= REQUESTS_MAX as u64 {
                return Err(RightsError::Full);
            }
            let (subject_kind, subject) = new.about.columns();
            let sealed = record::seal_about(&*keys, tenant, id, &new.about, &text)?;
            let due_at = received_at.plus_months(MONTHS);
            let row = params![tenant, id, new.kind.text(), subject_kind, subject, received_at, due_at, sealed];
            tx.execute(&sql::INSERT_REQUEST, &row)?;
            let request = record::request(tx, &*keys, tenant, id)?.ok_or(RightsError::NotFound)?;
            move_on(tx, &*keys, &acting, &request, &Moved::of(&request, Act::Opened, None))
        };
        self.0.stores.tenant(scope).write(write).await?;
        Ok(self.read(scope, id).await?.request)
    }

    /// A page of requests behind one of them, in the order of their ids.
    ///
    /// # Errors
    /// [`RightsError::NotFound`] for who does not see everything; the store's.
    pub async fn list(&self, scope: &Scope, after: Option<RightsRequestId>, limit: u32) -> Result<Vec<Request>, RightsError> {
        sees_everything(scope)?;
        let (keys, tenant, after) = (self.0.trust.keyring(), scope.tenant(), after.map_or(0, RightsRequestId::number));
        let read = move |tx: &mut Tx<'_>| {
            let rows = tx.query(&sql::REQUESTS, &params![tenant, after, i64::from(limit)])?;
            rows.iter().map(|row| Request::of(&*keys, tenant, row)).collect::<Result<Vec<_>, StoreError>>()
        };
        Ok(self.0.stores.tenant(scope).read(read).await?)
    }

    /// A request with its history.
    ///
    /// # Errors
    /// [`RightsError::NotFound`]; the store's.
    pub async fn read(&self, scope: &Scope, id: RightsRequestId) -> Result<WholeRequest, RightsError> {
        sees_everything(scope)?;
        let (keys, tenant) = (self.0.trust.keyring(), scope.tenant());
        let read = move |tx: &mut Tx<'_>| {
            let request = record::request(tx, &*keys, tenant, id)?.ok_or(RightsError::NotFound)?;
            let rows = tx.query(&sql::EVENTS, &params![tenant, id, EVENTS_MAX as i64 + 1])?;
            let events = rows.iter().map(|row| Event::of(&*keys, tenant, row)).collect::<Result<_, StoreError>>()?;
            Ok(WholeRequest { request, events })
        };
        self.0.stores.tenant(scope).read(read).await
    }

    /// Notes what was done about a request that is not closed.
    ///
    /// # Errors
    /// [`RightsError::NotFound`], [`RightsError::Closed`], [`RightsError::Text`], [`RightsError::Full`], [`RightsError::MovedOn`]; the store's.
    pub async fn note(&self, scope: &Scope, id: RightsRequestId, text: &str) -> Result<WholeRequest, RightsError> {
        let text = checked_text(text)?;
        self.act(scope, id, move |request, _| Ok(Moved::of(request, Act::Noted, Some(text.clone())))).await
    }

    /// Puts the answer off, to three months after the receipt: once, before the month is over, with the reason.
    ///
    /// # Errors
    /// As [`Rights::note`]; [`RightsError::Extension`].
    pub async fn extend(&self, scope: &Scope, id: RightsRequestId, reason: &str) -> Result<WholeRequest, RightsError> {
        let reason = checked_text(reason)?;
        let extend = move |request: &Request, now: Timestamp| {
            if request.extended_at.is_some() || now > request.due_at {
                return Err(RightsError::Extension);
            }
            let (due_at, extended_at) = (request.received_at.plus_months(MONTHS_EXTENDED), Some(now));
            Ok(Moved { due_at, extended_at, ..Moved::of(request, Act::Extended, Some(reason.clone())) })
        };
        self.act(scope, id, extend).await
    }

    /// Refuses a request, with the reason.
    ///
    /// # Errors
    /// As [`Rights::note`].
    pub async fn refuse(&self, scope: &Scope, id: RightsRequestId, reason: &str) -> Result<WholeRequest, RightsError> {
        let reason = checked_text(reason)?;
        let refuse = move |request: &Request, _| {
            let (state, evidence) = (State::Refused, Some(Evidence::Text));
            Ok(Moved { state, evidence, ..Moved::of(request, Act::Refused, Some(reason.clone())) })
        };
        self.act(scope, id, refuse).await
    }

    /// Closes a request that was done what it asks for: by the digest of an export's manifest, in hexadecimal.
    ///
    /// # Errors
    /// As [`Rights::note`]; [`RightsError::WrongEvidence`], [`RightsError::NoExport`].
    pub async fn fulfil_by_export(&self, scope: &Scope, id: RightsRequestId, digest: &str) -> Result<WholeRequest, RightsError> {
        let request = self.read(scope, id).await?.request;
        request.kind.must_take(&Evidence::EXPORT, &request.about)?;
        let digest = Some(digest.to_ascii_lowercase()).filter(|digest| digest.len() == 2 * DIGEST_BYTES).ok_or(RightsError::NoExport)?;
        let exports = self.0.ledger.newest_of_kind(scope, LeafKind::DataExported, EXPORTS_LOOKED_AT).await?;
        let shows_it = |payload: &serde_json::Value| {
            let is_whole = payload["of"] == "tenant";
            payload["digest"] == digest.as_str() && (is_whole || request.about.id().is_some_and(|id| payload["id"] == id.as_str()))
        };
        let mut made_since = exports.iter().filter(|leaf| leaf.recorded_at >= request.received_at);
        let found = made_since.find(|leaf| leaf.opened.as_ref().is_some_and(|(_, entry)| shows_it(&entry["payload"])));
        let evidence = Evidence::Export(found.ok_or(RightsError::NoExport)?.leaf);
        self.fulfil(scope, id, evidence, digest).await
    }

    /// Closes a request for erasure: by the id of the erasure, which must be done.
    ///
    /// # Errors
    /// As [`Rights::note`]; [`RightsError::WrongEvidence`], [`RightsError::NoErasure`].
    pub async fn fulfil_by_erasure(&self, scope: &Scope, id: RightsRequestId, erasure: ErasureId) -> Result<WholeRequest, RightsError> {
        let request = self.read(scope, id).await?.request;
        request.kind.must_take(&Evidence::ERASURE, &request.about)?;
        let found = self.0.erasures.find(erasure).await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let is_of_it = |subject: Subject| subject.tenant() == scope.tenant() && request.about.subject(scope.tenant()) == Some(subject);
        let found = found.filter(|found| found.state == ErasureState::Done && is_of_it(found.subject));
        let found = found.filter(|found| found.finished_at.is_some_and(|at| at >= request.received_at));
        found.ok_or(RightsError::NoErasure)?;
        self.fulfil(scope, id, Evidence::Erasure(erasure), erasure.to_string()).await
    }

    /// Closes a request of a kind for which there is nothing to look up: what was done.
    ///
    /// # Errors
    /// As [`Rights::note`]; [`RightsError::WrongEvidence`].
    pub async fn fulfil_by_text(&self, scope: &Scope, id: RightsRequestId, text: &str) -> Result<WholeRequest, RightsError> {
        let request = self.read(scope, id).await?.request;
        request.kind.must_take(&Evidence::Text, &request.about)?;
        self.fulfil(scope, id, Evidence::Text, checked_text(text)?).await
    }

    async fn fulfil(&self, scope: &Scope, id: RightsRequestId, evidence: Evidence, said: String) -> Result<WholeRequest, RightsError> {
        let fulfil = move |request: &Request, _| {
            let (state, evidence) = (State::Fulfilled, Some(evidence));
            Ok(Moved { state, evidence, ..Moved::of(request, Act::Fulfilled, Some(said.clone())) })
        };
        self.act(scope, id, fulfil).await
    }

    async fn act(
        &self,
        scope: &Scope,
        id: RightsRequestId,
        change: impl Fn(&Request, Timestamp) -> Result<Moved, RightsError> + Send + 'static,
    ) -> Result<WholeRequest, RightsError> {
        sees_everything(scope)?;
        let (keys, acting) = (self.0.trust.keyring(), scope.clone());
        let write = move |tx: &mut Tx<'_>| {
            let request = record::request(tx, &*keys, acting.tenant(), id)?.ok_or(RightsError::NotFound)?;
            if request.state != State::Open {
                return Err(RightsError::Closed);
            }
            let moved = change(&request, tx.now())?;
            move_on(tx, &*keys, &acting, &request, &moved)
        };
        self.0.stores.tenant(scope).write(write).await?;
        self.read(scope, id).await
    }
}

fn move_on(tx: &mut Tx<'_>, keys: &dyn kernel::KeyRing, scope: &Scope, request: &Request, moved: &Moved) -> Result<(), RightsError> {
    // A request can always be closed, however much was noted of it.
    if moved.state == State::Open && request.events.unsigned_abs() >= EVENTS_MAX as u64 {
        return Err(RightsError::Full);
    }
    let (tenant, id, number, now) = (scope.tenant(), request.id, request.events + 1, tx.now());
    let closed_at = (moved.state != State::Open).then_some(now);
    let (evidence_kind, evidence_id) = moved.evidence.map(Evidence::columns).unzip();
    let (state, due_at, extended_at) = (moved.state.text(), moved.due_at, moved.extended_at);
    let evidence_id = evidence_id.flatten();
    let as_read = params![tenant, id, request.events, state, due_at, extended_at, closed_at, evidence_kind, evidence_id];
    if tx.execute(&sql::MOVE_REQUEST, &as_read)? != 1 {
        return Err(RightsError::MovedOn);
    }
    let payload = json!({
        "request": id.to_string(), "act": moved.act.text(), "kind": request.kind.text(), "state": state, "due_at": due_at.micros(),
        "evidence": evidence_kind,
    });
    let entry = LeafEntry { kind: LeafKind::RightsRequestChanged, subject: Some(id.number()), payload };
    let leaf = record(tx, keys, scope, entry)?.leaf();
    let said = moved.said.as_ref().map(|said| record::seal_said(keys, tenant, leaf, said)).transpose()?;
    let (actor_kind, actor_id) = actor_columns(scope.actor());
    tx.execute(&sql::INSERT_EVENT, &params![tenant, id, number, leaf, now, actor_kind, actor_id, moved.act.text(), said])?;
    Ok(())
}

/// Who sees some devices only has nothing to do with people's requests.
fn sees_everything(scope: &Scope) -> Result<(), RightsError> {
    if *scope.devices() == DeviceScope::All { Ok(()) } else { Err(RightsError::NotFound) }
}

fn checked_text(text: &str) -> Result<String, RightsError> {
    let is_text = !text.trim().is_empty() && text.chars().count() <= TEXT_CHARS_MAX;
    if is_text { Ok(text.to_owned()) } else { Err(RightsError::Text) }
}

impl About {
    /// The id of the user or device.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        match self {
            Self::User(user) => Some(UserId::to_string(user)),
            Self::Device(device) => Some(DeviceId::to_string(device)),
            Self::Named(_) => None,
        }
    }

    fn subject(&self, tenant: kernel::TenantId) -> Option<Subject> {
        match self {
            Self::User(user) => Some(Subject::User(tenant, *user)),
            Self::Device(device) => Some(Subject::Device(tenant, *device)),
            Self::Named(_) => None,
        }
    }
}

impl std::fmt::Debug for Rights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rights")
    }
}
