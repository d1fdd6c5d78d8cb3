//! An organisation's providers: which there are, and what the groups at each give.
//!
//! Issuer and client id stay what they were when a provider was added: whoever could turn a provider into another one could
//! name its people as they like. Removing one unties everybody from it and ends their sessions.
//!
//! A group gives no owner's role, and nobody lets a group give what reaches further than the own.

use kernel::{KeyRef, KeyRing, ProviderId, Scope, SecretText, SystemWork, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Row, Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};

use super::address::Issuer;
use super::relying_party::Client;
use crate::data_map::place;
use crate::grant::{Grant, Held};
use crate::role::Role;
use crate::store::directory::FORGET_PROVIDER;
use crate::store::single_sign_on as sql;
use crate::{Identity, IdentityError, Name, people};

/// Most providers of a tenant.
pub const PROVIDERS_MAX: i64 = 5;
/// Most groups of a provider that give a role.
pub const GROUP_ROLES_MAX: usize = 16;
/// Longest name of a group, of a claim or of a scope, in bytes.
pub const TEXT_BYTES_MAX: usize = 256;
/// Longest client id and client secret, in bytes.
pub const CLIENT_BYTES_MAX: usize = 1_024;
/// Most scopes that are asked for besides `openid`.
pub const SCOPES_MAX: usize = 8;
/// The claim that groups are told in, where the provider's setting says nothing else.
pub const GROUPS_CLAIM_DEFAULT: &str = "groups";

/// What a group at a provider gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRole {
    /// The group, as the provider tells it.
    pub group: String,
    /// What its people hold here.
    #[serde(flatten)]
    pub grant: Grant,
}

/// What may be changed of a provider.
#[derive(Clone, Debug)]
pub struct ProviderRules {
    /// What people call it.
    pub name: Name,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// Whether somebody who has no account gets one at the first sign-in.
    pub takes_newcomers: bool,
    /// The claim that groups are told in.
    pub groups_claim: String,
    /// What groups give.
    pub groups: Vec<GroupRole>,
    /// Whether people other than owners sign in by a provider only.
    pub is_required: bool,
}

/// A provider to be added.
#[derive(Clone, Debug)]
pub struct NewProvider {
    /// Where it is.
    pub issuer: Issuer,
    /// Who this server is to it.
    pub client_id: String,
    /// By which it knows this server; absent for a public client.
    pub client_secret: Option<SecretText>,
    /// The rest.
    pub rules: ProviderRules,
}

/// A provider as it is shown: without its secret.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its random number.
    pub provider: ProviderId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Where it is.
    pub issuer: Issuer,
    /// Who this server is to it.
    pub client_id: String,
    /// Whether there is a secret.
    pub has_secret: bool,
    /// What may be changed.
    pub rules: ProviderRules,
    /// When it was added.
    pub created_at: Timestamp,
}

/// A provider as it is stored.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) shown: Provider,
    secret: Option<SecretText>,
    version: i64,
}

impl Stored {
    /// Counts the changes of its row.
    pub(crate) const fn version(&self) -> i64 {
        self.version
    }
}

/// The sealed part of the row.
#[derive(Serialize, Deserialize)]
struct Settings {
    name: String,
    issuer: String,
    client_id: String,
    scopes: Vec<String>,
    takes_newcomers: bool,
    groups_claim: String,
    groups: Vec<GroupRole>,
}

impl Stored {
    pub(crate) fn client(&self) -> Client {
        let Provider { provider, issuer, client_id, .. } = self.shown.clone();
        Client { provider, issuer, client_id, secret: self.secret.clone() }
    }
}

impl ProviderRules {
    /// What somebody with these groups holds.
    pub(crate) fn held_by(&self, groups: &[&str]) -> Held {
        let given = self.groups.iter().filter(|row| groups.contains(&row.group.as_str()));
        let mut grants: Vec<Grant> = given.map(|row| row.grant.clone()).collect();
        grants.sort();
        grants.dedup();
        Held(grants)
    }
}

impl Identity {
    /// The providers of the scope's tenant.
    ///
    /// # Errors
    /// Keys and store.
    pub async fn list_providers(&self, scope: &Scope) -> Result<Vec<Provider>, IdentityError> {
        self.providers_of(scope.tenant()).await
    }

    /// The providers of a tenant.
    pub(crate) async fn providers_of(&self, tenant: TenantId) -> Result<Vec<Provider>, IdentityError> {
        let keys = self.keys();
        let read = self.db().read(move |tx| {
            let rows = tx.query(&sql::PROVIDERS_OF_TENANT, &params![tenant, PROVIDERS_MAX])?;
            rows.iter().map(|row| stored_of(keys.as_ref(), row).map(|stored| stored.shown)).collect::<Result<Vec<_>, StoreError>>()
        });
        Ok(read.await?)
    }

    /// A provider, whosever it is.
    pub(crate) async fn any_provider(&self, provider: ProviderId) -> Result<Option<Stored>, IdentityError> {
        let keys = self.keys();
        let read = self.db().read(move |tx| {
            let row = tx.query_optional(&sql::PROVIDER, &params![provider])?;
            row.map(|row| stored_of(keys.as_ref(), &row)).transpose()
        });
        Ok(read.await?)
    }

    /// A provider of the scope's tenant.
    pub(crate) async fn own_provider(&self, scope: &Scope, provider: ProviderId) -> Result<Stored, IdentityError> {
        let found = self.any_provider(provider).await?;
        found.filter(|stored| stored.shown.tenant == scope.tenant()).ok_or(IdentityError::NotFound)
    }

    /// Adds a provider.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] with the field; [`IdentityError::NotAPerson`]; [`IdentityError::MoreThanOwn`];
    /// [`IdentityError::LimitReached`]; keys and store.
    pub async fn add_provider(&self, scope: &Scope, new: NewProvider) -> Result<Provider, IdentityError> {
        let NewProvider { issuer, client_id, client_secret, rules } = new;
        check_client(&client_id, client_secret.as_ref())?;
        let rules = self.checked_rules(scope, rules).await?;
        let (tenant, provider) = (scope.tenant(), ProviderId::from_random(self.rng().bits()));
        let told = self.tell_of(scope, provider, json!({ "added": true, "rules": told_of(&rules) })).await?;
        let shown =
            Provider { provider, tenant, issuer, client_id, has_secret: client_secret.is_some(), rules, created_at: self.clock().now() };
        let (keys, stored) = (self.keys(), Stored { shown: shown.clone(), secret: client_secret, version: 1 });
        let write = self.db().write(move |tx| {
            people::take_turn(tx, tenant)?;
            if tx.query_one(&sql::COUNT_PROVIDERS, &params![tenant])?.get::<i64>(0)? >= PROVIDERS_MAX {
                return Err(IdentityError::LimitReached { what: "providers of single sign-on", limit: PROVIDERS_MAX });
            }
            Ok(insert(tx, &told, keys.as_ref(), &stored)?)
        });
        write.await?;
        Ok(shown)
    }

    /// Changes what may be changed of a provider; without a secret the one that there is stays.
    ///
    /// # Errors
    /// As [`Identity::add_provider`]; [`IdentityError::NotFound`]; [`IdentityError::ChangedMeanwhile`].
    pub async fn change_provider(
        &self,
        scope: &Scope,
        provider: ProviderId,
        rules: ProviderRules,
        secret: Option<SecretText>,
    ) -> Result<Provider, IdentityError> {
        let mut stored = self.own_provider(scope, provider).await?;
        // What a group gave before is taken or given as well by whoever changes it.
        self.check_given(scope, &stored.shown.rules).await?;
        check_client(&stored.shown.client_id, secret.as_ref())?;
        stored.shown.rules = self.checked_rules(scope, rules).await?;
        let payload = json!({ "changed": true, "new_secret": secret.is_some(), "rules": told_of(&stored.shown.rules) });
        let told = self.tell_of(scope, provider, payload).await?;
        stored.secret = secret.or(stored.secret);
        stored.shown.has_secret = stored.secret.is_some();
        let (keys, written) = (self.keys(), stored.clone());
        if self.db().write(move |tx| update(tx, &told, keys.as_ref(), &written)).await? != 1 {
            return Err(IdentityError::ChangedMeanwhile);
        }
        self.relying_party().forget(provider);
        Ok(stored.shown)
    }

    /// Removes a provider: nobody is let in by it any more, what its groups gave is gone, and the sessions of its people end.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`]; [`IdentityError::NotAPerson`]; [`IdentityError::MoreThanOwn`]; keys and store.
    pub async fn remove_provider(&self, scope: &Scope, provider: ProviderId) -> Result<(), IdentityError> {
        let stored = self.own_provider(scope, provider).await?;
        self.check_given(scope, &stored.shown.rules).await?;
        let (told, tenant) = (self.tell_of(scope, provider, json!({ "removed": true })).await?, scope.tenant());
        self.db().write(move |tx| remove(tx, &told, tenant, provider)).await?;
        self.relying_party().forget(provider);
        Ok(())
    }

    /// Lets a tenant's people sign in with their passwords again: the way back in where a provider fails for good. Host-side.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] for an unknown tenant; keys and store.
    pub async fn release_sign_on(&self, tenant: TenantId) -> Result<(), IdentityError> {
        self.settings(tenant).await?;
        let scope = self.mint().system(tenant, SystemWork::HostAdministration);
        let told = self.record(&scope, LeafKind::SignOnChanged, None, json!({ "released": true })).await?;
        self.db().write(move |tx| release(tx, &told, tenant)).await?;
        Ok(())
    }

    /// Whether a tenant lets people other than owners in by a provider only.
    pub(crate) async fn sign_on_is_required(&self, tenant: TenantId) -> Result<bool, IdentityError> {
        let read = self.db().read(move |tx| tx.query_optional(&sql::REQUIRED_PROVIDER, &params![tenant]));
        Ok(read.await?.is_some())
    }

    async fn tell_of(&self, scope: &Scope, provider: ProviderId, mut payload: serde_json::Value) -> Result<Recorded, IdentityError> {
        payload["provider"] = provider.number().into();
        self.record(scope, LeafKind::SignOnChanged, Some(provider.number()), payload).await
    }

    async fn check_given(&self, scope: &Scope, rules: &ProviderRules) -> Result<(), IdentityError> {
        let given = Held(rules.groups.iter().map(|row| row.grant.clone()).collect());
        if self.held_by(scope).await?.covers(&given) { Ok(()) } else { Err(IdentityError::MoreThanOwn) }
    }

    async fn checked_rules(&self, scope: &Scope, mut rules: ProviderRules) -> Result<ProviderRules, IdentityError> {
        let invalid = |field, detail: String| IdentityError::Invalid { field, detail };
        let is_text = |text: &String| (1..=TEXT_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control);
        // RFC 6749, 3.3.
        let is_scope = |text: &String| is_text(text) && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'));
        if rules.scopes.len() > SCOPES_MAX || !rules.scopes.iter().all(is_scope) {
            return Err(invalid("scopes", format!("there are at most {SCOPES_MAX} scopes, each a word without quotation marks")));
        }
        if !is_text(&rules.groups_claim) {
            return Err(invalid("groups_claim", format!("the name of a claim has 1 to {TEXT_BYTES_MAX} bytes")));
        }
        if rules.groups.len() > GROUP_ROLES_MAX || !rules.groups.iter().all(|row| is_text(&row.group)) {
            return Err(invalid(
                "groups",
                format!("there are at most {GROUP_ROLES_MAX} rows, each with a group of 1 to {TEXT_BYTES_MAX} bytes"),
            ));
        }
        for row in &mut rules.groups {
            if row.grant.role == Role::Owner {
                let detail = "a group makes nobody an owner: whoever keeps the groups could take the organisation over";
                return Err(invalid("groups", detail.to_owned()));
            }
            let checked = self.checked(Held(vec![row.grant.clone()]))?;
            row.grant = checked.0.into_iter().next().unwrap_or_else(|| row.grant.clone());
        }
        self.check_given(scope, &rules).await?;
        Ok(rules)
    }
}

fn check_client(client_id: &str, secret: Option<&SecretText>) -> Result<(), IdentityError> {
    let is_fit = |text: &str| (1..=CLIENT_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let detail = || format!("it has 1 to {CLIENT_BYTES_MAX} characters of ASCII, as the provider shows it");
    if !is_fit(client_id) {
        return Err(IdentityError::Invalid { field: "client_id", detail: detail() });
    }
    if secret.is_some_and(|secret| !is_fit(secret.expose())) {
        return Err(IdentityError::Invalid { field: "client_secret", detail: detail() });
    }
    Ok(())
}

/// What the ledger is told of rules. It lies sealed there.
fn told_of(rules: &ProviderRules) -> serde_json::Value {
    let groups: Vec<_> = rules
        .groups
        .iter()
        .map(|GroupRole { group, grant }| json!({ "group": group, "role": grant.role.text(), "devices": grant.devices }))
        .collect();
    json!({ "takes_newcomers": rules.takes_newcomers, "is_required": rules.is_required, "groups": groups })
}

fn insert(tx: &mut Tx<'_>, _told: &Recorded, keys: &dyn KeyRing, stored: &Stored) -> Result<(), StoreError> {
    let Provider { provider, tenant, rules, created_at, .. } = &stored.shown;
    let (settings, secret) = sealed_of(keys, stored)?;
    tx.execute(&sql::INSERT_PROVIDER, &params![*provider, *tenant, settings, secret, i64::from(rules.is_required), *created_at])?;
    Ok(())
}

fn update(tx: &mut Tx<'_>, _told: &Recorded, keys: &dyn KeyRing, stored: &Stored) -> Result<u64, StoreError> {
    let Provider { provider, tenant, rules, .. } = &stored.shown;
    let (settings, secret) = sealed_of(keys, stored)?;
    tx.execute(&sql::UPDATE_PROVIDER, &params![*tenant, *provider, stored.version, settings, secret, i64::from(rules.is_required)])
}

fn remove(tx: &mut Tx<'_>, _told: &Recorded, tenant: TenantId, provider: ProviderId) -> Result<(), StoreError> {
    tx.execute(&sql::DELETE_SESSIONS_OF_PROVIDER, &params![tenant, provider])?;
    tx.execute(&sql::DELETE_LINKS_OF_PROVIDER, &params![tenant, provider])?;
    tx.execute(&sql::DELETE_ATTEMPTS_OF_PROVIDER, &params![tenant, provider])?;
    tx.execute(&FORGET_PROVIDER, &params![tenant, provider])?;
    tx.execute(&sql::DELETE_PROVIDER, &params![tenant, provider])?;
    Ok(())
}

fn release(tx: &mut Tx<'_>, _told: &Recorded, tenant: TenantId) -> Result<u64, StoreError> {
    tx.execute(&sql::RELEASE_PROVIDERS, &params![tenant])
}

type SealedParts = (Sealed<Settings>, Option<Sealed<String>>);

fn sealed_of(keys: &dyn KeyRing, stored: &Stored) -> Result<SealedParts, StoreError> {
    let Provider { provider, tenant, issuer, client_id, rules, .. } = &stored.shown;
    let (key, row) = (KeyRef::Tenant(*tenant), provider.number());
    let settings = Settings {
        name: rules.name.as_text().to_owned(),
        issuer: issuer.as_text().to_owned(),
        client_id: client_id.clone(),
        scopes: rules.scopes.clone(),
        takes_newcomers: rules.takes_newcomers,
        groups_claim: rules.groups_claim.clone(),
        groups: rules.groups.clone(),
    };
    let secret = stored.secret.as_ref();
    let secret =
        secret.map(|secret| Sealed::seal(keys, key, place::provider_client_secret(row), &secret.expose().to_owned())).transpose()?;
    Ok((Sealed::seal(keys, key, place::provider_settings(row), &settings)?, secret))
}

fn stored_of(keys: &dyn KeyRing, row: &Row) -> Result<Stored, StoreError> {
    let (provider, tenant): (ProviderId, TenantId) = (row.get(0)?, row.get(1)?);
    let key = KeyRef::Tenant(tenant);
    let (settings, secret): (Sealed<Settings>, Option<Sealed<String>>) = (row.get(2)?, row.get(3)?);
    let settings = settings.open(keys, key, place::provider_settings(provider.number()))?;
    let secret = secret.map(|secret| secret.open(keys, key, place::provider_client_secret(provider.number()))).transpose()?;
    // An import brings no secret along: an empty one is none.
    let secret = secret.filter(|secret| !secret.is_empty()).map(SecretText::new);
    let corrupt = |what: &str| StoreError::Corrupt(format!("the {what} of {provider}"));
    let rules = ProviderRules {
        name: settings.name.parse().map_err(|_| corrupt("name"))?,
        scopes: settings.scopes,
        takes_newcomers: settings.takes_newcomers,
        groups_claim: settings.groups_claim,
        groups: settings.groups,
        is_required: row.get::<i64>(4)? == 1,
    };
    let shown = Provider {
        provider,
        tenant,
        issuer: settings.issuer.parse().map_err(|_| corrupt("issuer"))?,
        client_id: settings.client_id,
        has_secret: secret.is_some(),
        rules,
        created_at: row.get(5)?,
    };
    Ok(Stored { shown, secret, version: row.get(6)? })
}
