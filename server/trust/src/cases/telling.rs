//! Telling affected tenants, some a step: first an entry in the tenant's own ledger, then, in one transaction, the announcement to its
//! owners and the note that it was told. A step that was cut off tells the same tenants again, and entry and announcement of a case are
//! made once; so each affected tenant is told, once, and nobody else. One that cannot be told holds up no other.
//!
//! The case is notified when the last of them was told. The step of telling customers is done later, when the mails have gone that were
//! announced: an entry that nobody reads tells nobody.

use kernel::{Actor, CaseId, SystemWork};
use serde_json::{Value, json};
use store::{StoreError, Tx, params};

use super::acts::{must_be_at_rest, settle_step};
use super::affected::Affected;
use super::record::{self, Act, Case, CaseState, Event, Said, StepState};
use super::{CASES_MAX, CaseError, Cases, Moved, Step, checked_text};
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

    /// Tells some tenants of a case that is being told of. May run twice.
    ///
    /// # Errors
    /// The stores'; a tenant that cannot be told keeps its case from being notified, and holds up nobody else.
    pub async fn tell_step(&self) -> Result<TellStep, CaseError> {
        let rows = self.stores().system().read(|tx| tx.query(&sql::TELLING, &params![CASES_MAX as i64])).await?;
        let mut failed = None;
        for row in &rows {
            match self.tell_of(row.get(0)?).await {
                Ok(step) => return Ok(step),
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(TellStep::Idle), Err)
    }

    async fn tell_of(&self, id: CaseId) -> Result<TellStep, CaseError> {
        let keys = self.0.trust.keyring();
        let look = move |tx: &mut Tx<'_>| {
            let case = record::case(tx, &*keys, id)?.ok_or(CaseError::Unknown(id))?;
            let event = tx.query_one(&sql::EVENT, &params![id, case.telling.unwrap_or_default()])?;
            Ok::<_, CaseError>((case, Event::of(&*keys, &event)?.said.unwrap_or_default()))
        };
        let (case, said) = self.stores().system().read(look).await?;
        let (mut told, mut failed, mut after) = (0, None, 0);
        while told < TOLD_AT_ONCE {
            let untold = self.untold(&case, after, TOLD_AT_ONCE - told).await?;
            let Some(last) = untold.last() else { break };
            after = last.tenant.number();
            for affected in untold {
                match self.tell_tenant(&case, &said, affected).await {
                    Ok(()) => told += 1,
                    Err(error) => failed = Some(error),
                }
            }
        }
        match failed {
            _ if told > 0 => Ok(TellStep::Told(told)),
            Some(error) => Err(error),
            None => self.finish(id).await.map(|()| TellStep::Finished(id)),
        }
    }

    /// Tenants of a case that were not told yet, behind one of them.
    async fn untold(&self, case: &Case, after: i64, max: usize) -> Result<Vec<Affected>, CaseError> {
        let (id, assessment) = (case.id, case.assessment);
        let look = move |tx: &mut Tx<'_>| {
            let rows = tx.query(&sql::UNTOLD, &params![id, assessment, after, max as i64])?;
            rows.iter().map(Affected::of).collect::<Result<Vec<_>, StoreError>>()
        };
        Ok(self.stores().system().read(look).await?)
    }

    async fn tell_tenant(&self, case: &Case, said: &Said, affected: Affected) -> Result<(), CaseError> {
        let (tenant, id, number) = (affected.tenant, case.id, case.assessment);
        if let Err(error) = self.enter(case, said, &affected).await {
            tracing::error!(tenant.id = %tenant, case.id = %id, error = %error, "a tenant cannot be told of a breach; the others are told");
            return Err(error.into());
        }
        let announcement = announcement(case, &affected)?;
        let note = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            announcements::announce(tx, tenant, &announcement)?;
            tx.execute(&sql::SET_TOLD, &params![id, number, tenant, now]).map(|_| ())
        };
        Ok(self.stores().system().write(note).await?)
    }

    /// The entry in the tenant's own ledger; none where it was erased meanwhile, since there is nobody left to be told.
    async fn enter(&self, case: &Case, said: &Said, affected: &Affected) -> Result<(), StoreError> {
        let (tenant, act) = (affected.tenant, case.id.to_string());
        if self.is_erased(tenant).await? {
            return Ok(());
        }
        let scope = self.mint().system(tenant, SystemWork::Reconciler);
        let entry = LeafEntry { kind: LeafKind::BreachTold, subject: Some(case.id.number()), payload: payload(case, said, affected) };
        let (keys, store) = (self.0.trust.keyring(), self.stores().tenant(&scope));
        let write = move |tx: &mut Tx<'_>| record_once(tx, &*keys, &scope, entry.clone(), act.as_bytes()).map(|_| ());
        match store.write(write).await {
            Err(_) if self.is_erased(tenant).await? => Ok(()),
            entered => entered,
        }
    }

    /// The last of them was told.
    async fn finish(&self, id: CaseId) -> Result<(), CaseError> {
        let finish = move |tx: &mut Tx<'_>, case: &Case| {
            let assessment = record::assessment(tx, case)?.ok_or(CaseError::NotAssessed(id))?;
            let facts = json!({ "assessment": assessment.number, "affected": assessment.affected.cast_signed() });
            Ok(Moved { state: CaseState::Notified, telling: None, facts, ..Moved::of(case, Act::Told) })
        };
        self.act(Actor::System(SystemWork::Reconciler), id, finish).await
    }

    /// Settles the step of telling customers of each case whose tenants were all told and whose mails have all gone: of how many. Where
    /// every mail to a tenant was given up, the step stays open: whoever answers for the case reaches its owners in another way.
    ///
    /// # Errors
    /// The store's.
    pub async fn settle_customers_step(&self) -> Result<usize, CaseError> {
        let rows = self.stores().system().read(|tx| tx.query(&sql::CUSTOMERS_OPEN, &params![CASES_MAX as i64])).await?;
        let (mut settled, mut failed) = (0, None);
        for row in &rows {
            match self.settle_customers_of(row.get(0)?).await {
                Ok(is_settled) => settled += usize::from(is_settled),
                // One case holds up no other.
                Err(error) => failed = Some(error),
            }
        }
        failed.filter(|_| settled == 0).map_or(Ok(settled), Err)
    }

    async fn settle_customers_of(&self, id: CaseId) -> Result<bool, CaseError> {
        let reference = reference(id)?;
        let reach = move |tx: &mut Tx<'_>| announcements::reach(tx, AnnouncementKind::BreachNotice, &reference);
        let reach = self.stores().system().read(reach).await?;
        if reach.settled < reach.tenants || reach.given_up > 0 {
            return Ok(false);
        }
        let settle = move |tx: &mut Tx<'_>, case: &Case| {
            must_be_at_rest(case)?;
            settle_step(tx, id, Step::Customers, StepState::Done)?;
            let facts = json!({ "announced": reach.tenants, "mails": reach.mails });
            Ok(Moved { step: Some(Step::Customers), facts, ..Moved::of(case, Act::Done) })
        };
        match self.act(Actor::System(SystemWork::Reconciler), id, settle).await {
            Ok(()) => Ok(true),
            // Somebody did something about it at this very moment: the next look finds how it is.
            Err(CaseError::Settled(..) | CaseError::MovedOn(_) | CaseError::Closed(_) | CaseError::Telling(_)) => Ok(false),
            Err(other) => Err(other),
        }
    }
}

fn reference(id: CaseId) -> Result<Reference, StoreError> {
    id.to_string().parse().map_err(|error: NoReference| StoreError::Misuse(error.to_string()))
}

/// What its owners are told: the words are the mail's.
fn announcement(case: &Case, affected: &Affected) -> Result<Announcement, StoreError> {
    let facts = [("aware_at", case.aware_at.micros()), ("entries", affected.found.cast_signed())];
    let facts = facts.into_iter().map(|(name, number)| (name.to_owned(), number)).collect();
    Ok(Announcement { kind: AnnouncementKind::BreachNotice, reference: reference(case.id)?, facts })
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
