//! Signing in with e-mail address, password and code.
//!
//! An unknown address, a wrong password and a wrong code get one answer, after the same work: the account is looked up,
//! a password hash computed (a decoy's where there is no account), three codes computed, one leaf written.
//! After many such tries at one address there are pauses in which none of that is done (`guesses`).

use kernel::{KeyRef, KeyRing, SecretText, SystemWork, TenantId, UserId};
use serde_json::json;
use store::{Sealed, StoreError, params};
use trust::LeafKind;
use zeroize::Zeroizing;

use crate::data_map::place;
use crate::email::Email;
use crate::password::{PASSWORD_BYTES_MAX, Verdict};
use crate::session::{self, NewSession};
use crate::store as sql;
use crate::totp::{self, Secret};
use crate::{Identity, IdentityError};

/// For which purpose e-mail addresses are hashed.
const EMAIL_INDEX: &str = "user-email";

/// What a person presents.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// E-mail address, as typed.
    pub email: SecretText,
    /// Password.
    pub password: SecretText,
    /// Code of the second factor, as typed.
    pub totp_code: SecretText,
}

/// What a person sees of the own account.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The user's number.
    pub user: UserId,
    /// The tenant.
    pub tenant: TenantId,
    /// E-mail address.
    pub email: Email,
    /// Language of the console.
    pub language: String,
}

/// An account, opened.
pub(crate) struct Account {
    pub(crate) user: UserId,
    pub(crate) tenant: TenantId,
    password_hash: Zeroizing<String>,
    totp_secret: Secret,
    totp_step: i64,
    version: i64,
}

/// The keyed hash by which an account is found.
pub(crate) fn email_index(keys: &dyn KeyRing, email: &Email) -> Result<[u8; 32], StoreError> {
    Ok(keys.blind_index(KeyRef::Instance, EMAIL_INDEX, email.lookup_form().as_bytes())?)
}

impl Identity {
    /// Signs a person in. After ten tries in a row that were not let in, an address is paused, ever longer, for whoever
    /// names it; see `guesses` for what a stranger can do with that.
    ///
    /// # Errors
    /// [`IdentityError::SignInRefused`], whatever was wrong; [`IdentityError::Hash`] where too many wait; keys and store.
    pub async fn sign_in(&self, credentials: Credentials) -> Result<NewSession, IdentityError> {
        let email: Option<Email> = credentials.email.expose().parse().ok();
        let (index, account) = match &email {
            Some(email) => self.find_account(email).await.map(|(index, account)| (Some(index), account))?,
            None => (None, None),
        };
        if index.is_some_and(|index| !self.0.guesses.admit(index, self.clock().monotonic())) {
            return Err(IdentityError::SignInRefused);
        }
        // A password past the limit is wrong without being hashed: nobody has one.
        let password =
            if credentials.password.expose().len() > PASSWORD_BYTES_MAX { SecretText::new(String::new()) } else { credentials.password };
        let stored = account.as_ref().map(|account| account.password_hash.clone());
        let verdict = self.0.hasher.verify(password.clone(), stored).await?;
        let decoy = Secret::random(self.rng());
        let (secret, last_step) = account.as_ref().map_or((&decoy, i64::MAX), |account| (&account.totp_secret, account.totp_step));
        let code = totp::normalise_code(credentials.totp_code.expose());
        let step = secret.accept(&code, self.clock().now(), last_step);
        match (account, step, verdict) {
            (Some(account), Some(step), Verdict::Right | Verdict::RightButWeak) => {
                let session = self.let_in(&account, step, verdict, password).await?;
                index.iter().for_each(|index| self.0.guesses.clear(index));
                Ok(session)
            }
            (account, ..) => {
                self.record_refusal(account.as_ref()).await?;
                Err(IdentityError::SignInRefused)
            }
        }
    }

    async fn let_in(&self, account: &Account, step: i64, verdict: Verdict, password: SecretText) -> Result<NewSession, IdentityError> {
        let (keys, user, tenant, version) = (self.keys(), account.user, account.tenant, account.version);
        let stronger = match verdict {
            Verdict::RightButWeak => Some(self.0.hasher.hash(password).await?),
            Verdict::Right | Verdict::Wrong => None,
        };
        let scope = self.mint().system(tenant, SystemWork::SignIn);
        self.record(&scope, LeafKind::SignedIn, Some(user.number()), json!({})).await?;
        let token = session::make_token(self);
        let given_out = session::given_out(&token);
        // One transaction, over the account as it was read: of two requests with one code the second finds it taken, and
        // where the owner got back in meanwhile, what was proven is worth nothing any more.
        let is_let_in = self.db().write(move |tx| {
            if tx.execute(&sql::TAKE_TOTP_STEP, &params![user, step, version])? != 1 {
                return Ok(false);
            }
            if let Some(hash) = &stronger {
                let place = place::user_password_hash(user.number());
                let sealed = Sealed::seal(keys.as_ref(), KeyRef::User(tenant, user), place, &hash.as_str().to_owned())?;
                tx.execute(&sql::SET_PASSWORD_HASH, &params![user, sealed, version + 1])?;
            }
            session::begin(tx, &token, tenant, user)?;
            Ok::<_, StoreError>(true)
        });
        if !is_let_in.await? {
            self.record_refusal(Some(account)).await?;
            return Err(IdentityError::SignInRefused);
        }
        Ok(given_out)
    }

    async fn record_refusal(&self, account: Option<&Account>) -> Result<(), IdentityError> {
        match account {
            Some(account) => {
                let scope = self.mint().system(account.tenant, SystemWork::SignIn);
                self.record(&scope, LeafKind::SignInFailed, Some(account.user.number()), json!({})).await.map(|_told| ())
            }
            None => self.record_instance(LeafKind::SignInFailed, json!({})).await,
        }
    }

    /// The account of an address.
    pub(crate) async fn account_of(&self, email: &Email) -> Result<Option<Account>, IdentityError> {
        Ok(self.find_account(email).await?.1)
    }

    /// The keyed hash of an address, and its account.
    async fn find_account(&self, email: &Email) -> Result<([u8; 32], Option<Account>), IdentityError> {
        let (keys, email) = (self.keys(), email.clone());
        self.db()
            .read(move |tx| {
                let index = email_index(keys.as_ref(), &email)?;
                let Some(row) = tx.query_optional(&sql::USER_BY_EMAIL, &params![index])? else {
                    return Ok((index, None));
                };
                let (user, tenant): (UserId, TenantId) = (row.get(0)?, row.get(1)?);
                let key = KeyRef::User(tenant, user);
                let password_hash: Sealed<String> = row.get(2)?;
                let totp_secret: Sealed<Secret> = row.get(3)?;
                let account = Account {
                    user,
                    tenant,
                    password_hash: Zeroizing::new(password_hash.open(keys.as_ref(), key, place::user_password_hash(user.number()))?),
                    totp_secret: totp_secret.open(keys.as_ref(), key, place::user_totp_secret(user.number()))?,
                    totp_step: row.get(4)?,
                    version: row.get(5)?,
                };
                Ok((index, Some(account)))
            })
            .await
            .map_err(|error: StoreError| error.into())
    }

    /// What a person sees of the own account.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`]; keys and store.
    pub async fn profile(&self, tenant: TenantId, user: UserId) -> Result<Profile, IdentityError> {
        let keys = self.keys();
        let row = self
            .db()
            .read(move |tx| {
                let Some(row) = tx.query_optional(&sql::USER_PROFILE, &params![user, tenant])? else {
                    return Ok(None);
                };
                let email: Sealed<String> = row.get(0)?;
                let email = email.open(keys.as_ref(), KeyRef::User(tenant, user), place::user_email(user.number()))?;
                Ok::<_, StoreError>(Some((email, row.get::<String>(1)?)))
            })
            .await?;
        let (email, language) = row.ok_or(IdentityError::NotFound)?;
        let email = email.parse().map_err(|_| StoreError::Corrupt(format!("the e-mail address of {user}")))?;
        Ok(Profile { user, tenant, email, language })
    }
}
