//! What an ID token says, and every check of OpenID Connect Core 3.1.3.7.
//!
//! The signature is verified before a word of it is read. Times are compared with the clock that is handed in, each way with
//! [`CLOCK_LEEWAY`].

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::fault::TokenFault;
use super::key_set::KeySet;
use super::signed_token::{Algorithm, SignedToken};

/// How far the provider's clock may be from the server's.
pub const CLOCK_LEEWAY: Duration = Duration::from_secs(60);
/// Longest name of a person at a provider, in bytes (OpenID Connect Core 2 allows 255 characters of ASCII).
pub const SUBJECT_BYTES_MAX: usize = 255;
/// Most groups that are looked at.
pub const GROUPS_READ_MAX: usize = 1_000;

/// What a token has to say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    /// The issuer as it is configured.
    pub(crate) issuer: &'a str,
    /// Who we are to it.
    pub(crate) client_id: &'a str,
    /// What this attempt was begun with.
    pub(crate) nonce: &'a str,
    /// The access token that came with it.
    pub(crate) access_token: Option<&'a str>,
    /// When this attempt was begun: no token for it is older.
    pub(crate) begun_at: Timestamp,
    /// Now.
    pub(crate) now: Timestamp,
}

/// Whom a verified token names, and everything that it says of them.
#[derive(Clone, Debug)]
pub(crate) struct Claims {
    pub(crate) subject: String,
    pub(crate) all: serde_json::Map<String, Value>,
}

/// The claims that are checked. One that stands there twice ends it.
#[derive(Deserialize)]
struct Checked {
    iss: String,
    sub: String,
    aud: Audience,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    nonce: Option<String>,
    azp: Option<String>,
    at_hash: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn names(&self, client: &str) -> bool {
        match self {
            Self::One(one) => one == client,
            Self::Several(all) => all.iter().any(|one| one == client),
        }
    }

    const fn is_several(&self) -> bool {
        matches!(self, Self::Several(all) if all.len() > 1)
    }
}

/// Verifies a token and gives what it says.
pub(crate) fn verify(token: &str, keys: &KeySet, expected: &Expected<'_>) -> Result<Claims, TokenFault> {
    let token = SignedToken::parse(token)?;
    let algorithm = token.algorithm;
    let payload = token.verify(keys)?;
    let checked: Checked = serde_json::from_slice(&payload).map_err(|_| TokenFault::Malformed)?;
    check_parties(&checked, expected)?;
    check_times(&checked, expected)?;
    if checked.nonce.as_deref() != Some(expected.nonce) {
        return Err(TokenFault::Nonce);
    }
    check_access_token(&checked, algorithm, expected)?;
    if checked.sub.is_empty() || checked.sub.len() > SUBJECT_BYTES_MAX {
        return Err(TokenFault::Subject);
    }
    let all = serde_json::from_slice(&payload).map_err(|_| TokenFault::Malformed)?;
    Ok(Claims { subject: checked.sub, all })
}

fn check_parties(checked: &Checked, expected: &Expected<'_>) -> Result<(), TokenFault> {
    // Byte for byte: an address that only means the same is another one (Core 3.1.3.7, 2).
    if checked.iss != expected.issuer {
        return Err(TokenFault::Issuer);
    }
    if !checked.aud.names(expected.client_id) {
        return Err(TokenFault::Audience);
    }
    match &checked.azp {
        Some(azp) if azp != expected.client_id => Err(TokenFault::AuthorizedParty),
        None if checked.aud.is_several() => Err(TokenFault::AuthorizedParty),
        _ => Ok(()),
    }
}

fn check_times(checked: &Checked, expected: &Expected<'_>) -> Result<(), TokenFault> {
    let Expected { now, begun_at, .. } = *expected;
    let (earliest, latest) = (begun_at.minus(CLOCK_LEEWAY), now.plus(CLOCK_LEEWAY));
    if time(checked.exp)?.plus(CLOCK_LEEWAY) <= now {
        return Err(TokenFault::Expired);
    }
    let issued_at = time(checked.iat)?;
    if issued_at > latest || issued_at < earliest {
        return Err(TokenFault::IssuedAt);
    }
    if let Some(not_before) = checked.nbf
        && time(not_before)? > latest
    {
        return Err(TokenFault::NotBefore);
    }
    Ok(())
}

fn check_access_token(checked: &Checked, algorithm: Algorithm, expected: &Expected<'_>) -> Result<(), TokenFault> {
    let Some(named) = &checked.at_hash else { return Ok(()) };
    // Of EdDSA the specification fixes no hash, so there is nothing to compare with.
    let Some(hash) = algorithm.half_hash() else { return Ok(()) };
    let digest = aws_lc_rs::digest::digest(hash, expected.access_token.ok_or(TokenFault::AccessTokenHash)?.as_bytes());
    let half = digest.as_ref().get(..digest.as_ref().len() / 2).unwrap_or_default();
    if *named == BASE64_URL_SAFE_NO_PAD.encode(half) { Ok(()) } else { Err(TokenFault::AccessTokenHash) }
}

/// A NumericDate (RFC 7519): seconds, perhaps with a fraction.
fn time(seconds: f64) -> Result<Timestamp, TokenFault> {
    /// The year 9999.
    const SECONDS_MAX: f64 = 253_402_300_799.0;
    if !(0.0..=SECONDS_MAX).contains(&seconds) {
        return Err(TokenFault::Malformed);
    }
    #[expect(clippy::cast_possible_truncation, reason = "within bounds that were just checked")]
    Ok(Timestamp::from_seconds(seconds as i64))
}

impl Claims {
    /// A text of them.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.all.get(name)?.as_str()
    }

    /// A list of texts, as groups are told: one text counts as a list of one.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        match self.all.get(name) {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).take(GROUPS_READ_MAX).collect(),
            _ => Vec::new(),
        }
    }
}
