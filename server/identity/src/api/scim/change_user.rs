//! `PATCH /Users/{directory_user}`: the directory tells something else of somebody.

use axum::extract::State;
use kernel::UserId;
use serde_json::Value;
use web::scim::{Answered, Body};
use web::{Answer, Caller, Doc, Id, Path};

use crate::Identity;
use crate::directory::fault::CHANGE_KINDS;

pub(super) const DOC: Doc = Doc::new("changeDirectoryUser", "Change in part what the directory told of somebody")
    .description("All operations are done, or none.")
    .problems(CHANGE_KINDS);

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(user)): Path<Id<UserId>>,
    Body(body): Body,
) -> Answer<Answered> {
    let kept = identity.patch_directory_user(&scope, user, &body).await?;
    Ok(Answered(Value::Object(identity.user_resource(&kept))))
}
