//! `GET /ResourceTypes/{resource_type}`: a type of a directory's resources.

use axum::extract::State;
use kernel::Problem;
use web::scim::Answered;
use web::{Answer, Caller, Doc, Path};

use crate::Identity;
use crate::directory::attribute::ResourceKind;

pub(super) const DOC: Doc = Doc::new("readResourceType", "See a type of a directory's resources");

pub(super) async fn handle(State(identity): State<Identity>, Caller(_scope): Caller, Path(name): Path<String>) -> Answer<Answered> {
    let kind = ResourceKind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(Problem::not_found)?;
    Ok(Answered(identity.resource_type(kind)))
}
