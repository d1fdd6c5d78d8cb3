//! How invitations stand in answers.

use kernel::UserId;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Id, Time};

use super::people::{RoleOnDevices, roles};
use crate::invitation::Invitation;

/// An invitation without its link.
#[derive(Serialize, JsonSchema)]
pub(super) struct InvitationView {
    /// The id that the account will have.
    user: Id<UserId>,
    /// Whom it is for, as the inviting person wrote it.
    note: String,
    /// What the account will hold.
    roles: Vec<RoleOnDevices>,
    /// Who invites.
    invited_by: Id<UserId>,
    /// When it was made.
    created_at: Time,
    /// When it stops working.
    expires_at: Time,
}

impl From<Invitation> for InvitationView {
    fn from(invitation: Invitation) -> Self {
        let Invitation { user, note, held, invited_by, created_at, expires_at } = invitation;
        Self {
            user: Id(user),
            note: note.into_text(),
            roles: roles(held),
            invited_by: Id(invited_by),
            created_at: Time(created_at),
            expires_at: Time(expires_at),
        }
    }
}
