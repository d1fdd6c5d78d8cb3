//! `POST /.search`: as a list, with the question in the body instead of the address.

use axum::extract::State;
use kernel::problem::ProblemKind;
use web::scim::{Answered, Body, INVALID_SYNTAX};
use web::{Answer, Caller, Doc};

use crate::Identity;
use crate::directory::attribute::ResourceKind;
use crate::directory::fault::{INVALID_FILTER, INVALID_VALUE, TOO_MANY};
use crate::directory::listed::asked_of;

const KINDS: &[ProblemKind] = &[INVALID_FILTER, INVALID_SYNTAX, INVALID_VALUE, TOO_MANY];

pub(super) const USERS: Doc = Doc::new("searchDirectoryUsers", "Search the directory's users").problems(KINDS);
pub(super) const GROUPS: Doc = Doc::new("searchPeopleGroups", "Search the directory's groups").problems(KINDS);
pub(super) const ALL: Doc = Doc::new("searchDirectory", "Search the directory's users and groups together").problems(KINDS);

pub(super) async fn users(State(identity): State<Identity>, Caller(scope): Caller, Body(body): Body) -> Answer<Answered> {
    let asked = asked_of(&body).map_err(crate::IdentityError::from)?;
    Ok(Answered(identity.list_resources(&scope, ResourceKind::User, asked).await?))
}

pub(super) async fn groups(State(identity): State<Identity>, Caller(scope): Caller, Body(body): Body) -> Answer<Answered> {
    let asked = asked_of(&body).map_err(crate::IdentityError::from)?;
    Ok(Answered(identity.list_resources(&scope, ResourceKind::Group, asked).await?))
}

pub(super) async fn all(State(identity): State<Identity>, Caller(scope): Caller, Body(body): Body) -> Answer<Answered> {
    let asked = asked_of(&body).map_err(crate::IdentityError::from)?;
    Ok(Answered(identity.search_resources(&scope, asked).await?))
}
