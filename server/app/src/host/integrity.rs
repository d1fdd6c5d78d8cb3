//! Whether the stores hold what was written, for whoever may read the data folder. Nothing that is opened is shown.

use std::collections::BTreeSet;

use kernel::{Scope, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trust::integrity::{AcceptError, Checked, Finding, REASON_CHARS_MAX, What};
use words::sentence;

use super::ledger::record_reading_of_all;
use super::perform::{Refused, said};
use crate::opened::Opened;

/// What a look through a tenant's stores has found.
#[derive(Serialize, Deserialize)]
pub struct StoreLine {
    /// The tenant.
    pub tenant: String,
    /// Rows that were read.
    pub rows: u64,
    /// Sealed values that were opened.
    pub values: u64,
    /// Values whose key was destroyed.
    pub erased: u64,
    /// Values that were compared with what was written last.
    pub compared: u64,
    /// Values of which it is not known yet what was written last.
    pub uncompared: u64,
    /// How many things are wrong.
    pub findings_total: u64,
    /// The first of them.
    pub findings: Vec<StoreFinding>,
}

/// Something that is not what was written.
#[derive(Debug, Serialize, Deserialize)]
pub struct StoreFinding {
    /// `STORE.TABLE`.
    pub table: String,
    /// Which row.
    pub row: String,
    /// Which column; empty where it is the row as a whole.
    pub column: String,
    /// `altered`, `not-in-tree`, `missing`, `rolled-back`, `rewritten`, `put-back`, `unknown`, `removed`, `restamped`,
    /// `stamps-put-back`, `stamps-behind`.
    pub what: String,
}

pub(super) async fn verify(opened: &Opened, scopes: Vec<Scope>) -> Result<Value, Refused> {
    // It opens everything, though it shows nothing of it. In the instance's ledger: a tenant's may be what is broken.
    record_reading_of_all(opened, "store").await?;
    let mut lines = Vec::with_capacity(scopes.len());
    for scope in scopes {
        let checked = opened.integrity.check(&scope).await.map_err(|error| Refused::because(&error))?;
        lines.push(line(scope.tenant(), checked));
    }
    said(&lines)
}

/// What was accepted of a tenant.
#[derive(Serialize, Deserialize)]
pub struct AcceptedLine {
    /// The tenant.
    pub tenant: String,
    /// Values that count from now on as those that were written last.
    pub values: u64,
}

pub(super) async fn accept(opened: &Opened, scopes: Vec<Scope>, tables: Vec<String>, reason: &str) -> Result<Value, Refused> {
    let tables = BTreeSet::from_iter(tables);
    let mut lines = Vec::with_capacity(scopes.len());
    for scope in scopes {
        let values = opened.integrity.accept(&scope, &tables, reason).await.map_err(refused)?;
        lines.push(AcceptedLine { tenant: scope.tenant().to_string(), values });
    }
    said(&lines)
}

fn refused(error: AcceptError) -> Refused {
    Refused::saying(match error {
        AcceptError::Reason => sentence!("{error}", "powód ma od 1 do {REASON_CHARS_MAX} znaków"),
        AcceptError::NoSuchTable { ref name } => {
            sentence!(
                "{error}; take the names from `purser verify store`. Entries of a ledger are never accepted: purser ledger succeed",
                "{name} nie jest tabelą, której wartości porównuje się z ostatnim zapisem; nazwy podaje `purser verify store`. Wpisów dziennika nie da się przyjąć: purser ledger succeed"
            )
        }
        AcceptError::WholeStore { store } => {
            sentence!("{error}", "przywrócono całą bazę, a nie tylko jej tabelę: przyjmij {store}.stamp_head")
        }
        AcceptError::Store(error) => return Refused::because(&error),
    })
}

pub(super) fn line(tenant: TenantId, checked: Checked) -> StoreLine {
    StoreLine {
        tenant: tenant.to_string(),
        rows: checked.rows,
        values: checked.values,
        erased: checked.erased,
        compared: checked.compared,
        uncompared: checked.uncompared,
        findings_total: checked.findings_total,
        findings: checked.findings.into_iter().map(finding).collect(),
    }
}

pub(super) fn finding(found: Finding) -> StoreFinding {
    let what = match found.what {
        What::Altered => "altered",
        What::NotInTree => "not-in-tree",
        What::Missing => "missing",
        What::RolledBack => "rolled-back",
        What::Rewritten => "rewritten",
        What::PutBack => "put-back",
        What::Unknown => "unknown",
        What::Removed => "removed",
        What::Restamped => "restamped",
        What::StampsPutBack => "stamps-put-back",
        What::StampsBehind => "stamps-behind",
    };
    StoreFinding { table: found.table, row: found.row, column: found.column.into(), what: what.into() }
}
