//! Rights requests of a tenant, for whoever may read the data folder and answers for it.

use kernel::{RightsRequestId, Scope};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trust::rights::{
    About, EVENTS_MAX, Event, Evidence, Kind, NewRequest, REQUESTS_MAX, Request, RightsError, TEXT_CHARS_MAX, WholeRequest,
};
use wire::Timestamp;
use words::sentence;

use super::ledger::record_reading;
use super::perform::{Refused, said};
use crate::opened::Opened;

/// Requests that are read at once.
const PAGE_ROWS: u32 = 500;

/// What can be asked about rights requests.
#[derive(Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub enum RightsAsked {
    /// Take a request in: [`RightsFacts`].
    Open {
        /// `access`, `erasure`, `objection`, `portability`, `rectification` or `restriction`.
        kind: String,
        /// The id of a user or a device; else somebody's name.
        about: String,
        /// What was asked.
        text: String,
        /// When it was received; now where absent.
        received_at: Option<Timestamp>,
    },
    /// Every request: a list of [`RightsLine`].
    List {},
    /// One with its history: [`RightsFacts`].
    Read {
        /// Which.
        request: String,
    },
    /// Note what was done: [`RightsFacts`].
    Note {
        /// Of which.
        request: String,
        /// What.
        text: String,
    },
    /// Put the answer off: [`RightsFacts`].
    Extend {
        /// Of which.
        request: String,
        /// Why.
        reason: String,
    },
    /// Close it, done: [`RightsFacts`]. One of the last three.
    Fulfil {
        /// Which.
        request: String,
        /// The digest of an export's manifest.
        export: Option<String>,
        /// An erasure that is done.
        erasure: Option<String>,
        /// What was done.
        text: Option<String>,
    },
    /// Close it, refused: [`RightsFacts`].
    Refuse {
        /// Which.
        request: String,
        /// Why.
        reason: String,
    },
}

/// A request.
#[derive(Serialize, Deserialize)]
pub struct RightsLine {
    /// Its id.
    pub request: String,
    /// Which right.
    pub kind: String,
    /// The id of a user or a device; else somebody's name.
    pub about: String,
    /// `open`, `fulfilled` or `refused`.
    pub state: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// By when it is to be answered.
    pub due_at: Timestamp,
    /// When that was put off.
    pub extended_at: Option<Timestamp>,
    /// When it was answered.
    pub closed_at: Option<Timestamp>,
    /// Whether it was to be answered by now.
    pub is_overdue: bool,
    /// What was asked.
    pub text: String,
    /// What shows that it was answered: `export`, `erasure` or `text`.
    pub evidence: Option<String>,
    /// The export's entry in the ledger, or the erasure.
    pub evidence_id: Option<String>,
}

/// A request with its history.
#[derive(Serialize, Deserialize)]
pub struct RightsFacts {
    /// It.
    #[serde(flatten)]
    pub line: RightsLine,
    /// What was done.
    pub events: Vec<RightsEvent>,
}

/// Something that was done.
#[derive(Serialize, Deserialize)]
pub struct RightsEvent {
    /// Its number, from 1 on.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Which kind of actor did it.
    pub actor_kind: String,
    /// What.
    pub act: String,
    /// What was written of it.
    pub text: Option<String>,
    /// The entry of the tenant's ledger that tells of it.
    pub leaf: String,
}

pub(super) async fn perform(opened: &Opened, scope: &Scope, asked: RightsAsked) -> Result<Value, Refused> {
    let rights = &opened.rights;
    // Each answer shows what people wrote.
    record_reading(opened, scope, "rights-requests").await?;
    let whole = match asked {
        RightsAsked::List {} => return list(opened, scope).await,
        RightsAsked::Open { kind, about, text, received_at } => {
            let made = rights.open(scope, NewRequest { kind: kind_of(&kind)?, about: about_of(about)?, text, received_at }).await;
            rights.read(scope, made.map_err(refused)?.id).await
        }
        RightsAsked::Read { request } => rights.read(scope, request_of(&request)?).await,
        RightsAsked::Note { request, text } => rights.note(scope, request_of(&request)?, &text).await,
        RightsAsked::Extend { request, reason } => rights.extend(scope, request_of(&request)?, &reason).await,
        RightsAsked::Refuse { request, reason } => rights.refuse(scope, request_of(&request)?, &reason).await,
        RightsAsked::Fulfil { request, export, erasure, text } => {
            let id = request_of(&request)?;
            match (export, erasure, text) {
                (Some(digest), None, None) => rights.fulfil_by_export(scope, id, &digest).await,
                // What is no erasure's id is no erasure that is done.
                (None, Some(erasure), None) => match erasure.parse() {
                    Ok(erasure) => rights.fulfil_by_erasure(scope, id, erasure).await,
                    Err(_) => Err(RightsError::NoErasure),
                },
                (None, None, Some(text)) => rights.fulfil_by_text(scope, id, &text).await,
                _ => return Err(one_evidence()),
            }
        }
    };
    said(&facts(opened, whole.map_err(refused)?))
}

async fn list(opened: &Opened, scope: &Scope) -> Result<Value, Refused> {
    let (mut lines, mut after) = (Vec::new(), None);
    loop {
        let page = opened.rights.list(scope, after, PAGE_ROWS).await.map_err(refused)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        lines.extend(page.into_iter().map(|request| line(opened, request)));
    }
    lines.sort_by_key(|line: &RightsLine| (line.state != "open", line.due_at));
    said(&lines)
}

fn facts(opened: &Opened, WholeRequest { request, events }: WholeRequest) -> RightsFacts {
    let event = |event: Event| RightsEvent {
        number: event.number,
        at: event.at,
        actor_kind: event.actor_kind,
        act: event.act.text().to_owned(),
        text: event.said,
        leaf: event.leaf.to_string(),
    };
    RightsFacts { line: line(opened, request), events: events.into_iter().map(event).collect() }
}

fn line(opened: &Opened, request: Request) -> RightsLine {
    let (evidence, evidence_id) = match request.evidence {
        Some(Evidence::Export(leaf)) => (Some("export"), Some(leaf.to_string())),
        Some(Evidence::Erasure(erasure)) => (Some("erasure"), Some(erasure.to_string())),
        Some(Evidence::Text) => (Some("text"), None),
        None => (None, None),
    };
    RightsLine {
        request: request.id.to_string(),
        kind: request.kind.text().to_owned(),
        is_overdue: request.is_overdue(opened.stores.clock().now()),
        state: request.state.text().to_owned(),
        received_at: request.received_at,
        due_at: request.due_at,
        extended_at: request.extended_at,
        closed_at: request.closed_at,
        evidence: evidence.map(ToOwned::to_owned),
        evidence_id,
        about: match request.about {
            About::User(user) => user.to_string(),
            About::Device(device) => device.to_string(),
            About::Named(name) => name,
        },
        text: request.text,
    }
}

fn one_evidence() -> Refused {
    Refused::saying(sentence!("give one of --export, --erasure and --text", "podaj jedno z --export, --erasure i --text"))
}

/// Whom it is about: an id, or else a name. What begins like an id and is none was mistyped, and is no name.
fn about_of(text: String) -> Result<About, Refused> {
    let user = text.parse().ok().map(About::User);
    let found = user.or_else(|| text.parse().ok().map(About::Device));
    if found.is_none() && ["usr_", "dev_"].iter().any(|prefix| text.starts_with(prefix)) {
        return Err(Refused::saying(sentence!(
            "{text} is no id: a letter is missing or mistyped. Copy it from the console",
            "{text} nie jest identyfikatorem: brakuje znaku albo jest pomylony. Skopiuj go z konsoli"
        )));
    }
    Ok(found.unwrap_or(About::Named(text)))
}

fn kind_of(text: &str) -> Result<Kind, Refused> {
    Kind::from_text(text).ok_or_else(|| {
        let known = Kind::ALL.iter().map(|kind| kind.text()).collect::<Vec<_>>().join(", ");
        Refused::saying(sentence!("there is no right {text}; there are {known}", "nie ma prawa {text}; są {known}"))
    })
}

fn request_of(text: &str) -> Result<RightsRequestId, Refused> {
    text.parse().map_err(|_not_an_id| {
        Refused::saying(sentence!(
            "{text} is no request's id (rrq_...); `purser rights list` shows them",
            "{text} nie jest identyfikatorem wniosku (rrq_...); pokazuje je `purser rights list`"
        ))
    })
}

fn refused(error: RightsError) -> Refused {
    Refused::saying(match error {
        RightsError::NotFound => sentence!(
            "the tenant has no such request; `purser rights list` shows them",
            "organizacja nie ma takiego wniosku; pokazuje je `purser rights list`"
        ),
        RightsError::Text => {
            sentence!(
                "a text of 1 to {TEXT_CHARS_MAX} characters is needed",
                "potrzebny jest tekst o długości od 1 do {TEXT_CHARS_MAX} znaków"
            )
        }
        RightsError::Future => sentence!("--received-at lies in the future", "--received-at leży w przyszłości"),
        RightsError::Closed => sentence!("the request is closed", "wniosek jest zamknięty"),
        RightsError::Extension => {
            sentence!("an answer can be put off once, before the month is over", "odpowiedź można odłożyć raz, zanim upłynie miesiąc")
        }
        RightsError::WrongEvidence(Kind::Access | Kind::Portability) => sentence!(
            "a request of this kind is closed with the digest of an export's manifest (--export), or refused with a reason",
            "wniosek tego rodzaju zamyka skrót manifestu eksportu (--export) albo odmowa z uzasadnieniem"
        ),
        RightsError::WrongEvidence(Kind::Erasure) => sentence!(
            "a request for erasure is closed with the id of an erasure that is done (--erasure), or refused with a reason",
            "wniosek o usunięcie zamyka identyfikator zakończonego usunięcia (--erasure) albo odmowa z uzasadnieniem"
        ),
        RightsError::WrongEvidence(Kind::Objection | Kind::Rectification | Kind::Restriction) => sentence!(
            "a request of this kind is closed with a text that says what was done (--text), or refused with a reason",
            "wniosek tego rodzaju zamyka tekst o tym, co zrobiono (--text), albo odmowa z uzasadnieniem"
        ),
        RightsError::NoExport => sentence!(
            "the ledger has no export with this digest, made since the request was received, of whom it is about",
            "w dzienniku nie ma eksportu o tym skrócie, wykonanego po otrzymaniu wniosku i dotyczącego tej osoby lub urządzenia"
        ),
        RightsError::NoErasure => sentence!(
            "there is no erasure of this id that is done, since the request was received, of whom it is about",
            "nie ma usunięcia o tym identyfikatorze, zakończonego po otrzymaniu wniosku i dotyczącego tej osoby lub urządzenia"
        ),
        RightsError::Full => sentence!(
            "there are {REQUESTS_MAX} requests, or {EVENTS_MAX} acts of this one, and no more are taken",
            "jest już {REQUESTS_MAX} wniosków albo {EVENTS_MAX} wpisów w tym wniosku i więcej nie można dodać"
        ),
        RightsError::MovedOn => sentence!(
            "somebody else did something about the request at this moment: look at it and try again",
            "ktoś inny właśnie zmienił ten wniosek: obejrzyj go i spróbuj ponownie"
        ),
        RightsError::Ledger(error) => return Refused::because(&error),
        RightsError::Store(error) => return Refused::because(&error),
    })
}
