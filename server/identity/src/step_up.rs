//! A second look at the second factor, before something that cannot be undone.
//!
//! Who has a session may have found an open browser; who can also show the next code of the second factor is its owner. A program's
//! token has no second factor, so it is never enough.

use kernel::{KeyRef, Scope, SecretText, UserId};
use seal::hash::sha256;
use serde_json::json;
use store::{Sealed, StoreError, params};
use trust::LeafKind;

use crate::data_map::place;
use crate::second_factor::{self, Proof};
use crate::sign_in::Who;
use crate::store as sql;
use crate::totp::Secret;
use crate::{Identity, IdentityError};

/// What the counts of tries are kept under: apart from those of signing in, so that neither pauses the other.
const CONTEXT: &[u8] = b"purser step-up";

impl Identity {
    /// Takes the code of the acting person's second factor. A code is taken once, here and at sign-in together;
    /// a recovery code stands for one, and so does what a passkey gave that was shown for it.
    ///
    /// # Errors
    /// [`IdentityError::NotAPerson`] for a program; [`IdentityError::CodeRefused`] for a wrong or used code, and without a look after
    /// many tries; keys and store.
    pub async fn confirm(&self, scope: &Scope, code: &SecretText) -> Result<(), IdentityError> {
        let user = scope.acting_user().ok_or(IdentityError::NotAPerson)?;
        let tries = sha256(&[CONTEXT, &user.number().to_be_bytes()].concat());
        let pauses = self.settings(scope.tenant()).await?.preset.pauses();
        if !self.0.guesses.admit(tries, self.clock().monotonic(), pauses) {
            return Err(IdentityError::CodeRefused);
        }
        if self.take_code(scope, user, code).await? {
            self.0.guesses.clear(&tries);
            return Ok(());
        }
        self.record(scope, LeafKind::SignInFailed, Some(user.number()), json!({ "step_up": true })).await?;
        Err(IdentityError::CodeRefused)
    }

    async fn take_code(&self, scope: &Scope, user: UserId, code: &SecretText) -> Result<bool, IdentityError> {
        let (keys, tenant) = (self.keys(), scope.tenant());
        let read = self.db().read(move |tx| {
            let Some(row) = tx.query_optional(&sql::SECOND_FACTOR, &params![user, tenant])? else { return Ok(None) };
            let sealed: Sealed<Secret> = row.get(0)?;
            let secret = sealed.open(keys.as_ref(), KeyRef::User(tenant, user), place::user_totp_secret(user.number()))?;
            Ok::<_, StoreError>(Some((secret, row.get::<i64>(1)?, row.get::<i64>(2)?)))
        });
        let Some((secret, last_step, version)) = read.await? else { return Ok(false) };
        let proof = match self.confirmed(user, code)? {
            Some(confirmed) => Some(confirmed),
            None => self.proof_of(Some(user), (&secret, last_step), code).await?,
        };
        let Some(proof) = proof else { return Ok(false) };
        if let Proof::Recovery(_) = proof {
            self.record(scope, LeafKind::RecoveryCodeUsed, Some(user.number()), json!({})).await?;
        }
        // Of two requests with one code the second finds it taken.
        Ok(self.db().write(move |tx| second_factor::take(tx, Who { tenant, user, version }, &proof)).await?)
    }
}
