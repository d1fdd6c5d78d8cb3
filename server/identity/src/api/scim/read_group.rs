//! `GET /Groups/{people_group}`: a group of people of the directory.

use axum::extract::State;
use kernel::PeopleGroupId;
use serde_json::Value;
use web::scim::Answered;
use web::{Answer, Caller, Doc, Id, Path, Query};

use super::ShownKeys;
use crate::Identity;
use crate::directory::attribute::ResourceKind;
use crate::directory::fault::{INVALID_VALUE, TOO_MANY};

pub(super) const DOC: Doc = Doc::new("readPeopleGroup", "See a group of people of the directory").problems(&[INVALID_VALUE, TOO_MANY]);

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(group)): Path<Id<PeopleGroupId>>,
    Query(keys): Query<ShownKeys>,
) -> Answer<Answered> {
    let shown = keys.shown().map_err(crate::IdentityError::from)?;
    let kept = identity.people_group(&scope, group).await?;
    Ok(Answered(Value::Object(shown.of_resource(ResourceKind::Group, identity.group_resource(&kept)))))
}
