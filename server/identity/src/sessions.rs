//! The list of somebody's sessions, and ending them: by the person, or all of them by who may manage people.

use kernel::{Scope, SecretText, SessionId, TenantId, Timestamp, UserId};
use serde_json::json;
use store::{StoreError, params};
use trust::LeafKind;

use crate::store as sql;
use crate::{Identity, IdentityError};

/// Sessions that a list shows at most, the last used first.
pub const SESSIONS_SHOWN_MAX: usize = 100;

/// A session in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSummary {
    /// The session.
    pub session: SessionId,
    /// When its person signed in.
    pub begun_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Timestamp,
    /// When it is over unless it is used again.
    pub ends_at: Timestamp,
    /// What kind of browser it is, as `firefox/linux`; nothing of one that began before this was kept.
    pub browser: Option<String>,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

impl Identity {
    /// The acting person's sessions that are not over.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`]; the store's.
    pub async fn list_sessions(&self, scope: &Scope, cookie: &SecretText) -> Result<Vec<SessionSummary>, IdentityError> {
        let (user, tenant) = (scope.acting_user().ok_or(IdentityError::NotAPerson)?, scope.tenant());
        let this = self.session_of(cookie).await?.map(|session| session.session);
        let (limits, now) = (self.session_limits(tenant).await?, self.clock().now());
        let rows = self.db().read(move |tx| tx.query(&sql::SESSIONS_OF_USER, &params![tenant, user, SESSIONS_SHOWN_MAX as i64])).await?;
        let summary = |row: &store::Row| {
            let (session, begun_at, last_used_at, expires_at): (_, Timestamp, Timestamp, Timestamp) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            let ends_at = limits.end_of(begun_at, last_used_at, expires_at);
            let is_this = this == Some(session);
            Ok::<_, StoreError>(SessionSummary { session, begun_at, last_used_at, ends_at, browser: row.get(4)?, is_this })
        };
        let all = rows.iter().map(summary).collect::<Result<Vec<_>, _>>()?;
        Ok(all.into_iter().filter(|session| session.ends_at > now).collect())
    }

    /// Ends one of the acting person's sessions.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`]; [`IdentityError::NotFound`]; keys and store.
    pub async fn end_session(&self, scope: &Scope, session: SessionId) -> Result<(), IdentityError> {
        let (user, tenant) = (scope.acting_user().ok_or(IdentityError::NotAPerson)?, scope.tenant());
        let found = self.db().read(move |tx| tx.query_optional(&sql::SESSION_OF_USER, &params![tenant, user, session])).await?;
        found.ok_or(IdentityError::NotFound)?;
        self.record(scope, LeafKind::SessionsEnded, Some(user.number()), json!({ "session": session.number() })).await?;
        self.db().write(move |tx| tx.execute(&sql::DELETE_SESSION_OF_USER, &params![tenant, user, session])).await?;
        Ok(())
    }

    /// Ends the acting person's sessions but the one that asks.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`]; keys and store.
    pub async fn end_other_sessions(&self, scope: &Scope, cookie: &SecretText) -> Result<(), IdentityError> {
        let (user, tenant) = (scope.acting_user().ok_or(IdentityError::NotAPerson)?, scope.tenant());
        let this = self.session_of(cookie).await?.ok_or(IdentityError::NotFound)?.session;
        self.record(scope, LeafKind::SessionsEnded, Some(user.number()), json!({ "all_but": this.number() })).await?;
        self.db().write(move |tx| tx.execute(&sql::DELETE_OTHER_SESSIONS, &params![tenant, user, this])).await?;
        Ok(())
    }

    /// Ends every session of somebody of the scope's tenant. Whoever does it holds all that the person holds, on all devices:
    /// an admin keeps no owner out.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`]; [`IdentityError::MoreThanOwn`]; keys and store.
    pub async fn end_sessions_of(&self, scope: &Scope, user: UserId) -> Result<(), IdentityError> {
        let person = self.person(scope, user).await?;
        if !self.held_by(scope).await?.covers(&person.held()) {
            return Err(IdentityError::MoreThanOwn);
        }
        self.record(scope, LeafKind::SessionsEnded, Some(user.number()), json!({ "all": true })).await?;
        self.end_all_sessions(scope.tenant(), user).await
    }

    async fn end_all_sessions(&self, tenant: TenantId, user: UserId) -> Result<(), IdentityError> {
        // No session has this number.
        self.db().write(move |tx| tx.execute(&sql::DELETE_OTHER_SESSIONS, &params![tenant, user, 0_i64])).await?;
        Ok(())
    }
}
