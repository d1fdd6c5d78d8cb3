//! Invitations: a link by which somebody sets up an account with the roles that the inviting person chose.
//!
//! The link is shown once, to who invites, who hands it over by a way of their own: Purser sends no mail to an address that
//! somebody merely typed. It works once within a day ([`crate::link`]), asks for both factors, and the roles are written in the
//! transaction that uses it up, where its inviter may still give them.

use kernel::{KeyRef, KeyRing, Page, PageRequest, Scope, TenantId, Timestamp, UserId};
use serde_json::json;
use store::{Row, Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};

use crate::data_map::place;
use crate::grant::{self, Held};
use crate::link::{OneTimeLink, Purpose};
use crate::store as sql;
use crate::{Identity, IdentityError, Name, people};

/// Most open invitations of a tenant.
pub const INVITATIONS_MAX: i64 = 200;

/// An invitation without its link.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The random number that the account will have.
    pub user: UserId,
    /// Whom it is for, as the inviting person wrote it.
    pub note: Name,
    /// What the account will hold.
    pub held: Held,
    /// Who invites.
    pub invited_by: UserId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// An invitation that was just made: its link is shown once.
#[derive(Clone, Debug)]
pub struct CreatedInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// Its link.
    pub link: OneTimeLink,
}

impl Identity {
    /// Invites somebody. Whoever does it must hold all that the account will on all devices.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] with the field; [`IdentityError::NotAPerson`]; [`IdentityError::MoreThanOwn`];
    /// [`IdentityError::LimitReached`]; keys and store.
    pub async fn invite(&self, scope: &Scope, note: Name, held: Held) -> Result<CreatedInvitation, IdentityError> {
        let held = self.checked(held)?;
        let invited_by = scope.acting_user().ok_or(IdentityError::NotAPerson)?;
        if !self.held_by(scope).await?.covers(&held) {
            return Err(IdentityError::MoreThanOwn);
        }
        let (tenant, user) = (scope.tenant(), UserId::from_random(self.rng().bits()));
        let told = self.record(scope, LeafKind::InvitationChanged, Some(user.number()), told_of(&held)).await?;
        let link = self.new_link(&told, tenant, user, Purpose::Invitation);
        let (given_out, created_at, expires_at) = (self.given_out(&link), link.created_at(), link.expires_at());
        let invitation = Invitation { user, note, held, invited_by, created_at, expires_at };
        let (keys, row) = (self.keys(), invitation.clone());
        let write = self.db().write(move |tx| {
            people::take_turn(tx, tenant)?;
            let now = tx.now();
            if tx.query_one(&sql::COUNT_INVITATIONS, &params![tenant, now])?.get::<i64>(0)? >= INVITATIONS_MAX {
                return Err(IdentityError::LimitReached { what: "open invitations", limit: INVITATIONS_MAX });
            }
            link.insert(tx, keys.as_ref())?;
            Ok(insert(tx, &told, keys.as_ref(), tenant, &row)?)
        });
        write.await?;
        Ok(CreatedInvitation { invitation, link: given_out })
    }

    /// A page of the open invitations of the scope's tenant.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] for the cursor; keys and store.
    pub async fn list_invitations(&self, scope: &Scope, page: PageRequest) -> Result<Page<Invitation>, IdentityError> {
        let after =
            page.cursor.map(|cursor| cursor.parse::<UserId>()).transpose().map_err(|error| IdentityError::invalid("cursor", &error))?;
        let (keys, tenant, limit) = (self.keys(), scope.tenant(), page.limit);
        let read = self.db().read(move |tx| {
            let now = tx.now();
            let rows = tx.query(&sql::INVITATIONS_AFTER, &params![tenant, after.map_or(0, UserId::number), now, i64::from(limit) + 1])?;
            rows.iter().map(|row| invitation_of(keys.as_ref(), tenant, row)).collect::<Result<Vec<_>, StoreError>>()
        });
        Ok(Page::of_one_more(read.await?, limit, |invitation| invitation.user.to_string()))
    }

    /// Takes an invitation back: its link opens nothing from now on.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`]; [`IdentityError::MoreThanOwn`], as for inviting; keys and store.
    pub async fn revoke_invitation(&self, scope: &Scope, user: UserId) -> Result<(), IdentityError> {
        let (keys, tenant) = (self.keys(), scope.tenant());
        let read = self.db().read(move |tx| {
            let row = tx.query_optional(&sql::INVITATION, &params![tenant, user])?;
            row.map(|row| invitation_of(keys.as_ref(), tenant, &row)).transpose()
        });
        let invitation = read.await?.ok_or(IdentityError::NotFound)?;
        if !self.held_by(scope).await?.covers(&invitation.held) {
            return Err(IdentityError::MoreThanOwn);
        }
        let told = self.record(scope, LeafKind::InvitationChanged, Some(user.number()), json!({ "revoked": true })).await?;
        // It may have been taken up since: then there is an account.
        let is_gone = self.db().write(move |tx| delete(tx, &told, tenant, user)).await?;
        if is_gone { Ok(()) } else { Err(IdentityError::NotFound) }
    }
}

/// Uses an invitation up: what its account holds. It is worth what its inviter may still give.
pub(crate) fn take(tx: &mut Tx<'_>, told: &Recorded, keys: &dyn KeyRing, tenant: TenantId, user: UserId) -> Result<Held, IdentityError> {
    let row = tx.query_optional(&sql::INVITATION, &params![tenant, user])?.ok_or(IdentityError::LinkNotValid)?;
    let invitation = invitation_of(keys, tenant, &row)?;
    people::take_turn(tx, tenant)?;
    if !grant::read(tx, keys, tenant, invitation.invited_by)?.covers(&invitation.held) {
        return Err(IdentityError::LinkNotValid);
    }
    delete(tx, told, tenant, user)?;
    Ok(invitation.held)
}

/// What the account of an open invitation will hold.
pub(crate) fn held(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, user: UserId) -> Result<Held, IdentityError> {
    let row = tx.query_optional(&sql::INVITATION, &params![tenant, user])?.ok_or(IdentityError::LinkNotValid)?;
    Ok(invitation_of(keys, tenant, &row)?.held)
}

fn insert(tx: &mut Tx<'_>, _told: &Recorded, keys: &dyn KeyRing, tenant: TenantId, row: &Invitation) -> Result<(), StoreError> {
    let Invitation { user, note, held, invited_by, created_at, expires_at } = row;
    let key = KeyRef::User(tenant, *user);
    let note = Sealed::seal(keys, key, place::invitation_note(user.number()), &note.as_text().to_owned())?;
    let grants = Sealed::seal(keys, key, place::invitation_grants(user.number()), &held.0)?;
    tx.execute(&sql::INSERT_INVITATION, &params![*user, tenant, note, grants, *invited_by, *created_at, *expires_at])?;
    Ok(())
}

/// Whether there was one.
fn delete(tx: &mut Tx<'_>, _told: &Recorded, tenant: TenantId, user: UserId) -> Result<bool, StoreError> {
    tx.execute(&sql::DELETE_LINKS_OF_USER, &params![user, Purpose::Invitation.text()])?;
    Ok(tx.execute(&sql::DELETE_INVITATION, &params![tenant, user])? == 1)
}

fn told_of(held: &Held) -> serde_json::Value {
    json!({ "roles": people::told_of(held) })
}

fn invitation_of(keys: &dyn KeyRing, tenant: TenantId, row: &Row) -> Result<Invitation, StoreError> {
    let user: UserId = row.get(0)?;
    let key = KeyRef::User(tenant, user);
    let (note, grants): (Sealed<String>, Sealed<Vec<crate::grant::Grant>>) = (row.get(1)?, row.get(2)?);
    let note = note.open(keys, key, place::invitation_note(user.number()))?;
    Ok(Invitation {
        user,
        note: note.parse().map_err(|_| StoreError::Corrupt(format!("the note of the invitation of {user}")))?,
        held: Held(grants.open(keys, key, place::invitation_grants(user.number()))?),
        invited_by: row.get(3)?,
        created_at: row.get(4)?,
        expires_at: row.get(5)?,
    })
}
