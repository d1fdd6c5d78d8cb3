//! `GET /account/history`: what was done with the own account.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Doc, Json, Time};

use crate::Identity;
use crate::account::{HISTORY_MAX, Happened};

pub(super) const DOC: Doc = Doc::new("readAccountHistory", "See what was done with the own account")
    .description("The newest sign-ins, refused ones and changes of what one signs in with, as the ledger tells of them.");

/// What was done.
#[derive(Serialize, JsonSchema)]
pub(super) struct HappenedView {
    /// When.
    at: Time,
    /// What, as `signed-in`: the kind of the ledger's entry.
    kind: &'static str,
}

/// The newest.
#[derive(Serialize, JsonSchema)]
pub(super) struct History {
    /// The newest first.
    #[schemars(length(max = 50))]
    items: Vec<HappenedView>,
}

const _: () = assert!(HISTORY_MAX == 50, "the document says how many");

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller) -> Answer<Json<History>> {
    let view = |Happened { at, kind }: Happened| HappenedView { at: Time(at), kind };
    Ok(Json(History { items: identity.account_history(&scope).await?.into_iter().map(view).collect() }))
}
