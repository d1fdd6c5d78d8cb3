//! How far somebody who acts may reach: the devices on which each permission is held. Who gives a credential gives no more.

use std::sync::Arc;

use kernel::{Actor, DeviceScope, KeyRing, Permission, Scope, TenantId, Timestamp, TokenId, UserId};
use store::{Sealed, StoreError, Tx, params};

use crate::grant::{self, Held};
use crate::network::Networks;
use crate::store::keys as sql;
use crate::token::TokenKind;
use crate::token_use::{self, FoundToken};
use crate::{Identity, IdentityError};

/// What a token may do: what was given to it, as far as its owner may still.
#[derive(Clone, Debug)]
pub(crate) struct TokenReach {
    pub(crate) permissions: Vec<Permission>,
    /// Selectors of the devices that it is for; absent for all of them.
    pub(crate) devices: Option<Vec<Arc<str>>>,
    /// What its owner holds now; absent where it has none, because the host made it or because it is older than owners.
    pub(crate) owner: Option<Held>,
}

impl TokenReach {
    /// The devices that a permission reaches.
    pub(crate) fn devices(&self, permission: Permission) -> DeviceScope {
        if !self.permissions.contains(&permission) {
            return DeviceScope::None;
        }
        let given = match &self.devices {
            None => DeviceScope::All,
            Some(selectors) if permission.is_about_devices() => DeviceScope::AnyOf(selectors.as_slice().into()),
            Some(_) => DeviceScope::None,
        };
        match &self.owner {
            None => given,
            Some(held) => both(given, held.devices(permission)),
        }
    }

    /// Every permission that reaches something, sorted.
    pub(crate) fn permissions(&self) -> Vec<Permission> {
        let mut reaching: Vec<_> = self.permissions.iter().copied().filter(|one| self.devices(*one) != DeviceScope::None).collect();
        reaching.sort();
        reaching
    }
}

/// Who acts, with what they may now.
pub(crate) enum Reach {
    /// The host, or the server itself.
    Everything,
    Person(Held),
    Token {
        reach: TokenReach,
        ends_at: Option<Timestamp>,
        networks: Networks,
        requires_certificate: bool,
    },
    /// A device or a script: gives nothing.
    Nothing,
}

impl Reach {
    pub(crate) fn devices(&self, permission: Permission) -> DeviceScope {
        match self {
            Self::Everything => DeviceScope::All,
            Self::Person(held) => held.devices(permission),
            Self::Token { reach, .. } => reach.devices(permission),
            Self::Nothing => DeviceScope::None,
        }
    }

    /// Whether all of this may be given: each permission is held on those devices.
    pub(crate) fn covers(&self, permissions: &[Permission], devices: Option<&[Arc<str>]>) -> bool {
        permissions.iter().all(|permission| match (self.devices(*permission), devices) {
            (DeviceScope::All, _) => true,
            (DeviceScope::AnyOf(own), Some(given)) => given.iter().all(|selector| own.contains(selector)),
            _ => false,
        })
    }
}

/// What a key gives may go on as long as itself, and from where it goes on itself. Whoever has stolen it has then no more of it.
impl Reach {
    /// # Errors
    /// [`IdentityError::Invalid`] for `expires_at`.
    pub(crate) fn check_end(&self, kind: TokenKind, expires_at: Option<Timestamp>) -> Result<(), IdentityError> {
        match self {
            Self::Token { ends_at: Some(ends_at), .. } if kind == TokenKind::Api && expires_at.is_none_or(|asked| asked > *ends_at) => {
                let detail = format!("a key gives no other that goes on longer than itself, until {ends_at}: a person does");
                Err(IdentityError::Invalid { field: "expires_at", detail })
            }
            _ => Ok(()),
        }
    }

    /// # Errors
    /// [`IdentityError::Invalid`] for `networks`.
    pub(crate) fn check_networks(&self, kind: TokenKind, asked: &Networks) -> Result<(), IdentityError> {
        match self {
            Self::Token { networks, .. } if kind == TokenKind::Api && !asked.are_within(networks) => {
                let detail = "a key that works from some networks gives others on these or on parts of them only: a person gives more";
                Err(IdentityError::Invalid { field: "networks", detail: detail.to_owned() })
            }
            _ => Ok(()),
        }
    }

    /// # Errors
    /// [`IdentityError::Invalid`] for `requires_certificate`.
    pub(crate) fn check_binding(&self, kind: TokenKind, is_bound: bool) -> Result<(), IdentityError> {
        match self {
            Self::Token { requires_certificate: true, .. } if kind == TokenKind::Api && !is_bound => {
                let detail = "a key that needs a certificate gives none that works without: a person does".to_owned();
                Err(IdentityError::Invalid { field: "requires_certificate", detail })
            }
            _ => Ok(()),
        }
    }

    /// A certificate that a bound key issued would go on after the one that was stolen with it is revoked.
    ///
    /// # Errors
    /// [`IdentityError::MorePermissionThanOwn`].
    pub(crate) const fn check_may_certify(&self) -> Result<(), IdentityError> {
        match self {
            Self::Token { requires_certificate: true, .. } => Err(IdentityError::MorePermissionThanOwn),
            _ => Ok(()),
        }
    }
}

/// The devices that both choose. Of two lists of selectors, what stands in both: whether one text chooses no more than another
/// cannot be told from the texts, and to be wrong here must show less, not more.
fn both(one: DeviceScope, other: DeviceScope) -> DeviceScope {
    match (one, other) {
        (DeviceScope::All, scope) | (scope, DeviceScope::All) => scope,
        (DeviceScope::AnyOf(one), DeviceScope::AnyOf(other)) => {
            let common: Vec<Arc<str>> = one.iter().filter(|selector| other.contains(selector)).cloned().collect();
            if common.is_empty() { DeviceScope::None } else { DeviceScope::AnyOf(common.into()) }
        }
        _ => DeviceScope::None,
    }
}

impl Identity {
    /// What the one who acts may now, and whose a credential becomes that they make.
    pub(crate) async fn reach(&self, scope: &Scope) -> Result<(Reach, Option<UserId>), IdentityError> {
        match scope.actor() {
            Actor::System(_) => Ok((Reach::Everything, None)),
            Actor::User(user) => Ok((Reach::Person(self.held(scope.tenant(), user).await?), Some(user))),
            Actor::ApiToken(token) => {
                let found = self.token_by_id(scope, token).await?.ok_or(IdentityError::NotFound)?;
                let (owner, ends_at, networks) = (found.owner, found.expires_at, found.networks.clone());
                let requires_certificate = found.requires_certificate;
                Ok((Reach::Token { reach: self.token_reach(found).await?, ends_at, networks, requires_certificate }, owner))
            }
            Actor::TelemetryToken(_) | Actor::Device(_) | Actor::Operator(_) => Ok((Reach::Nothing, None)),
        }
    }

    /// What a token may now. Its owner's grants are read in each request, as a session's are.
    pub(crate) async fn token_reach(&self, found: FoundToken) -> Result<TokenReach, IdentityError> {
        let owner = match found.owner {
            Some(owner) => {
                let (keys, tenant) = (self.keys(), found.tenant);
                Some(self.db().read(move |tx| owner_holds(tx, keys.as_ref(), tenant, owner)).await?)
            }
            None => None,
        };
        Ok(TokenReach { permissions: found.permissions, devices: found.devices, owner })
    }

    /// A token of the scope's tenant.
    pub(crate) async fn token_by_id(&self, scope: &Scope, token: TokenId) -> Result<Option<FoundToken>, IdentityError> {
        let (keys, tenant) = (self.keys(), scope.tenant());
        let read = self.db().read(move |tx| {
            let row = tx.query_optional(&sql::TOKEN_BY_ID, &params![tenant, token])?;
            row.map(|row| token_use::found_of(keys.as_ref(), &row)).transpose()
        });
        Ok(read.await?)
    }
}

/// What an owner holds: somebody who is being erased holds nothing any more.
pub(crate) fn owner_holds(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, owner: UserId) -> Result<Held, StoreError> {
    match grant::read(tx, keys, tenant, owner) {
        Err(error) if Sealed::<String>::is_erased(&error) => Ok(Held::default()),
        read => read,
    }
}

#[cfg(test)]
mod tests {
    use Permission::{DevicesRead, DevicesWrite, SettingsManage, TokensManage};

    use super::*;
    use crate::grant::Grant;
    use crate::role::Role;

    fn any_of(selectors: &[&str]) -> DeviceScope {
        DeviceScope::AnyOf(selectors.iter().map(|selector| Arc::from(*selector)).collect())
    }

    fn token(permissions: &[Permission], devices: Option<&[&str]>, owner: Option<Vec<Grant>>) -> TokenReach {
        let devices = devices.map(|selectors| selectors.iter().map(|selector| Arc::from(*selector)).collect());
        TokenReach { permissions: permissions.to_vec(), devices, owner: owner.map(Held) }
    }

    fn on(role: Role, selector: &str) -> Grant {
        Grant { role, devices: Some(selector.into()) }
    }

    #[test]
    fn a_token_reaches_what_it_was_given_as_far_as_its_owner_may_still() {
        let given: &[Permission] = &[DevicesRead, DevicesWrite];
        assert_eq!(token(given, None, None).devices(DevicesRead), DeviceScope::All);
        assert_eq!(token(given, None, None).devices(TokensManage), DeviceScope::None);
        assert_eq!(token(given, Some(&["os:windows"]), None).devices(DevicesRead), any_of(&["os:windows"]));
        let auditor_and_technician = vec![Grant::on_all(Role::Auditor), on(Role::Technician, "os:windows")];
        let of_both = token(given, None, Some(auditor_and_technician));
        assert_eq!(of_both.devices(DevicesRead), DeviceScope::All);
        assert_eq!(of_both.devices(DevicesWrite), any_of(&["os:windows"]));
        let narrow = token(given, Some(&["os:windows", "os:linux"]), Some(vec![on(Role::Technician, "os:windows")]));
        assert_eq!(narrow.devices(DevicesRead), any_of(&["os:windows"]));
        let moved = token(given, Some(&["os:windows"]), Some(vec![on(Role::Technician, "os:linux")]));
        assert_eq!((moved.devices(DevicesRead), moved.permissions()), (DeviceScope::None, vec![]));
        assert_eq!(token(given, None, Some(vec![])).permissions(), []);
    }

    #[test]
    fn a_token_on_some_devices_has_nothing_that_is_the_whole_tenants() {
        let reach = token(&[DevicesRead, SettingsManage], Some(&["os:windows"]), None);
        assert_eq!(reach.permissions(), [DevicesRead]);
    }

    #[test]
    fn who_is_limited_to_devices_gives_no_more_than_the_own_selectors() {
        let limited = Reach::Person(Held(vec![on(Role::Technician, "os:windows")]));
        let (windows, linux): (&[Arc<str>], &[Arc<str>]) = (&["os:windows".into()], &["os:windows".into(), "os:linux".into()]);
        assert!(limited.covers(&[DevicesRead, DevicesWrite], Some(windows)));
        assert!(!limited.covers(&[DevicesRead], Some(linux)), "a selector that is not the own");
        assert!(!limited.covers(&[DevicesRead], None), "all devices");
        assert!(!limited.covers(&[DevicesRead, TokensManage], Some(windows)), "a permission that is not the own");
        assert!(Reach::Person(Held(vec![Grant::on_all(Role::Owner)])).covers(&[DevicesRead], Some(linux)));
        assert!(!Reach::Nothing.covers(&[DevicesRead], Some(windows)));
    }
}
