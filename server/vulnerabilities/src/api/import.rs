//! `POST /feeds/import`: a document into the master, as a whole or not at all.

use axum::extract::State;
use kernel::Problem;
use kernel::limits::NAME_BYTES_MAX;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Caller, Json, Query, RawBody};

use crate::Vulnerabilities;
use crate::document::Refused;
use crate::feeds::hex;
use crate::import::{Content, Document, ImportReport, Origin, Progress};

/// What the document is called.
#[derive(Deserialize, JsonSchema)]
pub(super) struct FileName {
    /// The file's name: it decides between formats that have no mark of their own.
    name: String,
}

/// What became of the document.
#[derive(Serialize, JsonSchema)]
pub(super) struct ImportView {
    /// SHA-256 of the document as sent, in hexadecimal.
    document_sha256: String,
    /// `osv`, `kev`, `epss`, or `mixed`.
    format: String,
    /// The feed that its records belong to.
    feed: String,
    records_read: u64,
    added: u64,
    updated: u64,
    unchanged: u64,
    /// The first 100 refused records.
    refused: Vec<RefusedView>,
    refused_total: u64,
}

/// A record that was refused.
#[derive(Serialize, JsonSchema)]
struct RefusedView {
    record: String,
    reason: String,
}

impl From<ImportReport> for ImportView {
    fn from(report: ImportReport) -> Self {
        let refused = |refused: Refused| RefusedView { record: refused.record, reason: refused.reason.to_string() };
        Self {
            document_sha256: hex(&report.document_sha256),
            format: report.format.to_owned(),
            feed: report.feed,
            records_read: report.records_read,
            added: report.added,
            updated: report.updated,
            unchanged: report.unchanged,
            refused: report.refused.into_iter().map(refused).collect(),
            refused_total: report.refused_total,
        }
    }
}

pub(super) async fn import(
    State(vulnerabilities): State<Vulnerabilities>,
    Caller(scope): Caller,
    Query(file): Query<FileName>,
    RawBody(body): RawBody,
) -> Answer<Json<ImportView>> {
    if file.name.is_empty() || file.name.len() > NAME_BYTES_MAX {
        return Err(Problem::invalid("name", format!("Give the file's name, at most {NAME_BYTES_MAX} bytes.")).into());
    }
    let document = Document { name: file.name, content: Content::Bytes(body), origin: Origin::File };
    let report = vulnerabilities.feeds().import(document, Progress::default(), scope.actor()).await?;
    Ok(Json(report.into()))
}
