//! Steps that were not taken in time are told of, once each: by an entry of the instance's ledger and an act of the case's history, by the
//! log as something that somebody must do, and by a check of the doctor as long as it lasts.

use kernel::{Actor, CaseId, SystemWork, Timestamp};
use serde_json::json;
use store::{StoreError, Stores, Tx, params};
use words::sentence;

use super::record::{Act, Case};
use super::{CaseError, Cases, Moved, Step};
use crate::doctor::{Check, Observation};
use crate::store::cases as sql;

/// Steps that one look tells of.
pub const OVERDUE_AT_ONCE: usize = 100;

impl Cases {
    /// Tells of steps that are overdue by now and were not told of: of how many.
    ///
    /// # Errors
    /// The store's.
    pub async fn escalate_step(&self) -> Result<usize, CaseError> {
        let look = |tx: &mut Tx<'_>| {
            let now = tx.now();
            tx.query(&sql::OVERDUE_STEPS, &params![now, OVERDUE_AT_ONCE as i64])
        };
        let rows = self.stores().system().read(look).await?;
        let (mut told, mut failed) = (0, None);
        for row in &rows {
            let (id, due_at): (CaseId, Timestamp) = (row.get(0)?, row.get(2)?);
            let step = Step::from_text(&row.get::<String>(1)?).ok_or_else(|| StoreError::Corrupt("a step of a breach case".into()))?;
            let escalate = move |tx: &mut Tx<'_>, case: &Case| {
                let now = tx.now();
                if tx.execute(&sql::SET_ESCALATED, &params![id, step.text(), now])? != 1 {
                    return Err(CaseError::Settled(id, step));
                }
                let facts = json!({ "due_at": due_at.micros() });
                Ok(Moved { step: Some(step), facts, ..Moved::of(case, Act::Overdue) })
            };
            match self.act(Actor::System(SystemWork::Reconciler), id, escalate).await {
                Ok(()) => {
                    tracing::error!(case.id = %id, step = step.text(), due_at = %due_at, "a step that the law demands after a breach is overdue");
                    told += 1;
                }
                // It was taken at this very moment, or somebody else told.
                Err(CaseError::Settled(..) | CaseError::MovedOn(_) | CaseError::Closed(_)) => {}
                // One case holds up no other.
                Err(other) => failed = Some(other),
            }
        }
        failed.filter(|_| told == 0).map_or(Ok(told), Err)
    }
}

/// No step of a breach case is overdue.
#[must_use]
pub fn check(stores: &Stores) -> Check {
    let stores = stores.clone();
    Check::new("breach-clocks", move || {
        let stores = stores.clone();
        async move {
            let look = |tx: &mut Tx<'_>| {
                let now = tx.now();
                let row = tx.query_one(&sql::OPEN_STEPS, &params![now])?;
                Ok::<(u64, u64, Option<Timestamp>), StoreError>((row.get(0)?, row.get(1)?, row.get(2)?))
            };
            let (open, overdue, next_due_at) = stores.system().read(look).await?;
            let evidence = json!({ "open_steps": open, "overdue_steps": overdue, "next_due_at": next_due_at });
            if overdue > 0 {
                let said = sentence!(
                    "Steps that the law demands after a breach and that are overdue: {overdue}. `purser breach list` shows them.",
                    "Liczba zaległych czynności, których prawo wymaga po naruszeniu: {overdue}. Pokazuje je `purser breach list`."
                );
                return Ok(Observation::failed(evidence, said));
            }
            let said = sentence!(
                "No step that the law demands after a breach is overdue; open: {open}.",
                "Żadna czynność, której prawo wymaga po naruszeniu, nie zalega; otwartych: {open}."
            );
            Ok(Observation::ok(evidence, said))
        }
    })
}
