//! `POST /Groups`: the directory adds a group of people.

use axum::extract::State;
use serde_json::Value;
use web::scim::{Body, Made};
use web::{Answer, Caller, Doc};

use crate::Identity;
use crate::directory::attribute::ResourceKind;
use crate::directory::fault::CHANGE_KINDS;

pub(super) const DOC: Doc = Doc::new("addPeopleGroup", "Add a group of people of the directory")
    .description("It gives no role until a person says which.")
    .problems(CHANGE_KINDS);

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller, Body(body): Body) -> Answer<Made> {
    let kept = identity.add_people_group(&scope, &body).await?;
    let location = identity.resource_url(ResourceKind::Group, &kept.group.to_string());
    Ok(Made { resource: Value::Object(identity.group_resource(&kept)), location })
}
