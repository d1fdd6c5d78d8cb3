//! One-time links: good for one use within a day, stored as a hash.
//!
//! A link carries the second factor's secret that its user will confirm, so that opening the page twice shows the same
//! picture. It is made on the host, by `purser tenant create` for the owner and by `purser user recover` later, or by who
//! invites somebody ([`crate::invitation`]).

use std::time::Duration;

use kernel::{KeyRef, KeyRing, Scope, SecretText, SystemWork, TenantId, Timestamp, UserId};
use seal::token::{Token, TokenKind};
use serde_json::json;
use store::{Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};

use crate::data_map::place;
use crate::email::Email;
use crate::store as sql;
use crate::totp::Secret;
use crate::{Identity, IdentityError};

/// How long a link works.
pub const LINK_LIFETIME: Duration = Duration::from_secs(24 * 3_600);

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// A new tenant's owner sets the account up.
    Setup,
    /// Somebody who was invited sets an account up.
    Invitation,
    /// An owner who lost password or second factor sets new ones.
    Recovery,
}

/// A link that was just made: its secret is shown once.
#[derive(Clone, Debug)]
pub struct OneTimeLink {
    /// What it is for.
    pub purpose: Purpose,
    /// The secret alone.
    pub secret: SecretText,
    /// The page to open; the secret stands behind `#`, which browsers do not send.
    pub url: SecretText,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// A link that still works, opened.
#[derive(Clone)]
pub(crate) struct OpenLink {
    pub(crate) digest: [u8; 32],
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
    pub(crate) purpose: Purpose,
    pub(crate) totp_secret: Secret,
}

/// A link that is told of and not stored yet.
pub(crate) struct NewLink {
    token: Token,
    tenant: TenantId,
    user: UserId,
    purpose: Purpose,
    totp_secret: Secret,
    created_at: Timestamp,
}

impl NewLink {
    pub(crate) const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    pub(crate) fn expires_at(&self) -> Timestamp {
        self.created_at.plus(LINK_LIFETIME)
    }

    /// From here on it works, and those of the same purpose that were made before do not.
    pub(crate) fn insert(&self, tx: &mut Tx<'_>, keys: &dyn KeyRing) -> Result<(), StoreError> {
        let Self { token, tenant, user, purpose, totp_secret, created_at } = self;
        let key = KeyRef::User(*tenant, *user);
        keys.ensure(key)?;
        match purpose {
            Purpose::Setup => tx.execute(&sql::DELETE_LINKS_OF_TENANT, &params![*tenant, purpose.text()])?,
            Purpose::Invitation | Purpose::Recovery => tx.execute(&sql::DELETE_LINKS_OF_USER, &params![*user, purpose.text()])?,
        };
        let sealed = Sealed::seal(keys, key, place::link_totp_secret(user.number()), totp_secret)?;
        let row = params![token.stored_hash(), *tenant, *user, purpose.text(), sealed, *created_at, self.expires_at()];
        tx.execute(&sql::INSERT_LINK, &row).map(|_| ())
    }
}

impl Purpose {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Invitation => "invitation",
            Self::Recovery => "recovery",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        [Self::Setup, Self::Invitation, Self::Recovery].into_iter().find(|purpose| purpose.text() == text)
    }

    const fn token_kind(self) -> TokenKind {
        match self {
            Self::Setup => TokenKind::Setup,
            Self::Invitation => TokenKind::Invitation,
            Self::Recovery => TokenKind::Recovery,
        }
    }
}

impl Identity {
    /// A new link for somebody who cannot sign in: recovery for an account, or set-up where the tenant has no owner. Links made
    /// before stop working. Host-side: whoever may read the data folder may do this.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] for an unknown tenant, or an address that is no account of one that has an owner; keys and
    /// store.
    pub async fn recover_user(&self, tenant: TenantId, email: &str) -> Result<OneTimeLink, IdentityError> {
        let email: Email = email.parse().map_err(|error| IdentityError::invalid("email", &error))?;
        self.settings(tenant).await?;
        let scope = self.mint().system(tenant, SystemWork::HostAdministration);
        let Some(account) = self.account_of(&email).await?.filter(|account| account.tenant == tenant) else {
            return if self.owner_is_ready(tenant).await? { Err(IdentityError::NotFound) } else { self.make_setup_link(&scope).await };
        };
        let told = self.record(&scope, LeafKind::RecoveryCreated, Some(account.user.number()), json!({})).await?;
        self.make_link(&told, &scope, Purpose::Recovery, Some(account.user)).await
    }

    /// Whether the tenant has an owner, so that its set-up is done.
    ///
    /// # Errors
    /// The store's.
    pub async fn owner_is_ready(&self, tenant: TenantId) -> Result<bool, IdentityError> {
        let owner = self.db().read(move |tx| tx.query_optional(&sql::OWNERS_OF_TENANT, &params![tenant, 0_i64, 1_i64]));
        Ok(owner.await?.is_some())
    }

    /// A new set-up link for an owner who has not used the first one, which stops working. Host-side.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] for an unknown tenant, [`IdentityError::OwnerIsReady`]; keys and store.
    pub async fn setup_link(&self, tenant: TenantId) -> Result<OneTimeLink, IdentityError> {
        self.settings(tenant).await?;
        if self.owner_is_ready(tenant).await? {
            return Err(IdentityError::OwnerIsReady);
        }
        let scope = self.mint().system(tenant, SystemWork::HostAdministration);
        self.make_setup_link(&scope).await
    }

    async fn make_setup_link(&self, scope: &Scope) -> Result<OneTimeLink, IdentityError> {
        let told = self.record(scope, LeafKind::SetupLinkCreated, None, json!({})).await?;
        self.make_link(&told, scope, Purpose::Setup, None).await
    }

    /// Makes a link, for a new user where none is given, and forgets earlier ones of the same purpose.
    pub(crate) async fn make_link(
        &self,
        told: &Recorded,
        scope: &Scope,
        purpose: Purpose,
        user: Option<UserId>,
    ) -> Result<OneTimeLink, IdentityError> {
        let user = user.unwrap_or_else(|| UserId::from_random(self.rng().bits()));
        let link = self.new_link(told, scope.tenant(), user, purpose);
        let (keys, given_out) = (self.keys(), self.given_out(&link));
        self.db().write(move |tx| link.insert(tx, keys.as_ref())).await?;
        Ok(given_out)
    }

    /// A link that is told of and not stored yet.
    pub(crate) fn new_link(&self, _told: &Recorded, tenant: TenantId, user: UserId, purpose: Purpose) -> NewLink {
        let (token, totp_secret) = (Token::make(purpose.token_kind(), self.rng().bytes()), Secret::random(self.rng()));
        NewLink { token, tenant, user, purpose, totp_secret, created_at: self.clock().now() }
    }

    /// What is shown of a link, once.
    pub(crate) fn given_out(&self, link: &NewLink) -> OneTimeLink {
        let url = SecretText::new(format!("{}/setup#{}", self.0.config.public_url, link.token.expose()));
        OneTimeLink { purpose: link.purpose, secret: SecretText::new(link.token.expose().to_owned()), url, expires_at: link.expires_at() }
    }

    /// The link of a secret, where it still works.
    pub(crate) async fn open_link(&self, secret: &SecretText) -> Result<OpenLink, IdentityError> {
        let token = Token::parse(secret.expose()).map_err(|_| IdentityError::LinkNotValid)?;
        let link = self.open_link_of(token.stored_hash()).await?;
        link.filter(|link| link.purpose.token_kind() == token.kind()).ok_or(IdentityError::LinkNotValid)
    }

    /// The link of a digest, where it still works.
    pub(crate) async fn open_link_of(&self, digest: [u8; 32]) -> Result<Option<OpenLink>, IdentityError> {
        let keys = self.keys();
        let link = self
            .db()
            .read(move |tx: &mut Tx<'_>| {
                let now = tx.now();
                let Some(row) = tx.query_optional(&sql::OPEN_LINK, &params![digest, now])? else {
                    return Ok(None);
                };
                let (tenant, user): (TenantId, UserId) = (row.get(0)?, row.get(1)?);
                let purpose = Purpose::from_text(&row.get::<String>(2)?).ok_or_else(|| StoreError::Corrupt("a link's purpose".into()))?;
                let sealed: Sealed<Secret> = row.get(3)?;
                let totp_secret = sealed.open(keys.as_ref(), KeyRef::User(tenant, user), place::link_totp_secret(user.number()))?;
                Ok::<_, StoreError>(Some(OpenLink { digest, tenant, user, purpose, totp_secret }))
            })
            .await?;
        Ok(link)
    }
}
