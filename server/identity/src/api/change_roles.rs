//! `PUT /people/{user}/roles`: what somebody may do.

use axum::extract::State;
use kernel::problem::ProblemKind;
use kernel::{SecretText, UserId};
use schemars::JsonSchema;
use serde::Deserialize;
use trust::SECOND_FACTOR_REFUSED;
use web::{Answer, Caller, Doc, Id, Json, Path};

use super::people::{PersonView, RoleOnDevices, held};
use crate::Identity;
use crate::error::{LAST_OWNER, OWNER_NEEDS_PASSWORD};

pub(super) const DOC: Doc = Doc::new("changeRoles", "Say what somebody may do")
    .description(
        "Replaces all of the person's roles, at once for every session. It takes a person, a fresh code of the second factor, and \
         somebody who holds what is given and taken on all devices.",
    )
    .problems(&[LAST_OWNER, OWNER_NEEDS_PASSWORD, ProblemKind::NOT_FOUND, SECOND_FACTOR_REFUSED]);

/// What the person is to hold.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// All of it.
    #[schemars(length(max = 16))]
    roles: Vec<RoleOnDevices>,
    /// The present code of the caller's second factor, or a recovery code.
    #[schemars(with = "String", length(max = 64))]
    totp_code: SecretText,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(user)): Path<Id<UserId>>,
    Json(request): Json<Request>,
) -> Answer<Json<PersonView>> {
    identity.confirm(&scope, &request.totp_code).await?;
    Ok(Json(identity.change_roles(&scope, user, held(request.roles)).await?.into()))
}
