//! API and telemetry tokens: shown once, stored as a hash. The kind fixes which routes a token opens.

use std::time::Duration;

use kernel::{KeyRef, KeyRing, Page, PageRequest, Permission, Scope, SecretText, TenantId, Timestamp, TokenId};
use schemars::JsonSchema;
use seal::token::{Token, TokenKind as SealKind};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Row, Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};

use crate::data_map::place;
use crate::store as sql;
use crate::{Identity, IdentityError, Name};

/// Most API and telemetry tokens of a tenant.
pub const TOKENS_MAX: i64 = 1_000;
/// Use is noted at most this often.
pub const TOKEN_NOTED_EVERY: Duration = Duration::from_secs(3_600);

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
    /// When it stops working; never where absent.
    pub expires_at: Option<Timestamp>,
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
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the hour.
    pub last_used_at: Option<Timestamp>,
}

/// A token that was just made: its secret is shown once.
#[derive(Clone, Debug)]
pub struct CreatedToken {
    /// The token.
    pub summary: TokenSummary,
    /// The secret.
    pub secret: SecretText,
}

/// A token as found by its secret.
#[derive(Clone, Debug)]
pub(crate) struct FoundToken {
    pub(crate) token: TokenId,
    pub(crate) tenant: TenantId,
    pub(crate) kind: TokenKind,
    pub(crate) permissions: Vec<Permission>,
}

impl TokenKind {
    const fn text(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Telemetry => "telemetry",
        }
    }

    fn from_text(text: &str) -> Result<Self, StoreError> {
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
    /// Makes a token that may do at most what its maker may on all devices.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] with the field, [`IdentityError::MorePermissionThanOwn`],
    /// [`IdentityError::LimitReached`]; keys and store.
    pub async fn create_token(&self, scope: &Scope, new: NewToken) -> Result<CreatedToken, IdentityError> {
        let created_at = self.clock().now();
        check(&self.reaching_all(scope).await?, &new, created_at)?;
        let secret = Token::make(new.kind.seal_kind(), self.rng().bytes());
        let token = TokenId::from_random(self.rng().bits());
        let permissions: Vec<_> = new.permissions.iter().map(|permission| permission.text()).collect();
        let payload = json!({ "kind": new.kind.text(), "permissions": permissions });
        let told = self.record(scope, LeafKind::TokenCreated, Some(token.number()), payload).await?;
        let NewToken { name, kind, permissions, expires_at } = new;
        let summary = TokenSummary { token, name, kind, permissions, created_at, expires_at, last_used_at: None };
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
        let rows = self
            .db()
            .read(move |tx| {
                let rows = tx.query(&sql::TOKENS_AFTER, &params![tenant, after.map_or(0, TokenId::number), i64::from(limit) + 1])?;
                rows.iter().map(|row| summary_of(row, keys.as_ref(), tenant)).collect::<Result<Vec<_>, StoreError>>()
            })
            .await?;
        Ok(Page::of_one_more(rows, limit, |row| row.token.to_string()))
    }

    /// Revokes a token: it opens nothing from now on.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] for an unknown one or another tenant's; keys and store.
    pub async fn revoke_token(&self, scope: &Scope, token: TokenId) -> Result<(), IdentityError> {
        let tenant = scope.tenant();
        let found = self.db().read(move |tx| tx.query_optional(&sql::TOKEN_OF_TENANT, &params![tenant, token])).await?;
        found.ok_or(IdentityError::NotFound)?;
        let told = self.record(scope, LeafKind::TokenRevoked, Some(token.number()), json!({})).await?;
        self.db().write(move |tx| delete(tx, &told, tenant, token)).await?;
        Ok(())
    }

    /// The token of a secret, where it still works; notes that it was used.
    pub(crate) async fn token_of(&self, secret: &Token) -> Result<Option<FoundToken>, IdentityError> {
        let digest = secret.stored_hash();
        let found = self
            .db()
            .read(move |tx| {
                let Some(row) = tx.query_optional(&sql::TOKEN_BY_DIGEST, &params![digest])? else {
                    return Ok(None);
                };
                let found = FoundToken {
                    token: row.get(0)?,
                    tenant: row.get(1)?,
                    kind: TokenKind::from_text(&row.get::<String>(2)?)?,
                    permissions: permissions_from_text(&row.get::<String>(3)?),
                };
                Ok::<_, StoreError>(Some((found, row.get::<Option<Timestamp>>(4)?, row.get::<Option<Timestamp>>(5)?)))
            })
            .await?;
        let now = self.clock().now();
        let Some((found, expires_at, last_used_at)) = found else { return Ok(None) };
        if expires_at.is_some_and(|expires_at| now >= expires_at) || found.kind.seal_kind() != secret.kind() {
            return Ok(None);
        }
        if last_used_at.is_none_or(|used| now.since(used) >= TOKEN_NOTED_EVERY) {
            let token = found.token;
            self.db().write(move |tx| tx.execute(&sql::TOUCH_TOKEN, &params![token, now])).await?;
        }
        Ok(Some(found))
    }
}

/// From here on the secret opens what its token may.
fn insert(
    tx: &mut Tx<'_>,
    _told: &Recorded,
    keys: &dyn KeyRing,
    (tenant, digest): (TenantId, [u8; 32]),
    row: &TokenSummary,
) -> Result<(), StoreError> {
    let TokenSummary { token, name, kind, permissions, created_at, expires_at, .. } = row;
    let name = Sealed::seal(keys, KeyRef::Tenant(tenant), place::token_name(token.number()), &name.as_text().to_owned())?;
    let permissions = permissions_to_text(permissions);
    tx.execute(&sql::INSERT_TOKEN, &params![*token, digest, tenant, kind.text(), name, permissions, *created_at, *expires_at])?;
    Ok(())
}

fn delete(tx: &mut Tx<'_>, _told: &Recorded, tenant: TenantId, token: TokenId) -> Result<(), StoreError> {
    tx.execute(&sql::DELETE_TOKEN, &params![tenant, token]).map(|_| ())
}

/// What may be given is what its maker may on all devices: a token reaches every device of its tenant.
fn check(own: &[Permission], new: &NewToken, now: Timestamp) -> Result<(), IdentityError> {
    if new.expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(IdentityError::Invalid { field: "expires_at", detail: "the time must be in the future".to_owned() });
    }
    let refused = |detail: &str| Err(IdentityError::Invalid { field: "permissions", detail: detail.to_owned() });
    match new.kind {
        TokenKind::Telemetry if !new.permissions.is_empty() => return refused("a telemetry token sends reports and has no permissions"),
        TokenKind::Api if new.permissions.is_empty() => return refused("an API token needs at least one permission"),
        _ => {}
    }
    if let Some(permission) = new.permissions.iter().find(|permission| permission.is_for_people()) {
        return refused(&format!("{} is for people who sign in", permission.text()));
    }
    if new.permissions.iter().any(|permission| !own.contains(permission)) {
        return Err(IdentityError::MorePermissionThanOwn);
    }
    Ok(())
}

fn summary_of(row: &Row, keys: &dyn KeyRing, tenant: TenantId) -> Result<TokenSummary, StoreError> {
    let token: TokenId = row.get(0)?;
    let name: Sealed<String> = row.get(2)?;
    let name = name.open(keys, KeyRef::Tenant(tenant), place::token_name(token.number()))?;
    Ok(TokenSummary {
        token,
        name: name.parse().map_err(|_| StoreError::Corrupt(format!("the name of {token}")))?,
        kind: TokenKind::from_text(&row.get::<String>(1)?)?,
        permissions: permissions_from_text(&row.get::<String>(3)?),
        created_at: row.get(4)?,
        expires_at: row.get(5)?,
        last_used_at: row.get(6)?,
    })
}

fn permissions_to_text(permissions: &[Permission]) -> String {
    let mut texts: Vec<_> = permissions.iter().map(|permission| permission.text()).collect();
    texts.sort_unstable();
    texts.dedup();
    texts.join(" ")
}

/// Unknown texts are permissions of another version and give nothing.
fn permissions_from_text(text: &str) -> Vec<Permission> {
    text.split(' ').filter_map(Permission::from_text).collect()
}
