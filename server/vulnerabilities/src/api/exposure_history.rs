//! `GET /vulnerabilities/exposure/history`: how exposed the fleet was, day by day.

use axum::extract::State;
use kernel::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Caller, Json, Query};

use crate::Vulnerabilities;
use crate::store::HISTORY_DAYS_MAX;
use crate::vulnerabilities::date_of;

const DAYS_DEFAULT: u32 = 90;

/// How far back.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Span {
    /// Number of days, 1 to 400; 90 where it is not given.
    days: Option<u32>,
}

/// A day's counts.
#[derive(Serialize, JsonSchema)]
pub(super) struct Day {
    /// As `YYYY-MM-DD`, UTC.
    day: String,
    /// Flaws that concerned at least one device.
    cves: u64,
    devices_exposed: u64,
    /// Flaws among them that were known to be exploited.
    kev: u64,
}

pub(super) async fn get(
    State(vulnerabilities): State<Vulnerabilities>,
    Caller(scope): Caller,
    Query(span): Query<Span>,
) -> Answer<Json<Vec<Day>>> {
    let days = span.days.unwrap_or(DAYS_DEFAULT);
    if !(1..=HISTORY_DAYS_MAX).contains(&days) {
        return Err(Problem::invalid("days", format!("Give a number of days from 1 to {HISTORY_DAYS_MAX}.")).into());
    }
    let kept = vulnerabilities.history(&scope, days).await?;
    let day = |day: crate::ExposureDay| Day {
        day: date_of(day.day),
        cves: day.cves,
        devices_exposed: day.devices_exposed,
        kev: day.cves_known_exploited,
    };
    Ok(Json(kept.into_iter().map(day).collect()))
}
