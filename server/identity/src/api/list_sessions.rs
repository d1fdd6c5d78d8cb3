//! `GET /account/sessions`: where one is signed in.

use axum::extract::State;
use kernel::{Presented, SessionId};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Credential, Doc, Id, Json, Time};

use crate::Identity;
use crate::sessions::{SESSIONS_SHOWN_MAX, SessionSummary};

pub(super) const DOC: Doc = Doc::new("listSessions", "See where one is signed in")
    .description("The own sessions, the last used first. Of a browser its kind is known; addresses are not kept.");

/// A session.
#[derive(Serialize, JsonSchema)]
pub(super) struct SessionView {
    /// The session.
    session: Id<SessionId>,
    /// When it began.
    begun_at: Time,
    /// When it was last used, to the minute.
    last_used_at: Time,
    /// When it is over unless it is used again.
    ends_at: Time,
    /// What kind of browser it is, as `firefox/linux`; absent of one that began before this was kept.
    browser: Option<String>,
    /// Whether it is the one that asks.
    this: bool,
}

/// The own sessions.
#[derive(Serialize, JsonSchema)]
pub(super) struct Sessions {
    /// The last used first.
    #[schemars(length(max = 100))]
    items: Vec<SessionView>,
}

const _: () = assert!(SESSIONS_SHOWN_MAX == 100, "the document says how many");

impl From<SessionSummary> for SessionView {
    fn from(summary: SessionSummary) -> Self {
        let SessionSummary { session, begun_at, last_used_at, ends_at, browser, is_this } = summary;
        Self {
            session: Id(session),
            begun_at: Time(begun_at),
            last_used_at: Time(last_used_at),
            ends_at: Time(ends_at),
            browser,
            this: is_this,
        }
    }
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Credential(presented): Credential,
) -> Answer<Json<Sessions>> {
    let Presented::Session(cookie) = presented else { return Ok(Json(Sessions { items: Vec::new() })) };
    Ok(Json(Sessions { items: identity.list_sessions(&scope, &cookie).await?.into_iter().map(SessionView::from).collect() }))
}
