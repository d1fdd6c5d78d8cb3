//! `GET /feeds`, `PUT /feeds/{feed}`, `POST /feeds/{feed}/fetch`: the feeds and how each stands.

use axum::extract::State;
use kernel::Problem;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Accepted, Answer, Caller, Json, NoContent, Path, Time};

use crate::Vulnerabilities;
use crate::error::{VulnerabilitiesError, sentence};
use crate::feeds::{FeedCondition, FeedState, hex};
use crate::fetch::FetchProgress;

/// A feed's address.
#[derive(Deserialize, JsonSchema)]
pub(super) struct FeedPath {
    feed: String,
}

/// What may be changed of a feed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedChange {
    /// Whether it is fetched by itself.
    enabled: bool,
}

/// The feeds.
#[derive(Serialize, JsonSchema)]
pub(super) struct FeedList {
    items: Vec<FeedView>,
}

/// A feed and how it stands.
#[derive(Serialize, JsonSchema)]
struct FeedView {
    feed: String,
    title: String,
    source_url: String,
    licence: String,
    /// Whether it is fetched by itself.
    enabled: bool,
    /// Whether fetching is switched off for the whole installation, whatever `enabled` says: records come from files.
    offline: bool,
    state: Condition,
    last_success_at: Option<Time>,
    last_attempt_at: Option<Time>,
    /// Why the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Records read from the last document; null where there was none.
    records: Option<u64>,
    /// SHA-256 of the last document, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    document_sha256: Option<String>,
    /// Bytes received so far; only while it is being fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    received_bytes: Option<u64>,
    /// Bytes expected in all; only while it is being fetched, and where the publisher says.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_bytes: Option<u64>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Condition {
    /// Nothing was ever taken from it.
    Never,
    /// It is being fetched now.
    Fetching,
    /// Up to date at the last fetch.
    Ok,
    /// Its records came from a file.
    Imported,
    /// The last attempt failed.
    Failed,
}

impl From<FeedState> for FeedView {
    fn from(state: FeedState) -> Self {
        Self {
            feed: state.feed.name,
            title: state.feed.title,
            source_url: state.feed.url,
            licence: state.feed.licence,
            enabled: state.enabled,
            offline: state.offline,
            state: match state.condition {
                FeedCondition::Never => Condition::Never,
                FeedCondition::Fetching => Condition::Fetching,
                FeedCondition::Ok => Condition::Ok,
                FeedCondition::Imported => Condition::Imported,
                FeedCondition::Failed => Condition::Failed,
            },
            last_success_at: state.last_success_at.map(Time),
            last_attempt_at: state.last_attempt_at.map(Time),
            error: state.error,
            records: state.records,
            document_sha256: state.document_sha256.map(|digest| hex(&digest)),
            received_bytes: state.receiving.map(|(received, _)| received),
            expected_bytes: state.receiving.and_then(|(_, expected)| expected),
        }
    }
}

pub(super) async fn list(State(vulnerabilities): State<Vulnerabilities>, Caller(_scope): Caller) -> Answer<Json<FeedList>> {
    let states = vulnerabilities.feed_states().await?;
    Ok(Json(FeedList { items: states.into_iter().map(Into::into).collect() }))
}

pub(super) async fn switch(
    State(vulnerabilities): State<Vulnerabilities>,
    Caller(scope): Caller,
    Path(path): Path<FeedPath>,
    Json(change): Json<FeedChange>,
) -> Answer<NoContent> {
    vulnerabilities.feeds().switch(&path.feed, change.enabled, scope.actor()).await?;
    Ok(NoContent)
}

/// The fetch goes on after the answer; what came of it stands in the feed's state.
pub(super) async fn fetch(
    State(vulnerabilities): State<Vulnerabilities>,
    Caller(scope): Caller,
    Path(path): Path<FeedPath>,
) -> Answer<Accepted> {
    let feeds = vulnerabilities.feeds().clone();
    let name = feeds.listed(&path.feed, scope.actor()).await?.name.clone();
    if feeds.is_offline() {
        return Err(VulnerabilitiesError::Offline.into());
    }
    if feeds.is_fetching(&name) {
        return Err(Problem::new(ProblemKind::CONFLICT, "This feed is being fetched already. Wait for its state to change.").into());
    }
    let actor = scope.actor();
    tokio::spawn(async move {
        if let Err(error) = feeds.fetch(&name, FetchProgress::default(), actor).await {
            tracing::warn!(feed = name, error = sentence(&error), "a feed was not fetched");
        }
    });
    Ok(Accepted)
}
