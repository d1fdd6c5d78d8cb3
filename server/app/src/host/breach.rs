//! Breaches of security, for whoever may read the data folder: cases, their steps, and whose data they affected.

use std::collections::BTreeSet;

use kernel::{Actor, CaseId, SystemWork, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trust::cases::telling::{Message, TellStep};
use trust::cases::{
    Acts, Affected, Assessment, CASES_MAX, CUSTOMERS_HOURS_DEFAULT, CUSTOMERS_HOURS_MAX, CaseError, Criteria, CriteriaError, EVENTS_MAX,
    Event, Evidence, ListedCase, NewCase, Question, Regime, Step, StepLine, TEXT_CHARS_MAX, Who, WholeCase,
};
use wire::Timestamp;
use words::{Sentence, sentence};

use super::perform::{Refused, said};
use crate::opened::Opened;

/// Affected tenants of a page.
const PAGE_ROWS: u32 = 200;
const HOST: Actor = Actor::System(SystemWork::HostAdministration);

/// What can be asked about breaches.
#[derive(Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub enum BreachRequest {
    /// Open a case: [`BreachOpened`].
    Open {
        /// What happened.
        about: String,
        /// Laws: `cra`, `gdpr`, `nis2`.
        regimes: Vec<String>,
        /// When the operator became aware; now where absent.
        aware_at: Option<Timestamp>,
        /// Within how many hours customers are to be told; the default where absent.
        customers_hours: Option<u16>,
    },
    /// Every case: a list of [`BreachLine`].
    List {},
    /// A case with its history: [`BreachFacts`].
    Read {
        /// Which.
        case: String,
    },
    /// Ask the ledgers whose data are affected: [`AssessmentLine`].
    Assess {
        /// Which case.
        case: String,
        /// The question.
        question: BreachQuestion,
    },
    /// Tenants that are affected: [`AffectedPage`].
    Affected {
        /// Of which case.
        case: String,
        /// The tenant with which the page before ended.
        after: Option<String>,
    },
    /// Tell them, and answer when everybody was told who can be told now: [`BreachFacts`].
    Tell {
        /// Of which case.
        case: String,
        /// In English.
        english: String,
        /// In Polish.
        polish: String,
    },
    /// A step was taken: [`BreachFacts`].
    Done {
        /// Of which case.
        case: String,
        /// Which step.
        step: String,
        /// What shows it.
        evidence: String,
        /// SHA-256 of a document, in hexadecimal.
        document: Option<String>,
    },
    /// A step need not be taken: [`BreachFacts`].
    Waive {
        /// Of which case.
        case: String,
        /// Which step.
        step: String,
        /// Why.
        reason: String,
    },
    /// Close a case: [`BreachFacts`].
    Close {
        /// Which.
        case: String,
        /// What is to be said at its end.
        text: String,
    },
}

/// What the ledgers are asked.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreachQuestion {
    /// The whole machine was taken: then neither of the next two counts.
    pub everything: bool,
    /// Whose acts: `host`, or the id of a user, a token or a device; anybody's where absent.
    pub by: Option<String>,
    /// Which acts: `access`, `any`, `keys`, `reads`; any where absent.
    pub acts: Option<String>,
    /// From when on.
    pub from: Timestamp,
    /// Until when; now where absent.
    pub until: Option<Timestamp>,
}

/// A case that was opened.
#[derive(Serialize, Deserialize)]
pub struct BreachOpened {
    /// Its id.
    pub case: String,
    /// Its steps.
    pub steps: Vec<BreachStep>,
}

/// A case in the list.
#[derive(Serialize, Deserialize)]
pub struct BreachLine {
    /// Its id.
    pub case: String,
    /// `open`, `assessing`, `notified` or `closed`.
    pub state: String,
    /// Laws whose clocks run.
    pub regimes: Vec<String>,
    /// When the operator became aware.
    pub aware_at: Timestamp,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// What happened.
    pub about: String,
    /// Its steps, the first due first.
    pub steps: Vec<BreachStep>,
}

/// A step of a case.
#[derive(Serialize, Deserialize)]
pub struct BreachStep {
    /// Which.
    pub step: String,
    /// By when.
    pub due_at: Timestamp,
    /// `open`, `done` or `waived`.
    pub state: String,
    /// When it was done or waived.
    pub settled_at: Option<Timestamp>,
    /// Whether it was to be taken by now.
    pub is_overdue: bool,
}

/// A case with everything but its tenants.
#[derive(Serialize, Deserialize)]
pub struct BreachFacts {
    /// It, and its steps.
    #[serde(flatten)]
    pub line: BreachLine,
    /// The newest computation of whose data are affected.
    pub assessment: Option<AssessmentLine>,
    /// What was done.
    pub events: Vec<EventLine>,
}

/// A computation of whose data are affected.
#[derive(Serialize, Deserialize)]
pub struct AssessmentLine {
    /// Its number in the case.
    pub number: i64,
    /// What was asked.
    pub question: BreachQuestion,
    /// When.
    pub assessed_at: Timestamp,
    /// Tenants whose ledgers were looked through.
    pub tenants: u64,
    /// How many of them are affected.
    pub affected: u64,
    /// SHA-256 over question and answer, in hexadecimal.
    pub digest: String,
    /// The leaf of the instance's ledger that says so.
    pub leaf: String,
}

/// Something that was done.
#[derive(Serialize, Deserialize)]
pub struct EventLine {
    /// Its number, from 1 on.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Which kind of actor did it.
    pub actor_kind: String,
    /// What.
    pub act: String,
    /// Of which step.
    pub step: Option<String>,
    /// What was written of it.
    pub text: Option<String>,
    /// The same in Polish, of what tenants are told.
    pub polish: Option<String>,
    /// SHA-256 of a document.
    pub document: Option<String>,
    /// The leaf of the instance's ledger that tells of it.
    pub leaf: String,
}

/// Affected tenants.
#[derive(Serialize, Deserialize)]
pub struct AffectedPage {
    /// In the order of their numbers.
    pub tenants: Vec<AffectedLine>,
    /// The last of them, where there are more.
    pub next: Option<String>,
}

/// An affected tenant.
#[derive(Serialize, Deserialize)]
pub struct AffectedLine {
    /// Its number.
    pub tenant: String,
    /// `entries`, `every-tenant`, `existed`, `unclear` or `unreadable`.
    pub reason: String,
    /// How many entries say so.
    pub entries: u64,
    /// The first of them.
    pub evidence: Vec<Evidence>,
    /// How many entries the tenant's ledger had.
    pub log_size: u64,
    /// The root over them, in hexadecimal.
    pub log_root: String,
    /// When the tenant was told.
    pub told_at: Option<Timestamp>,
}

pub(super) async fn perform(opened: &Opened, asked: BreachRequest) -> Result<Value, Refused> {
    let cases = &opened.cases;
    match asked {
        BreachRequest::Open { about, regimes, aware_at, customers_hours } => {
            let new = NewCase {
                about,
                regimes: regimes_of(&regimes)?,
                aware_at: aware_at.unwrap_or_else(|| opened.stores.clock().now()),
                customers_hours: customers_hours.unwrap_or(CUSTOMERS_HOURS_DEFAULT),
            };
            let id = cases.open(HOST, new).await.map_err(refused)?;
            let steps = cases.read(id).await.map_err(refused)?.steps;
            said(&BreachOpened { case: id.to_string(), steps: steps.into_iter().map(|line| step(opened, line)).collect() })
        }
        BreachRequest::List {} => {
            let listed = cases.list().await.map_err(refused)?;
            said(&listed.into_iter().map(|listed| line(opened, listed)).collect::<Vec<_>>())
        }
        BreachRequest::Read { case } => facts(opened, case_of(&case)?).await,
        BreachRequest::Assess { case, question } => {
            let criteria = criteria(opened, &question)?;
            said(&assessment(cases.assess(HOST, case_of(&case)?, criteria).await.map_err(refused)?))
        }
        BreachRequest::Affected { case, after } => affected(opened, case_of(&case)?, after.as_deref()).await,
        BreachRequest::Tell { case, english, polish } => {
            let id = case_of(&case)?;
            cases.tell(HOST, id, &Message { english, polish }).await.map_err(refused)?;
            // One that cannot be told now is in the log, and keeps the case from being notified; the server goes on trying.
            while !matches!(cases.tell_step().await, Ok(TellStep::Idle) | Err(_)) {}
            facts(opened, id).await
        }
        BreachRequest::Done { case, step, evidence, document } => {
            let id = case_of(&case)?;
            cases.done(HOST, id, step_of(&step)?, &evidence, document.as_deref()).await.map_err(refused)?;
            facts(opened, id).await
        }
        BreachRequest::Waive { case, step, reason } => {
            let id = case_of(&case)?;
            cases.waive(HOST, id, step_of(&step)?, &reason).await.map_err(refused)?;
            facts(opened, id).await
        }
        BreachRequest::Close { case, text } => {
            let id = case_of(&case)?;
            cases.close(HOST, id, &text).await.map_err(refused)?;
            facts(opened, id).await
        }
    }
}

async fn facts(opened: &Opened, id: CaseId) -> Result<Value, Refused> {
    let WholeCase { case, steps, assessment: newest, events } = opened.cases.read(id).await.map_err(refused)?;
    said(&BreachFacts {
        line: line(opened, ListedCase { case, steps }),
        assessment: newest.map(assessment),
        events: events.into_iter().map(event).collect(),
    })
}

async fn affected(opened: &Opened, id: CaseId, after: Option<&str>) -> Result<Value, Refused> {
    let after = after.map(super::perform::tenant_of).transpose()?;
    let page: Vec<Affected> = opened.cases.affected(id, after, PAGE_ROWS).await.map_err(refused)?;
    let next: Option<TenantId> = page.last().map(|last| last.tenant).filter(|_| page.len() == PAGE_ROWS as usize);
    let line = |one: Affected| AffectedLine {
        tenant: one.tenant.to_string(),
        reason: one.reason.text().to_owned(),
        entries: one.found,
        log_root: one.log_root_text(),
        evidence: one.evidence,
        log_size: one.log_size,
        told_at: one.told_at,
    };
    said(&AffectedPage { tenants: page.into_iter().map(line).collect(), next: next.map(|tenant| tenant.to_string()) })
}

fn line(opened: &Opened, ListedCase { case, steps }: ListedCase) -> BreachLine {
    BreachLine {
        case: case.id.to_string(),
        state: case.state.text().to_owned(),
        regimes: case.regimes.iter().map(|regime| regime.text().to_owned()).collect(),
        aware_at: case.aware_at,
        opened_at: case.opened_at,
        closed_at: case.closed_at,
        about: case.about,
        steps: steps.into_iter().map(|line| step(opened, line)).collect(),
    }
}

fn step(opened: &Opened, line: StepLine) -> BreachStep {
    let StepLine { step, due_at, state, settled_at, .. } = line;
    let is_overdue = line.is_overdue(opened.stores.clock().now());
    BreachStep { step: step.text().to_owned(), due_at, state: state.text().to_owned(), settled_at, is_overdue }
}

fn event(event: Event) -> EventLine {
    let said = event.said;
    EventLine {
        number: event.number,
        at: event.at,
        actor_kind: event.actor_kind,
        act: event.act.text().to_owned(),
        step: event.step.map(|step| step.text().to_owned()),
        polish: said.as_ref().and_then(|said| said.polish.clone()),
        document: said.as_ref().and_then(|said| said.document.clone()),
        text: said.map(|said| said.text),
        leaf: event.leaf.to_string(),
    }
}

fn assessment(made: Assessment) -> AssessmentLine {
    let Criteria { question, from, until } = made.criteria;
    let (everything, by, acts) = match question {
        Question::Everything => (true, None, None),
        Question::Acts { by, acts } => (false, by.map(|who| who.to_string()), Some(acts.text().to_owned())),
    };
    AssessmentLine {
        number: made.number,
        question: BreachQuestion { everything, by, acts, from, until: Some(until) },
        assessed_at: made.assessed_at,
        tenants: made.tenants,
        affected: made.affected,
        digest: made.digest_text(),
        leaf: made.leaf.to_string(),
    }
}

fn criteria(opened: &Opened, asked: &BreachQuestion) -> Result<Criteria, Refused> {
    let until = asked.until.unwrap_or_else(|| opened.stores.clock().now());
    if asked.everything {
        return Ok(Criteria { question: Question::Everything, from: asked.from, until });
    }
    let by: Option<Who> = asked.by.as_deref().map(str::parse).transpose().map_err(|_nobody| {
        Refused::saying(sentence!(
            "whose acts is host, or the id of a user (usr_...), a token (tok_...) or a device (dev_...)",
            "czyje działania: host albo identyfikator użytkownika (usr_...), tokenu (tok_...) lub urządzenia (dev_...)"
        ))
    })?;
    let acts = Acts::from_text(asked.acts.as_deref().unwrap_or("any")).ok_or_else(|| {
        Refused::saying(sentence!("which acts is access, any, keys or reads", "jakie działania: access, any, keys albo reads"))
    })?;
    Ok(Criteria { question: Question::Acts { by, acts }, from: asked.from, until })
}

fn case_of(text: &str) -> Result<CaseId, Refused> {
    text.parse().map_err(|_not_an_id| {
        Refused::saying(sentence!(
            "{text} is no case's id (cas_...); `purser breach list` shows them",
            "{text} nie jest identyfikatorem sprawy (cas_...); pokazuje je `purser breach list`"
        ))
    })
}

fn step_of(text: &str) -> Result<Step, Refused> {
    Step::from_text(text).ok_or_else(|| {
        let known = Step::ALL.iter().map(|step| step.text()).collect::<Vec<_>>().join(", ");
        Refused::saying(sentence!("there is no step {text}; there are {known}", "nie ma czynności {text}; są {known}"))
    })
}

fn regimes_of(texts: &[String]) -> Result<BTreeSet<Regime>, Refused> {
    let known: Option<BTreeSet<Regime>> = texts.iter().map(|text| Regime::from_text(text)).collect();
    known.ok_or_else(|| Refused::saying(no_regime()))
}

fn no_regime() -> Sentence {
    sentence!(
        "a case is opened under one law at least: --law cra, --law gdpr or --law nis2",
        "sprawę otwiera się na podstawie co najmniej jednego aktu: --law cra, --law gdpr albo --law nis2"
    )
}

fn refused(error: CaseError) -> Refused {
    Refused::saying(match error {
        CaseError::Unknown(case) => {
            sentence!("there is no case {case}; `purser breach list` shows them", "nie ma sprawy {case}; pokazuje je `purser breach list`")
        }
        CaseError::Closed(case) => sentence!("case {case} is closed", "sprawa {case} jest zamknięta"),
        CaseError::NoRegime => no_regime(),
        CaseError::CustomersHours => sentence!(
            "customers are told within 1 to {CUSTOMERS_HOURS_MAX} hours: --customers-hours",
            "klientów powiadamia się w ciągu od 1 do {CUSTOMERS_HOURS_MAX} godzin: --customers-hours"
        ),
        CaseError::Future => sentence!("--aware-at lies in the future", "--aware-at leży w przyszłości"),
        CaseError::Text => {
            sentence!(
                "a text of 1 to {TEXT_CHARS_MAX} characters is needed",
                "potrzebny jest tekst o długości od 1 do {TEXT_CHARS_MAX} znaków"
            )
        }
        CaseError::Document => sentence!(
            "a document's digest is its SHA-256: 64 hexadecimal digits, as sha256sum prints them",
            "skrót dokumentu to jego SHA-256: 64 cyfry szesnastkowe, takie jak wypisuje sha256sum"
        ),
        CaseError::Criteria(CriteriaError::Window) => sentence!("--from lies after --until", "--from leży po --until"),
        CaseError::Criteria(CriteriaError::Future) => sentence!(
            "--until lies in the future: the answer could not be computed again",
            "--until leży w przyszłości: odpowiedzi nie dałoby się obliczyć ponownie"
        ),
        CaseError::NotAssessed(case) => sentence!(
            "it was not computed yet whose data are affected: `purser breach assess {case}`",
            "nie obliczono jeszcze, czyich danych to dotyczy: `purser breach assess {case}`"
        ),
        CaseError::NoStep(case, step) => {
            let step = step.text();
            sentence!(
                "case {case} has no step {step}: its law was not chosen when it was opened",
                "sprawa {case} nie ma czynności {step}: przy jej otwarciu nie wybrano tego aktu"
            )
        }
        CaseError::Settled(_, step) => {
            let step = step.text();
            sentence!("the step {step} is done or waived already", "czynność {step} jest już wykonana albo pominięta")
        }
        CaseError::ByTelling => sentence!(
            "customers are told by `purser breach tell`, and the step is done when the mails have gone; where nobody is to be told, or they were \
             told in another way, waive it with a reason",
            "klientów powiadamia `purser breach tell`, a czynność jest wykonana, gdy wyszła poczta; jeśli nikogo nie trzeba powiadamiać albo \
             powiadomiono ich inaczej, pomiń ją z uzasadnieniem"
        ),
        CaseError::Open(steps) => {
            let steps = steps.iter().map(|step| step.text()).collect::<Vec<_>>().join(", ");
            sentence!(
                "steps are open, so the case cannot be closed: {steps}. Each is done with evidence, or waived with a reason",
                "są otwarte czynności, więc sprawy nie można zamknąć: {steps}. Każdą trzeba wykonać z dowodem albo pominąć z uzasadnieniem"
            )
        }
        CaseError::Telling(case) => sentence!(
            "tenants are being told of case {case} now; when the last of them was, go on",
            "organizacje są teraz powiadamiane o sprawie {case}; kontynuuj, gdy powiadomiona będzie ostatnia"
        ),
        CaseError::Full => sentence!(
            "there are {CASES_MAX} cases, or {EVENTS_MAX} acts of this one, and no more are taken",
            "jest już {CASES_MAX} spraw albo {EVENTS_MAX} wpisów w tej sprawie i więcej nie można dodać"
        ),
        CaseError::MovedOn(case) => sentence!(
            "somebody else did something about case {case} at this moment: look at it and try again",
            "ktoś inny właśnie zmienił sprawę {case}: obejrzyj ją i spróbuj ponownie"
        ),
        CaseError::Ledger(error) => return Refused::because(&error),
        CaseError::Store(error) => return Refused::because(&error),
    })
}
