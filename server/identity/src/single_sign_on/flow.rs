//! To the provider and back: who comes back vouched for is signed in.
//!
//! An account is found by the provider and its name for the person, never by an e-mail address: that changes hands, and a
//! provider could tell anybody's. Who has no account gets one by an invitation, or because the provider's rules take newcomers
//! in; with no group that gives a role it sees nothing. What groups give is written anew at each sign-in.
//!
//! Such an account has no password and no code: its rows hold what nobody knows, and its e-mail address finds it nowhere. So it
//! cannot do what takes a fresh code, and it is never an owner's.

use kernel::{KeyRef, KeyRing, ProviderId, Scope, SecretText, Source, SystemWork, TenantId, UserId};
use serde_json::json;
use store::{Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};
use web::BrowserKind;
use zeroize::Zeroizing;

use super::attempt::{Secrets, Taken};
use super::id_token::{Claims, Expected};
use super::provider::{Provider, Stored};
use super::relying_party::{ProviderFault, Returned};
use crate::access_policy::CredentialKind;
use crate::data_map::place;
use crate::directory;
use crate::email::Email;
use crate::grant::{self, Grant, Held};
use crate::link::{OpenLink, Purpose};
use crate::session::{self, NewSession};
use crate::setup::Language;
use crate::store as accounts;
use crate::store::directory as directory_sql;
use crate::store::single_sign_on as sql;
use crate::totp::Secret;
use crate::{Identity, IdentityError, invitation, new_password, people};

/// For which purpose a provider's names for people are hashed.
const SUBJECT_INDEX: &str = "sign-on-subject";

/// A browser that is to go to a provider.
#[derive(Clone, Debug)]
pub struct BegunSignOn {
    /// Where to.
    pub location: String,
    /// What the browser keeps.
    pub secret: SecretText,
}

/// What a browser came back with.
#[derive(Clone, Debug)]
pub struct SignOnAnswer {
    /// By whose page it came back.
    pub provider: ProviderId,
    /// What it kept.
    pub secret: Option<SecretText>,
    /// What went along.
    pub state: SecretText,
    /// The provider's code.
    pub code: SecretText,
    /// Who the answer says that it is from.
    pub issuer: Option<String>,
    /// Language of a new account's console.
    pub language: Language,
    /// From where it comes.
    pub source: Source,
}

/// The step of the second factor of an account that has none: no code is of a later one.
pub(crate) const STEP_OF_NOBODY: i64 = i64::MAX;

/// Whoever the provider vouches for, and the account that it is.
struct LetIn {
    tenant: TenantId,
    provider: ProviderId,
    /// What the provider's row was when its word was taken.
    version: i64,
    user: UserId,
    /// What the groups give now.
    held: Held,
    /// What is written of an account that was none before.
    newcomer: Option<Newcomer>,
    /// The provider's name for somebody whom the directory keeps, at their first sign-in.
    first_of_directory: Option<String>,
}

#[derive(Clone)]
struct Newcomer {
    subject: String,
    email: Email,
    language: Language,
    link: Option<OpenLink>,
}

/// The keyed hash by which an account is found.
pub(crate) fn subject_index(keys: &dyn KeyRing, provider: ProviderId, subject: &str) -> Result<[u8; 32], StoreError> {
    let text = [&provider.number().to_be_bytes(), subject.as_bytes()].concat();
    Ok(keys.blind_index(KeyRef::Instance, SUBJECT_INDEX, &text)?)
}

impl Identity {
    /// Where people of a provider come back to. Each provider has its own, so that an answer of one is none of another.
    #[must_use]
    pub fn redirect_uri(&self, provider: ProviderId) -> String {
        format!("{}/sign-in/{provider}/back", self.0.config.public_url)
    }

    /// The page by which people of a provider sign in.
    #[must_use]
    pub fn sign_in_url(&self, provider: ProviderId) -> String {
        format!("{}/sign-in/{provider}", self.0.config.public_url)
    }

    /// Begins a sign-in by a provider, or by an invitation's link the making of an account.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`]; [`IdentityError::LinkNotValid`]; [`IdentityError::OwnerNeedsPassword`];
    /// [`IdentityError::SignOnUnavailable`]; [`IdentityError::SignOnBusy`]; keys and store.
    pub async fn begin_sign_on(&self, provider: ProviderId, link: Option<&SecretText>) -> Result<BegunSignOn, IdentityError> {
        let stored = self.any_provider(provider).await?.ok_or(IdentityError::NotFound)?;
        let tenant = stored.shown.tenant;
        let link = match link {
            Some(link) => Some(self.open_link(link).await?),
            None => None,
        };
        if let Some(link) = &link {
            self.check_invitation(link, tenant).await?;
        }
        let known = self.relying_party().known(&stored.client(), self.clock().monotonic()).await;
        let known = known.map_err(|fault| {
            tracing::warn!(fault = fault.text(), "a provider of single sign-on cannot be used");
            IdentityError::SignOnUnavailable
        })?;
        let secrets = Secrets::random(self);
        self.begin_attempt(&secrets, (tenant, provider), link.map(|link| link.digest)).await?;
        let scope = ["openid"].into_iter().chain(stored.shown.rules.scopes.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
        let location = known.metadata.authorization_endpoint.with(&[
            ("response_type", "code"),
            ("client_id", &stored.shown.client_id),
            ("redirect_uri", &self.redirect_uri(provider)),
            ("scope", &scope),
            ("state", secrets.state.expose()),
            ("nonce", &secrets.nonce()),
            ("code_challenge", &secrets.challenge()),
            ("code_challenge_method", "S256"),
        ]);
        Ok(BegunSignOn { location, secret: secrets.browser })
    }

    /// Whether an invitation may be accepted by a provider of a tenant.
    async fn check_invitation(&self, link: &OpenLink, tenant: TenantId) -> Result<(), IdentityError> {
        if link.tenant != tenant || link.purpose != Purpose::Invitation {
            return Err(IdentityError::LinkNotValid);
        }
        if self.invited_to(link).await?.owns() { Err(IdentityError::OwnerNeedsPassword) } else { Ok(()) }
    }

    /// What the account of an invitation will hold.
    pub(crate) async fn invited_to(&self, link: &OpenLink) -> Result<Held, IdentityError> {
        let (keys, tenant, user) = (self.keys(), link.tenant, link.user);
        self.db().read(move |tx| invitation::held(tx, keys.as_ref(), tenant, user)).await
    }

    /// Signs somebody in who came back from a provider.
    ///
    /// # Errors
    /// [`IdentityError::SignOnExpired`] where no such attempt of this browser is open; [`IdentityError::SignOnRefused`] where what
    /// came back is not believed, whatever was wrong; [`IdentityError::SignOnNoAccount`] for somebody whom the provider vouches
    /// for and who has no account; [`IdentityError::LinkNotValid`]; keys and store.
    pub async fn finish_sign_on(&self, answer: SignOnAnswer, browser: BrowserKind) -> Result<NewSession, IdentityError> {
        let SignOnAnswer { provider, secret, state, code, issuer, language, source } = answer;
        let secrets = Secrets::returned(secret, state).ok_or(IdentityError::SignOnExpired)?;
        let taken = self.take_attempt(&secrets, provider).await?;
        let stored = self.any_provider(provider).await?.ok_or(IdentityError::SignOnExpired)?;
        let scope = self.mint().system(taken.tenant, SystemWork::SignIn);
        if !self.lets_in(taken.tenant, CredentialKind::People, source).await? {
            return Err(self.refused(&scope, provider, "source").await?);
        }
        let claims = match self.vouched_for(&stored, &secrets, &taken, Returned { code, issuer }).await {
            Ok(claims) => claims,
            Err(fault) => return Err(self.refused(&scope, provider, fault.text()).await?),
        };
        let groups = claims.texts(&stored.shown.rules.groups_claim);
        let held = stored.shown.rules.held_by(&groups);
        // Whom the directory removed and added again has another account.
        let account = self.account_of_subject(&stored.shown, &claims.subject).await?;
        let is_over = match account {
            Some(user) => self.is_removed(taken.tenant, user).await?,
            None => true,
        };
        let kept = if is_over { self.kept_by_directory(&stored.shown, &claims.subject).await? } else { None };
        let first_of_directory = kept.is_some().then(|| claims.subject.clone());
        let known = kept.or(account);
        let let_in = match known {
            // An invitation makes an account; who has one needs none.
            Some(_) if taken.link.is_some() => return Err(IdentityError::SignOnTaken),
            Some(user) if self.is_shut_out(taken.tenant, user).await? => {
                self.refused(&scope, provider, "shut-out").await?;
                return Err(IdentityError::SignOnNoAccount);
            }
            Some(user) => {
                LetIn { tenant: taken.tenant, provider, version: stored.version(), user, held, newcomer: None, first_of_directory }
            }
            None => self.newcomer(&scope, &stored, &taken, (&claims, language), held).await?,
        };
        self.let_in_by_provider(&scope, let_in, browser).await
    }

    async fn vouched_for(&self, stored: &Stored, secrets: &Secrets, taken: &Taken, returned: Returned) -> Result<Claims, ProviderFault> {
        let client = stored.client();
        let nonce = secrets.nonce();
        let expected = Expected {
            issuer: client.issuer.as_text(),
            client_id: &client.client_id,
            nonce: &nonce,
            access_token: None,
            begun_at: taken.begun_at,
            now: self.clock().now(),
        };
        let proofs = secrets.proofs(self.redirect_uri(client.provider));
        let wanted: &[&str] = &["email", &stored.shown.rules.groups_claim];
        let wanted = if stored.shown.rules.groups.is_empty() { wanted.get(..1).unwrap_or_default() } else { wanted };
        self.relying_party().vouched_for(&client, &returned, &proofs, (expected, wanted), self.clock().monotonic()).await
    }

    /// What is answered to whoever is not believed; what was wrong is told to the tenant's ledger only.
    async fn refused(&self, scope: &Scope, provider: ProviderId, fault: &str) -> Result<IdentityError, IdentityError> {
        let payload = json!({ "provider": provider.number(), "fault": fault });
        self.record(scope, LeafKind::SignOnRefused, Some(provider.number()), payload).await?;
        Ok(IdentityError::SignOnRefused)
    }

    /// The account of whom a provider vouches for. One that is being erased is none.
    async fn account_of_subject(&self, provider: &Provider, subject: &str) -> Result<Option<UserId>, IdentityError> {
        let index = subject_index(self.keys().as_ref(), provider.provider, subject)?;
        let (keys, tenant, provider) = (self.keys(), provider.tenant, provider.provider);
        let read = self.db().read(move |tx| {
            let Some(row) = tx.query_optional(&sql::USER_OF_SUBJECT, &params![provider, index, tenant])? else { return Ok(None) };
            let (user, grants): (UserId, Sealed<Vec<Grant>>) = (row.get(0)?, row.get(1)?);
            match grants.open(keys.as_ref(), KeyRef::User(tenant, user), place::link_grants(user.number())) {
                Err(error) if Sealed::<String>::is_erased(&error) => Ok(None),
                opened => opened.map(|_| Some(user)),
            }
        });
        Ok(read.await?)
    }

    async fn is_removed(&self, tenant: TenantId, user: UserId) -> Result<bool, IdentityError> {
        let state = self.db().read(move |tx| directory::state_of(tx, tenant, user)).await?;
        Ok(state == Some(directory::State::Removed))
    }

    /// Whom the tenant's directory keeps under this name, where the provider is the directory's: both are kept by the same people,
    /// and what the directory calls a person's number is what its provider vouches for.
    async fn kept_by_directory(&self, provider: &Provider, subject: &str) -> Result<Option<UserId>, IdentityError> {
        let index = directory::external_index(self.keys().as_ref(), provider.tenant, subject)?;
        let (tenant, provider) = (provider.tenant, provider.provider);
        let read = self.db().read(move |tx| {
            if directory::settings::provider_of(tx, tenant)? != Some(provider) {
                return Ok(None);
            }
            let rows = tx.query(&directory_sql::USERS_BY_EXTERNAL, &params![tenant, index])?;
            match rows.as_slice() {
                // Somebody who is tied to a name of this or another provider already is not tied to a second one.
                [row] => {
                    let user: UserId = row.get(0)?;
                    let is_tied = tx.query_optional(&sql::GRANTS_OF_PROVIDER, &params![tenant, user])?.is_some();
                    Ok((!is_tied).then_some(user))
                }
                _ => Ok::<_, StoreError>(None),
            }
        });
        Ok(read.await?)
    }

    /// An account that is to be made of whom a provider vouches for.
    async fn newcomer(
        &self,
        scope: &Scope,
        stored: &Stored,
        taken: &Taken,
        (claims, language): (&Claims, Language),
        held: Held,
    ) -> Result<LetIn, IdentityError> {
        let provider = &stored.shown;
        let link = match taken.link {
            Some(digest) => {
                let link = self.open_link_of(digest).await?.ok_or(IdentityError::LinkNotValid)?;
                self.check_invitation(&link, taken.tenant).await?;
                Some(link)
            }
            None if !provider.rules.takes_newcomers => {
                self.refused(scope, provider.provider, "no-account").await?;
                return Err(IdentityError::SignOnNoAccount);
            }
            None => None,
        };
        let Some(email) = claims.text("email").and_then(|text| text.parse::<Email>().ok()) else {
            return Err(self.refused(scope, provider.provider, ProviderFault::NoEmail.text()).await?);
        };
        let user = link.as_ref().map_or_else(|| UserId::from_random(self.rng().bits()), |link| link.user);
        let newcomer = Some(Newcomer { subject: claims.subject.clone(), email, language, link });
        let (tenant, version, first_of_directory) = (taken.tenant, stored.version(), None);
        Ok(LetIn { tenant, provider: provider.provider, version, user, held, newcomer, first_of_directory })
    }

    async fn let_in_by_provider(&self, scope: &Scope, let_in: LetIn, browser: BrowserKind) -> Result<NewSession, IdentityError> {
        let LetIn { tenant, provider, version, user, held, newcomer, first_of_directory } = let_in;
        let keys = self.keys();
        keys.ensure(KeyRef::User(tenant, user))?;
        let told = self.tell_of_entry(scope, (provider, user), newcomer.as_ref(), &held).await?;
        let lifetime = self.session_limits(tenant).await?.lifetime;
        let token = session::make_token(self);
        let given_out = session::given_out(&token, lifetime);
        let made = newcomer.map(|newcomer| {
            let stand_ins = StandIns {
                password: Zeroizing::new(self.0.hasher.decoy().to_owned()),
                totp: Secret::random(self.rng()),
                email_index: self.rng().bytes(),
            };
            (newcomer, stand_ins)
        });
        let write = self.db().write(move |tx| {
            // A provider that was changed or removed while it was asked has nobody's word any more.
            let present = tx.query_optional(&sql::PROVIDER, &params![provider])?.map(|row| row.get::<i64>(6)).transpose()?;
            if present != Some(version) {
                return Err(IdentityError::SignOnExpired);
            }
            let row = Row { keys: keys.as_ref(), tenant, user, provider };
            match (&made, &first_of_directory) {
                (Some((newcomer, stand_ins)), _) => make_account(tx, &told, &row, newcomer, stand_ins, &held)?,
                (None, Some(subject)) => tie(tx, &row, subject, &held)?,
                (None, None) => note_groups(tx, &told, &row, &held)?,
            }
            Ok::<_, IdentityError>(session::begin(tx, &token, (tenant, user), lifetime, browser)?)
        });
        write.await?;
        Ok(given_out)
    }

    /// What the ledger is told before somebody is let in: the entry itself, and where groups give something else than before, that.
    async fn tell_of_entry(
        &self,
        scope: &Scope,
        (provider, user): (ProviderId, UserId),
        newcomer: Option<&Newcomer>,
        held: &Held,
    ) -> Result<Recorded, IdentityError> {
        let (keys, tenant) = (self.keys(), scope.tenant());
        if let Some(newcomer) = newcomer {
            let purpose = if newcomer.link.is_some() { "invitation" } else { "newcomer" };
            let payload = json!({ "purpose": purpose, "provider": provider.number() });
            self.record(scope, LeafKind::SetupFinished, Some(user.number()), payload).await?;
        }
        let before = self.db().read(move |tx| grant::read_from_provider(tx, keys.as_ref(), tenant, user)).await?.unwrap_or_default();
        if before != *held {
            let payload = json!({ "before": people::told_of(&before), "after": people::told_of(held), "provider": provider.number() });
            self.record(scope, LeafKind::RolesChanged, Some(user.number()), payload).await?;
        }
        let payload = json!({ "with": "single-sign-on", "provider": provider.number() });
        self.record(scope, LeafKind::SignedIn, Some(user.number()), payload).await
    }
}

/// Whose row is written.
struct Row<'a> {
    keys: &'a dyn KeyRing,
    tenant: TenantId,
    user: UserId,
    provider: ProviderId,
}

/// What lies where other accounts have what they sign in with: nobody knows it.
#[derive(Clone)]
struct StandIns {
    password: Zeroizing<String>,
    totp: Secret,
    email_index: [u8; 32],
}

fn make_account(
    tx: &mut Tx<'_>,
    told: &Recorded,
    row: &Row<'_>,
    newcomer: &Newcomer,
    stand_ins: &StandIns,
    held: &Held,
) -> Result<(), IdentityError> {
    let Row { keys, tenant, user, .. } = *row;
    let now = tx.now();
    if let Some(link) = &newcomer.link {
        if tx.execute(&accounts::USE_LINK, &params![link.digest, now])? != 1 {
            return Err(IdentityError::LinkNotValid);
        }
        let given = invitation::take(tx, told, keys, tenant, user)?;
        grant::write(tx, told, keys, (tenant, user), &given)?;
    }
    let (key, number) = (KeyRef::User(tenant, user), user.number());
    let email = Sealed::seal(keys, key, place::user_email(number), &newcomer.email.as_text().to_owned())?;
    let hash = new_password::seal(keys, (tenant, user), &stand_ins.password)?;
    let totp = Sealed::seal(keys, key, place::user_totp_secret(number), &stand_ins.totp)?;
    // No step is later than this one: no code is ever taken.
    let account = params![user, tenant, stand_ins.email_index, email, hash, totp, STEP_OF_NOBODY, newcomer.language.text(), now];
    tx.execute(&accounts::INSERT_USER, &account)?;
    tie(tx, row, &newcomer.subject, held)
}

/// Ties an account to the provider's name for it.
fn tie(tx: &mut Tx<'_>, row: &Row<'_>, subject: &str, held: &Held) -> Result<(), IdentityError> {
    let Row { keys, tenant, user, provider } = *row;
    let (key, number, now) = (KeyRef::User(tenant, user), user.number(), tx.now());
    let index = subject_index(keys, provider, subject)?;
    let before = tx.query_optional(&sql::USER_OF_SUBJECT, &params![provider, index, tenant])?;
    if let Some(before) = before.map(|row| row.get::<UserId>(0)).transpose()?
        && directory::state_of(tx, tenant, before)? == Some(directory::State::Removed)
    {
        tx.execute(&sql::DELETE_LINK, &params![tenant, before])?;
    }
    let subject = Sealed::seal(keys, key, place::link_subject(number), &subject.to_owned())?;
    let grants = Sealed::seal(keys, key, place::link_grants(number), &held.0)?;
    let link = params![user, tenant, provider, index, subject, grants, now];
    // Of two newcomers at once with one name the second is one who has an account.
    if tx.execute(&sql::INSERT_LINK, &link)? == 1 { Ok(()) } else { Err(IdentityError::SignOnTaken) }
}

/// Puts what groups give now in the place of what they gave before.
fn note_groups(tx: &mut Tx<'_>, _told: &Recorded, row: &Row<'_>, held: &Held) -> Result<(), IdentityError> {
    let Row { keys, tenant, user, provider } = *row;
    let now = tx.now();
    let grants = Sealed::seal(keys, KeyRef::User(tenant, user), place::link_grants(user.number()), &held.0)?;
    if tx.execute(&sql::UPDATE_LINK, &params![user, provider, grants, now])? == 1 { Ok(()) } else { Err(IdentityError::SignOnRefused) }
}
