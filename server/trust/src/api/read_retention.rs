//! `GET /trust/retention`: for how long rows are kept, and which are deleted next.

use axum::extract::State;
use kernel::data_map::{Choice, Retention};
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Doc, Json, Time};

use super::read_trust_page::Said;
use crate::page;
use crate::retention::{Going, Retentions, Shown, Timed};

pub(super) const DOC: Doc = Doc::new("readRetention", "Read for how long data are kept, and which are deleted next")
    .description(
        "Every table that holds rows of the organisation. Where rows end by time, what will be deleted is shown a day before, and the \
         ledger tells of it afterwards (`retention-run`). Where they do not, they stay as long as what they are of. Rows are counted \
         every ten minutes at most, and after each choice and deletion.",
    )
    .problems(&[ProblemKind::NOT_FOUND]);

/// For how long data are kept.
#[derive(Serialize, JsonSchema)]
pub(super) struct RetentionList {
    /// Every table, in the order of their stores and numbers.
    tables: Vec<RetainedTable>,
}

/// A table, and how long its rows are kept.
#[derive(Serialize, JsonSchema)]
pub(super) struct RetainedTable {
    /// Its store and its name: `tenant.receipt`.
    table: String,
    /// What it is for.
    purpose: Said,
    /// How long rows live: `with-subject`, `transient`, `instance`, or `days`.
    retention: &'static str,
    /// Where it is `days`.
    timed: Option<TimedTable>,
}

/// How rows end that end by time.
#[derive(Serialize, JsonSchema)]
struct TimedTable {
    /// The column that says from when on the days count.
    since: &'static str,
    /// After how many days rows are past their retention.
    days: u16,
    /// After how many, where nobody chose.
    days_default: u16,
    /// The fewest days that the owner may choose; absent where there is no choice.
    days_min: Option<u16>,
    /// The most days that the owner may choose.
    days_max: Option<u16>,
    /// When it was chosen.
    chosen_at: Option<Time>,
    /// How many rows there are.
    rows: u64,
    /// How many of them are past.
    past: u64,
    /// The time of the oldest.
    oldest: Option<Time>,
    /// When the first of those is past that are not yet.
    next_at: Option<Time>,
    /// What is deleted next; absent where nothing is within a day.
    going: Option<GoingRows>,
}

/// What is deleted next.
#[derive(Serialize, JsonSchema)]
struct GoingRows {
    /// How many rows.
    rows: u64,
    /// The time of the oldest.
    oldest: Time,
    /// Rows of this time and earlier ones.
    up_to: Time,
    /// Since when it is shown.
    shown_at: Time,
    /// When it is deleted. Until then more days can be chosen.
    due_at: Time,
    /// Whether that has begun.
    is_begun: bool,
}

impl From<Shown> for RetainedTable {
    fn from(Shown { table, timed }: Shown) -> Self {
        let since = match table.retention {
            Retention::Days(days) => days.since,
            Retention::WithSubject | Retention::Transient | Retention::Instance => "",
        };
        Self {
            table: format!("{}.{}", page::store_name(table.store), table.name),
            purpose: page::purpose(table).into(),
            retention: page::retention_word(table.retention),
            timed: timed.map(|timed| timed_table(since, timed)),
        }
    }
}

fn timed_table(since: &'static str, timed: Timed) -> TimedTable {
    let bounds = match timed.choice {
        Choice::Owner { min, max } => Some((min, max)),
        Choice::Nobody | Choice::Instance => None,
    };
    TimedTable {
        since,
        days: timed.days,
        days_default: timed.days_default,
        days_min: bounds.map(|(min, _)| min),
        days_max: bounds.map(|(_, max)| max),
        chosen_at: timed.chosen_at.map(Time),
        rows: timed.rows,
        past: timed.past,
        oldest: timed.oldest.map(Time),
        next_at: timed.next_at.map(Time),
        going: timed.going.map(|Going { rows, oldest, up_to, shown_at, due_at, is_begun }| GoingRows {
            rows,
            oldest: Time(oldest),
            up_to: Time(up_to),
            shown_at: Time(shown_at),
            due_at: Time(due_at),
            is_begun,
        }),
    }
}

pub(super) fn list(shown: Vec<Shown>) -> RetentionList {
    RetentionList { tables: shown.into_iter().map(RetainedTable::from).collect() }
}

pub(super) async fn handle(State(retentions): State<Retentions>, Caller(scope): Caller) -> Answer<Json<RetentionList>> {
    Ok(Json(list(retentions.shown(&scope).await?)))
}
