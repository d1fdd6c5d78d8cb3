//! A case as it is stored: how far it is, its steps, and its history, which only grows.

use std::collections::BTreeSet;

use kernel::{CaseId, KeyRef, KeyRing, LeafId, Place, Timestamp};
use seal::hash::DIGEST_BYTES;
use seal::hex;
use serde::{Deserialize, Serialize};
use store::{Row, Sealed, StoreError, Tx, params};

use super::clocks::{Regime, Step, texts};
use super::criteria::{Criteria, Written};
use crate::data_map::place;
use crate::store::cases as sql;

/// Between the regimes in their column.
const BETWEEN: char = ',';

texts! {
    /// How far a case is.
    CaseState {
        /// It is known of, and nothing more.
        Open = "open";
        /// It was computed whose data are affected.
        Assessing = "assessing";
        /// Every one of them was told.
        Notified = "notified";
        /// It is over.
        Closed = "closed";
    }
}

texts! {
    /// How a step stands.
    StepState {
        /// It is to be taken.
        Open = "open";
        /// It was taken.
        Done = "done";
        /// It need not be taken, for a reason.
        Waived = "waived";
    }
}

texts! {
    /// What was done about a case.
    Act {
        /// It was computed whose data are affected.
        Assessed = "assessed";
        /// The case was closed.
        Closed = "closed";
        /// A step was done.
        Done = "done";
        /// It was said what the affected tenants are told.
        Telling = "telling";
        /// The last of them was told.
        Told = "told";
        /// The case was opened.
        Opened = "opened";
        /// A step is overdue, and that was told.
        Overdue = "overdue";
        /// A step was waived.
        Waived = "waived";
    }
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// How far it is.
    pub state: CaseState,
    /// Which laws' clocks run.
    pub regimes: BTreeSet<Regime>,
    /// Within how many hours customers are to be told.
    pub customers_hours: u16,
    /// When the operator became aware.
    pub aware_at: Timestamp,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// How many acts its history has.
    pub(super) events: i64,
    /// Number of the newest computation; 0 before the first.
    pub(super) assessment: i64,
    /// Number of the act that said what tenants are told, while they are.
    pub(super) telling: Option<i64>,
    /// What happened.
    pub about: String,
}

/// A step of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepLine {
    /// Which.
    pub step: Step,
    /// By when.
    pub due_at: Timestamp,
    /// How it stands.
    pub state: StepState,
    /// When it was done or waived.
    pub settled_at: Option<Timestamp>,
    /// When it was told that it is overdue.
    pub escalated_at: Option<Timestamp>,
}

/// What was written of an act.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// In the operator's words; what tenants are told, in English.
    pub text: String,
    /// What tenants are told, in Polish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polish: Option<String>,
    /// SHA-256 of a document that is kept elsewhere, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

/// An act of a case's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number, from 1 on.
    pub number: i64,
    /// The leaf of the instance's ledger that tells of it.
    pub leaf: LeafId,
    /// When.
    pub at: Timestamp,
    /// Which kind of actor did it.
    pub actor_kind: String,
    /// The actor's number.
    pub actor_id: Option<i64>,
    /// What was done.
    pub act: Act,
    /// Of which step.
    pub step: Option<Step>,
    /// What was written of it.
    pub said: Option<Said>,
}

/// A computation of whose data are affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// Its number, from 1 on.
    pub number: i64,
    /// What was asked.
    pub criteria: Criteria,
    /// When.
    pub assessed_at: Timestamp,
    /// How many tenants' ledgers were looked through.
    pub tenants: u64,
    /// How many of them are affected.
    pub affected: u64,
    /// The digest over question and answer.
    pub digest: [u8; DIGEST_BYTES],
    /// The leaf of the instance's ledger that says so.
    pub leaf: LeafId,
}

fn broken() -> StoreError {
    StoreError::Corrupt("a row of a breach case".into())
}

fn about_place(case: CaseId) -> Place {
    Place { table: place::BREACH_CASE, column: place::CASE_ABOUT, row: case.number() }
}

fn said_place(leaf: LeafId) -> Place {
    Place { table: place::BREACH_EVENT, column: place::EVENT_SAID, row: leaf.number() }
}

pub(super) fn seal_about(keys: &dyn KeyRing, case: CaseId, about: &String) -> Result<Sealed<String>, StoreError> {
    Sealed::seal(keys, KeyRef::Instance, about_place(case), about)
}

pub(super) fn seal_said(keys: &dyn KeyRing, leaf: LeafId, said: &Said) -> Result<Sealed<Said>, StoreError> {
    Sealed::seal(keys, KeyRef::Instance, said_place(leaf), said)
}

pub(super) fn regimes_text(regimes: &BTreeSet<Regime>) -> String {
    regimes.iter().map(|regime| regime.text()).collect::<Vec<_>>().join(&BETWEEN.to_string())
}

impl Case {
    pub(super) fn of(keys: &dyn KeyRing, row: &Row) -> Result<Self, StoreError> {
        let id: CaseId = row.get(0)?;
        let regimes: String = row.get(2)?;
        let regimes: Option<BTreeSet<Regime>> = regimes.split(BETWEEN).map(Regime::from_text).collect();
        Ok(Self {
            id,
            state: CaseState::from_text(&row.get::<String>(1)?).ok_or_else(broken)?,
            regimes: regimes.ok_or_else(broken)?,
            customers_hours: row.get(3)?,
            aware_at: row.get(4)?,
            opened_at: row.get(5)?,
            closed_at: row.get(6)?,
            events: row.get(7)?,
            assessment: row.get(8)?,
            telling: row.get(9)?,
            about: Sealed::from_bytes(row.get(10)?).open(keys, KeyRef::Instance, about_place(id))?,
        })
    }
}

impl StepLine {
    fn of(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            step: Step::from_text(&row.get::<String>(0)?).ok_or_else(broken)?,
            due_at: row.get(1)?,
            state: StepState::from_text(&row.get::<String>(2)?).ok_or_else(broken)?,
            settled_at: row.get(3)?,
            escalated_at: row.get(4)?,
        })
    }

    /// Whether it was to be taken by now.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.state == StepState::Open && self.due_at < now
    }
}

impl Event {
    pub(super) fn of(keys: &dyn KeyRing, row: &Row) -> Result<Self, StoreError> {
        let leaf: LeafId = row.get(1)?;
        let step: Option<String> = row.get(6)?;
        let said: Option<Vec<u8>> = row.get(7)?;
        let open = |bytes| Sealed::<Said>::from_bytes(bytes).open(keys, KeyRef::Instance, said_place(leaf));
        Ok(Self {
            number: row.get(0)?,
            leaf,
            at: row.get(2)?,
            actor_kind: row.get(3)?,
            actor_id: row.get(4)?,
            act: Act::from_text(&row.get::<String>(5)?).ok_or_else(broken)?,
            step: step.map(|step| Step::from_text(&step).ok_or_else(broken)).transpose()?,
            said: said.map(open).transpose()?,
        })
    }
}

impl Assessment {
    /// The digest as text.
    #[must_use]
    pub fn digest_text(&self) -> String {
        hex::encode(&self.digest)
    }

    pub(super) fn of(row: &Row) -> Result<Self, StoreError> {
        let written: Written = serde_json::from_str(&row.get::<String>(1)?).map_err(|_none| broken())?;
        Ok(Self {
            number: row.get(0)?,
            criteria: written.read().ok_or_else(broken)?,
            assessed_at: row.get(2)?,
            tenants: row.get::<i64>(3)?.unsigned_abs(),
            affected: row.get::<i64>(4)?.unsigned_abs(),
            digest: row.get(5)?,
            leaf: row.get(6)?,
        })
    }
}

pub(super) fn case(tx: &mut Tx<'_>, keys: &dyn KeyRing, id: CaseId) -> Result<Option<Case>, StoreError> {
    tx.query_optional(&sql::CASE, &params![id])?.map(|row| Case::of(keys, &row)).transpose()
}

pub(super) fn steps(tx: &mut Tx<'_>, id: CaseId) -> Result<Vec<StepLine>, StoreError> {
    tx.query(&sql::STEPS, &params![id])?.iter().map(StepLine::of).collect()
}

pub(super) fn assessment(tx: &mut Tx<'_>, case: &Case) -> Result<Option<Assessment>, StoreError> {
    tx.query_optional(&sql::ASSESSMENT, &params![case.id, case.assessment])?.map(|row| Assessment::of(&row)).transpose()
}
