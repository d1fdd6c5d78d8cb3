//! `purser breach`: cases of a breach of security, from the first hour to the last report.

use std::process::ExitCode;

use anyhow::Error;
use app::host::{
    AffectedLine, AffectedPage, AssessmentLine, BreachFacts, BreachLine, BreachOpened, BreachQuestion, BreachRequest, BreachStep,
    EventLine, Evidence, Request,
};
use serde::de::DeserializeOwned;
use words::sentence;

use crate::cli::{BreachAssessArguments, BreachCommand, BreachOpenArguments, CaseArguments, HostArguments, Output};
use crate::{installation, output, speech};

pub(crate) fn run(command: BreachCommand) -> Result<ExitCode, Error> {
    match command {
        BreachCommand::Open(arguments) => open(arguments)?,
        BreachCommand::List { host, output } => {
            let lines: Vec<BreachLine> = ask(&host, BreachRequest::List {})?;
            match output.output {
                Output::Json => output::json(&lines)?,
                Output::Table => list(&lines)?,
            }
        }
        BreachCommand::Show { case } => show(&case, BreachRequest::Read { case: case.case.clone() })?,
        BreachCommand::Assess(arguments) => assess(arguments)?,
        BreachCommand::Affected { case } => affected(&case)?,
        BreachCommand::Tell(arguments) => {
            let (case, english, polish) = (arguments.case.case.clone(), arguments.english, arguments.polish);
            show(&arguments.case, BreachRequest::Tell { case, english, polish })?;
        }
        BreachCommand::Done { case, step, evidence, document } => {
            show(&case, BreachRequest::Done { case: case.case.clone(), step, evidence, document })?;
        }
        BreachCommand::Waive { case, step, reason } => {
            show(&case, BreachRequest::Waive { case: case.case.clone(), step, reason })?;
        }
        BreachCommand::Close { case, text } => show(&case, BreachRequest::Close { case: case.case.clone(), text })?,
    }
    Ok(ExitCode::SUCCESS)
}

fn ask<T: DeserializeOwned>(host: &HostArguments, asked: BreachRequest) -> Result<T, Error> {
    installation::request(host, Request::Breach { asked })
}

fn open(arguments: BreachOpenArguments) -> Result<(), Error> {
    let BreachOpenArguments { about, law, aware_at, customers_hours, host, output } = arguments;
    let made: BreachOpened = ask(&host, BreachRequest::Open { about, regimes: law, aware_at, customers_hours })?;
    match output.output {
        Output::Json => output::json(&made),
        Output::Table => {
            let case = &made.case;
            speech::answer(&sentence!(
                "Case {case}. Ask the ledgers whose data are affected: purser breach assess {case}",
                "Sprawa {case}. Zapytaj dzienniki, czyich danych to dotyczy: purser breach assess {case}"
            ));
            steps(&made.steps)
        }
    }
}

fn list(lines: &[BreachLine]) -> Result<(), Error> {
    let headings = [
        sentence!("CASE", "SPRAWA"),
        sentence!("STATE", "STAN"),
        sentence!("AWARE", "WIADOMO OD"),
        sentence!("OPEN STEPS", "OTWARTE CZYNNOŚCI"),
        sentence!("NEXT DUE", "NAJBLIŻSZY TERMIN"),
        sentence!("ABOUT", "CZEGO DOTYCZY"),
    ];
    let row = |line: &BreachLine| {
        let open: Vec<&BreachStep> = line.steps.iter().filter(|step| step.state == "open").collect();
        [
            line.case.clone(),
            state(&line.state),
            output::when(line.aware_at),
            open.len().to_string(),
            open.first().map(|step| due(step)).unwrap_or_default(),
            line.about.lines().next().unwrap_or_default().to_owned(),
        ]
    };
    output::table(headings, lines.iter().map(row))
}

fn show(case: &CaseArguments, asked: BreachRequest) -> Result<(), Error> {
    let facts: BreachFacts = ask(&case.host, asked)?;
    if case.output.output == Output::Json {
        return output::json(&facts);
    }
    let line = &facts.line;
    let (id, aware, about) = (&line.case, output::when(line.aware_at), &line.about);
    let (standing, laws) = (state(&line.state), line.regimes.join(", "));
    speech::answer(&sentence!(
        "Case {id}: {standing}\nAware since {aware}; laws: {laws}\n{about}\n",
        "Sprawa {id}: {standing}\nWiadomo od {aware}; akty prawne: {laws}\n{about}\n"
    ));
    steps(&line.steps)?;
    if let Some(made) = &facts.assessment {
        assessed(made);
    }
    let headings = [
        sentence!("NUMBER", "NUMER"),
        sentence!("WHEN", "KIEDY"),
        sentence!("ACT", "DZIAŁANIE"),
        sentence!("STEP", "CZYNNOŚĆ"),
        sentence!("WRITTEN", "TREŚĆ"),
    ];
    let row = |event: &EventLine| {
        let (step, text) = (event.step.clone().unwrap_or_default(), event.text.clone().unwrap_or_default());
        [event.number.to_string(), output::when(event.at), act(&event.act), step, text.replace('\n', " ")]
    };
    output::table(headings, facts.events.iter().map(row))
}

fn steps(steps: &[BreachStep]) -> Result<(), Error> {
    let headings = [sentence!("STEP", "CZYNNOŚĆ"), sentence!("DUE", "TERMIN"), sentence!("STATE", "STAN")];
    let row = |step: &BreachStep| [step.step.clone(), due(step), step_state(&step.state)];
    output::table(headings, steps.iter().map(row))
}

/// By when, and whether that is over.
fn due(step: &BreachStep) -> String {
    let when = output::when(step.due_at);
    if step.is_overdue { speech::said(&sentence!("{when}, OVERDUE", "{when}, PO TERMINIE")) } else { when }
}

fn assess(arguments: BreachAssessArguments) -> Result<(), Error> {
    let BreachAssessArguments { case, from, until, by, acts, everything } = arguments;
    let question = BreachQuestion { everything, by, acts, from, until };
    let made: AssessmentLine = ask(&case.host, BreachRequest::Assess { case: case.case.clone(), question })?;
    match case.output.output {
        Output::Json => output::json(&made),
        Output::Table => {
            assessed(&made);
            let id = &case.case;
            speech::answer(&sentence!("They are listed by: purser breach affected {id}", "Wymienia je: purser breach affected {id}"));
            Ok(())
        }
    }
}

fn assessed(made: &AssessmentLine) {
    let AssessmentLine { affected, tenants, digest, leaf, .. } = made;
    speech::answer(&sentence!(
        "Affected tenants: {affected} of {tenants}. SHA-256 of the answer: {digest}, entry {leaf} of the instance's ledger\n",
        "Organizacje, których to dotyczy: {affected} z {tenants}. SHA-256 odpowiedzi: {digest}, wpis {leaf} dziennika instancji\n"
    ));
}

fn affected(case: &CaseArguments) -> Result<(), Error> {
    let (mut lines, mut after) = (Vec::<AffectedLine>::new(), None);
    loop {
        let page: AffectedPage = ask(&case.host, BreachRequest::Affected { case: case.case.clone(), after })?;
        lines.extend(page.tenants);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if case.output.output == Output::Json {
        return output::json(&lines);
    }
    let headings = [
        sentence!("TENANT", "ORGANIZACJA"),
        sentence!("WHY", "DLACZEGO"),
        sentence!("ENTRIES", "WPISY"),
        sentence!("PLACES IN THE LEDGER", "MIEJSCA W DZIENNIKU"),
        sentence!("TOLD", "POWIADOMIONO"),
    ];
    output::table(headings, lines.into_iter().map(affected_row))
}

fn affected_row(line: AffectedLine) -> [String; 5] {
    let place = |evidence: &Evidence| {
        let (index, kind) = (evidence.entry.index, &evidence.entry.kind);
        let instances = sentence!("the instance's {index} ({kind})", "instancji {index} ({kind})");
        if evidence.is_instances { speech::said(&instances) } else { format!("{index} ({kind})") }
    };
    let places: Vec<String> = line.evidence.iter().map(place).collect();
    [line.tenant, reason(&line.reason), line.entries.to_string(), places.join(", "), line.told_at.map(output::when).unwrap_or_default()]
}

fn reason(reason: &str) -> String {
    speech::said(&match reason {
        "entries" => sentence!("its ledger says so", "mówi o tym jej dziennik"),
        "every-tenant" => sentence!("concerned every tenant", "dotyczyło każdej organizacji"),
        "existed" => sentence!("it was there", "istniała wtedy"),
        "lost" => sentence!("its ledger lost entries", "jej dziennik utracił wpisy"),
        "unreadable" => sentence!("its ledger cannot be read", "nie da się odczytać jej dziennika"),
        "unclear" => sentence!("its ledger was altered", "jej dziennik zmieniono"),
        other => return other.to_owned(),
    })
}

fn act(act: &str) -> String {
    speech::said(&match act {
        "assessed" => sentence!("assessed", "oceniono"),
        "closed" => sentence!("closed", "zamknięto"),
        "done" => sentence!("step done", "czynność wykonano"),
        "opened" => sentence!("opened", "otwarto"),
        "overdue" => sentence!("step overdue", "czynność po terminie"),
        "telling" => sentence!("telling", "powiadamianie"),
        "told" => sentence!("announced to each", "ogłoszono każdej"),
        "waived" => sentence!("step waived", "czynność pominięto"),
        other => return other.to_owned(),
    })
}

fn state(state: &str) -> String {
    speech::said(&match state {
        "open" => sentence!("open", "otwarta"),
        "assessing" => sentence!("assessing", "w ocenie"),
        "notified" => sentence!("notified", "powiadomiono"),
        "closed" => sentence!("closed", "zamknięta"),
        other => return other.to_owned(),
    })
}

fn step_state(state: &str) -> String {
    speech::said(&match state {
        "open" => sentence!("open", "otwarta"),
        "done" => sentence!("done", "wykonana"),
        "waived" => sentence!("waived", "pominięta"),
        other => return other.to_owned(),
    })
}
