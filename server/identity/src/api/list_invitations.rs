//! `GET /invitations`: who was invited and has no account yet.

use axum::extract::State;
use web::{Answer, Caller, Doc, Paged, Paging};

use super::invitations::InvitationView;
use crate::Identity;

pub(super) const DOC: Doc = Doc::new("listInvitations", "List the open invitations");

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller, Paging(page): Paging) -> Answer<Paged<InvitationView>> {
    Ok(Paged(identity.list_invitations(&scope, page).await?.map(InvitationView::from)))
}
