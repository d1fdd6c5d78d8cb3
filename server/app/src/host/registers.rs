//! The registers, for whoever may read the data folder.

use std::collections::BTreeSet;

use kernel::{Actor, SystemWork};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trust::RegisterError;
use trust::registers::sub_processor::{KEY_CHARS_MAX, LOCATIONS_MAX, TEXT_CHARS_MAX, class_from_text, class_text};
use trust::registers::{
    Facts, FactsError, ListedVersion, NOTICE_DAYS_DEFAULT, NOTICE_DAYS_MAX, NOTICE_DAYS_MIN, SubProcessorKey, VERSIONS_MAX,
};
use words::{Language, sentence};

use super::perform::{Refused, said};
use super::{SubProcessorFacts, SubProcessorLine};
use crate::opened::Opened;

const HOST: Actor = Actor::System(SystemWork::HostAdministration);

pub(super) async fn propose(opened: &Opened, sub_processor: &str, facts: SubProcessorFacts) -> Result<Value, Refused> {
    let data_classes: Option<BTreeSet<_>> = facts.data_classes.iter().map(|text| class_from_text(text)).collect();
    let facts = Facts {
        name: facts.name,
        data_classes: data_classes.ok_or_else(|| wrong(&FactsError::Classes))?,
        data: facts.data,
        people: facts.people,
        locations: facts.locations,
        operations: facts.operations,
        compliance: facts.compliance,
        requires_second_factor: facts.requires_second_factor,
    };
    let facts = facts.checked().map_err(|error| wrong(&error))?;
    let version = opened.registers.propose(HOST, key(sub_processor)?, facts).await.map_err(refused)?;
    said(&json!({ "version": version }))
}

pub(super) async fn announce(opened: &Opened, sub_processor: &str, notice_days: Option<u16>) -> Result<Value, Refused> {
    let notice_days = notice_days.unwrap_or(NOTICE_DAYS_DEFAULT);
    let version = opened.registers.announce(HOST, key(sub_processor)?, notice_days).await.map_err(refused)?;
    said(&json!({ "version": version }))
}

pub(super) async fn end(opened: &Opened, sub_processor: &str) -> Result<Value, Refused> {
    let version = opened.registers.end(HOST, key(sub_processor)?).await.map_err(refused)?;
    said(&json!({ "version": version }))
}

/// The record of processing activities.
#[derive(Serialize, Deserialize)]
pub struct ProcessingFacts {
    /// For programs.
    pub record: Value,
    /// For people, in English: Markdown.
    pub english: String,
    /// In Polish.
    pub polish: String,
}

pub(super) async fn record(opened: &Opened) -> Result<Value, Refused> {
    let record = opened.registers.processing_record(&opened.trust_page).await.map_err(refused)?;
    let [english, polish] = [Language::English, Language::Polish].map(|language| record.markdown(language));
    said(&ProcessingFacts { record: said(&record)?, english, polish })
}

pub(super) async fn list(opened: &Opened) -> Result<Value, Refused> {
    let listed = opened.registers.list().await.map_err(refused)?;
    said(&listed.into_iter().map(line).collect::<Vec<_>>())
}

fn line(ListedVersion { state, version }: ListedVersion) -> SubProcessorLine {
    let facts = version.facts;
    SubProcessorLine {
        sub_processor: version.key.as_text().to_owned(),
        version: version.version,
        state,
        facts: SubProcessorFacts {
            name: facts.name,
            data_classes: facts.data_classes.into_iter().map(|class| class_text(class).to_owned()).collect(),
            data: facts.data,
            people: facts.people,
            locations: facts.locations,
            operations: facts.operations,
            compliance: facts.compliance,
            requires_second_factor: facts.requires_second_factor,
        },
        announced_at: version.announced_at,
        notice_days: version.notice_days,
        effective_at: version.effective_at,
        ended_at: version.ended_at,
    }
}

fn key(text: &str) -> Result<SubProcessorKey, Refused> {
    text.parse().map_err(|error| wrong(&error))
}

fn wrong(error: &FactsError) -> Refused {
    Refused::saying(match error {
        FactsError::Key => sentence!(
            "a sub-processor is called by 1 to {KEY_CHARS_MAX} lower-case letters, digits and hyphens, as in example-mail",
            "nazwa podmiotu to od 1 do {KEY_CHARS_MAX} małych liter, cyfr i łączników, na przykład example-mail"
        ),
        FactsError::Text(what) => sentence!(
            "{what} is one line of 1 to {TEXT_CHARS_MAX} characters",
            "{what} to jeden wiersz o długości od 1 do {TEXT_CHARS_MAX} znaków"
        ),
        FactsError::Classes => sentence!(
            "a class of data is public, configuration, identifying, personal or secret; give one at least by --data-class",
            "klasa danych to public, configuration, identifying, personal albo secret; podaj co najmniej jedną przez --data-class"
        ),
        FactsError::Locations => sentence!(
            "give 1 to {LOCATIONS_MAX} countries or regions by --location",
            "podaj od 1 do {LOCATIONS_MAX} krajów lub regionów przez --location"
        ),
    })
}

fn refused(error: RegisterError) -> Refused {
    Refused::saying(match error {
        RegisterError::Unknown(key) => sentence!(
            "there is no sub-processor {key} in the register, or it has ended; `purser registers sub-processor list` shows them",
            "w rejestrze nie ma podmiotu {key} albo jego wpis się zakończył; pokazuje je `purser registers sub-processor list`"
        ),
        RegisterError::Announced(key) => sentence!(
            "the newest version of {key} was announced already; propose what is to change as a new version first: `purser registers sub-processor add`",
            "najnowszą wersję wpisu {key} już zapowiedziano; najpierw zaproponuj zmiany jako nową wersję: `purser registers sub-processor add`"
        ),
        RegisterError::NoSecondFactor(key) => sentence!(
            "{key} does not require a second factor of the people who reach the data, so it cannot be announced; once it does, add it again with \
             --second-factor",
            "{key} nie wymaga drugiego składnika od osób mających dostęp do danych, więc nie można go zapowiedzieć; gdy zacznie wymagać, dodaj go ponownie z \
             --second-factor"
        ),
        RegisterError::Notice => sentence!(
            "the notice is from {NOTICE_DAYS_MIN} to {NOTICE_DAYS_MAX} days",
            "okres zapowiedzi wynosi od {NOTICE_DAYS_MIN} do {NOTICE_DAYS_MAX} dni"
        ),
        RegisterError::Full => sentence!(
            "the register holds {VERSIONS_MAX} versions, and takes no more",
            "rejestr mieści {VERSIONS_MAX} wersji i więcej nie przyjmie"
        ),
        RegisterError::NotEffective(key) => sentence!("{key} is not in effect", "wpis {key} nie obowiązuje"),
        RegisterError::NotCovered { key, class } => sentence!(
            "the entry of {key} that is in effect does not name {class} data",
            "obowiązujący wpis {key} nie wymienia danych klasy {class}",
            class = class_text(class)
        ),
        RegisterError::Store(error) => return Refused::because(&error),
    })
}
