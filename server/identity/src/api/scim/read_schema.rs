//! `GET /Schemas/{schema}`: the attributes of one type of resources.

use axum::extract::State;
use kernel::Problem;
use web::scim::Answered;
use web::{Answer, Caller, Doc, Path};

use crate::Identity;
use crate::directory::attribute::ResourceKind;

pub(super) const DOC: Doc = Doc::new("readDirectorySchema", "See the attributes of one type of resources");

pub(super) async fn handle(State(identity): State<Identity>, Caller(_scope): Caller, Path(name): Path<String>) -> Answer<Answered> {
    let kind = ResourceKind::ALL.into_iter().find(|kind| kind.schema() == name).ok_or_else(Problem::not_found)?;
    Ok(Answered(identity.schema(kind)))
}
