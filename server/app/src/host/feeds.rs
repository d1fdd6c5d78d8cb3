//! Feeds: listed, imported from files, fetched.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use kernel::{Actor, SystemWork};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vulnerabilities::VulnerabilitiesError;
use vulnerabilities::feeds::{FeedState, FetchOutcome};
use vulnerabilities::fetch::FetchProgress;
use vulnerabilities::import::{ImportReport, Progress as Counter};
use wire::Timestamp;
use words::{Language, sentence};

use super::perform::{Refused, said};
use crate::in_words::chain;
use crate::opened::Opened;

/// The imports that run now, by their tickets.
pub(crate) type Imports = Arc<Mutex<HashMap<u64, (Counter, u64)>>>;

/// A feed and how it stands.
#[derive(Clone, Serialize, Deserialize)]
pub struct FeedLine {
    /// Its name.
    pub feed: String,
    /// For people.
    pub title: String,
    /// The one address that is fetched.
    pub source_url: String,
    /// The licence of its data.
    pub licence: String,
    /// Whether it is fetched by itself.
    pub enabled: bool,
    /// `never`, `fetching`, `ok`, `imported`, `failed`.
    pub state: String,
    /// Records read from the last document.
    pub records: Option<u64>,
    /// When it was last found up to date.
    pub last_success_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Bytes received, and expected where the publisher says, while it is being fetched.
    pub receiving: Option<(u64, Option<u64>)>,
    /// Whether fetching is switched off for the whole installation, whatever `enabled` says.
    pub offline: bool,
}

/// What became of an import.
#[derive(Serialize, Deserialize)]
pub struct ImportLine {
    /// The feed that the records belong to.
    pub feed: String,
    /// `osv`, `kev`, `epss` or `mixed`.
    pub format: String,
    /// SHA-256 of the document as given.
    pub document_sha256: String,
    /// Records read.
    pub records_read: u64,
    /// Records that are new.
    pub added: u64,
    /// Records that were there in an older form.
    pub updated: u64,
    /// Records that change nothing.
    pub unchanged: u64,
    /// Records refused.
    pub refused_total: u64,
    /// The first of them: record and reason.
    pub refused: Vec<(String, String)>,
}

/// How far an import is. A document is read twice, once for its digest.
#[derive(Serialize, Deserialize)]
pub struct Progress {
    /// Bytes read.
    pub read_bytes: u64,
    /// Bytes of the document.
    pub total_bytes: u64,
}

/// What became of a fetch.
#[derive(Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum FetchLine {
    /// The publisher has nothing newer.
    Unchanged {},
    /// The document was imported.
    Imported(ImportLine),
    /// Fetching is switched off for the whole installation.
    Offline {},
    /// Nothing was taken.
    Failed {
        /// Why.
        error: String,
        /// Why, in Polish, for whoever shows it to people.
        error_pl: String,
        /// Whether the network, rather than the publisher, is at fault.
        is_network: bool,
    },
}

pub(super) async fn list(opened: &Opened) -> Result<Value, Refused> {
    let states = opened.vulnerabilities.feeds().states().await.map_err(|error| Refused::because(&error))?;
    said(&states.into_iter().map(line).collect::<Vec<_>>())
}

fn line(state: FeedState) -> FeedLine {
    FeedLine {
        state: state.condition.name().to_owned(),
        feed: state.feed.name,
        title: state.feed.title,
        source_url: state.feed.url,
        licence: state.feed.licence,
        enabled: state.enabled,
        records: state.records,
        last_success_at: state.last_success_at,
        error: state.error,
        receiving: state.receiving,
        offline: state.offline,
    }
}

pub(super) async fn import(opened: &Opened, path: &Path, ticket: u64) -> Result<Value, Refused> {
    let counter = Counter::default();
    let total_bytes = fs::metadata(path).map_or(0, |metadata| metadata.len());
    let imports = || opened.imports.lock().unwrap_or_else(PoisonError::into_inner);
    imports().insert(ticket, (counter.clone(), total_bytes));
    let imported = opened.vulnerabilities.feeds().import_file(path, counter).await;
    imports().remove(&ticket);
    said(&imported_line(imported.map_err(|error| Refused::because(&error))?))
}

pub(super) fn progress(opened: &Opened, ticket: u64) -> Result<Value, Refused> {
    let imports = opened.imports.lock().unwrap_or_else(PoisonError::into_inner);
    let (read_bytes, total_bytes) = imports.get(&ticket).map_or((0, 0), |(counter, total_bytes)| (counter.bytes(), *total_bytes));
    said(&Progress { read_bytes, total_bytes })
}

pub(super) async fn fetch(opened: &Opened, feed: &str) -> Result<Value, Refused> {
    let actor = Actor::System(SystemWork::HostAdministration);
    opened.vulnerabilities.feeds().listed(feed, actor).await.map_err(|error| match error {
        VulnerabilitiesError::NotFound => Refused::saying(sentence!(
            "there is no feed {feed}; `purser feeds list` shows them",
            "nie ma źródła {feed}; pokazuje je `purser feeds list`"
        )),
        error => Refused::because(&error),
    })?;
    said(&match opened.vulnerabilities.feeds().fetch(feed, FetchProgress::default(), actor).await {
        Ok(FetchOutcome::Unchanged) => FetchLine::Unchanged {},
        Ok(FetchOutcome::Imported(report)) => FetchLine::Imported(imported_line(report)),
        Err(VulnerabilitiesError::Offline) => FetchLine::Offline {},
        Err(error) => {
            let is_network = matches!(&error, VulnerabilitiesError::Fetch(error) if error.is_network());
            let said = chain(&error);
            let [error, error_pl] = [Language::English, Language::Polish].map(|language| said.text(language).to_owned());
            FetchLine::Failed { error, error_pl, is_network }
        }
    })
}

fn imported_line(report: ImportReport) -> ImportLine {
    ImportLine {
        feed: report.feed,
        format: report.format.to_owned(),
        document_sha256: wire::report::Digest(report.document_sha256).to_string(),
        records_read: report.records_read,
        added: report.added,
        updated: report.updated,
        unchanged: report.unchanged,
        refused_total: report.refused_total,
        refused: report.refused.into_iter().map(|refused| (refused.record, refused.reason.to_string())).collect(),
    }
}
