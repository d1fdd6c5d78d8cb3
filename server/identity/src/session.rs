//! Sessions: a signed-in browser, known by a random cookie that is stored as its hash.
//!
//! How long one lasts says the tenant's preset as it is now ([`SessionLimits`]): a stricter one ends what has lasted too long
//! already.

use std::time::Duration;

use kernel::{SecretText, SessionId, TenantId, Timestamp, UserId};
use seal::token::{Token, TokenKind};
use store::{StoreError, Tx, params};
use web::BrowserKind;

use crate::preset::SessionLimits;
use crate::store as sql;
use crate::{Identity, IdentityError};

/// Use is noted at most this often, so that reading a page does not write at each request. Idle time is exact to this.
pub const SESSION_NOTED_EVERY: Duration = Duration::from_secs(60);

/// A session that was just begun.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The cookie.
    pub secret: SecretText,
    /// How long the browser keeps it.
    pub lifetime: Duration,
}

/// A session as found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub(crate) session: SessionId,
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

impl Session {
    fn is_over(&self, now: Timestamp, limits: SessionLimits) -> bool {
        now >= self.ends_at(limits)
    }

    /// When it is over unless it is used again.
    fn ends_at(&self, limits: SessionLimits) -> Timestamp {
        limits.end_of(self.created_at, self.last_used_at, self.expires_at)
    }
}

/// Inserts a session within the transaction that signs its user in. Those that are over open nothing; their rows go with their retention.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    token: &Token,
    (tenant, user): (TenantId, UserId),
    lifetime: Duration,
    browser: BrowserKind,
) -> Result<(), StoreError> {
    let now = tx.now();
    let (session, ends) = (SessionId::from_random(tx.rng().bits()), now.plus(lifetime));
    tx.execute(&sql::INSERT_SESSION, &params![session, token.stored_hash(), tenant, user, now, ends, browser.to_string()])?;
    Ok(())
}

/// A cookie that is not stored yet.
pub(crate) fn make_token(identity: &Identity) -> Token {
    Token::make(TokenKind::Session, identity.rng().bytes())
}

/// What the browser gets of a stored cookie.
pub(crate) fn given_out(token: &Token, lifetime: Duration) -> NewSession {
    NewSession { secret: SecretText::new(token.expose().to_owned()), lifetime }
}

impl Identity {
    /// How long a tenant's sessions last.
    pub(crate) async fn session_limits(&self, tenant: TenantId) -> Result<SessionLimits, IdentityError> {
        Ok(self.settings(tenant).await?.preset.session_limits())
    }

    /// The session of a cookie, where it is not over.
    pub(crate) async fn session_of(&self, secret: &SecretText) -> Result<Option<Session>, IdentityError> {
        let Ok(token) = Token::parse(secret.expose()) else { return Ok(None) };
        if token.kind() != TokenKind::Session {
            return Ok(None);
        }
        let digest = token.stored_hash();
        let found = self
            .db()
            .read(move |tx| {
                let row = tx.query_optional(&sql::SESSION_BY_DIGEST, &params![digest])?;
                row.map(|row| {
                    Ok::<_, StoreError>(Session {
                        session: row.get(0)?,
                        tenant: row.get(1)?,
                        user: row.get(2)?,
                        created_at: row.get(3)?,
                        last_used_at: row.get(4)?,
                        expires_at: row.get(5)?,
                    })
                })
                .transpose()
            })
            .await?;
        let now = self.clock().now();
        let Some(session) = found else { return Ok(None) };
        if session.is_over(now, self.session_limits(session.tenant).await?) {
            return Ok(None);
        }
        Ok(Some(session))
    }

    /// Notes that a session was used, from where it may be.
    pub(crate) async fn touch_session(&self, session: &Session) -> Result<(), IdentityError> {
        let (id, now) = (session.session, self.clock().now());
        if now.since(session.last_used_at) >= SESSION_NOTED_EVERY {
            self.db().write(move |tx| tx.execute(&sql::TOUCH_SESSION, &params![id, now])).await?;
        }
        Ok(())
    }

    /// Ends a session: its cookie opens nothing from now on.
    ///
    /// # Errors
    /// The store's.
    pub async fn sign_out(&self, scope: &kernel::Scope, secret: &SecretText) -> Result<(), IdentityError> {
        let digest = seal::token::stored_hash(secret.expose());
        let user = scope.acting_user().map(UserId::number);
        self.record(scope, trust::LeafKind::SignedOut, user, serde_json::json!({})).await?;
        self.db().write(move |tx| tx.execute(&sql::DELETE_SESSION, &params![digest])).await?;
        Ok(())
    }
}
