//! Retention, for whoever may read the data folder: what is kept for how long and goes next, and a turn out of the order.

use kernel::data_map::{Choice, Retention};
use kernel::{Scope, ScopeMint, SystemWork};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trust::page::{retention_word, store_name};
use trust::retention::{Shown, TableEnded};
use wire::Timestamp;

use super::perform::{Refused, said};
use crate::opened::Opened;

/// A table, and how long its rows are kept.
#[derive(Serialize, Deserialize)]
pub struct RetentionLine {
    /// Whose rows; absent where they are no tenant's.
    pub tenant: Option<String>,
    /// The table: `tenant.receipt`.
    pub table: String,
    /// How long rows live: `with-subject`, `transient`, `instance`, or `days`.
    pub retention: String,
    /// Where it is `days`.
    pub timed: Option<TimedLine>,
}

/// How rows end that end by time.
#[derive(Serialize, Deserialize)]
pub struct TimedLine {
    /// After how many days.
    pub days: u16,
    /// The fewest and the most days that the owner may choose; absent where there is no choice.
    pub bounds: Option<(u16, u16)>,
    /// Whether the owner chose.
    pub is_chosen: bool,
    /// How many rows there are.
    pub rows: u64,
    /// How many of them are past.
    pub past: u64,
    /// The time of the oldest.
    pub oldest: Option<Timestamp>,
    /// When the first of those is past that are not yet.
    pub next_at: Option<Timestamp>,
    /// What is deleted next; absent where nothing is within a day.
    pub going: Option<GoingLine>,
}

/// What is deleted next.
#[derive(Serialize, Deserialize)]
pub struct GoingLine {
    /// How many rows.
    pub rows: u64,
    /// Rows of this time and earlier ones.
    pub up_to: Timestamp,
    /// Since when it is shown.
    pub shown_at: Timestamp,
    /// When it is deleted.
    pub due_at: Timestamp,
}

/// Rows that a turn deleted.
#[derive(Serialize, Deserialize)]
pub struct EndedLine {
    /// Whose.
    pub tenant: String,
    /// The table: `tenant.receipt`.
    pub table: String,
    /// How many.
    pub rows: u64,
    /// Of this time and earlier ones.
    pub up_to: Timestamp,
    /// Since when it was shown that they go.
    pub shown_at: Timestamp,
}

pub(super) async fn show(opened: &Opened, tenants: Vec<Scope>) -> Result<Value, Refused> {
    let retentions = &opened.retentions;
    let mut lines = Vec::new();
    for scope in tenants {
        let shown = retentions.shown(&scope).await.map_err(|error| Refused::because(&error))?;
        lines.extend(shown.into_iter().map(|shown| line(Some(scope.tenant().to_string()), shown)));
    }
    let shown = retentions.shown_of_instance().await.map_err(|error| Refused::because(&error))?;
    lines.extend(shown.into_iter().map(|shown| line(None, shown)));
    said(&lines)
}

/// A turn of each of these tenants now: as the server gives them by itself, so nothing goes that was not shown a day before.
pub(super) async fn run(opened: &Opened, tenants: Vec<Scope>) -> Result<Value, Refused> {
    let mut lines = Vec::new();
    for scope in tenants {
        let scope = ScopeMint::for_app().system(scope.tenant(), SystemWork::Reconciler);
        loop {
            let turn = opened.retentions.run(&scope).await.map_err(|error| Refused::because(&error))?;
            lines.extend(turn.ended.into_iter().map(|ended| ended_line(&scope, ended)));
            if !turn.is_cut_off {
                break;
            }
        }
    }
    said(&lines)
}

fn ended_line(scope: &Scope, ended: TableEnded) -> EndedLine {
    let TableEnded { table, rows, up_to, shown_at, .. } = ended;
    EndedLine { tenant: scope.tenant().to_string(), table, rows, up_to, shown_at }
}

fn line(tenant: Option<String>, Shown { table, timed }: Shown) -> RetentionLine {
    let timed = timed.map(|timed| TimedLine {
        days: timed.days,
        bounds: match timed.choice {
            Choice::Owner { min, max } => Some((min, max)),
            Choice::Nobody | Choice::Instance => None,
        },
        is_chosen: timed.chosen_at.is_some(),
        rows: timed.rows,
        past: timed.past,
        oldest: timed.oldest,
        next_at: timed.next_at,
        going: timed.going.map(|going| GoingLine { rows: going.rows, up_to: going.up_to, shown_at: going.shown_at, due_at: going.due_at }),
    });
    let retention: Retention = table.retention;
    RetentionLine {
        tenant,
        table: format!("{}.{}", store_name(table.store), table.name),
        retention: retention_word(retention).to_owned(),
        timed,
    }
}
