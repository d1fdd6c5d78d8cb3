//! What people of an organisation say about its directory: by which provider those sign in whom it keeps, and which roles its groups
//! give.

use kernel::{KeyRef, KeyRing, PeopleGroupId, ProviderId, Scope, TenantId, UserId};
use serde_json::json;
use store::{Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};

use super::groups::{self, KeptGroup};
use crate::data_map::place;
use crate::grant::{self, Held};
use crate::role::Role;
use crate::store::directory as sql;
use crate::{Identity, IdentityError, people};

/// Most roles of a group.
pub const GROUP_GRANTS_MAX: usize = 4;
/// Most groups of a tenant that give a role: what somebody's groups give is worked out in each request.
pub const GROUPS_THAT_GIVE_MAX: i64 = 16;

/// How a tenant's directory stands.
#[derive(Clone, Debug)]
pub struct Directory {
    /// Where it sends its requests.
    pub url: String,
    /// By which provider its people sign in.
    pub provider: Option<ProviderId>,
    /// How many people it keeps.
    pub users: i64,
    /// How many of them may not sign in.
    pub inactive: i64,
    /// How many groups it keeps.
    pub groups: i64,
}

/// A group of people.
#[derive(Clone, Debug)]
pub struct PeopleGroup {
    /// Its random number.
    pub group: PeopleGroupId,
    /// Its name.
    pub name: String,
    /// Who is in it.
    pub members: Vec<UserId>,
    /// What they hold by that.
    pub held: Held,
}

impl From<KeptGroup> for PeopleGroup {
    fn from(kept: KeptGroup) -> Self {
        Self { group: kept.group, name: kept.name().to_owned(), members: kept.members.iter().copied().collect(), held: kept.held }
    }
}

impl Identity {
    /// How the directory of the scope's tenant stands.
    ///
    /// # Errors
    /// The store's.
    pub async fn directory(&self, scope: &Scope) -> Result<Directory, IdentityError> {
        let (tenant, url) = (scope.tenant(), self.directory_url());
        let read = self.db().read(move |tx| {
            let provider = provider_of(tx, tenant)?;
            let users = tx.query_one(&sql::COUNT_USERS, &params![tenant])?.get(0)?;
            let inactive = tx.query_one(&sql::COUNT_INACTIVE, &params![tenant])?.get(0)?;
            let groups = tx.query_one(&sql::COUNT_GROUPS, &params![tenant])?.get(0)?;
            Ok::<_, StoreError>(Directory { url, provider, users, inactive, groups })
        });
        Ok(read.await?)
    }

    /// Says by which provider those sign in whom the directory keeps: it calls them by the directory's own number.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`]; [`IdentityError::Invalid`] where there is no such provider; keys and store.
    pub async fn change_directory(&self, scope: &Scope, provider: Option<ProviderId>) -> Result<Directory, IdentityError> {
        scope.acting_user().ok_or(IdentityError::NotAPerson)?;
        if let Some(provider) = provider {
            let found = self.own_provider(scope, provider).await;
            found.map_err(|_| IdentityError::Invalid { field: "provider", detail: "there is no such provider".to_owned() })?;
        }
        let payload = json!({ "provider": provider.map(ProviderId::number) });
        let (told, tenant) = (self.record(scope, LeafKind::DirectoryChanged, None, payload).await?, scope.tenant());
        self.db().write(move |tx| put(tx, &told, tenant, provider)).await?;
        self.directory(scope).await
    }

    /// Every group of people of the scope's tenant.
    ///
    /// # Errors
    /// Keys and store.
    pub async fn people_groups(&self, scope: &Scope) -> Result<Vec<PeopleGroup>, IdentityError> {
        let (keys, tenant) = (self.keys(), scope.tenant());
        let read = self.db().read(move |tx| {
            let rows = tx.query(&sql::GROUPS, &params![tenant])?;
            rows.iter().map(|row| groups::kept_of(tx, keys.as_ref(), (tenant, true), row)).collect::<Result<Vec<_>, StoreError>>()
        });
        Ok(read.await?.into_iter().map(PeopleGroup::from).collect())
    }

    /// Says which roles a group gives. Whoever does it holds all of the old and the new ones on all devices; an owner's role it
    /// never gives, since whoever keeps the directory could take the organisation over.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`]; [`IdentityError::NotFound`]; [`IdentityError::Invalid`] with the field;
    /// [`IdentityError::MoreThanOwn`]; [`IdentityError::LimitReached`]; keys and store.
    pub async fn change_group_roles(&self, scope: &Scope, group: PeopleGroupId, held: Held) -> Result<PeopleGroup, IdentityError> {
        let by = scope.acting_user().ok_or(IdentityError::NotAPerson)?;
        let change = GroupRoles { tenant: scope.tenant(), by, group, held: self.checked_of_group(held)? };
        let (keys, checked) = (self.keys(), change.clone());
        // What is refused is not told of.
        let before = self.db().read(move |tx| checked.check(tx, keys.as_ref())).await?;
        let payload = json!({ "act": "roles", "before": people::told_of(&before), "after": people::told_of(&change.held) });
        let told = self.record(scope, LeafKind::PeopleGroupChanged, Some(group.number()), payload).await?;
        let keys = self.keys();
        let write = self.db().write(move |tx| {
            people::take_turn(tx, change.tenant)?;
            change.check(tx, keys.as_ref())?;
            Ok::<_, IdentityError>(change.write(tx, &told, keys.as_ref())?)
        });
        write.await?;
        Ok(self.people_group(scope, group).await?.into())
    }

    fn checked_of_group(&self, held: Held) -> Result<Held, IdentityError> {
        let held = self.checked(held)?;
        let invalid = |detail: String| Err(IdentityError::Invalid { field: "roles", detail });
        if held.0.iter().any(|grant| grant.role == Role::Owner) {
            return invalid("a group makes nobody an owner: whoever keeps the directory could take the organisation over".to_owned());
        }
        if held.0.len() > GROUP_GRANTS_MAX {
            return invalid(format!("a group gives at most {GROUP_GRANTS_MAX} roles"));
        }
        Ok(held)
    }
}

/// A change of what a group gives.
#[derive(Clone)]
struct GroupRoles {
    tenant: TenantId,
    by: UserId,
    group: PeopleGroupId,
    held: Held,
}

impl GroupRoles {
    /// What it gives before, where it may be changed so.
    fn check(&self, tx: &mut Tx<'_>, keys: &dyn KeyRing) -> Result<Held, IdentityError> {
        let Self { tenant, by, group, held } = self;
        let before = groups::kept_of_id(tx, keys, *tenant, *group)?.ok_or(IdentityError::NotFound)?.held;
        let own = grant::read(tx, keys, *tenant, *by)?;
        if !own.covers(&before) || !own.covers(held) {
            return Err(IdentityError::MoreThanOwn);
        }
        let others = tx.query_one(&sql::COUNT_GROUPS_THAT_GIVE, &params![*tenant, *group])?.get::<i64>(0)?;
        if !held.0.is_empty() && others >= GROUPS_THAT_GIVE_MAX {
            return Err(IdentityError::LimitReached { what: "groups of people that give a role", limit: GROUPS_THAT_GIVE_MAX });
        }
        Ok(before)
    }

    fn write(&self, tx: &mut Tx<'_>, _told: &Recorded, keys: &dyn KeyRing) -> Result<(), StoreError> {
        let seal = |held: &Held| Sealed::seal(keys, KeyRef::Tenant(self.tenant), place::group_grants(self.group.number()), &held.0);
        let grants = if self.held.0.is_empty() { None } else { Some(seal(&self.held)?) };
        tx.execute(&sql::SET_GRANTS, &params![self.tenant, self.group, grants]).map(|_| ())
    }
}

/// By which provider those sign in whom a tenant's directory keeps.
pub(crate) fn provider_of(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Option<ProviderId>, StoreError> {
    Ok(tx.query_optional(&sql::DIRECTORY, &params![tenant])?.map(|row| row.get::<Option<ProviderId>>(0)).transpose()?.flatten())
}

fn put(tx: &mut Tx<'_>, _told: &Recorded, tenant: TenantId, provider: Option<ProviderId>) -> Result<(), StoreError> {
    tx.execute(&sql::PUT_DIRECTORY, &params![tenant, provider]).map(|_| ())
}
