//! The people of a tenant: who has an account, what they may, and who changes that.

use kernel::{KeyRef, KeyRing, Page, PageRequest, PeopleGroupId, Scope, TenantId, Timestamp, UserId};
use serde_json::json;
use store::{Row, Sealed, StoreError, Tx, params};
use trust::LeafKind;

use crate::data_map::place;
use crate::directory::{self, State};
use crate::email::Email;
use crate::grant::{self, GRANT_SELECTOR_BYTES_MAX, GRANTS_MAX, Grant, Held};
use crate::role::Role;
use crate::store as sql;
use crate::{Identity, IdentityError};

/// Somebody who has an account.
#[derive(Clone, Debug)]
pub struct Person {
    /// The random number.
    pub user: UserId,
    /// E-mail address.
    pub email: Email,
    /// Language of the console.
    pub language: String,
    /// When the account was set up.
    pub created_at: Timestamp,
    /// What somebody gave them.
    pub given: Held,
    /// What their groups at a provider of single sign-on give; absent for whoever signs in with a password.
    pub from_provider: Option<Held>,
    /// How the organisation's directory has them; absent for an account that no directory keeps.
    pub directory: Option<State>,
    /// The groups of people that they are in, by their names.
    pub groups: Vec<(PeopleGroupId, String)>,
    /// What these give.
    pub from_groups: Held,
}

impl Person {
    /// All that they hold.
    #[must_use]
    pub fn held(&self) -> Held {
        if matches!(self.directory, Some(State::Inactive | State::Removed)) {
            return Held::default();
        }
        self.given.clone().with(self.from_provider.clone().unwrap_or_default()).with(self.from_groups.clone())
    }
}

impl Identity {
    /// A page of the people of the scope's tenant, by number.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] for the cursor; keys and store.
    pub async fn list_people(&self, scope: &Scope, page: PageRequest) -> Result<Page<Person>, IdentityError> {
        let after =
            page.cursor.map(|cursor| cursor.parse::<UserId>()).transpose().map_err(|error| IdentityError::invalid("cursor", &error))?;
        let (keys, tenant, limit) = (self.keys(), scope.tenant(), page.limit);
        let read = self.db().read(move |tx| {
            let rows = tx.query(&sql::PEOPLE_AFTER, &params![tenant, after.map_or(0, UserId::number), i64::from(limit) + 1])?;
            rows.iter().map(|row| person_of(tx, keys.as_ref(), tenant, row)).collect::<Result<Vec<_>, StoreError>>()
        });
        Ok(Page::of_one_more(read.await?, limit, |person| person.user.to_string()))
    }

    /// Somebody of the scope's tenant.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`]; keys and store.
    pub async fn person(&self, scope: &Scope, user: UserId) -> Result<Person, IdentityError> {
        let (keys, tenant) = (self.keys(), scope.tenant());
        let read = self.db().read(move |tx| {
            let row = tx.query_optional(&sql::PERSON, &params![tenant, user])?;
            row.map(|row| person_of(tx, keys.as_ref(), tenant, &row)).transpose()
        });
        read.await?.ok_or(IdentityError::NotFound)
    }

    /// Replaces what somebody was given: whoever does it must hold all of the old and the new on all devices.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] with the field; [`IdentityError::NotAPerson`]; [`IdentityError::NotFound`];
    /// [`IdentityError::MoreThanOwn`]; [`IdentityError::LastOwner`]; [`IdentityError::OwnerNeedsPassword`]; keys and store.
    pub async fn change_roles(&self, scope: &Scope, user: UserId, held: Held) -> Result<Person, IdentityError> {
        let by = scope.acting_user().ok_or(IdentityError::NotAPerson)?;
        let change = RolesChange { tenant: scope.tenant(), by, user, held: self.checked(held)? };
        let (keys, checked) = (self.keys(), change.clone());
        // What is refused is not told of.
        let before = self.db().read(move |tx| checked.check(tx, keys.as_ref())).await?;
        let payload = json!({ "before": told_of(&before), "after": told_of(&change.held) });
        let told = self.record(scope, LeafKind::RolesChanged, Some(user.number()), payload).await?;
        let keys = self.keys();
        let write = self.db().write(move |tx| {
            take_turn(tx, change.tenant)?;
            // What either of them held may have been changed since.
            change.check(tx, keys.as_ref())?;
            Ok::<_, IdentityError>(grant::write(tx, &told, keys.as_ref(), (change.tenant, user), &change.held)?)
        });
        write.await?;
        self.person(scope, user).await
    }

    /// Whether a person is the tenant's only owner: then the account stays.
    ///
    /// # Errors
    /// The store's.
    pub async fn is_last_owner(&self, tenant: TenantId, user: UserId) -> Result<bool, IdentityError> {
        Ok(self.db().read(move |tx| is_last_owner(tx, tenant, user)).await?)
    }

    /// What the acting person holds.
    pub(crate) async fn held_by(&self, scope: &Scope) -> Result<Held, IdentityError> {
        let user = scope.acting_user().ok_or(IdentityError::NotAPerson)?;
        self.held(scope.tenant(), user).await
    }

    /// What a person of a tenant holds.
    pub(crate) async fn held(&self, tenant: TenantId, user: UserId) -> Result<Held, IdentityError> {
        let keys = self.keys();
        let read = self.db().read(move |tx| grant::read(tx, keys.as_ref(), tenant, user));
        Ok(read.await?)
    }

    /// Grants as they are stored: sorted, each once, with selectors that can be read.
    pub(crate) fn checked(&self, held: Held) -> Result<Held, IdentityError> {
        let invalid = |detail: String| IdentityError::Invalid { field: "roles", detail };
        let mut grants = held.0;
        for Grant { role, devices } in &mut grants {
            let Some(text) = devices else { continue };
            if text.len() > GRANT_SELECTOR_BYTES_MAX {
                return Err(invalid(format!(
                    "the selector of a role has at most {GRANT_SELECTOR_BYTES_MAX} bytes; make a group of the devices and name it"
                )));
            }
            if *role == Role::Owner {
                return Err(invalid("an owner's role is for all devices".to_owned()));
            }
            *text = self.0.config.selectors.of_role(text).map_err(invalid)?;
        }
        grants.sort();
        grants.dedup();
        if grants.len() > GRANTS_MAX {
            return Err(invalid(format!("a person holds at most {GRANTS_MAX} roles")));
        }
        Ok(Held(grants))
    }
}

/// A change of what somebody holds.
#[derive(Clone)]
struct RolesChange {
    tenant: TenantId,
    by: UserId,
    user: UserId,
    held: Held,
}

impl RolesChange {
    /// What is held before, where it may be changed so.
    fn check(&self, tx: &mut Tx<'_>, keys: &dyn KeyRing) -> Result<Held, IdentityError> {
        let Self { tenant, by, user, held } = self;
        tx.query_optional(&sql::PERSON, &params![*tenant, *user])?.ok_or(IdentityError::NotFound)?;
        let (own, before) = (grant::read(tx, keys, *tenant, *by)?, grant::read_given(tx, keys, *tenant, *user)?);
        let from_provider = grant::read_from_provider(tx, keys, *tenant, *user)?;
        let from_groups = directory::held_by_groups(tx, keys, *tenant, *user)?;
        let elsewhere = from_provider.clone().unwrap_or_default().with(from_groups);
        if !own.covers(&before) || !own.covers(held) || !own.covers(&elsewhere) {
            return Err(IdentityError::MoreThanOwn);
        }
        // Nor one that a directory could shut out.
        let is_kept = directory::state_of(tx, *tenant, *user)?.is_some();
        if held.owns() && (from_provider.is_some() || is_kept) {
            return Err(IdentityError::OwnerNeedsPassword);
        }
        if !held.owns() && is_last_owner(tx, *tenant, *user)? {
            return Err(IdentityError::LastOwner);
        }
        Ok(before)
    }
}

/// Lets one transaction at a time change who may do what in a tenant. Without it two owners could unmake each other: each would
/// see the other one as it was.
pub(crate) fn take_turn(tx: &mut Tx<'_>, tenant: TenantId) -> Result<(), StoreError> {
    tx.execute(&sql::TAKE_TURN, &params![tenant]).map(|_| ())
}

fn is_last_owner(tx: &mut Tx<'_>, tenant: TenantId, user: UserId) -> Result<bool, StoreError> {
    let owners = tx.query(&sql::OWNERS_OF_TENANT, &params![tenant, 0_i64, 2_i64])?;
    let owners = owners.iter().map(|row| row.get::<UserId>(0)).collect::<Result<Vec<_>, _>>()?;
    Ok(owners == [user])
}

/// What the ledger is told. It lies sealed there, so that selectors, which may hold names, stand in it.
pub(crate) fn told_of(held: &Held) -> serde_json::Value {
    held.0.iter().map(|grant| json!({ "role": grant.role.text(), "devices": grant.devices })).collect()
}

fn person_of(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, row: &Row) -> Result<Person, StoreError> {
    let user: UserId = row.get(0)?;
    let email: Sealed<String> = row.get(1)?;
    let email = email.open(keys, KeyRef::User(tenant, user), place::user_email(user.number()))?;
    Ok(Person {
        user,
        email: email.parse().map_err(|_| StoreError::Corrupt(format!("the e-mail address of {user}")))?,
        language: row.get(2)?,
        created_at: row.get(3)?,
        given: grant::read_given(tx, keys, tenant, user)?,
        from_provider: grant::read_from_provider(tx, keys, tenant, user)?,
        directory: directory::state_of(tx, tenant, user)?,
        groups: directory::users::groups_of(tx, keys, tenant, user)?,
        from_groups: directory::held_by_groups(tx, keys, tenant, user)?,
    })
}
