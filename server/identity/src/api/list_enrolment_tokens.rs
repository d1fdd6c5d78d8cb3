//! `GET /enrolment-tokens`: the tokens by which devices join.

use std::collections::BTreeMap;

use axum::extract::State;
use kernel::EnrolmentTokenId;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Doc, Id, Paged, Paging, Time};

use crate::Identity;
use crate::enrolment::EnrolmentSummary;

pub(super) const DOC: Doc = Doc::new("listEnrolmentTokens", "List enrolment tokens");

/// An enrolment token without its secret.
#[derive(Serialize, JsonSchema)]
pub(super) struct EnrolmentToken {
    /// Its id.
    enrolment_token: Id<EnrolmentTokenId>,
    /// What people call it.
    name: String,
    /// Labels that its devices get.
    labels: BTreeMap<String, String>,
    /// When it was made.
    created_at: Time,
    /// When it stops working.
    expires_at: Time,
    /// How many devices may join by it; any number where null.
    uses_max: Option<i64>,
    /// How many have joined by it.
    uses: i64,
}

impl From<EnrolmentSummary> for EnrolmentToken {
    fn from(summary: EnrolmentSummary) -> Self {
        Self {
            enrolment_token: Id(summary.enrolment_token),
            name: summary.name.into_text(),
            labels: summary.labels.into_map(),
            created_at: Time(summary.created_at),
            expires_at: Time(summary.expires_at),
            uses_max: summary.uses_max,
            uses: summary.uses,
        }
    }
}

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller, Paging(page): Paging) -> Answer<Paged<EnrolmentToken>> {
    Ok(Paged(identity.list_enrolments(&scope, page).await?.map(EnrolmentToken::from)))
}
