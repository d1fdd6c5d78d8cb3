//! Setting a password: what the tenant's preset asks of it, and those that were had before.
//!
//! Nobody sets a password but its owner: with the present one and the second factor, at a sign-in where the present one is not
//! good any more, or by a one-time link, which asks for a new second factor too. Passwords that were had before are kept, as
//! hashes, only where the preset asks that none comes again.

use kernel::{KeyRef, KeyRing, Scope, SecretText, TenantId, UserId};
use serde_json::json;
use store::{Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};
use web::BrowserKind;
use zeroize::Zeroizing;

use crate::data_map::place;
use crate::email::Email;
use crate::password::Verdict;
use crate::preset::{Factors, PasswordRule, Rules};
use crate::session::{self, NewSession};
use crate::sign_in::Who;
use crate::store as sql;
use crate::{Identity, IdentityError};

/// A password that keeps the rules, hashed.
#[derive(Clone)]
pub(crate) struct Chosen {
    pub(crate) hash: Zeroizing<String>,
    rules: Rules,
}

/// What a person says who changes the own password.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    /// The present password.
    pub password: SecretText,
    /// The new one.
    pub new_password: SecretText,
    /// A code of the second factor.
    pub code: SecretText,
}

impl Identity {
    /// What a tenant's passwords are held to. Every account has a second factor.
    pub(crate) async fn password_rules(&self, tenant: TenantId) -> Result<Rules, IdentityError> {
        Ok(self.settings(tenant).await?.preset.rules(Factors::WithSecond))
    }

    /// Checks a password that somebody chose, and hashes it. `field` is the request's.
    pub(crate) async fn choose_password(
        &self,
        field: &'static str,
        (tenant, user): (TenantId, UserId),
        email: &Email,
        password: SecretText,
    ) -> Result<Chosen, IdentityError> {
        let settings = self.settings(tenant).await?;
        let rules = settings.preset.rules(Factors::WithSecond);
        rules.check(&password, email, &settings.name).map_err(|error| IdentityError::invalid(field, &error))?;
        let keys = self.keys();
        let before = self.db().read(move |tx| passwords_of(tx, keys.as_ref(), (tenant, user))).await?;
        for hash in before.into_iter().take(rules.remembered) {
            if self.0.hasher.verify(password.clone(), Some(hash)).await? != Verdict::Wrong {
                return Err(IdentityError::invalid(field, &PasswordRule::UsedBefore(rules.remembered)));
            }
        }
        Ok(Chosen { hash: self.0.hasher.hash(password).await?, rules })
    }

    /// Changes the acting person's password. Every session ends, and the answer holds a new one.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`]; [`IdentityError::CodeRefused`]; [`IdentityError::Invalid`] with the field;
    /// [`IdentityError::SignOnRequired`]; [`IdentityError::ChangedMeanwhile`]; keys and store.
    pub async fn change_password(&self, scope: &Scope, change: PasswordChange, browser: BrowserKind) -> Result<NewSession, IdentityError> {
        self.confirm(scope, &change.code).await?;
        let (user, tenant) = (scope.acting_user().ok_or(IdentityError::NotAPerson)?, scope.tenant());
        let keys = self.keys();
        let read = self.db().read(move |tx| {
            let row = tx.query_optional(&sql::PASSWORD_OF_USER, &params![user, tenant])?;
            row.map(|row| Ok::<_, StoreError>((open(keys.as_ref(), (tenant, user), &row.get(0)?)?, row.get::<i64>(1)?))).transpose()
        });
        let (hash, version) = read.await?.ok_or(IdentityError::NotFound)?;
        // A changed password begins a session, which would be one without the provider.
        self.check_sign_on(Who { tenant, user, version }).await?;
        if self.0.hasher.verify(change.password, Some(hash)).await? == Verdict::Wrong {
            self.record(scope, LeafKind::SignInFailed, Some(user.number()), json!({ "password_change": true })).await?;
            return Err(IdentityError::Invalid { field: "password", detail: "this is not your present password".to_owned() });
        }
        let email = self.profile(tenant, user).await?.email;
        let chosen = self.choose_password("new_password", (tenant, user), &email, change.new_password).await?;
        let told = self.record(scope, LeafKind::PasswordChanged, Some(user.number()), json!({})).await?;
        let lifetime = self.session_limits(tenant).await?.lifetime;
        let token = session::make_token(self);
        let given_out = session::given_out(&token, lifetime);
        let keys = self.keys();
        let is_changed = self.db().write(move |tx| {
            if !set(tx, &told, keys.as_ref(), (tenant, user), version, &chosen)? {
                return Ok(false);
            }
            tx.execute(&sql::DELETE_SESSIONS_OF_USER, &params![user])?;
            session::begin(tx, &token, (tenant, user), lifetime, browser)?;
            Ok::<_, StoreError>(true)
        });
        if is_changed.await? { Ok(given_out) } else { Err(IdentityError::ChangedMeanwhile) }
    }
}

/// Puts a chosen password in the place of an account's of a version; tells whether it was still that one.
pub(crate) fn set(
    tx: &mut Tx<'_>,
    told: &Recorded,
    keys: &dyn KeyRing,
    (tenant, user): (TenantId, UserId),
    version: i64,
    chosen: &Chosen,
) -> Result<bool, StoreError> {
    remember(tx, told, keys, (tenant, user), chosen)?;
    let sealed = seal(keys, (tenant, user), &chosen.hash)?;
    let now = tx.now();
    Ok(tx.execute(&sql::SET_PASSWORD, &params![user, sealed, now, version])? == 1)
}

/// Keeps the account's present password among those that were had before, where the preset asks for it.
pub(crate) fn remember(
    tx: &mut Tx<'_>,
    _told: &Recorded,
    keys: &dyn KeyRing,
    (tenant, user): (TenantId, UserId),
    chosen: &Chosen,
) -> Result<(), StoreError> {
    // The new one is the first of those that are remembered.
    let Some(kept) = chosen.rules.remembered.checked_sub(1) else {
        tx.execute(&sql::DELETE_FORMER_PASSWORDS, &params![user])?;
        return Ok(());
    };
    let mut hashes = passwords_of(tx, keys, (tenant, user))?;
    hashes.truncate(kept);
    let hashes: Vec<String> = hashes.iter().map(|hash| hash.as_str().to_owned()).collect();
    let sealed = Sealed::seal(keys, KeyRef::User(tenant, user), place::former_hashes(user.number()), &hashes)?;
    let now = tx.now();
    tx.execute(&sql::PUT_FORMER_PASSWORDS, &params![user, tenant, sealed, now])?;
    Ok(())
}

/// The hashes of an account's passwords, the present one first; none where there is no such account.
fn passwords_of(tx: &mut Tx<'_>, keys: &dyn KeyRing, (tenant, user): (TenantId, UserId)) -> Result<Vec<Zeroizing<String>>, StoreError> {
    let Some(row) = tx.query_optional(&sql::PASSWORD_OF_USER, &params![user, tenant])? else { return Ok(Vec::new()) };
    let mut hashes = vec![open(keys, (tenant, user), &row.get(0)?)?];
    if let Some(row) = tx.query_optional(&sql::FORMER_PASSWORDS, &params![user])? {
        let sealed: Sealed<Vec<String>> = row.get(0)?;
        let former = sealed.open(keys, KeyRef::User(tenant, user), place::former_hashes(user.number()))?;
        hashes.extend(former.into_iter().map(Zeroizing::new));
    }
    Ok(hashes)
}

/// An account's hash, sealed.
pub(crate) fn seal(keys: &dyn KeyRing, (tenant, user): (TenantId, UserId), hash: &Zeroizing<String>) -> Result<Sealed<String>, StoreError> {
    Sealed::seal(keys, KeyRef::User(tenant, user), place::user_password_hash(user.number()), &hash.as_str().to_owned())
}

fn open(keys: &dyn KeyRing, (tenant, user): (TenantId, UserId), sealed: &Sealed<String>) -> Result<Zeroizing<String>, StoreError> {
    Ok(Zeroizing::new(sealed.open(keys, KeyRef::User(tenant, user), place::user_password_hash(user.number()))?))
}
