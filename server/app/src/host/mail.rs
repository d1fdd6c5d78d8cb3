//! Mail, for whoever may read the data folder.

use kernel::Scope;
use notify::{About, Letter, MAILS_LISTED_MAX, MailLine, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wire::Timestamp;
use words::{Language, Speaks as _, sentence};

use super::perform::{Refused, host_scope, said};
use crate::checks::Queue;
use crate::mail::{NoMail, Whose};
use crate::opened::Opened;

/// Most mails that are listed at once.
const QUEUE_LINES_MAX: usize = 100 * MAILS_LISTED_MAX;

/// How mail stands.
#[derive(Serialize, Deserialize)]
pub struct MailFacts {
    /// The relay's name and port; absent where there is none, or the settings are wrong.
    pub relay: Option<String>,
    /// Who mail is from.
    pub sender: Option<String>,
    /// Who runs the relay: `own`, or the entry of the register that is in effect.
    pub run_by: Option<String>,
    /// Whether mail may go out.
    pub may_send: bool,
    /// Why not, in English.
    pub refused: Option<String>,
    /// The same in Polish, for whoever shows it to people.
    pub refused_pl: Option<String>,
    /// Announcements that are not handed to outboxes yet.
    pub announced: u64,
    /// Mails that wait.
    pub waiting: u64,
    /// When the oldest of them was put in.
    pub waiting_since: Option<Timestamp>,
    /// Mails that the relay took and whose proof is kept.
    pub sent: u64,
    /// Mails that were given up.
    pub given_up: u64,
}

/// A trial that the relay took.
#[derive(Serialize, Deserialize)]
pub struct MailTried {
    /// What it answered.
    pub answer: u16,
    /// The part of the message id before the `@`.
    pub message_id: String,
}

/// A mail that waits or was given up.
#[derive(Serialize, Deserialize)]
pub struct QueuedMail {
    /// Whose.
    pub tenant: String,
    /// Its number.
    pub mail: String,
    /// The person that it is for.
    pub user: String,
    /// What it is about.
    pub about: String,
    /// `waiting` or `given-up`.
    pub state: String,
    /// When it was put in the outbox.
    pub created_at: Timestamp,
    /// When it is tried next.
    pub due_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: u32,
    /// What the relay answered last.
    pub answer: Option<u16>,
}

pub(super) async fn status(opened: &Opened) -> Result<Value, Refused> {
    let mail = &opened.mail;
    let queue = Queue::of(&opened.stores, mail).await.map_err(|error| Refused::because(&error))?;
    let backlog = mail.announcements.backlog().await.map_err(|error| Refused::because(&error))?;
    let (relay, leave) = (mail.relay().map(notify::Relay::address), mail.leave().await);
    let runs = leave.as_ref().ok().map(|leave| match leave.whose() {
        Whose::Own => "own".to_owned(),
        Whose::SubProcessor(effective) => effective.sub_processor().as_text().to_owned(),
    });
    let refused = relay.as_ref().err().or(leave.as_ref().err()).map(NoMail::sentence);
    said(&MailFacts {
        relay: relay.ok(),
        sender: mail.settings().map(|settings| settings.sender.clone()),
        run_by: runs,
        may_send: refused.is_none(),
        refused: refused.as_ref().map(|sentence| sentence.text(Language::English).to_owned()),
        refused_pl: refused.as_ref().map(|sentence| sentence.text(Language::Polish).to_owned()),
        announced: backlog.announcements,
        waiting: queue.waiting,
        waiting_since: queue.waiting_since,
        sent: queue.sent,
        given_up: queue.given_up,
    })
}

/// Sends a trial to one address, beside every outbox.
pub(super) async fn test(opened: &Opened, address: &str, language: &str) -> Result<Value, Refused> {
    let refused = |none: NoMail| Refused::saying(none.sentence());
    let relay = opened.mail.relay().map_err(refused)?.clone();
    let _leave = opened.mail.leave().await.map_err(refused)?;
    let letter = Letter { about: About::Trial, public_url: opened.config.public_url.clone(), privacy_contact: None };
    let written = letter.write(Language::from_name(language).unwrap_or_default());
    let message_id: String = opened.stores.rng().bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
    let (now, to, id) = (opened.stores.clock().now(), address.to_owned(), message_id.clone());
    let sent = tokio::task::spawn_blocking(move || relay.try_out(&to, &written, &id, now)).await;
    let sent = sent.map_err(|error| Refused::because(&error))?.map_err(|failure| Refused::saying(failure.sentence()))?;
    let answer = sent.map_err(|failure| Refused::saying(failure.sentence()))?;
    said(&MailTried { answer, message_id })
}

/// What waits and what was given up.
pub(super) async fn queue(opened: &Opened, tenant: Option<Scope>) -> Result<Value, Refused> {
    let scopes = match tenant {
        Some(scope) => vec![scope],
        None => {
            let tenants = opened.stores.tenants().await.map_err(|error| Refused::because(&error))?;
            tenants.into_iter().map(host_scope).collect()
        }
    };
    let mut lines = Vec::new();
    for scope in scopes {
        for state in [State::Waiting, State::GivenUp] {
            let mails = opened.mail.outbox.list(&scope, state).await.map_err(|error| Refused::because(&error))?;
            lines.extend(mails.into_iter().map(|mail| line(&scope, mail)));
        }
        if lines.len() > QUEUE_LINES_MAX {
            return Err(Refused::saying(sentence!(
                "more than {QUEUE_LINES_MAX} mails wait or were given up: ask for those of one tenant, with --tenant",
                "czeka albo przepadło ponad {QUEUE_LINES_MAX} wiadomości: zapytaj o jedną organizację, z --tenant"
            )));
        }
    }
    said(&lines)
}

fn line(scope: &Scope, mail: MailLine) -> QueuedMail {
    QueuedMail {
        tenant: scope.tenant().to_string(),
        mail: mail.mail.to_string(),
        user: mail.user.to_string(),
        about: mail.kind,
        state: mail.state.text().to_owned(),
        created_at: mail.created_at,
        due_at: (mail.state == State::Waiting).then_some(mail.due_at),
        attempts: mail.attempts,
        answer: mail.answer_code,
    }
}
