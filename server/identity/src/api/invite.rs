//! `POST /invitations`: invites somebody.

use axum::extract::State;
use kernel::{Problem, SecretText};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trust::SECOND_FACTOR_REFUSED;
use web::{Answer, Caller, Created, Doc, Json};

use super::invitations::InvitationView;
use super::people::{RoleOnDevices, held};
use crate::Identity;
use crate::error::LIMIT_REACHED;

pub(super) const DOC: Doc = Doc::new("invite", "Invite somebody")
    .description(
        "The answer holds the link by which they set up an account, once: hand it over yourself. It works once, within a day. It takes a \
         person, a fresh code of the second factor, and somebody who holds what is given on all devices.",
    )
    .problems(&[LIMIT_REACHED, SECOND_FACTOR_REFUSED]);

/// Whom, and to what.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// Whom it is for, in your own words.
    #[schemars(length(min = 1, max = 200))]
    note: String,
    /// What the account will hold; with nothing it sees the own profile only.
    #[serde(default)]
    #[schemars(length(max = 16))]
    roles: Vec<RoleOnDevices>,
    /// The present code of the caller's second factor, or a recovery code.
    #[schemars(with = "String", length(max = 64))]
    totp_code: SecretText,
}

/// An invitation with its link.
#[derive(Serialize, JsonSchema)]
pub(super) struct CreatedInvitation {
    /// The invitation.
    #[serde(flatten)]
    invitation: InvitationView,
    /// The page to open, shown once.
    url: String,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Json(request): Json<Request>,
) -> Answer<Created<CreatedInvitation>> {
    let note = request.note.parse().map_err(|error: crate::NameError| Problem::invalid("note", error.to_string()))?;
    identity.confirm(&scope, &request.totp_code).await?;
    let created = identity.invite(&scope, note, held(request.roles)).await?;
    Ok(Created(CreatedInvitation { invitation: created.invitation.into(), url: created.link.url.expose().to_owned() }))
}
