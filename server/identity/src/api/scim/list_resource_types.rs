//! `GET /ResourceTypes`: which types of resources there are.

use axum::extract::State;
use web::scim::Answered;
use web::{Answer, Caller, Doc};

use crate::Identity;
use crate::directory::attribute::ResourceKind;
use crate::directory::listed::whole_list;

pub(super) const DOC: Doc = Doc::new("listResourceTypes", "List the types of a directory's resources");

pub(super) async fn handle(State(identity): State<Identity>, Caller(_scope): Caller) -> Answer<Answered> {
    Ok(Answered(whole_list(ResourceKind::ALL.map(|kind| identity.resource_type(kind)).to_vec())))
}
