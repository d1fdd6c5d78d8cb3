//! `GET /Users/{directory_user}`: somebody of the directory.

use axum::extract::State;
use kernel::UserId;
use serde_json::Value;
use web::scim::Answered;
use web::{Answer, Caller, Doc, Id, Path, Query};

use super::ShownKeys;
use crate::Identity;
use crate::directory::attribute::ResourceKind;
use crate::directory::fault::{INVALID_VALUE, TOO_MANY};

pub(super) const DOC: Doc = Doc::new("readDirectoryUser", "See somebody of the directory").problems(&[INVALID_VALUE, TOO_MANY]);

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(user)): Path<Id<UserId>>,
    Query(keys): Query<ShownKeys>,
) -> Answer<Answered> {
    let shown = keys.shown().map_err(crate::IdentityError::from)?;
    let kept = identity.directory_user(&scope, user).await?;
    Ok(Answered(Value::Object(shown.of_resource(ResourceKind::User, identity.user_resource(&kept)))))
}
