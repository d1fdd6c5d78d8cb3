//! Grants: which roles a person holds, each on all devices or on those that a selector chooses.
//!
//! A permission reaches the devices of every grant whose role has it, and no others: "auditor on all, technician on
//! `os:windows`" reads everything and changes Windows devices only. So a scope is made for the permission of the route that
//! is asked ([`Held::devices`]). A role on some devices gives what is about devices and nothing that is the whole tenant's. Nobody gives or takes what reaches further than the own ([`Held::covers`]).

use std::fmt;
use std::sync::Arc;

use kernel::{DeviceScope, GrantId, KeyRef, KeyRing, Permission, TenantId, UserId};
use serde::{Deserialize, Serialize};
use store::{Sealed, StoreError, Tx, params};
use trust::Recorded;

use crate::data_map::place;
use crate::directory;
use crate::role::Role;
use crate::store as sql;
use crate::store::single_sign_on;

/// Most grants of a person.
pub const GRANTS_MAX: usize = 16;
/// Longest selector of a grant, in bytes: all of a person's are worked out in each request.
pub const GRANT_SELECTOR_BYTES_MAX: usize = 512;

/// A role on devices. It prints without its selector, because that may hold names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// A selector that chooses the devices; absent for all of them.
    pub devices: Option<String>,
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let devices = if self.devices.is_some() { "[selector]" } else { "all" };
        write!(f, "{} on {devices}", self.role.text())
    }
}

impl Grant {
    /// A role on all devices.
    #[must_use]
    pub const fn on_all(role: Role) -> Self {
        Self { role, devices: None }
    }

    fn gives(&self, permission: Permission) -> bool {
        self.role.permissions().contains(&permission) && (self.devices.is_none() || permission.is_about_devices())
    }
}

/// What somebody holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held(pub Vec<Grant>);

impl Held {
    /// Every permission that is held on some devices, sorted; with no grant the own profile only.
    #[must_use]
    pub fn permissions(&self) -> Vec<Permission> {
        let has = |permission: &&Permission| Role::NOBODY.contains(permission) || self.0.iter().any(|grant| grant.gives(**permission));
        Permission::ALL.iter().filter(has).copied().collect()
    }

    /// The devices that a permission reaches.
    #[must_use]
    pub fn devices(&self, permission: Permission) -> DeviceScope {
        let giving: Vec<&Grant> = self.0.iter().filter(|grant| grant.gives(permission)).collect();
        if giving.iter().any(|grant| grant.devices.is_none()) {
            return DeviceScope::All;
        }
        let selectors: Vec<Arc<str>> = giving.into_iter().filter_map(|grant| grant.devices.as_deref().map(Arc::from)).collect();
        if selectors.is_empty() { DeviceScope::None } else { DeviceScope::AnyOf(selectors.into()) }
    }

    /// What of it reaches every device, and the own profile.
    #[must_use]
    pub fn on_all_devices(&self) -> Vec<Permission> {
        let reaches = |permission: &Permission| Role::NOBODY.contains(permission) || self.devices(*permission) == DeviceScope::All;
        self.permissions().into_iter().filter(reaches).collect()
    }

    /// Whether everything that the other holds is held here on all devices: only then may it be given or taken. (Whether one
    /// selector chooses no more than another cannot be told from their texts.)
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let own = self.on_all_devices();
        other.permissions().iter().all(|permission| own.contains(permission))
    }

    /// Both together, sorted, each once.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self.0.sort();
        self.0.dedup();
        self
    }

    /// Whether it is an owner's.
    #[must_use]
    pub fn owns(&self) -> bool {
        self.0.contains(&Grant::on_all(Role::Owner))
    }
}

/// What a person of a tenant holds: what somebody gave, what groups at a provider give, and what groups of people give. Whom their
/// directory has shut out holds nothing, and so do their keys.
pub(crate) fn read(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, user: UserId) -> Result<Held, StoreError> {
    if directory::is_shut_out(tx, tenant, user)? {
        return Ok(Held::default());
    }
    let given = read_given(tx, keys, tenant, user)?;
    let given = given.with(read_from_provider(tx, keys, tenant, user)?.unwrap_or_default());
    Ok(given.with(directory::held_by_groups(tx, keys, tenant, user)?))
}

/// What the groups of a person at a provider give ([`crate::single_sign_on`]): written at each sign-in by the provider and by
/// nothing else. Absent for whoever signs in with a password.
pub(crate) fn read_from_provider(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, user: UserId) -> Result<Option<Held>, StoreError> {
    let Some(row) = tx.query_optional(&single_sign_on::GRANTS_OF_PROVIDER, &params![tenant, user])? else { return Ok(None) };
    let sealed: Sealed<Vec<Grant>> = row.get(0)?;
    Ok(Some(Held(sealed.open(keys, KeyRef::User(tenant, user), place::link_grants(user.number()))?)))
}

/// What somebody gave a person of a tenant.
pub(crate) fn read_given(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, user: UserId) -> Result<Held, StoreError> {
    let rows = tx.query(&sql::GRANTS_OF_USER, &params![tenant, user])?;
    let grant = |row: &store::Row| {
        let number = row.get::<GrantId>(0)?.number();
        let role = row.get::<String>(1)?;
        let sealed: Option<Sealed<String>> = row.get(2)?;
        let devices = sealed.map(|sealed| sealed.open(keys, KeyRef::User(tenant, user), place::grant_devices(number))).transpose()?;
        // A role of another version gives nothing.
        Ok::<_, StoreError>(Role::from_text(&role).map(|role| Grant { role, devices }))
    };
    let mut grants = rows.iter().filter_map(|row| grant(row).transpose()).collect::<Result<Vec<_>, _>>()?;
    grants.sort();
    Ok(Held(grants))
}

/// Puts what a person holds in the place of what was held before.
pub(crate) fn write(
    tx: &mut Tx<'_>,
    _told: &Recorded,
    keys: &dyn KeyRing,
    (tenant, user): (TenantId, UserId),
    held: &Held,
) -> Result<(), StoreError> {
    tx.execute(&sql::DELETE_GRANTS_OF_USER, &params![tenant, user])?;
    let now = tx.now();
    for Grant { role, devices } in &held.0 {
        let grant = GrantId::from_random(tx.rng().bits());
        let place = place::grant_devices(grant.number());
        let seal = |text: &String| Sealed::seal(keys, KeyRef::User(tenant, user), place, text);
        let devices = devices.as_ref().map(seal).transpose()?;
        tx.execute(&sql::INSERT_GRANT, &params![grant, tenant, user, role.text(), devices, now])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use Permission::{DevicesRead, DevicesWrite, ErasureManage, LedgerRead, SelfManage};

    use super::*;

    fn on(role: Role, selector: &str) -> Grant {
        Grant { role, devices: Some(selector.into()) }
    }

    #[test]
    fn with_no_grant_there_is_the_own_profile_and_no_device() {
        let held = Held::default();
        assert_eq!(held.permissions(), [SelfManage]);
        assert_eq!(held.devices(DevicesRead), DeviceScope::None);
    }

    #[test]
    fn a_permission_reaches_the_devices_of_the_grants_that_have_it_and_no_others() {
        let held = Held(vec![Grant::on_all(Role::Auditor), on(Role::Technician, "os:windows"), on(Role::Operator, "label:site=a")]);
        assert_eq!(held.devices(DevicesRead), DeviceScope::All);
        assert_eq!(held.devices(DevicesWrite), DeviceScope::AnyOf(["os:windows".into(), "label:site=a".into()].into()));
        assert_eq!(held.devices(ErasureManage), DeviceScope::None);
    }

    #[test]
    fn a_role_on_some_devices_gives_nothing_that_is_the_whole_tenants() {
        let of_windows = Held(vec![on(Role::Admin, "os:windows")]);
        let of_the_tenant =
            of_windows.permissions().into_iter().find(|permission| !permission.is_about_devices() && *permission != SelfManage);
        assert_eq!(of_the_tenant, None);
        assert_eq!(of_windows.devices(LedgerRead), DeviceScope::None);
        assert_eq!(of_windows.devices(DevicesWrite), DeviceScope::AnyOf(["os:windows".into()].into()));
    }

    #[test]
    fn nobody_gives_or_takes_what_reaches_further_than_the_own() {
        let owner = Held(vec![Grant::on_all(Role::Owner)]);
        let admin = Held(vec![Grant::on_all(Role::Admin)]);
        let of_windows = Held(vec![on(Role::Admin, "os:windows")]);
        assert!(owner.covers(&owner) && owner.covers(&admin) && admin.covers(&admin) && admin.covers(&of_windows));
        assert!(!admin.covers(&owner), "an admin makes no owner and unmakes none");
        assert!(!of_windows.covers(&of_windows), "two selectors are not compared");
        assert!(of_windows.covers(&Held(vec![Grant::on_all(Role::Requester)])), "what everybody has anyway");
        assert!(!Held(vec![Grant::on_all(Role::Operator)]).permissions().contains(&LedgerRead));
    }
}
