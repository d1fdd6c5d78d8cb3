//! What is done about a case: the ledgers are asked, steps are settled, it is closed.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::{Actor, CaseId, Timestamp};
use seal::hash::DIGEST_BYTES;
use seal::hex;
use serde_json::json;
use store::{StoreError, Tx, params};

use super::affected::Answer;
use super::record::{self, Act, Assessment, Case, CaseState, Said, StepState};
use super::{CaseError, Cases, Criteria, Moved, Step, checked_text};
use crate::store::cases as sql;

impl Cases {
    /// Asks the ledgers whose data are affected, and keeps the answer with the case. Who was told of it stays told.
    ///
    /// # Errors
    /// [`CaseError::Unknown`], [`CaseError::Closed`], [`CaseError::Telling`], [`CaseError::Criteria`], [`CaseError::MovedOn`],
    /// [`CaseError::Full`]; the stores'.
    pub async fn assess(&self, actor: Actor, id: CaseId, criteria: Criteria) -> Result<Assessment, CaseError> {
        // Looked at before every ledger is.
        let before = self.read(id).await?.case;
        must_be_at_rest(&before)?;
        let answer = Arc::new(self.compute(criteria).await?);
        let keep = move |tx: &mut Tx<'_>, case: &Case| {
            must_be_at_rest(case)?;
            let number = case.assessment + 1;
            insert_affected(tx, id, number, &answer)?;
            let facts = json!({
                "assessment": number,
                "criteria": criteria.written(),
                "tenants": answer.tenants.cast_signed(),
                "affected": answer.affected.len() as i64,
                "digest": hex::encode(&answer.digest(&criteria)),
            });
            let (state, answer) = (CaseState::Assessing, Some((criteria, Arc::clone(&answer))));
            Ok(Moved { state, assessment: number, facts, answer, ..Moved::of(case, Act::Assessed) })
        };
        self.act(actor, id, keep).await?;
        self.read(id).await?.assessment.ok_or(CaseError::NotAssessed(id))
    }

    /// A step was taken: what shows it, and the SHA-256 of a document in hexadecimal where there is one.
    ///
    /// # Errors
    /// [`CaseError::Unknown`], [`CaseError::Closed`], [`CaseError::NoStep`], [`CaseError::Settled`], [`CaseError::ByTelling`],
    /// [`CaseError::Text`], [`CaseError::Document`], [`CaseError::MovedOn`]; the store's.
    pub async fn done(&self, actor: Actor, id: CaseId, step: Step, evidence: &str, document: Option<&str>) -> Result<(), CaseError> {
        if step == Step::Customers {
            return Err(CaseError::ByTelling);
        }
        let document = document.map(checked_digest).transpose()?;
        let said = Said { text: checked_text(evidence)?, polish: None, document };
        self.settle(actor, id, step, (Act::Done, StepState::Done), said).await
    }

    /// A step need not be taken: why.
    ///
    /// # Errors
    /// As [`Cases::done`].
    pub async fn waive(&self, actor: Actor, id: CaseId, step: Step, reason: &str) -> Result<(), CaseError> {
        let said = Said { text: checked_text(reason)?, ..Said::default() };
        self.settle(actor, id, step, (Act::Waived, StepState::Waived), said).await
    }

    async fn settle(&self, actor: Actor, id: CaseId, step: Step, how: (Act, StepState), said: Said) -> Result<(), CaseError> {
        let (act, state) = how;
        let settle = move |tx: &mut Tx<'_>, case: &Case| {
            settle_step(tx, id, step, state)?;
            let facts = json!({ "document": said.document });
            Ok(Moved { step: Some(step), said: Some(said.clone()), facts, ..Moved::of(case, act) })
        };
        self.act(actor, id, settle).await
    }

    /// Closes a case: what is to be said at its end.
    ///
    /// # Errors
    /// [`CaseError::Unknown`], [`CaseError::Closed`], [`CaseError::Open`] where a step is, [`CaseError::Telling`], [`CaseError::Text`],
    /// [`CaseError::MovedOn`]; the store's.
    pub async fn close(&self, actor: Actor, id: CaseId, text: &str) -> Result<(), CaseError> {
        let said = Said { text: checked_text(text)?, ..Said::default() };
        let close = move |tx: &mut Tx<'_>, case: &Case| {
            must_be_at_rest(case)?;
            let steps = record::steps(tx, id)?;
            let open: Vec<Step> = steps.iter().filter(|line| line.state == StepState::Open).map(|line| line.step).collect();
            if !open.is_empty() {
                return Err(CaseError::Open(open));
            }
            Ok(Moved { state: CaseState::Closed, said: Some(said.clone()), ..Moved::of(case, Act::Closed) })
        };
        self.act(actor, id, close).await
    }
}

/// Nobody is being told at the moment.
pub(super) fn must_be_at_rest(case: &Case) -> Result<(), CaseError> {
    match (case.state, case.telling) {
        (CaseState::Closed, _) => Err(CaseError::Closed(case.id)),
        (_, Some(_)) => Err(CaseError::Telling(case.id)),
        (_, None) => Ok(()),
    }
}

/// Settles an open step.
pub(super) fn settle_step(tx: &mut Tx<'_>, id: CaseId, step: Step, state: StepState) -> Result<(), CaseError> {
    let steps = record::steps(tx, id)?;
    let found = steps.iter().find(|line| line.step == step).ok_or(CaseError::NoStep(id, step))?;
    let now = tx.now();
    if found.state != StepState::Open || tx.execute(&sql::SETTLE_STEP, &params![id, step.text(), state.text(), now])? != 1 {
        return Err(CaseError::Settled(id, step));
    }
    Ok(())
}

fn insert_affected(tx: &mut Tx<'_>, id: CaseId, number: i64, answer: &Answer) -> Result<(), CaseError> {
    let told = tx.query(&sql::TOLD, &params![id])?;
    let told = told.iter().map(|row| Ok((row.get(0)?, row.get(1)?)));
    let told: BTreeMap<i64, Timestamp> = told.collect::<Result<_, StoreError>>()?;
    let rows = answer.affected.iter().map(|one| {
        let evidence = json!(one.evidence).to_string();
        let told_at = told.get(&one.tenant.number()).copied();
        let (found, size) = (one.found.cast_signed(), one.log_size.cast_signed());
        params![id, number, one.tenant, one.reason.text(), found, evidence, size, one.log_root, told_at]
    });
    tx.execute_many(&sql::INSERT_AFFECTED, rows)?;
    if answer.affected.iter().any(|one| !told.contains_key(&one.tenant.number())) {
        tx.execute(&sql::REOPEN_CUSTOMERS, &params![id])?;
    }
    Ok(())
}

fn checked_digest(text: &str) -> Result<String, CaseError> {
    let text = text.to_ascii_lowercase();
    let is_digest = text.len() == 2 * DIGEST_BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest { Ok(text) } else { Err(CaseError::Document) }
}
