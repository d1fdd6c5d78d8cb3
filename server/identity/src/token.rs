//! API and telemetry tokens: shown once, stored as a hash. The kind fixes which routes a token opens.
//!
//! A token is somebody's: it may do what it was given as far as its owner may still (`reach`), on the devices and from the
//! networks that it was given, until its end. [`crate::token_use`] says what happens when it is shown,
//! [`crate::token_rotation`] how its secret is changed.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::{KeyRef, KeyRing, Page, PageRequest, Permission, Scope, SecretText, TenantId, Timestamp, TokenId, UserId};
use schemars::JsonSchema;
use seal::token::{Token, TokenKind as SealKind};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Row, Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};

use crate::data_map::place;
use crate::grant::{GRANT_SELECTOR_BYTES_MAX, Held};
use crate::network::Networks;
use crate::reach::{Reach, TokenReach, owner_holds};
use crate::store::certificates::DELETE_CERTIFICATES_OF_TOKEN;
use crate::store::keys as sql;
use crate::token_use::{Limits, limits_of};
pub use crate::token_use::{NETWORK_BITS, TOKEN_NETWORKS_MAX, TOKEN_NOTED_EVERY};
use crate::{Identity, IdentityError, Name};

/// Most API and telemetry tokens of a tenant.
pub const TOKENS_MAX: i64 = 1_000;
/// Most selectors of a token: all of them are worked out in each request.
pub const TOKEN_SELECTORS_MAX: usize = 16;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    /// `prs_api_…`: opens the routes that its permissions name.
    Api,
    /// `prs_tel_…`: sends reports, and nothing else.
    Telemetry,
}

/// What to make.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What people call it.
    pub name: Name,
    /// What it is for.
    pub kind: TokenKind,
    /// What it may do; none for telemetry.
    pub permissions: Vec<Permission>,
    /// Selectors of the devices that it is for; absent for all of them, and for telemetry.
    pub devices: Option<Vec<String>>,
    /// The networks from which it works.
    pub networks: Networks,
    /// When it stops working. An API token says it, and lives no longer than its tenant allows; a telemetry token may go on until
    /// it is revoked.
    pub expires_at: Option<Timestamp>,
    /// Whether it works with a client certificate only that was issued for it.
    pub requires_certificate: bool,
}

/// How a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It does what it was made for.
    Working,
    /// Its owner may less than when it was made, and so may it.
    Reduced,
    /// Its owner may none of it any more, or is gone: it opens nothing until somebody else rotates it.
    Orphaned,
    /// Its time is over.
    Expired,
}

/// A token without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSummary {
    /// Its id.
    pub token: TokenId,
    /// What people call it.
    pub name: Name,
    /// What it is for.
    pub kind: TokenKind,
    /// What it may do.
    pub permissions: Vec<Permission>,
    /// Who made it or changed its secret last; nobody where the host did, or where it is older than owners.
    pub owner: Option<UserId>,
    /// Selectors of the devices that it is for; absent for all.
    pub devices: Option<Vec<Arc<str>>>,
    /// The networks from which it works.
    pub networks: Networks,
    /// Whether it works with a client certificate only that was issued for it.
    pub requires_certificate: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the hour.
    pub last_used_at: Option<Timestamp>,
    /// Until when the secret before this one works as well.
    pub retiring_until: Option<Timestamp>,
    /// When it was found to be used from more than [`TOKEN_NETWORKS_MAX`] networks within an hour.
    pub shared_at: Option<Timestamp>,
    /// How it stands.
    pub standing: Standing,
}

/// What is to be changed of a token; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct TokenChange {
    /// What people call it.
    pub name: Option<Name>,
    /// The networks from which it works.
    pub networks: Option<Networks>,
    /// Whether it works with a client certificate only that was issued for it.
    pub requires_certificate: Option<bool>,
}

/// A token that was just made: its secret is shown once.
#[derive(Clone, Debug)]
pub struct CreatedToken {
    /// The token.
    pub summary: TokenSummary,
    /// The secret.
    pub secret: SecretText,
}

impl TokenKind {
    const fn text(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Telemetry => "telemetry",
        }
    }

    pub(crate) fn from_text(text: &str) -> Result<Self, StoreError> {
        let found = [Self::Api, Self::Telemetry].into_iter().find(|kind| kind.text() == text);
        found.ok_or_else(|| StoreError::Corrupt("a token's kind".into()))
    }

    pub(crate) const fn seal_kind(self) -> SealKind {
        match self {
            Self::Api => SealKind::Api,
            Self::Telemetry => SealKind::Telemetry,
        }
    }
}

impl Identity {
    /// Makes a token that may do at most what its maker may, on at most the maker's devices.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] with the field, [`IdentityError::MorePermissionThanOwn`],
    /// [`IdentityError::LimitReached`]; keys and store.
    pub async fn create_token(&self, scope: &Scope, new: NewToken) -> Result<CreatedToken, IdentityError> {
        let created_at = self.clock().now();
        let devices = self.canonical_devices(new.devices.clone())?;
        check(&new, devices.as_deref())?;
        self.check_expiry(scope, new.kind, new.expires_at).await?;
        let (reach, owner) = self.reach(scope).await?;
        if !reach.covers(&new.permissions, devices.as_deref()) {
            return Err(IdentityError::MorePermissionThanOwn);
        }
        reach.check_end(new.kind, new.expires_at)?;
        reach.check_networks(new.kind, &new.networks)?;
        reach.check_binding(new.kind, new.requires_certificate)?;
        let secret = Token::make(new.kind.seal_kind(), self.rng().bytes());
        let token = TokenId::from_random(self.rng().bits());
        let NewToken { name, kind, permissions, networks, expires_at, requires_certificate, .. } = new;
        let (last_used_at, retiring_until, shared_at, standing) = (None, None, None, Standing::Working);
        let summary = TokenSummary {
            token,
            name,
            kind,
            permissions,
            owner,
            devices,
            networks,
            requires_certificate,
            created_at,
            expires_at,
            last_used_at,
            retiring_until,
            shared_at,
            standing,
        };
        let told = self.record(scope, LeafKind::TokenCreated, Some(token.number()), told_of(&summary)).await?;
        let (keys, tenant, digest, row) = (self.keys(), scope.tenant(), secret.stored_hash(), summary.clone());
        self.db()
            .write(move |tx| {
                if tx.query_one(&sql::COUNT_TOKENS, &params![tenant])?.get::<i64>(0)? >= TOKENS_MAX {
                    return Err(IdentityError::LimitReached { what: "tokens", limit: TOKENS_MAX });
                }
                Ok(insert(tx, &told, keys.as_ref(), (tenant, digest), &row)?)
            })
            .await?;
        Ok(CreatedToken { summary, secret: SecretText::new(secret.expose().to_owned()) })
    }

    /// A page of the tenant's tokens, by id.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] for the cursor; keys and store.
    pub async fn list_tokens(&self, scope: &Scope, page: PageRequest) -> Result<Page<TokenSummary>, IdentityError> {
        let after =
            page.cursor.map(|cursor| cursor.parse::<TokenId>()).transpose().map_err(|error| IdentityError::invalid("cursor", &error))?;
        let (keys, tenant, limit) = (self.keys(), scope.tenant(), page.limit);
        let read = self.db().read(move |tx| {
            let rows = tx.query(&sql::TOKENS_AFTER, &params![tenant, after.map_or(0, TokenId::number), i64::from(limit) + 1])?;
            let mut owners = HashMap::new();
            rows.iter().map(|row| summary_of(tx, row, keys.as_ref(), (tenant, &mut owners))).collect::<Result<Vec<_>, StoreError>>()
        });
        Ok(Page::of_one_more(read.await?, limit, |row| row.token.to_string()))
    }

    /// Gives a token another name or other networks, or binds it to its certificates. Whoever does it may do all that the token was given.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] for an unknown one or another tenant's; [`IdentityError::MorePermissionThanOwn`]; keys and store.
    pub async fn change_token(&self, scope: &Scope, token: TokenId, change: TokenChange) -> Result<TokenSummary, IdentityError> {
        let (mut summary, reach, _owner) = self.token_for(scope, token).await?;
        if let Some(networks) = &change.networks {
            reach.check_networks(summary.kind, networks)?;
        }
        if let Some(is_bound) = change.requires_certificate {
            reach.check_binding(summary.kind, is_bound)?;
        }
        summary.name = change.name.clone().unwrap_or(summary.name);
        summary.networks = change.networks.clone().unwrap_or(summary.networks);
        summary.requires_certificate = change.requires_certificate.unwrap_or(summary.requires_certificate);
        // Where it was seen counts for the networks that it has.
        summary.shared_at = summary.shared_at.filter(|_| change.networks.is_none());
        let told = self.record(scope, LeafKind::TokenChanged, Some(token.number()), told_of(&summary)).await?;
        let (keys, tenant, is_moved) = (self.keys(), scope.tenant(), change.networks.is_some());
        if self.db().write(move |tx| update(tx, &told, keys.as_ref(), (tenant, token), &change)).await? != 1 {
            return Err(IdentityError::NotFound);
        }
        if is_moved {
            self.0.sightings.forget();
        }
        Ok(summary)
    }

    /// Revokes a token: it opens nothing from now on.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] for an unknown one or another tenant's; keys and store.
    pub async fn revoke_token(&self, scope: &Scope, token: TokenId) -> Result<(), IdentityError> {
        let tenant = scope.tenant();
        self.token_by_id(scope, token).await?.ok_or(IdentityError::NotFound)?;
        let told = self.record(scope, LeafKind::TokenRevoked, Some(token.number()), json!({})).await?;
        self.db().write(move |tx| delete(tx, &told, tenant, token)).await?;
        Ok(())
    }

    /// A token for whoever may do all that it was given, as it is listed; what they may, and whose it becomes when they change its
    /// secret.
    pub(crate) async fn token_for(&self, scope: &Scope, token: TokenId) -> Result<(TokenSummary, Reach, Option<UserId>), IdentityError> {
        let (keys, tenant) = (self.keys(), scope.tenant());
        let read = self.db().read(move |tx| {
            let row = tx.query_optional(&sql::TOKEN_LISTED, &params![tenant, token])?;
            row.map(|row| summary_of(tx, &row, keys.as_ref(), (tenant, &mut HashMap::new()))).transpose()
        });
        let summary = read.await?.ok_or(IdentityError::NotFound)?;
        let (reach, owner) = self.reach(scope).await?;
        if !reach.covers(&summary.permissions, summary.devices.as_deref()) {
            return Err(IdentityError::MorePermissionThanOwn);
        }
        Ok((summary, reach, owner))
    }

    /// Refuses an end that has passed, and for an API token none, or one that is later than its tenant allows.
    pub(crate) async fn check_expiry(&self, scope: &Scope, kind: TokenKind, expires_at: Option<Timestamp>) -> Result<(), IdentityError> {
        let refused = |detail: String| Err(IdentityError::Invalid { field: "expires_at", detail });
        let now = self.clock().now();
        if expires_at.is_some_and(|expires_at| expires_at <= now) {
            return refused("the time must be in the future".to_owned());
        }
        if kind == TokenKind::Telemetry {
            return Ok(());
        }
        let policy = self.access_policy(scope).await?;
        if expires_at.is_none_or(|expires_at| expires_at > policy.latest_expiry(now)) {
            return refused(format!("an API token says when it stops working, at most {} days from now", policy.token_days_max));
        }
        Ok(())
    }

    /// Selectors as they are stored: each once, and readable.
    fn canonical_devices(&self, devices: Option<Vec<String>>) -> Result<Option<Vec<Arc<str>>>, IdentityError> {
        let invalid = |detail: String| IdentityError::Invalid { field: "devices", detail };
        let Some(texts) = devices else { return Ok(None) };
        if texts.is_empty() || texts.len() > TOKEN_SELECTORS_MAX {
            return Err(invalid(format!("name 1 to {TOKEN_SELECTORS_MAX} selectors, or leave the field out for all devices")));
        }
        if texts.iter().any(|text| text.len() > GRANT_SELECTOR_BYTES_MAX) {
            return Err(invalid(format!(
                "a selector has at most {GRANT_SELECTOR_BYTES_MAX} bytes; make a group of the devices and name it"
            )));
        }
        let read = |text: &String| self.0.config.selectors.of_role(text).map(Arc::from).map_err(invalid);
        let mut selectors = texts.iter().map(read).collect::<Result<Vec<Arc<str>>, _>>()?;
        selectors.sort();
        selectors.dedup();
        Ok(Some(selectors))
    }
}

/// What the ledger is told. Name, selectors and networks may name somebody or tell where they sit, and stay out.
pub(crate) fn told_of(summary: &TokenSummary) -> serde_json::Value {
    let permissions: Vec<_> = summary.permissions.iter().map(|permission| permission.text()).collect();
    json!({
        "kind": summary.kind.text(),
        "permissions": permissions,
        "on_all_devices": summary.devices.is_none(),
        "networks": summary.networks.texts().len(),
        "requires_certificate": summary.requires_certificate,
        "expires_at": summary.expires_at.map(Timestamp::micros),
    })
}

/// From here on the secret opens what its token may.
fn insert(
    tx: &mut Tx<'_>,
    _told: &Recorded,
    keys: &dyn KeyRing,
    (tenant, digest): (TenantId, [u8; 32]),
    row: &TokenSummary,
) -> Result<(), StoreError> {
    let TokenSummary { token, kind, permissions, created_at, expires_at, owner, devices, .. } = row;
    let devices: Option<Vec<String>> = devices.as_ref().map(|texts| texts.iter().map(ToString::to_string).collect());
    let seal = |texts| Sealed::seal(keys, KeyRef::Tenant(tenant), place::token_devices(token.number()), texts);
    let devices = devices.as_ref().map(seal).transpose()?;
    let name = Sealed::seal(keys, KeyRef::Tenant(tenant), place::token_name(token.number()), &row.name.as_text().to_owned())?;
    let networks = Sealed::seal(keys, KeyRef::Tenant(tenant), place::token_networks(token.number()), &row.networks)?;
    let permissions = permissions_to_text(permissions);
    let (text, bound) = (kind.text(), row.requires_certificate);
    let values = params![*token, digest, tenant, text, name, permissions, *created_at, *expires_at, *owner, devices, networks, bound];
    tx.execute(&sql::INSERT_TOKEN, &values)?;
    Ok(())
}

/// Writes what is to be changed and nothing else: two who change different things at once do not undo each other's.
fn update(
    tx: &mut Tx<'_>,
    _told: &Recorded,
    keys: &dyn KeyRing,
    (tenant, token): (TenantId, TokenId),
    change: &TokenChange,
) -> Result<u64, StoreError> {
    let key = KeyRef::Tenant(tenant);
    if tx.query_optional(&sql::TOKEN_DIGEST, &params![tenant, token])?.is_none() {
        return Ok(0);
    }
    if let Some(name) = &change.name {
        let name = Sealed::seal(keys, key, place::token_name(token.number()), &name.as_text().to_owned())?;
        tx.execute(&sql::RENAME_TOKEN, &params![tenant, token, name])?;
    }
    if let Some(networks) = &change.networks {
        let networks = Sealed::seal(keys, key, place::token_networks(token.number()), networks)?;
        tx.execute(&sql::MOVE_TOKEN, &params![tenant, token, networks])?;
        tx.execute(&sql::FORGET_NETWORKS, &params![tenant, token])?;
        tx.execute(&sql::CLEAR_SHARED, &params![tenant, token])?;
    }
    if let Some(requires_certificate) = change.requires_certificate {
        tx.execute(&sql::BIND_TOKEN, &params![tenant, token, requires_certificate])?;
    }
    Ok(1)
}

fn delete(tx: &mut Tx<'_>, _told: &Recorded, tenant: TenantId, token: TokenId) -> Result<(), StoreError> {
    tx.execute(&sql::FORGET_NETWORKS, &params![tenant, token])?;
    // The token first: who issues a certificate for it at this moment has a turn with its row, and what they note goes then.
    tx.execute(&sql::DELETE_TOKEN, &params![tenant, token])?;
    tx.execute(&DELETE_CERTIFICATES_OF_TOKEN, &params![tenant, token]).map(|_| ())
}

/// What can be told to be wrong without knowing who asks.
fn check(new: &NewToken, devices: Option<&[Arc<str>]>) -> Result<(), IdentityError> {
    let refused = |field, detail: &str| Err(IdentityError::Invalid { field, detail: detail.to_owned() });
    match new.kind {
        TokenKind::Telemetry if !new.permissions.is_empty() => {
            return refused("permissions", "a telemetry token sends reports and has no permissions");
        }
        TokenKind::Telemetry if devices.is_some() => return refused("devices", "a telemetry token sees no devices"),
        TokenKind::Api if new.permissions.is_empty() => return refused("permissions", "an API token needs at least one permission"),
        _ => {}
    }
    if let Some(permission) = new.permissions.iter().find(|permission| permission.is_for_people()) {
        return refused("permissions", &format!("{} is for people who sign in", permission.text()));
    }
    if let Some(permission) = new.permissions.iter().find(|permission| permission.stands_alone())
        && new.permissions.iter().any(|other| other != permission)
    {
        return refused("permissions", &format!("a token with {} has no other permission", permission.text()));
    }
    let whole = new.permissions.iter().find(|permission| devices.is_some() && !permission.is_about_devices());
    match whole {
        Some(permission) => refused(
            "permissions",
            &format!("{} opens what is the whole organisation's: a token on some devices cannot have it", permission.text()),
        ),
        None => Ok(()),
    }
}

/// A row of [`sql::TOKENS_AFTER`] or [`sql::TOKEN_LISTED`], with what its owner holds now.
fn summary_of(
    tx: &mut Tx<'_>,
    row: &Row,
    keys: &dyn KeyRing,
    (tenant, owners): (TenantId, &mut HashMap<UserId, Held>),
) -> Result<TokenSummary, StoreError> {
    let token: TokenId = row.get(0)?;
    let name: Sealed<String> = row.get(2)?;
    let name = name.open(keys, KeyRef::Tenant(tenant), place::token_name(token.number()))?;
    let Limits { devices, networks } = limits_of(keys, tenant, token, (row.get(8)?, row.get(9)?))?;
    let (owner, expires_at): (Option<UserId>, Option<Timestamp>) = (row.get(7)?, row.get(5)?);
    let held = match owner {
        Some(owner) => {
            if let std::collections::hash_map::Entry::Vacant(place) = owners.entry(owner) {
                place.insert(owner_holds(tx, keys, tenant, owner)?);
            }
            owners.get(&owner).cloned()
        }
        None => None,
    };
    let kind = TokenKind::from_text(&row.get::<String>(1)?)?;
    let reach = TokenReach { permissions: permissions_from_text(&row.get::<String>(3)?), devices, owner: held };
    let now = tx.now();
    Ok(TokenSummary {
        token,
        name: name.parse().map_err(|_| StoreError::Corrupt(format!("the name of {token}")))?,
        kind,
        owner,
        networks,
        created_at: row.get(4)?,
        expires_at,
        last_used_at: row.get(6)?,
        retiring_until: row.get::<Option<Timestamp>>(10)?.filter(|until| *until > now),
        shared_at: row.get(11)?,
        requires_certificate: row.get(12)?,
        standing: standing(&reach, kind, expires_at.is_some_and(|at| now >= at)),
        permissions: reach.permissions,
        devices: reach.devices,
    })
}

/// A telemetry token has nothing that its owner could lose: reports do not stop because somebody left.
fn standing(reach: &TokenReach, kind: TokenKind, is_expired: bool) -> Standing {
    if is_expired {
        return Standing::Expired;
    }
    if kind == TokenKind::Telemetry || reach.owner.is_none() {
        return Standing::Working;
    }
    let given = TokenReach { owner: None, ..reach.clone() };
    let is_whole = |permission: &&Permission| reach.devices(**permission) == given.devices(**permission);
    match reach.permissions.iter().filter(is_whole).count() {
        whole if whole == reach.permissions.len() => Standing::Working,
        _ if reach.permissions().is_empty() => Standing::Orphaned,
        _ => Standing::Reduced,
    }
}

fn permissions_to_text(permissions: &[Permission]) -> String {
    let mut texts: Vec<_> = permissions.iter().map(|permission| permission.text()).collect();
    texts.sort_unstable();
    texts.dedup();
    texts.join(" ")
}

/// Unknown texts are permissions of another version and give nothing.
pub(crate) fn permissions_from_text(text: &str) -> Vec<Permission> {
    text.split(' ').filter_map(Permission::from_text).collect()
}
