//! `purser registers`: who else processes data for the operator.

use std::process::ExitCode;

use anyhow::Error;
use app::host::{ProcessingFacts, Request, SubProcessorFacts, SubProcessorLine, SubProcessorState, VersionLine};
use words::{Sentence, sentence};

use crate::cli::{AddArguments, HostArguments, Output, OutputArguments, RegistersCommand, SubProcessorCommand};
use crate::installation::request;
use crate::{output, speech};

pub(crate) fn run(command: RegistersCommand) -> Result<ExitCode, Error> {
    match command {
        RegistersCommand::SubProcessor { command } => sub_processor(command),
        RegistersCommand::Record { host, output } => record(&host, output),
    }
}

/// For people as Markdown, which is a file to keep; for programs as JSON.
fn record(host: &HostArguments, output: OutputArguments) -> Result<ExitCode, Error> {
    let made: ProcessingFacts = request(host, Request::ProcessingRecord {})?;
    match output.output {
        Output::Json => output::json(&made.record)?,
        Output::Table => speech::answer(&Sentence::new(made.english, made.polish)),
    }
    Ok(ExitCode::SUCCESS)
}

fn sub_processor(command: SubProcessorCommand) -> Result<ExitCode, Error> {
    match command {
        SubProcessorCommand::Add(arguments) => add(arguments)?,
        SubProcessorCommand::Announce { sub_processor, notice_days, host, output } => {
            let asked = Request::SubProcessorAnnounce { sub_processor: sub_processor.clone(), notice_days };
            let made: VersionLine = request(&host, asked)?;
            let version = made.version;
            let announced = sentence!(
                "Version {version} of {sub_processor} is announced and public; every tenant is told, and after the notice it takes effect",
                "Zapowiedziano wersję {version} wpisu {sub_processor}, jest jawna; organizacje są powiadamiane, a po okresie zapowiedzi zacznie obowiązywać"
            );
            say(&made, output, &announced)?;
        }
        SubProcessorCommand::End { sub_processor, host, output } => {
            let made: VersionLine = request(&host, Request::SubProcessorEnd { sub_processor: sub_processor.clone() })?;
            let ended = sentence!(
                "{sub_processor} has ended: nothing may be sent there any more",
                "Wpis {sub_processor} się zakończył: niczego nie wolno już tam wysyłać"
            );
            say(&made, output, &ended)?;
        }
        SubProcessorCommand::List { host, output } => {
            let lines: Vec<SubProcessorLine> = request(&host, Request::SubProcessorList {})?;
            match output.output {
                Output::Json => output::json(&lines)?,
                Output::Table => table(lines)?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn add(arguments: AddArguments) -> Result<(), Error> {
    let AddArguments { sub_processor, host, output, .. } = arguments;
    let facts = SubProcessorFacts {
        name: arguments.name,
        data_classes: arguments.data_class,
        data: arguments.gets,
        people: arguments.people,
        locations: arguments.location,
        operations: arguments.operations,
        compliance: arguments.compliance,
        requires_second_factor: arguments.second_factor,
    };
    let made: VersionLine = request(&host, Request::SubProcessorPropose { sub_processor: sub_processor.clone(), facts })?;
    let version = made.version;
    let proposed = sentence!(
        "Version {version} of {sub_processor} is proposed. Announce it: purser registers sub-processor announce {sub_processor}",
        "Zaproponowano wersję {version} wpisu {sub_processor}. Zapowiedz ją: purser registers sub-processor announce {sub_processor}"
    );
    say(&made, output, &proposed)
}

fn say(made: &VersionLine, output: OutputArguments, sentence: &Sentence) -> Result<(), Error> {
    match output.output {
        Output::Json => output::json(made),
        Output::Table => {
            speech::answer(sentence);
            Ok(())
        }
    }
}

fn table(lines: Vec<SubProcessorLine>) -> Result<(), Error> {
    let headings = [
        sentence!("ENTRY", "WPIS"),
        sentence!("VERSION", "WERSJA"),
        sentence!("STATE", "STAN"),
        sentence!("EFFECTIVE", "OBOWIĄZUJE OD"),
        sentence!("COMPANY", "FIRMA"),
        sentence!("DATA", "DANE"),
        sentence!("WHERE", "GDZIE"),
        sentence!("SECOND FACTOR", "DRUGI SKŁADNIK"),
    ];
    let row = |line: SubProcessorLine| {
        let factor = if line.facts.requires_second_factor { sentence!("required", "wymagany") } else { sentence!("no", "nie") };
        [
            line.sub_processor,
            line.version.to_string(),
            state(line.state),
            line.effective_at.map(output::when).unwrap_or_default(),
            line.facts.name,
            format!("{}: {}", line.facts.data_classes.join(", "), line.facts.data),
            line.facts.locations.join(", "),
            speech::said(&factor),
        ]
    };
    output::table(headings, lines.into_iter().map(row))
}

fn state(state: SubProcessorState) -> String {
    speech::said(&match state {
        SubProcessorState::Proposed => sentence!("proposed", "proponowany"),
        SubProcessorState::Announced => sentence!("announced", "zapowiedziany"),
        SubProcessorState::Effective => sentence!("in effect", "obowiązuje"),
        SubProcessorState::Superseded => sentence!("superseded", "zastąpiony"),
        SubProcessorState::Ended => sentence!("ended", "zakończony"),
    })
}
