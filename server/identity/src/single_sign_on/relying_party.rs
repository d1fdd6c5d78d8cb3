//! What is asked of a provider: what it says of itself, its keys, a token for a code, and what it tells of a person.
//!
//! What a provider says of itself and its keys are kept for [`KNOWN_FRESH_FOR`]. A token that names a key which is not among
//! them has the keys read anew, but not more often than each [`KEYS_READ_EVERY`]: a stranger can send codes, not make us ask.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::{ProviderId, SecretText};
use serde::Deserialize;

use super::address::Issuer;
use super::discovery::{Metadata, MetadataFault};
use super::fault::TokenFault;
use super::id_token::{self, Claims, Expected};
use super::key_set::KeySet;
use super::outbound::{Carrying, ExchangeFault, Outbound};

/// For how long what a provider says of itself is taken as it was.
pub(crate) const KNOWN_FRESH_FOR: Duration = Duration::from_secs(3_600);
/// How often a provider's keys are read anew at the most.
pub(crate) const KEYS_READ_EVERY: Duration = Duration::from_secs(60);
/// For how long a provider that could not be asked is not asked again for people who sign in.
pub(crate) const FAILED_FOR: Duration = Duration::from_secs(5);
/// Providers that are kept at once; where there would be more, all are asked anew.
const KNOWN_MAX: usize = 1_000;

/// Why a provider vouches for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProviderFault {
    #[error(transparent)]
    Exchange(#[from] ExchangeFault),
    #[error(transparent)]
    Metadata(#[from] MetadataFault),
    #[error(transparent)]
    Token(#[from] TokenFault),
    #[error("the provider's keys cannot be read, or none of them is for signatures")]
    Keys,
    #[error("the provider does not take the client id or its secret")]
    ClientRefused,
    #[error("the provider does not take the code")]
    CodeRefused,
    #[error("the answer came from another provider")]
    AnotherProvider,
    #[error("what the provider tells of the person is about another one")]
    AnotherSubject,
    #[error("the provider tells no e-mail address")]
    NoEmail,
}

impl ProviderFault {
    /// The word that the ledger keeps, and that the console has a sentence for.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Exchange(fault) => fault.text(),
            Self::Metadata(fault) => fault.text(),
            Self::Token(fault) => fault.text(),
            Self::Keys => "keys",
            Self::ClientRefused => "client-refused",
            Self::CodeRefused => "code-refused",
            Self::AnotherProvider => "another-provider",
            Self::AnotherSubject => "another-subject",
            Self::NoEmail => "no-email",
        }
    }
}

/// Who we are to a provider.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) provider: ProviderId,
    pub(crate) issuer: Issuer,
    pub(crate) client_id: String,
    pub(crate) secret: Option<SecretText>,
}

/// What is known of a provider.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) metadata: Metadata,
    pub(crate) keys: KeySet,
    read_at: Duration,
}

enum Entry {
    Known(Arc<Known>),
    Failed(ProviderFault, Duration),
}

/// What comes back to the page of a provider, beside the state.
#[derive(Clone, Debug)]
pub(crate) struct Returned {
    pub(crate) code: SecretText,
    /// Who the answer says that it is from (RFC 9207).
    pub(crate) issuer: Option<String>,
}

/// What only this attempt knows.
#[derive(Clone, Debug)]
pub(crate) struct Proofs {
    pub(crate) verifier: SecretText,
    pub(crate) redirect_uri: String,
}

/// What a provider gives for a code.
#[derive(Deserialize)]
struct TokenAnswer {
    id_token: SecretText,
    access_token: SecretText,
    token_type: String,
}

#[derive(Deserialize)]
struct TokenRefusal {
    error: String,
}

/// Asks providers, and remembers what they say of themselves.
pub(crate) struct RelyingParty {
    outbound: Outbound,
    known: Mutex<HashMap<ProviderId, Entry>>,
}

impl RelyingParty {
    pub(crate) fn new(outbound: Outbound) -> Self {
        Self { outbound, known: Mutex::default() }
    }

    /// What is known of a provider, asked anew where that is too long ago.
    pub(crate) async fn known(&self, client: &Client, now: Duration) -> Result<Arc<Known>, ProviderFault> {
        match self.lock().get(&client.provider) {
            Some(Entry::Known(known)) if now.saturating_sub(known.read_at) < KNOWN_FRESH_FOR => return Ok(Arc::clone(known)),
            Some(Entry::Failed(fault, at)) if now.saturating_sub(*at) < FAILED_FOR => return Err(*fault),
            _ => {}
        }
        let read = self.read(client, now).await;
        let entry = match &read {
            Ok(known) => Entry::Known(Arc::clone(known)),
            Err(fault) => Entry::Failed(*fault, now),
        };
        self.keep(client.provider, entry);
        read
    }

    /// Asks a provider what it is, whatever is known of it.
    pub(crate) async fn read(&self, client: &Client, now: Duration) -> Result<Arc<Known>, ProviderFault> {
        let address = client.issuer.discovery().map_err(|_| MetadataFault::Malformed)?;
        let answered = self.outbound.ask(&client.issuer, &address, Carrying::Nothing).await?;
        if !answered.is_ok {
            return Err(ExchangeFault::Status.into());
        }
        let metadata = Metadata::parse(&answered.body, &client.issuer, client.secret.is_some())?;
        let keys = self.read_keys(client, &metadata).await?;
        Ok(Arc::new(Known { metadata, keys, read_at: now }))
    }

    async fn read_keys(&self, client: &Client, metadata: &Metadata) -> Result<KeySet, ProviderFault> {
        let answered = self.outbound.ask(&client.issuer, &metadata.keys, Carrying::Nothing).await?;
        let keys = KeySet::parse(&answered.body).filter(|keys| answered.is_ok && !keys.is_empty());
        keys.ok_or(ProviderFault::Keys)
    }

    /// Forgets what is known of a provider.
    pub(crate) fn forget(&self, provider: ProviderId) {
        self.lock().remove(&provider);
    }

    fn keep(&self, provider: ProviderId, entry: Entry) {
        let mut known = self.lock();
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(provider, entry);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ProviderId, Entry>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom the provider vouches for: the code is exchanged, its token verified, and what it does not tell of the person is asked
    /// for.
    pub(crate) async fn vouched_for(
        &self,
        client: &Client,
        returned: &Returned,
        proofs: &Proofs,
        (expected, wanted): (Expected<'_>, &[&str]),
        now: Duration,
    ) -> Result<Claims, ProviderFault> {
        let known = self.known(client, now).await?;
        let is_from_it = returned.issuer.as_deref().map_or(!known.metadata.names_itself, |issuer| issuer == client.issuer.as_text());
        if !is_from_it {
            return Err(ProviderFault::AnotherProvider);
        }
        let answer = self.exchange(client, &known, returned, proofs).await?;
        if !answer.token_type.eq_ignore_ascii_case("bearer") {
            return Err(TokenFault::TokenType.into());
        }
        let expected = Expected { access_token: Some(answer.access_token.expose()), ..expected };
        let claims = match id_token::verify(answer.id_token.expose(), &known.keys, &expected) {
            Err(TokenFault::UnknownKey) => {
                let known = self.with_new_keys(client, &known, now).await?;
                id_token::verify(answer.id_token.expose(), &known.keys, &expected)?
            }
            verified => verified?,
        };
        self.completed(client, &known, claims, (wanted, answer.access_token)).await
    }

    async fn exchange(&self, client: &Client, known: &Known, returned: &Returned, proofs: &Proofs) -> Result<TokenAnswer, ProviderFault> {
        let text = |text: &str| SecretText::new(text.to_owned());
        let mut fields = vec![
            ("grant_type", text("authorization_code")),
            ("code", returned.code.clone()),
            ("redirect_uri", text(&proofs.redirect_uri)),
            ("code_verifier", proofs.verifier.clone()),
        ];
        let basic = match &client.secret {
            Some(secret) if known.metadata.takes_basic => Some((text(&client.client_id), secret.clone())),
            Some(secret) => {
                fields.extend([("client_id", text(&client.client_id)), ("client_secret", secret.clone())]);
                None
            }
            None => {
                fields.push(("client_id", text(&client.client_id)));
                None
            }
        };
        let answered = self.outbound.ask(&client.issuer, &known.metadata.token_endpoint, Carrying::Form { fields, basic }).await?;
        if !answered.is_ok {
            let refusal = serde_json::from_slice::<TokenRefusal>(&answered.body);
            return Err(match refusal.map(|refusal| refusal.error).as_deref() {
                Ok("invalid_client" | "unauthorized_client") => ProviderFault::ClientRefused,
                Ok(_) => ProviderFault::CodeRefused,
                Err(_) => ExchangeFault::Status.into(),
            });
        }
        serde_json::from_slice(&answered.body).map_err(|_| TokenFault::Malformed.into())
    }

    async fn with_new_keys(&self, client: &Client, known: &Known, now: Duration) -> Result<Arc<Known>, ProviderFault> {
        if now.saturating_sub(known.read_at) < KEYS_READ_EVERY {
            return Err(TokenFault::UnknownKey.into());
        }
        let keys = self.read_keys(client, &known.metadata).await?;
        let known = Arc::new(Known { metadata: known.metadata.clone(), keys, read_at: now });
        self.keep(client.provider, Entry::Known(Arc::clone(&known)));
        Ok(known)
    }

    /// The claims with what the provider tells of the person elsewhere, where the token lacks something that is wanted.
    async fn completed(
        &self,
        client: &Client,
        known: &Known,
        mut claims: Claims,
        (wanted, access_token): (&[&str], SecretText),
    ) -> Result<Claims, ProviderFault> {
        let is_complete = wanted.iter().all(|name| claims.all.contains_key(*name));
        let Some(address) = known.metadata.userinfo_endpoint.as_ref().filter(|_| !is_complete) else { return Ok(claims) };
        let answered = self.outbound.ask(&client.issuer, address, Carrying::Bearer(access_token)).await?;
        if !answered.is_ok {
            return Err(ExchangeFault::Status.into());
        }
        let told: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&answered.body).map_err(|_| TokenFault::Malformed)?;
        // Core 5.3.2: what is told of somebody else is not of this person.
        if told.get("sub").and_then(|sub| sub.as_str()) != Some(claims.subject.as_str()) {
            return Err(ProviderFault::AnotherSubject);
        }
        for (name, value) in told {
            claims.all.entry(name).or_insert(value);
        }
        Ok(claims)
    }
}
