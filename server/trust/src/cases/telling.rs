//! Telling affected tenants, some a step: first an entry in the tenant's own ledger, then, in one transaction, the announcement to its
//! owners and the note that it was told. A step that was cut off tells the same tenants again, and entry and announcement of a case are
//! made once; so each affected tenant is told, once, and nobody else.
//!
//! The step of telling customers is done by the last of them being told, and in no other way.

use kernel::{Actor, CaseId, KeyRef, SystemWork};
use serde_json::{Value, json};
use store::{StoreError, Tx, params};

use super::acts::{must_be_at_rest, settle_step};
use super::affected::Affected;
use super::record::{self, Act, Case, CaseState, Event, Said, StepState};
use super::{CaseError, Cases, Moved, Step, checked_text};
use crate::announcements::{self, Announcement, AnnouncementKind, NoReference, Reference};
use crate::ledger::{LeafEntry, LeafKind, record_once};
use crate::store::cases as sql;

/// Tenants that one step tells.
pub const TOLD_AT_ONCE: usize = 100;

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TellStep {
    /// So many tenants were told.
    Told(usize),
    /// The last tenant of a case was told.
    Finished(CaseId),
    /// Nobody is to be told of anything.
    Idle,
}

/// What tenants are told, in both languages.
#[derive(Clone, Debug)]
pub struct Message {
    /// In English.
    pub english: String,
    /// In Polish.
    pub polish: String,
}

impl Cases {
    /// Says what affected tenants are told; [`Cases::tell_step`] tells them.
    ///
    /// # Errors
    /// [`CaseError::Unknown`], [`CaseError::Closed`], [`CaseError::NotAssessed`], [`CaseError::Telling`], [`CaseError::Text`],
    /// [`CaseError::MovedOn`]; the store's.
    pub async fn tell(&self, actor: Actor, id: CaseId, message: &Message) -> Result<(), CaseError> {
        let said = Said { text: checked_text(&message.english)?, polish: Some(checked_text(&message.polish)?), document: None };
        let begin = move |_: &mut Tx<'_>, case: &Case| {
            must_be_at_rest(case)?;
            if case.assessment == 0 {
                return Err(CaseError::NotAssessed(id));
            }
            // The number that the act gets.
            let telling = Some(case.events + 1);
            Ok(Moved { telling, state: CaseState::Assessing, said: Some(said.clone()), ..Moved::of(case, Act::Telling) })
        };
        self.act(actor, id, begin).await
    }

    /// Tells some tenants of the case that is being told of. May run twice.
    ///
    /// # Errors
    /// The stores'; a tenant that cannot be told keeps the case from being notified.
    pub async fn tell_step(&self) -> Result<TellStep, CaseError> {
        let row = self.stores().system().read(|tx| tx.query_optional(&sql::TELLING, &[])).await?;
        let Some(id) = row.map(|row| row.get::<CaseId>(0)).transpose()? else { return Ok(TellStep::Idle) };
        let keys = self.0.trust.keyring();
        let look = move |tx: &mut Tx<'_>| {
            let case = record::case(tx, &*keys, id)?.ok_or(CaseError::Unknown(id))?;
            let event = tx.query_one(&sql::EVENT, &params![id, case.telling.unwrap_or_default()])?;
            let said = Event::of(&*keys, &event)?.said.unwrap_or_default();
            let untold = tx.query(&sql::UNTOLD, &params![id, case.assessment, TOLD_AT_ONCE as i64])?;
            let untold = untold.iter().map(Affected::of).collect::<Result<Vec<_>, StoreError>>()?;
            Ok::<_, CaseError>((case, said, untold))
        };
        let (case, said, untold) = self.stores().system().read(look).await?;
        if untold.is_empty() {
            self.finish(id).await?;
            return Ok(TellStep::Finished(id));
        }
        let told = untold.len();
        for affected in untold {
            self.tell_tenant(&case, &said, affected).await?;
        }
        Ok(TellStep::Told(told))
    }

    async fn tell_tenant(&self, case: &Case, said: &Said, affected: Affected) -> Result<(), CaseError> {
        let (tenant, id, number) = (affected.tenant, case.id, case.assessment);
        let scope = self.mint().system(tenant, SystemWork::Reconciler);
        let entry = LeafEntry { kind: LeafKind::BreachTold, subject: Some(id.number()), payload: payload(case, said, &affected) };
        let (keys, act) = (self.0.trust.keyring(), id.to_string());
        let enter = move |tx: &mut Tx<'_>| {
            // Erased meanwhile: there is nobody left to be told.
            if keys.was_destroyed(KeyRef::Tenant(tenant))? {
                return Ok(());
            }
            record_once(tx, &*keys, &scope, entry.clone(), act.as_bytes()).map(|_| ())
        };
        let scope = self.mint().system(tenant, SystemWork::Reconciler);
        match self.stores().tenant(&scope).write(enter).await {
            Ok(()) | Err(StoreError::NotFound) => {}
            Err(error) => {
                tracing::error!(tenant.id = %tenant, case.id = %id, error = %error, "a tenant cannot be told of a breach");
                return Err(error.into());
            }
        }
        let announcement = announcement(case, &affected)?;
        let note = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            announcements::announce(tx, tenant, &announcement)?;
            tx.execute(&sql::SET_TOLD, &params![id, number, tenant, now]).map(|_| ())
        };
        Ok(self.stores().system().write(note).await?)
    }

    /// The last of them was told.
    async fn finish(&self, id: CaseId) -> Result<(), CaseError> {
        let finish = move |tx: &mut Tx<'_>, case: &Case| {
            match settle_step(tx, id, Step::Customers, StepState::Done) {
                // It was waived, or others were told of the same case before.
                Ok(()) | Err(CaseError::Settled(..)) => {}
                Err(other) => return Err(other),
            }
            let assessment = record::assessment(tx, case)?.ok_or(CaseError::NotAssessed(id))?;
            let facts = json!({ "assessment": assessment.number, "affected": assessment.affected.cast_signed() });
            let (step, state) = (Some(Step::Customers), CaseState::Notified);
            Ok(Moved { step, state, telling: None, facts, ..Moved::of(case, Act::Told) })
        };
        self.act(Actor::System(SystemWork::Reconciler), id, finish).await
    }
}

/// What its owners are told: the words are the mail's.
fn announcement(case: &Case, affected: &Affected) -> Result<Announcement, StoreError> {
    let reference: Reference = case.id.to_string().parse().map_err(|error: NoReference| StoreError::Misuse(error.to_string()))?;
    let facts = [("aware_at", case.aware_at.micros()), ("entries", affected.found.cast_signed())];
    let facts = facts.into_iter().map(|(name, number)| (name.to_owned(), number)).collect();
    Ok(Announcement { kind: AnnouncementKind::BreachNotice, reference, facts })
}

/// What the tenant's own ledger says: its own case only.
fn payload(case: &Case, said: &Said, affected: &Affected) -> Value {
    json!({
        "case": case.id.to_string(),
        "aware_at": case.aware_at.micros(),
        "reason": affected.reason.text(),
        "entries": affected.found.cast_signed(),
        "evidence": affected.evidence,
        "said": { "en": said.text, "pl": said.polish },
    })
}
