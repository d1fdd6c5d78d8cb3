//! Sending: a step takes mail out of the outboxes of tenants that have some due, hands it to the relay, and notes what came
//! of it with the proof: time, the relay's answer, message id.
//!
//! **Never lost, perhaps twice.** A mail is noted as sent after the relay took it. Where the process dies in between it is sent
//! again, under the same message id; SMTP offers nothing better.
//!
//! A mail that the relay does not take now is tried again after a minute, then after twice as long, up to
//! [`PUT_OFF_MAX`]; it is given up [`GIVEN_UP_AFTER`] after it was first tried (RFC 5321 section 4.5.4.1 asks for four or five
//! days) and not before the [`ATTEMPTS_MIN`]th attempt, or at the [`REFUSALS_MAX`]th refusal that is for good. Neither the time
//! before there was a leave or a relay counts, nor one in which the server was down. Where the relay takes no mail at all, no
//! mail's attempts are counted: the step fails, and everything waits.
//!
//! An outbox that cannot be read or written stops none but itself: it is put off for [`OUTBOX_PUT_OFF`].

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use kernel::{MailId, Scope, ScopeMint, SystemWork, TenantId, Timestamp, UserId};
use store::{StoreError, Tx, Wake, params};
use words::Language;

use crate::error::{MailFailure, SendError};
use crate::letter::Written;
use crate::outbox::{Due, Outbox, State, WAKE};
use crate::relay::{Relay, Session};
use crate::store as sql;

/// Tenants that one step looks at.
pub const TENANTS_AT_ONCE: usize = 20;
/// Mails of a tenant that one step sends.
pub const MAILS_AT_ONCE: usize = 20;
/// The first pause after which a mail is tried again.
pub const PUT_OFF_MIN: Duration = Duration::from_secs(60);
/// The longest pause.
pub const PUT_OFF_MAX: Duration = Duration::from_secs(4 * 3_600);
/// A mail that was first tried so long ago is given up when it is not taken,
pub const GIVEN_UP_AFTER: Duration = Duration::from_secs(5 * 24 * 3_600);
/// and this often it is tried at least: with its pauses, two and a half days of them.
pub const ATTEMPTS_MIN: u32 = 20;
/// After this pause a tenant's outbox is looked at again that could not be read or written. As long as a letter that was sent cannot
/// be noted, its reader gets a copy each time.
pub const OUTBOX_PUT_OFF: Duration = Duration::from_secs(300);
/// A mail is given up when it was refused for good so often: once may be the relay's own mistake.
pub const REFUSALS_MAX: u32 = 3;

/// That mail may be handed to the relay, as of now. Whoever wires the program has it from the register of sub-processors, or
/// because the relay is the operator's own; it is not kept for later.
pub trait Leave: Sync {}

/// Where a person's mail goes.
#[derive(Clone)]
pub struct Addressee {
    /// The address, which is written nowhere else.
    pub address: kernel::SecretText,
    /// The language that it is written in.
    pub language: Language,
}

/// What an asynchronous question gives.
pub type Asked<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// Asks the accounts where a person's mail goes; nothing where there is no such person any more.
pub type Addresses = Arc<dyn Fn(TenantId, UserId) -> Asked<Result<Option<Addressee>, String>> + Send + Sync>;
/// Tells the tenant's ledger what became of a mail, in the transaction that notes it.
pub type Telling = Arc<dyn Fn(&mut Tx<'_>, &Scope, &Delivery) -> Result<(), StoreError> + Send + Sync>;

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The mail.
    pub mail: MailId,
    /// Whom it was for.
    pub user: UserId,
    /// What it was about.
    pub kind: String,
    /// The part of its message id before the `@`.
    pub message_id: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What came of it: what the relay answered when it took it, or why it was given up.
    pub outcome: Result<u16, MailFailure>,
}

/// What a step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Mails that the relay took.
    pub sent: usize,
    /// Mails that are tried again later.
    pub put_off: usize,
    /// Mails that were given up.
    pub given_up: usize,
    /// Tenants whose outbox could not be read or written.
    pub failed: usize,
    /// Whether there may be more to do at once.
    pub has_more: bool,
}

/// Who a step asks and tells.
#[derive(Clone)]
pub struct Parties {
    /// The accounts.
    pub addresses: Addresses,
    /// The ledgers.
    pub telling: Telling,
    /// Makes the scopes that outboxes are opened with.
    pub mint: ScopeMint,
}

impl Outbox {
    /// Sends some of what is due. May be cut off at any moment, and run again.
    ///
    /// # Errors
    /// [`SendError::Relay`] where the relay takes no mail: everything waits; [`SendError::Store`] where it is not known who has mail.
    /// One tenant's outbox that fails is logged and stops no other.
    pub async fn send_step(&self, relay: &Relay, _leave: &impl Leave, parties: &Parties) -> Result<Sent, SendError> {
        let wakes = self.stores.wakes().due(WAKE, TENANTS_AT_ONCE).await?;
        let mut step = Step { outbox: self, relay, parties, session: None, did: Sent::default() };
        step.did.has_more = wakes.len() == TENANTS_AT_ONCE;
        let mut taken = Ok(());
        for wake in &wakes {
            taken = step.tenant_or_put_off(wake).await;
            if taken.is_err() {
                break;
            }
        }
        let Step { session, did, .. } = step;
        if let Some(session) = session {
            blocking(move || session.end()).await?;
        }
        taken.map(|()| did)
    }
}

struct Step<'a> {
    outbox: &'a Outbox,
    relay: &'a Relay,
    parties: &'a Parties,
    session: Option<Session>,
    did: Sent,
}

impl Step<'_> {
    async fn tenant_or_put_off(&mut self, wake: &Wake) -> Result<(), SendError> {
        let error = match self.tenant(wake).await {
            Err(SendError::Store(error)) => error,
            other => return other,
        };
        tracing::error!(tenant.id = %wake.tenant, error = %error, "an outbox cannot be read or written, and is put off");
        self.did.failed += 1;
        let until = self.outbox.stores.clock().now().plus(OUTBOX_PUT_OFF);
        Ok(self.outbox.stores.wakes().put_off(wake, until).await?)
    }

    async fn tenant(&mut self, wake: &Wake) -> Result<(), SendError> {
        let scope = self.parties.mint.system(wake.tenant, SystemWork::Reconciler);
        let due = match self.outbox.due(&scope, MAILS_AT_ONCE).await {
            // Erased since.
            Err(StoreError::NotFound) => return Ok(self.outbox.stores.wakes().settle(wake).await?),
            due => due?,
        };
        self.did.has_more |= due.len() == MAILS_AT_ONCE;
        for mail in &due {
            self.mail(&scope, mail).await?;
        }
        if due.len() == MAILS_AT_ONCE {
            return Ok(());
        }
        // What is put in meanwhile wakes anew.
        let (wakes, next) = (self.outbox.stores.wakes(), self.outbox.next_due(&scope).await?);
        match next {
            Some(next) => wakes.settle_until(wake, next).await?,
            None => wakes.settle(wake).await?,
        }
        Ok(())
    }

    async fn mail(&mut self, scope: &Scope, due: &Due) -> Result<(), SendError> {
        let addressee = (self.parties.addresses)(scope.tenant(), due.user).await;
        let came_of_it = match (addressee, &due.letter) {
            (Ok(Some(addressee)), Some(letter)) => {
                self.hand_over(addressee.address.clone(), letter.write(addressee.language), due.message_id.clone()).await?
            }
            (Err(reason), Some(_)) => {
                tracing::error!(mail.id = %due.mail, tenant.id = %scope.tenant(), reason, "an account cannot be read");
                Err(MailFailure::Accounts)
            }
            _ => Err(MailFailure::NoAddress),
        };
        self.note(scope, due, came_of_it).await?;
        if came_of_it == Err(MailFailure::Broken) {
            // The others would break it too, or wait: the next step begins with them.
            return Err(crate::error::RelayFailure::Unreachable("it hung up before it took a mail".to_owned()).into());
        }
        Ok(())
    }

    async fn hand_over(
        &mut self,
        address: kernel::SecretText,
        written: Written,
        message_id: String,
    ) -> Result<Result<u16, MailFailure>, SendError> {
        let (session, relay, now) = (self.session.take(), self.relay.clone(), self.outbox.stores.clock().now());
        let sent = blocking(move || {
            let mut session = match session {
                Some(session) if !session.is_over() => session,
                _ => relay.connect()?,
            };
            let sent = session.send(address.expose(), &written, &message_id, now);
            Ok::<_, SendError>((session, sent))
        });
        let (session, sent) = sent.await??;
        self.session = Some(session);
        Ok(sent)
    }

    async fn note(&mut self, scope: &Scope, due: &Due, came_of_it: Result<u16, MailFailure>) -> Result<(), SendError> {
        let now = self.outbox.stores.clock().now();
        match came_of_it {
            Ok(_) => {
                self.settle(scope, due, State::Sent, came_of_it).await?;
                self.did.sent += 1;
            }
            Err(failure) if is_given_up(due, failure, now) => {
                self.settle(scope, due, State::GivenUp, came_of_it).await?;
                self.did.given_up += 1;
                tracing::error!(mail.id = %due.mail, tenant.id = %scope.tenant(), reason = %failure, "a mail is given up");
            }
            Err(failure) => {
                let (tenant, mail, until) = (scope.tenant(), due.mail, now.plus(pause_after(due.attempts)));
                let refusals = due.refusals + u32::from(failure.is_for_good());
                let put_off = move |tx: &mut Tx<'_>| {
                    tx.execute(&sql::PUT_OFF_MAIL, &params![tenant, mail, until, failure.code(), refusals, now]).map(|_| ())
                };
                self.outbox.stores.tenant(scope).write(put_off).await?;
                self.did.put_off += 1;
                tracing::warn!(mail.id = %due.mail, tenant.id = %scope.tenant(), reason = %failure, "a mail is tried again later");
            }
        }
        Ok(())
    }

    async fn settle(&self, scope: &Scope, due: &Due, state: State, outcome: Result<u16, MailFailure>) -> Result<(), StoreError> {
        let code = match outcome {
            Ok(code) => Some(code),
            Err(failure) => failure.code(),
        };
        let delivery = Delivery {
            mail: due.mail,
            user: due.user,
            kind: due.kind.clone(),
            message_id: due.message_id.clone(),
            attempts: due.attempts + 1,
            outcome,
        };
        let (telling, scope_in) = (Arc::clone(&self.parties.telling), scope.clone());
        let settle = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            if tx.execute(&sql::SETTLE_MAIL, &params![scope_in.tenant(), delivery.mail, state.text(), code, now])? == 1 {
                telling(tx, &scope_in, &delivery)?;
            }
            Ok(())
        };
        self.outbox.stores.tenant(scope).write(settle).await
    }
}

fn is_given_up(due: &Due, failure: MailFailure, now: Timestamp) -> bool {
    let is_old = due.first_tried_at.is_some_and(|first| first.plus(GIVEN_UP_AFTER) <= now);
    let is_tried = due.attempts + 1 >= ATTEMPTS_MIN;
    let is_refused = failure.is_for_good() && due.refusals + 1 >= REFUSALS_MAX;
    (is_old && is_tried) || is_refused || failure == MailFailure::NoAddress
}

fn pause_after(attempts: u32) -> Duration {
    PUT_OFF_MAX.min(PUT_OFF_MIN.saturating_mul(2_u32.saturating_pow(attempts.min(16))))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::Unavailable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_from_a_minute_up_to_four_hours() {
        let minutes: Vec<u64> = [0, 1, 2, 7, 8, 99].map(|attempts| pause_after(attempts).as_secs() / 60).to_vec();
        assert_eq!(minutes, [1, 2, 4, 128, 240, 240]);
    }
}
