//! An owner sets the account up, or gets back into it: one link, two steps.
//!
//! The first step shows the second factor's secret; the second proves that the authenticator has it, sets the password,
//! and signs the owner in. Recovery asks for the account's own e-mail address, replaces both factors (a reset never
//! leaves one out) and ends every session and every recovery code.

use kernel::{KeyRef, SecretText, SystemWork};
use qrcode::QrCode;
use qrcode::render::svg;
use serde_json::json;
use store::{Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};
use web::BrowserKind;
use zeroize::Zeroizing;

use crate::data_map::place;
use crate::email::Email;
use crate::grant::{self, Grant, Held};
use crate::link::{OpenLink, Purpose};
use crate::new_password::Chosen;
use crate::preset::{Preset, Rules};
use crate::role::Role;
use crate::session::{self, NewSession};
use crate::sign_in::email_index;
use crate::single_sign_on::provider::Provider;
use crate::store as sql;
use crate::totp;
use crate::{Identity, IdentityError, Name, invitation, new_password, passkey, recovery_codes};

/// What the set-up page shows.
#[derive(Clone, Debug)]
pub struct SetupOffer {
    /// What the link is for.
    pub purpose: Purpose,
    /// The organisation's name.
    pub tenant_name: Name,
    /// The second factor's secret, to be typed.
    pub totp_secret: SecretText,
    /// The same as an address.
    pub totp_uri: SecretText,
    /// The same as a picture (SVG). Made here, so that the secret visits nobody.
    pub totp_svg: SecretText,
    /// What the password is held to.
    pub password_rules: Rules,
    /// Providers by which an invitation can be accepted instead.
    pub providers: Vec<Provider>,
    /// Whether that is the only way.
    pub is_sign_on_required: bool,
}

/// What the owner answers.
#[derive(Clone, Debug)]
pub struct SetupAnswer {
    /// The link's secret.
    pub link: SecretText,
    /// E-mail address, as typed.
    pub email: SecretText,
    /// The new password.
    pub password: SecretText,
    /// A code of the offered secret.
    pub totp_code: SecretText,
    /// Language of the console.
    pub language: Language,
}

/// A language of the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Polish.
    Pl,
}

impl Language {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Pl => "pl",
        }
    }
}

/// Everything that the last transaction writes.
#[derive(Clone)]
struct Confirmed {
    link: OpenLink,
    email: Email,
    chosen: Chosen,
    totp_step: i64,
    language: Language,
}

impl Identity {
    /// What the page of a link shows. Changes nothing, so the page may be opened again.
    ///
    /// # Errors
    /// [`IdentityError::LinkNotValid`]; keys and store.
    pub async fn begin_setup(&self, link: &SecretText) -> Result<SetupOffer, IdentityError> {
        let link = self.open_link(link).await?;
        let settings = self.settings(link.tenant).await?;
        let may_use_provider = link.purpose == Purpose::Invitation && !self.invited_to(&link).await?.owns();
        let providers = if may_use_provider { self.providers_of(link.tenant).await? } else { Vec::new() };
        let uri = Zeroizing::new(link.totp_secret.to_uri(settings.name.as_text()));
        let svg = picture(&uri)?;
        Ok(SetupOffer {
            purpose: link.purpose,
            tenant_name: settings.name,
            totp_secret: SecretText::new(link.totp_secret.to_base32()),
            totp_uri: SecretText::new(uri.as_str().to_owned()),
            totp_svg: SecretText::new(svg),
            password_rules: self.password_rules(link.tenant).await?,
            is_sign_on_required: providers.iter().any(|provider| provider.rules.is_required),
            providers,
        })
    }

    /// Uses the link up, writes the account, signs its owner in.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] with the field; [`IdentityError::LinkNotValid`]; [`IdentityError::EmailTaken`];
    /// [`IdentityError::SignOnRequired`]; keys and store.
    pub async fn finish_setup(&self, answer: SetupAnswer, browser: BrowserKind) -> Result<NewSession, IdentityError> {
        let email: Email = answer.email.expose().parse().map_err(|error| IdentityError::invalid("email", &error))?;
        let link = self.open_link(&answer.link).await?;
        let code = totp::normalise_code(answer.totp_code.expose());
        let step = link.totp_secret.accept(&code, self.clock().now(), i64::MIN);
        let totp_step = step.ok_or_else(|| IdentityError::Invalid {
            field: "totp_code",
            detail: "this is not the authenticator's present code; check the time of both devices".to_owned(),
        })?;
        self.check_address(&link, &email).await?;
        // Neither an invitation nor a way back in is a way around the provider.
        let owns = match link.purpose {
            Purpose::Invitation => self.invited_to(&link).await?.owns(),
            Purpose::Recovery => self.held(link.tenant, link.user).await?.owns(),
            Purpose::Setup => true,
        };
        if !owns && self.sign_on_is_required(link.tenant).await? {
            return Err(IdentityError::SignOnRequired);
        }
        let tried = link.digest;
        let chosen = self.choose_password("password", (link.tenant, link.user), &email, answer.password).await?;
        let confirmed = Confirmed { link, email, chosen, totp_step, language: answer.language };
        let scope = self.mint().system(confirmed.link.tenant, SystemWork::SignIn);
        let (user, purpose) = (confirmed.link.user, confirmed.link.purpose);
        let told = self.record(&scope, LeafKind::SetupFinished, Some(user.number()), json!({ "purpose": purpose.text() })).await?;
        let lifetime = self.session_limits(confirmed.link.tenant).await?.lifetime;
        let token = session::make_token(self);
        let given_out = session::given_out(&token, lifetime);
        let keys = self.keys();
        self.db()
            .write(move |tx| {
                write_account(tx, &told, keys.as_ref(), &confirmed)?;
                session::begin(tx, &token, (confirmed.link.tenant, user), lifetime, browser).map_err(IdentityError::from)
            })
            .await?;
        self.0.guesses.clear(&tried);
        Ok(given_out)
    }

    /// Whether the link may be used with this address.
    async fn check_address(&self, link: &OpenLink, email: &Email) -> Result<(), IdentityError> {
        // The answer says who has an account here, so that one link does not ask for many addresses.
        if !self.0.guesses.admit(link.digest, self.clock().monotonic(), Preset::default().pauses()) {
            let detail = "too many addresses were tried with this link; wait a while, then try again".to_owned();
            return Err(IdentityError::Invalid { field: "email", detail });
        }
        let account = self.account_of(email).await?;
        match link.purpose {
            Purpose::Setup | Purpose::Invitation if account.is_some() => Err(IdentityError::EmailTaken),
            Purpose::Recovery if account.is_none_or(|account| account.user != link.user) => {
                Err(IdentityError::Invalid { field: "email", detail: "this link is for the account of another e-mail address".to_owned() })
            }
            _ => Ok(()),
        }
    }
}

fn write_account(tx: &mut Tx<'_>, told: &Recorded, keys: &dyn kernel::KeyRing, confirmed: &Confirmed) -> Result<(), IdentityError> {
    let now = tx.now();
    let OpenLink { digest, tenant, user, purpose, totp_secret } = &confirmed.link;
    if tx.execute(&sql::USE_LINK, &params![digest, now])? != 1 {
        return Err(IdentityError::LinkNotValid);
    }
    let (key, row) = (KeyRef::User(*tenant, *user), user.number());
    let index = email_index(keys, &confirmed.email)?;
    let hash = new_password::seal(keys, (*tenant, *user), &confirmed.chosen.hash)?;
    let totp = Sealed::seal(keys, key, place::user_totp_secret(row), totp_secret)?;
    let step = confirmed.totp_step;
    let written = match purpose {
        Purpose::Setup | Purpose::Invitation => {
            let held = match purpose {
                Purpose::Invitation => invitation::take(tx, told, keys, *tenant, *user)?,
                Purpose::Setup | Purpose::Recovery => Held(vec![Grant::on_all(Role::Owner)]),
            };
            grant::write(tx, told, keys, (*tenant, *user), &held)?;
            let email = Sealed::seal(keys, key, place::user_email(row), &confirmed.email.as_text().to_owned())?;
            let language = confirmed.language.text();
            tx.execute(&sql::INSERT_USER, &params![*user, *tenant, index, email, hash, totp, step, language, now])?
        }
        Purpose::Recovery => {
            tx.execute(&sql::DELETE_SESSIONS_OF_USER, &params![*user])?;
            recovery_codes::forget(tx, told, *user)?;
            passkey::forget(tx, told, *user)?;
            new_password::remember(tx, told, keys, (*tenant, *user), &confirmed.chosen)?;
            tx.execute(&sql::RECOVER_USER, &params![*user, index, hash, totp, step, now])?
        }
    };
    if written == 1 { Ok(()) } else { Err(IdentityError::EmailTaken) }
}

fn picture(uri: &str) -> Result<String, IdentityError> {
    let code = QrCode::new(uri).map_err(|error| StoreError::Misuse(format!("the second factor's picture: {error}")))?;
    Ok(code.render::<svg::Color<'_>>().min_dimensions(240, 240).build())
}
