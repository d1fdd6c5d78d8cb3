//! `GET /agent/settings`: what the server asks of an agent. The host's own file always beats it.

use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Json};
use wire::state::Kind;

/// How often an agent is asked to report, in seconds.
pub(crate) const REPORT_INTERVAL_SECONDS: u32 = 3_600;

/// What the server asks of an agent.
#[derive(Serialize, JsonSchema)]
pub(super) struct AgentSettings {
    /// Seconds between transmissions.
    report_interval_seconds: u32,
    /// Kinds of data that the server would like. A kind that the host switches off is never sent.
    kinds_wanted: Vec<&'static str>,
}

pub(super) async fn get(Caller(_scope): Caller) -> Answer<Json<AgentSettings>> {
    let kinds_wanted = Kind::ALL.into_iter().map(Kind::name).collect();
    Ok(Json(AgentSettings { report_interval_seconds: REPORT_INTERVAL_SECONDS, kinds_wanted }))
}
