//! `POST /Users`: the directory adds somebody.

use axum::extract::State;
use serde_json::Value;
use web::scim::{Body, Made};
use web::{Answer, Caller, Doc};

use crate::Identity;
use crate::directory::attribute::ResourceKind;
use crate::directory::fault::CHANGE_KINDS;

pub(super) const DOC: Doc = Doc::new("addDirectoryUser", "Add somebody of the directory")
    .description("They sign in by the directory's provider of single sign-on. It makes an account of its own: nobody's that is there already is taken over.")
    .problems(CHANGE_KINDS);

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller, Body(body): Body) -> Answer<Made> {
    let kept = identity.add_directory_user(&scope, &body).await?;
    let location = identity.resource_url(ResourceKind::User, &kept.user.to_string());
    Ok(Made { resource: Value::Object(identity.user_resource(&kept)), location })
}
