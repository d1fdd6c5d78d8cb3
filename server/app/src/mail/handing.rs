//! From an announcement to a mail for each owner: the accounts say who they are, the register and the announcement what to tell.
//!
//! May be cut off anywhere: the outbox knows a mail by what it tells and whom, and an announcement stays open until every owner's
//! mail lies there. That of a breach stays open until these mails have gone, and where no mail is sent, until some is.

use std::time::Duration;

use identity::owners::OWNERS_AT_ONCE;
use kernel::{KeyRef, SystemWork, TenantId, Timestamp};
use notify::{About, Letter, State};
use store::StoreError;
use trust::announcements::{Announcement, AnnouncementKind, Open, Settled};

use crate::opened::Opened;
use crate::workers::Step;

/// Announcements that one step hands over.
const HANDED_AT_ONCE: usize = 50;
/// The first pause after which an announcement is looked at again that could not be handed over, or waits.
const PAUSE_MIN: Duration = Duration::from_secs(60);
/// The longest.
const PAUSE_MAX: Duration = Duration::from_secs(3_600);

/// Hands over what was announced.
pub(crate) async fn hand_over(opened: Opened) -> Result<Step, String> {
    let announcements = &opened.mail.announcements;
    let due = announcements.due(HANDED_AT_ONCE).await.map_err(|error| error.to_string())?;
    for open in &due {
        let noted = match hand_one(&opened, open).await {
            Ok(Some(Handed { settled, mails })) => announcements.settle(open, settled, mails).await,
            Ok(None) => announcements.postpone(open, later(&opened, open)).await,
            Err(reason) => {
                let kind = open.announcement.kind.text();
                tracing::error!(tenant.id = %open.tenant, announcement.kind = kind, reason, "an announcement cannot be handed over yet");
                announcements.postpone(open, later(&opened, open)).await
            }
        };
        noted.map_err(|error| error.to_string())?;
    }
    Ok(if due.len() == HANDED_AT_ONCE { Step::More } else { Step::Idle })
}

/// What became of an announcement, in how many mails.
struct Handed {
    settled: Settled,
    mails: usize,
}

/// Hands an announcement over; nothing where it waits: for its mails, or for somebody who sets mail up.
async fn hand_one(opened: &Opened, open: &Open) -> Result<Option<Handed>, String> {
    let Announcement { kind, reference, .. } = &open.announcement;
    let is_breach = *kind == AnnouncementKind::BreachNotice;
    let without_mail = |settled| Ok(Some(Handed { settled, mails: 0 }));
    if is_erased(opened, open.tenant).await? {
        return without_mail(Settled::Nobody);
    }
    if !opened.mail.is_configured() {
        return if is_breach { Ok(None) } else { without_mail(Settled::NoMail) };
    }
    let letter = letter(opened, &open.announcement).await?;
    let scope = opened.mail.parties.mint.system(open.tenant, SystemWork::Reconciler);
    let (mut mails, mut states, mut after) = (0, Vec::new(), None);
    loop {
        let owners = opened.identity.owners(open.tenant, after).await.map_err(|error| error.to_string())?;
        let is_last = owners.len() < OWNERS_AT_ONCE;
        (mails, after) = (mails + owners.len(), owners.last().copied());
        match opened.mail.outbox.put(&scope, owners.clone(), kind.text(), reference.as_text(), letter.clone()).await {
            Ok(_) => {}
            Err(StoreError::NotFound) if is_erased(opened, open.tenant).await? => return without_mail(Settled::Nobody),
            Err(error) => return Err(error.to_string()),
        }
        if is_breach {
            let found = opened.mail.outbox.states(&scope, owners, kind.text(), reference.as_text()).await;
            states.extend(found.map_err(|error| error.to_string())?);
        }
        if is_last {
            break;
        }
    }
    match mails {
        0 => without_mail(Settled::Nobody),
        _ if is_breach => Ok(gone(&states)),
        _ => Ok(Some(Handed { settled: Settled::Handed, mails })),
    }
}

/// What became of the mails that lie in the outbox; nothing while one waits.
fn gone(states: &[State]) -> Option<Handed> {
    if states.contains(&State::Waiting) {
        return None;
    }
    let mails = states.iter().filter(|state| **state == State::Sent).count();
    Some(Handed { settled: if mails > 0 { Settled::Sent } else { Settled::GivenUp }, mails })
}

fn later(opened: &Opened, open: &Open) -> Timestamp {
    opened.stores.clock().now().plus(pause_after(open.attempts))
}

async fn is_erased(opened: &Opened, tenant: TenantId) -> Result<bool, String> {
    let keys = opened.trust.keyring();
    let asked = tokio::task::spawn_blocking(move || keys.was_destroyed(KeyRef::Tenant(tenant)));
    asked.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

async fn letter(opened: &Opened, announcement: &Announcement) -> Result<Letter, String> {
    let Announcement { kind, reference, facts } = announcement;
    let at = |fact: &str| facts.get(fact).copied().map(Timestamp::from_micros);
    let named = reference.as_text().to_owned();
    let about = match kind {
        AnnouncementKind::SubProcessorAnnounced => {
            let announced = opened.registers.announced(reference).await.map_err(|error| error.to_string())?;
            let announced = announced.ok_or_else(|| "the register has no such version".to_owned())?;
            let facts = announced.facts;
            About::SubProcessor {
                company: facts.name,
                data: facts.data,
                operations: facts.operations,
                locations: facts.locations,
                notice_days: announced.notice_days,
            }
        }
        AnnouncementKind::BreachNotice => About::Breach { case: named, known_since: at("aware_at") },
        AnnouncementKind::DataPolicyChanged => About::Policy { version: named, effective_at: at("effective_at") },
    };
    let contact = opened.config.privacy_contact.as_ref();
    let privacy_contact = contact.map(|contact| contact.uri().strip_prefix("mailto:").unwrap_or(contact.uri()).to_owned());
    Ok(Letter { about, public_url: opened.config.public_url.clone(), privacy_contact })
}

fn pause_after(attempts: u32) -> Duration {
    PAUSE_MAX.min(PAUSE_MIN.saturating_mul(2_u32.saturating_pow(attempts.min(16))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_from_a_minute_up_to_an_hour() {
        let minutes: Vec<u64> = [0, 1, 5, 6, 99].map(|attempts| pause_after(attempts).as_secs() / 60).to_vec();
        assert_eq!(minutes, [1, 2, 32, 60, 60]);
    }
}
