//! `GET /ServiceProviderConfig`: which features of the protocol there are.

use axum::extract::State;
use web::scim::Answered;
use web::{Answer, Caller, Doc};

use crate::Identity;

pub(super) const DOC: Doc = Doc::new("readDirectoryFeatures", "See which features of SCIM there are");

pub(super) async fn handle(State(identity): State<Identity>, Caller(_scope): Caller) -> Answer<Answered> {
    Ok(Answered(identity.directory_features()))
}
