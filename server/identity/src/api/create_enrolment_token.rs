//! `POST /enrolment-tokens`: makes a token by which devices join.

use std::collections::BTreeMap;

use axum::extract::State;
use kernel::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Caller, Created, Doc, Json, Time};

use super::list_enrolment_tokens::EnrolmentToken;
use crate::enrolment::NewEnrolment;
use crate::error::LIMIT_REACHED;
use crate::{Identity, LabelError, Labels, NameError};

pub(super) const DOC: Doc = Doc::new("createEnrolmentToken", "Make an enrolment token")
    .description("The secret, and the command that holds it, are in this answer and never shown again.")
    .problems(&[LIMIT_REACHED]);

/// What to make.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// What people call it.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// Labels that its devices get.
    #[serde(default)]
    labels: BTreeMap<String, String>,
    /// When it stops working.
    expires_at: Time,
    /// How many devices may join by it; any number where absent.
    #[schemars(range(min = 1, max = 1_000_000))]
    uses_max: Option<i64>,
}

/// An enrolment token with its secret.
#[derive(Serialize, JsonSchema)]
pub(super) struct CreatedEnrolmentToken {
    /// The token.
    #[serde(flatten)]
    token: EnrolmentToken,
    /// The secret, shown once.
    secret: String,
    /// The command to run on the device.
    command: String,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Json(request): Json<Request>,
) -> Answer<Created<CreatedEnrolmentToken>> {
    let name = request.name.parse().map_err(|error: NameError| Problem::invalid("name", error.to_string()))?;
    let labels = Labels::new(request.labels).map_err(|error: LabelError| Problem::invalid("labels", error.to_string()))?;
    let new = NewEnrolment { name, labels, expires_at: request.expires_at.0, uses_max: request.uses_max };
    let created = identity.create_enrolment(&scope, new).await?;
    Ok(Created(CreatedEnrolmentToken {
        token: created.summary.into(),
        secret: created.secret.expose().to_owned(),
        command: created.command.expose().to_owned(),
    }))
}
