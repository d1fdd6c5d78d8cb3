//! Breaches of security: from the moment at which the operator is aware of one, clocks run.
//!
//! ```text
//! open ─(whose data? the ledgers say)─> assessing ─(each of them is told)─> notified ─(every step settled)─> closed
//! ```
//!
//! [`clocks`] says what the law demands by when, [`criteria`] what the ledgers can be asked, [`affected`] asks them, `acts` are what is
//! done about a case, [`telling`] tells tenants, [`overdue`] tells of steps that were not taken in time, [`record`] is what is stored.
//! A case is the operator's, in the system store: what people write about it mixes subjects, and is sealed under the instance's key.
//! Each act is a row of a history that only grows and a leaf of the instance's ledger, in one transaction; whoever acts on a case
//! that moved on meanwhile is refused.
//! A step is done with evidence or waived with a reason, and a case is closed when none is open.

mod acts;
pub mod affected;
pub mod clocks;
pub mod criteria;
pub mod overdue;
pub mod record;
pub mod telling;

use std::collections::BTreeSet;
use std::sync::Arc;

use kernel::{Actor, CaseId, KeyRef, KeyRing, ScopeMint, TenantId, Timestamp};
use serde_json::{Value, json};
use store::{StoreError, Stores, Tx, params};

pub use self::affected::{Affected, Answer, Evidence, Reason};
pub use self::clocks::{CUSTOMERS_HOURS_DEFAULT, CUSTOMERS_HOURS_MAX, Regime, Step};
pub use self::criteria::{Acts, Criteria, CriteriaError, Question, Who};
pub use self::record::{Act, Assessment, Case, CaseState, Event, Said, StepLine, StepState};
use crate::ledger::{LeafEntry, LeafKind, actor_columns, record_instance};
use crate::store::cases as sql;
use crate::{Ledger, LedgerError, Trust};

/// Most cases: they are listed at once.
pub const CASES_MAX: usize = 1_000;
/// Most acts of a case: they are read at once.
pub const EVENTS_MAX: usize = 1_000;
/// Most characters of each text.
pub const TEXT_CHARS_MAX: usize = 4_000;

/// Why nothing was done about a case.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// There is none of this id.
    #[error("there is no case {0}")]
    Unknown(CaseId),
    /// It is over.
    #[error("case {0} is closed")]
    Closed(CaseId),
    /// No law was chosen.
    #[error("a case is opened under one law at least: cra, gdpr or nis2")]
    NoRegime,
    /// Too many hours for customers, or none.
    #[error("customers are told within 1 to {CUSTOMERS_HOURS_MAX} hours")]
    CustomersHours,
    /// Nobody can be aware of something in the future.
    #[error("nobody is aware of something in the future")]
    Future,
    /// A text is missing or too long.
    #[error("a text of 1 to {TEXT_CHARS_MAX} characters is needed")]
    Text,
    /// No digest.
    #[error("a document's digest is its SHA-256: 64 hexadecimal digits")]
    Document,
    /// The question is none.
    #[error(transparent)]
    Criteria(#[from] CriteriaError),
    /// Nobody asked the ledgers yet.
    #[error("it was not computed yet whose data case {0} affected")]
    NotAssessed(CaseId),
    /// The case has no such step.
    #[error("case {0} has no step {step}", step = .1.text())]
    NoStep(CaseId, Step),
    /// The step is settled.
    #[error("the step {step} of case {0} is settled already", step = .1.text())]
    Settled(CaseId, Step),
    /// Customers are told by telling them.
    #[error("this step is done when mail has gone to the owners of every affected tenant: tell them")]
    ByTelling,
    /// Steps are open.
    #[error("steps are open: {}", .0.iter().map(|step| step.text()).collect::<Vec<_>>().join(", "))]
    Open(Vec<Step>),
    /// Tenants are being told.
    #[error("tenants are being told of case {0} now")]
    Telling(CaseId),
    /// There are too many.
    #[error("there are {CASES_MAX} cases, or {EVENTS_MAX} acts of this one, and no more are taken")]
    Full,
    /// Somebody else did something about it meanwhile.
    #[error("somebody else did something about case {0} at this moment: look at it again")]
    MovedOn(CaseId),
    /// A ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The store or the keys.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The cases. Cloning shares them.
#[derive(Clone)]
pub struct Cases(Arc<Inner>);

struct Inner {
    stores: Stores,
    trust: Trust,
    ledger: Ledger,
    mint: ScopeMint,
}

/// What a case is opened with.
#[derive(Clone, Debug)]
pub struct NewCase {
    /// What happened.
    pub about: String,
    /// Which laws' clocks run.
    pub regimes: BTreeSet<Regime>,
    /// When the operator became aware.
    pub aware_at: Timestamp,
    /// Within how many hours customers are to be told.
    pub customers_hours: u16,
}

/// A case with its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedCase {
    /// It.
    pub case: Case,
    /// The first due first.
    pub steps: Vec<StepLine>,
}

/// Everything of a case but the tenants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeCase {
    /// It.
    pub case: Case,
    /// The first due first.
    pub steps: Vec<StepLine>,
    /// The newest computation.
    pub assessment: Option<Assessment>,
    /// Its history.
    pub events: Vec<Event>,
}

/// What an act changes.
struct Moved {
    act: Act,
    step: Option<Step>,
    said: Option<Said>,
    state: CaseState,
    assessment: i64,
    telling: Option<i64>,
    /// For the ledger, besides case, act and step.
    facts: Value,
    /// What the ledgers were asked, and what they said.
    answer: Option<(Criteria, Arc<Answer>)>,
}

impl Moved {
    /// An act that leaves the case where it is.
    fn of(case: &Case, act: Act) -> Self {
        let (state, assessment, telling) = (case.state, case.assessment, case.telling);
        Self { act, step: None, said: None, state, assessment, telling, facts: json!({}), answer: None }
    }
}

impl Cases {
    /// The cases of these stores.
    #[must_use]
    pub fn new(stores: &Stores, trust: &Trust, ledger: &Ledger, mint: ScopeMint) -> Self {
        Self(Arc::new(Inner { stores: stores.clone(), trust: trust.clone(), ledger: ledger.clone(), mint }))
    }

    fn stores(&self) -> &Stores {
        &self.0.stores
    }

    fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }

    fn mint(&self) -> &ScopeMint {
        &self.0.mint
    }

    /// Whether a tenant was erased, so that there is nobody left.
    async fn is_erased(&self, tenant: TenantId) -> Result<bool, StoreError> {
        let keys = self.0.trust.keyring();
        let asked = tokio::task::spawn_blocking(move || keys.was_destroyed(KeyRef::Tenant(tenant))).await;
        Ok(asked.map_err(|error| StoreError::Unavailable(error.to_string()))??)
    }

    fn now(&self) -> Timestamp {
        self.0.stores.clock().now()
    }

    /// Opens a case: from the moment of awareness its clocks run.
    ///
    /// # Errors
    /// [`CaseError::NoRegime`], [`CaseError::CustomersHours`], [`CaseError::Future`], [`CaseError::Text`], [`CaseError::Full`]; the store's.
    pub async fn open(&self, actor: Actor, new: NewCase) -> Result<CaseId, CaseError> {
        if new.regimes.is_empty() {
            return Err(CaseError::NoRegime);
        }
        if !(1..=CUSTOMERS_HOURS_MAX).contains(&new.customers_hours) {
            return Err(CaseError::CustomersHours);
        }
        if new.aware_at > self.now() {
            return Err(CaseError::Future);
        }
        let about = checked_text(&new.about)?;
        let (keys, id) = (self.0.trust.keyring(), CaseId::from_random(self.0.stores.rng().bits()));
        let write = move |tx: &mut Tx<'_>| {
            if tx.query_one(&sql::COUNT_CASES, &[])?.get::<i64>(0)?.unsigned_abs() >= CASES_MAX as u64 {
                return Err(CaseError::Full);
            }
            let (sealed, now) = (record::seal_about(&*keys, id, &about)?, tx.now());
            let regimes = record::regimes_text(&new.regimes);
            tx.execute(&sql::INSERT_CASE, &params![id, regimes.as_str(), new.customers_hours, new.aware_at, now, sealed])?;
            for step in clocks::steps(&new.regimes) {
                tx.execute(&sql::INSERT_STEP, &params![id, step.text(), step.due_at(new.aware_at, new.customers_hours)])?;
            }
            let case = record::case(tx, &*keys, id)?.ok_or(CaseError::Unknown(id))?;
            let facts = json!({ "regimes": regimes, "aware_at": new.aware_at.micros() });
            move_on(tx, &*keys, actor, &case, &Moved { facts, ..Moved::of(&case, Act::Opened) })
        };
        self.0.stores.system().write(write).await?;
        Ok(id)
    }

    /// Every case with its steps, the newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(&self) -> Result<Vec<ListedCase>, CaseError> {
        let keys = self.0.trust.keyring();
        let read = move |tx: &mut Tx<'_>| {
            let rows = tx.query(&sql::CASES, &params![CASES_MAX as i64])?;
            let listed = |row| {
                let case = Case::of(&*keys, row)?;
                Ok(ListedCase { steps: record::steps(tx, case.id)?, case })
            };
            rows.iter().map(listed).collect::<Result<Vec<_>, StoreError>>()
        };
        Ok(self.0.stores.system().read(read).await?)
    }

    /// A case with its history.
    ///
    /// # Errors
    /// [`CaseError::Unknown`]; the store's.
    pub async fn read(&self, id: CaseId) -> Result<WholeCase, CaseError> {
        let keys = self.0.trust.keyring();
        let read = move |tx: &mut Tx<'_>| {
            let case = record::case(tx, &*keys, id)?.ok_or(CaseError::Unknown(id))?;
            let rows = tx.query(&sql::EVENTS, &params![id, EVENTS_MAX as i64])?;
            let events = rows.iter().map(|row| Event::of(&*keys, row)).collect::<Result<_, StoreError>>()?;
            Ok(WholeCase { steps: record::steps(tx, id)?, assessment: record::assessment(tx, &case)?, events, case })
        };
        self.0.stores.system().read(read).await
    }

    /// Tenants that the newest computation found affected, behind one of them, in the order of their numbers.
    ///
    /// # Errors
    /// [`CaseError::Unknown`]; the store's.
    pub async fn affected(&self, id: CaseId, after: Option<TenantId>, limit: u32) -> Result<Vec<Affected>, CaseError> {
        let (keys, after) = (self.0.trust.keyring(), after.map_or(0, TenantId::number));
        let read = move |tx: &mut Tx<'_>| {
            let case = record::case(tx, &*keys, id)?.ok_or(CaseError::Unknown(id))?;
            let rows = tx.query(&sql::AFFECTED, &params![id, case.assessment, after, i64::from(limit)])?;
            Ok(rows.iter().map(Affected::of).collect::<Result<_, StoreError>>()?)
        };
        self.0.stores.system().read(read).await
    }

    /// Does something about a case that is not over, or nothing at all: with its leaf and its row in the history.
    async fn act(
        &self,
        actor: Actor,
        id: CaseId,
        change: impl Fn(&mut Tx<'_>, &Case) -> Result<Moved, CaseError> + Send + 'static,
    ) -> Result<(), CaseError> {
        let keys = self.0.trust.keyring();
        let write = move |tx: &mut Tx<'_>| {
            let case = record::case(tx, &*keys, id)?.ok_or(CaseError::Unknown(id))?;
            if case.state == CaseState::Closed {
                return Err(CaseError::Closed(id));
            }
            let moved = change(tx, &case)?;
            move_on(tx, &*keys, actor, &case, &moved)
        };
        self.0.stores.system().write(write).await
    }
}

fn move_on(tx: &mut Tx<'_>, keys: &dyn KeyRing, actor: Actor, case: &Case, moved: &Moved) -> Result<(), CaseError> {
    if case.events.unsigned_abs() >= EVENTS_MAX as u64 {
        return Err(CaseError::Full);
    }
    let (id, number, now) = (case.id, case.events + 1, tx.now());
    let closed_at = (moved.state == CaseState::Closed).then_some(now);
    let as_read = params![id, case.events, moved.state.text(), closed_at, moved.assessment, moved.telling];
    if tx.execute(&sql::MOVE_CASE, &as_read)? != 1 {
        return Err(CaseError::MovedOn(id));
    }
    let step = moved.step.map(Step::text);
    let payload = json!({ "case": id.to_string(), "act": moved.act.text(), "step": step, "facts": moved.facts });
    let kind = if moved.act == Act::Overdue { LeafKind::BreachStepOverdue } else { LeafKind::BreachCaseChanged };
    let leaf = record_instance(tx, keys, actor, LeafEntry { kind, subject: Some(id.number()), payload })?.leaf();
    let said = moved.said.as_ref().map(|said| record::seal_said(keys, leaf, said)).transpose()?;
    let (actor_kind, actor_id) = actor_columns(actor);
    tx.execute(&sql::INSERT_EVENT, &params![id, number, leaf, now, actor_kind, actor_id, moved.act.text(), step, said])?;
    if let Some((criteria, answer)) = &moved.answer {
        let (written, digest) = (json!(criteria.written()).to_string(), answer.digest(criteria));
        let (tenants, affected) = (answer.tenants.cast_signed(), answer.affected.len() as i64);
        tx.execute(&sql::INSERT_ASSESSMENT, &params![id, moved.assessment, written, now, tenants, affected, digest, leaf])?;
    }
    Ok(())
}

/// One text, that says something.
fn checked_text(text: &str) -> Result<String, CaseError> {
    let is_text = !text.trim().is_empty() && text.chars().count() <= TEXT_CHARS_MAX;
    if is_text { Ok(text.to_owned()) } else { Err(CaseError::Text) }
}

impl std::fmt::Debug for Cases {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cases")
    }
}
