//! `PUT /people/groups/{people_group}/roles`: what the people of a group may do.

use axum::extract::State;
use kernel::problem::ProblemKind;
use kernel::{PeopleGroupId, SecretText};
use schemars::JsonSchema;
use serde::Deserialize;
use trust::SECOND_FACTOR_REFUSED;
use web::{Answer, Caller, Doc, Id, Json, Path};

use super::directory::PeopleGroupView;
use super::people::{RoleOnDevices, held};
use crate::Identity;
use crate::error::LIMIT_REACHED;

pub(super) const DOC: Doc = Doc::new("changeGroupRoles", "Say what the people of a group may do")
    .description(
        "Replaces all of the group's roles, at once for everybody who is in it. A group makes nobody an owner. It takes a person, a fresh \
         code of the second factor, and somebody who holds what is given and taken on all devices.",
    )
    .problems(&[LIMIT_REACHED, ProblemKind::NOT_FOUND, SECOND_FACTOR_REFUSED]);

/// What the people of the group are to hold.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// All of it.
    #[schemars(length(max = 4))]
    roles: Vec<RoleOnDevices>,
    /// The present code of the caller's second factor, or a recovery code.
    #[schemars(with = "String", length(max = 64))]
    totp_code: SecretText,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(group)): Path<Id<PeopleGroupId>>,
    Json(request): Json<Request>,
) -> Answer<Json<PeopleGroupView>> {
    identity.people_group(&scope, group).await?;
    identity.confirm(&scope, &request.totp_code).await?;
    Ok(Json(identity.change_group_roles(&scope, group, held(request.roles)).await?.into()))
}
