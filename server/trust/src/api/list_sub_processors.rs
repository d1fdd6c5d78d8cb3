//! `GET /trust/sub-processors`: who else processes data here, for everybody to read.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Doc, Json, Time};

use crate::registers::sub_processor::class_text;
use crate::registers::{ListedVersion, Registers, State as Standing};

pub(super) const DOC: Doc = Doc::new("listSubProcessors", "List who else processes data for the operator").description(
    "Every version of every entry that was announced: those in effect, those that will be, and those that were. What is only proposed is not here.",
);

/// The register.
#[derive(Serialize, JsonSchema)]
pub(super) struct SubProcessors {
    /// By entry and version; empty where nobody else processes anything.
    sub_processors: Vec<SubProcessor>,
}

/// A version of an entry.
#[derive(Serialize, JsonSchema)]
struct SubProcessor {
    /// What the entry is called.
    sub_processor: String,
    /// The version's number, from 1 on.
    version: i64,
    /// How it stands.
    state: Standing,
    /// The company.
    name: String,
    /// The classes of data that it gets: `public`, `configuration`, `identifying`, `personal`, `secret`.
    data_classes: Vec<&'static str>,
    /// Which data.
    data: String,
    /// Which people there reach them.
    people: String,
    /// In which countries or regions.
    locations: Vec<String>,
    /// What it does with them.
    operations: String,
    /// What it is held to.
    compliance: String,
    /// Whether it requires a second factor of the people who reach the data; nothing without it is ever announced.
    requires_second_factor: bool,
    /// When it was announced.
    announced_at: Option<Time>,
    /// How many days lie between the last tenant's being told and its taking effect.
    notice_days: Option<u16>,
    /// When it takes or took effect; absent as long as not every tenant was told.
    effective_at: Option<Time>,
    /// When it ended.
    ended_at: Option<Time>,
}

impl From<ListedVersion> for SubProcessor {
    fn from(ListedVersion { state, version }: ListedVersion) -> Self {
        let facts = version.facts;
        Self {
            sub_processor: version.key.as_text().to_owned(),
            version: version.version,
            state,
            name: facts.name,
            data_classes: facts.data_classes.into_iter().map(class_text).collect(),
            data: facts.data,
            people: facts.people,
            locations: facts.locations,
            operations: facts.operations,
            compliance: facts.compliance,
            requires_second_factor: facts.requires_second_factor,
            announced_at: version.announced_at.map(Time),
            notice_days: version.notice_days,
            effective_at: version.effective_at.map(Time),
            ended_at: version.ended_at.map(Time),
        }
    }
}

pub(super) async fn handle(State(registers): State<Registers>) -> Answer<Json<SubProcessors>> {
    let listed = registers.list().await?;
    let announced = listed.into_iter().filter(|listed| listed.version.announced_at.is_some());
    Ok(Json(SubProcessors { sub_processors: announced.map(SubProcessor::from).collect() }))
}
