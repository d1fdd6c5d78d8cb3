//! Signing in with e-mail address, password and code.
//!
//! An unknown address, a wrong password, a wrong code and a network that the tenant does not let in get one answer, after the same
//! work: the account is looked up, a password hash computed (a decoy's where there is no account), three codes computed, one leaf written.
//! After many such tries at one address there are pauses in which none of that is done (`guesses`). Where everything is right and
//! the password does not keep the rules (the organisation chose others since), its owner gives another one in the same request.

use kernel::{KeyRef, KeyRing, SecretText, Source, SystemWork, TenantId, Timestamp, UserId};
use serde_json::json;
use store::{Sealed, StoreError, params};
use trust::LeafKind;
use web::BrowserKind;
use zeroize::Zeroizing;

use crate::access_policy::CredentialKind;
use crate::data_map::place;
use crate::email::Email;
use crate::new_password::{self, Chosen};
use crate::password::{PASSWORD_BYTES_MAX, Verdict};
use crate::preset::{Factors, Preset};
use crate::second_factor::{self, Proof};
use crate::session::{self, NewSession};
use crate::store as sql;
use crate::totp::Secret;
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
    /// Code of the second factor or a recovery code, as typed.
    pub totp_code: SecretText,
    /// Another password, for whom the present one is not good any more.
    pub new_password: Option<SecretText>,
    /// From where they come.
    pub source: Source,
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
    password_set_at: Timestamp,
}

impl Account {
    const fn who(&self) -> Who {
        Who { tenant: self.tenant, user: self.user, version: self.version }
    }
}

/// Whose account it is, as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) tenant: TenantId,
    pub(crate) user: UserId,
    pub(crate) version: i64,
}

/// What somebody is let in with.
pub(crate) struct Entry {
    pub(crate) proof: Proof,
    /// A stronger hash of the same password.
    pub(crate) stronger: Option<Zeroizing<String>>,
    /// Another password.
    pub(crate) chosen: Option<Chosen>,
}

/// The keyed hash by which an account is found.
pub(crate) fn email_index(keys: &dyn KeyRing, email: &Email) -> Result<[u8; 32], StoreError> {
    Ok(keys.blind_index(KeyRef::Instance, EMAIL_INDEX, email.lookup_form().as_bytes())?)
}

impl Identity {
    /// Signs a person in. After ten tries in a row that were not let in, an address is paused or locked, as the tenant's preset
    /// says, for whoever names it; see `guesses` for what a stranger can do with that.
    ///
    /// # Errors
    /// [`IdentityError::SignInRefused`], whatever was wrong; [`IdentityError::PasswordDue`] where all was right and the password
    /// is not good any more; [`IdentityError::SignOnRequired`]; [`IdentityError::Invalid`] for the new one; [`IdentityError::Hash`] where too many wait; keys and
    /// store.
    pub async fn sign_in(&self, credentials: Credentials, browser: BrowserKind) -> Result<NewSession, IdentityError> {
        let Ok(email) = credentials.email.expose().parse::<Email>() else {
            self.refuse_nobody(credentials).await?;
            return Err(IdentityError::SignInRefused);
        };
        let (index, account) = self.find_account(&email).await?;
        let preset = match &account {
            Some(account) => self.settings(account.tenant).await?.preset,
            None => Preset::default(),
        };
        if !self.0.guesses.admit(index, self.clock().monotonic(), preset.pauses()) {
            // A quicker answer would tell of the pause, and whose pauses are long has an account.
            self.refuse_nobody(credentials).await?;
            return Err(IdentityError::SignInRefused);
        }
        let Some((account, proof, verdict)) = self.proven(account, &credentials).await? else {
            return Err(IdentityError::SignInRefused);
        };
        // Who has proven all this is no guesser.
        self.0.guesses.clear(&index);
        self.check_sign_on(account.who()).await?;
        let chosen = self.another_password(&account, &email, &credentials).await?;
        let stronger = match (&chosen, verdict) {
            (None, Verdict::RightButWeak) => Some(self.0.hasher.hash(credentials.password).await?),
            _ => None,
        };
        self.let_in(account.who(), Entry { proof, stronger, chosen }, browser).await
    }

    /// The account, where password and second factor are its own. Refusals are recorded.
    async fn proven(
        &self,
        account: Option<Account>,
        credentials: &Credentials,
    ) -> Result<Option<(Account, Proof, Verdict)>, IdentityError> {
        // A password past the limit is wrong without being hashed: nobody has one.
        let is_too_long = credentials.password.expose().len() > PASSWORD_BYTES_MAX;
        let password = if is_too_long { SecretText::new(String::new()) } else { credentials.password.clone() };
        let stored = account.as_ref().map(|account| account.password_hash.clone());
        let verdict = self.0.hasher.verify(password, stored).await?;
        let decoy = Secret::random(self.rng());
        let user = account.as_ref().map(|account| account.user);
        let checked_with = account.as_ref().map_or((&decoy, i64::MAX), |account| (&account.totp_secret, account.totp_step));
        let proof = self.proof_of(user, checked_with, &credentials.totp_code).await?;
        // From elsewhere than the tenant's list even the right ones are wrong: another answer would say that they are right.
        let is_let_in = match &account {
            Some(account) => self.lets_in(account.tenant, CredentialKind::People, credentials.source).await?,
            None => false,
        };
        match (account, proof, verdict) {
            (Some(account), Some(proof), Verdict::Right | Verdict::RightButWeak) if is_let_in => Ok(Some((account, proof, verdict))),
            (account, ..) => {
                self.record_refusal(account.as_ref().map(Account::who), json!({})).await?;
                Ok(None)
            }
        }
    }

    /// Does for a text that is no address, and for one that is paused, what is done for one without an account.
    async fn refuse_nobody(&self, credentials: Credentials) -> Result<(), IdentityError> {
        self.proven(None, &credentials).await.map(|_nobody| ())
    }

    /// Whether a credential of this server's own opens the account at all. Who has shown both factors is told why it does not; an
    /// owner's always does, so that an organisation is not shut out with its provider.
    pub(crate) async fn check_sign_on(&self, who: Who) -> Result<(), IdentityError> {
        let Who { tenant, user, .. } = who;
        if !self.sign_on_is_required(tenant).await? || self.held(tenant, user).await?.owns() {
            return Ok(());
        }
        self.record_refusal(Some(who), json!({ "sign_on_required": true })).await?;
        Err(IdentityError::SignOnRequired)
    }

    /// The password that takes the present one's place, where that is not good any more or a new one is given.
    async fn another_password(&self, account: &Account, email: &Email, credentials: &Credentials) -> Result<Option<Chosen>, IdentityError> {
        let (tenant, user) = (account.tenant, account.user);
        if let Some(new) = &credentials.new_password {
            return self.choose_password("new_password", (tenant, user), email, new.clone()).await.map(Some);
        }
        let settings = self.settings(tenant).await?;
        let rules = settings.preset.rules(Factors::WithSecond);
        let is_good = rules.check(&credentials.password, email, &settings.name).is_ok();
        if is_good && !rules.is_too_old(account.password_set_at, self.clock().now()) {
            return Ok(None);
        }
        self.record_refusal(Some(account.who()), json!({ "password_due": true })).await?;
        Err(IdentityError::PasswordDue)
    }

    /// Begins a session for somebody, where what was proven is there to be taken.
    pub(crate) async fn let_in(&self, who: Who, entry: Entry, browser: BrowserKind) -> Result<NewSession, IdentityError> {
        let (keys, Who { tenant, user, version }) = (self.keys(), who);
        let scope = self.mint().system(tenant, SystemWork::SignIn);
        let told = self.record(&scope, LeafKind::SignedIn, Some(user.number()), json!({ "with": entry.proof.text() })).await?;
        if let Proof::Recovery(_) = entry.proof {
            self.record(&scope, LeafKind::RecoveryCodeUsed, Some(user.number()), json!({})).await?;
        }
        if entry.chosen.is_some() {
            self.record(&scope, LeafKind::PasswordChanged, Some(user.number()), json!({ "at_sign_in": true })).await?;
        }
        let lifetime = self.session_limits(tenant).await?.lifetime;
        let token = session::make_token(self);
        let given_out = session::given_out(&token, lifetime);
        // One transaction, over the account as it was read: of two requests with one code the second finds it taken, and
        // where the owner got back in meanwhile, what was proven is worth nothing any more.
        let is_let_in = self.db().write(move |tx| {
            if !second_factor::take(tx, who, &entry.proof)? {
                return Ok(false);
            }
            if let Some(hash) = &entry.stronger {
                let sealed = new_password::seal(keys.as_ref(), (tenant, user), hash)?;
                tx.execute(&sql::SET_PASSWORD_HASH, &params![user, sealed, version + 1])?;
            }
            if let Some(chosen) = &entry.chosen {
                new_password::set(tx, &told, keys.as_ref(), (tenant, user), version + 1, chosen)?;
                tx.execute(&sql::DELETE_SESSIONS_OF_USER, &params![user])?;
            }
            session::begin(tx, &token, (tenant, user), lifetime, browser)?;
            Ok::<_, StoreError>(true)
        });
        if !is_let_in.await? {
            self.record_refusal(Some(who), json!({})).await?;
            return Err(IdentityError::SignInRefused);
        }
        Ok(given_out)
    }

    pub(crate) async fn record_refusal(&self, who: Option<Who>, payload: serde_json::Value) -> Result<(), IdentityError> {
        match who {
            Some(who) => {
                let scope = self.mint().system(who.tenant, SystemWork::SignIn);
                self.record(&scope, LeafKind::SignInFailed, Some(who.user.number()), payload).await.map(|_told| ())
            }
            None => self.record_instance(LeafKind::SignInFailed, payload).await,
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
                    password_set_at: row.get(6)?,
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
