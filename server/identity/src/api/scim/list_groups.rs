//! `GET /Groups`: those whom the directory keeps.

use axum::extract::State;
use web::scim::Answered;
use web::{Answer, Caller, Doc, Query};

use super::ListKeys;
use crate::Identity;
use crate::directory::attribute::ResourceKind;
use crate::directory::fault::{INVALID_FILTER, INVALID_VALUE, TOO_MANY};

pub(super) const DOC: Doc =
    Doc::new("listPeopleGroups", "List the directory's groups").problems(&[INVALID_FILTER, INVALID_VALUE, TOO_MANY]);

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller, Query(keys): Query<ListKeys>) -> Answer<Answered> {
    let asked = keys.asked().map_err(crate::IdentityError::from)?;
    Ok(Answered(identity.list_resources(&scope, ResourceKind::Group, asked).await?))
}
