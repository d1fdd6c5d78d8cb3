//! Short-lived access for programs: ten to fifteen minutes, for who shows a token's id and secret once.
//!
//! A program that asks for it sends its secret four times an hour instead of with each request. The text holds the digest by which the
//! token is found, when it ends, and the client certificate that was shown, under a MAC whose key only the instance has
//! ([`seal::signed_token`]). It is no credential of its own: with each request the token is looked up by the digest, and what was
//! revoked, rotated, narrowed or lost holds at once. **Whoever shows it with another certificate, or with none where there was one, is
//! refused**, whether or not the token itself asks for one. Nor does it make or change credentials ([`Permission::gives_credentials`]).
//!
//! Who asks again within [`ACCESS_TOKEN_STEP`] gets the same text: a secret has [`ACCESS_TOKENS_AT_A_TIME`] at most that work, so that limits
//! and bans, which go by what is shown, hold for it as for any other.
//!
//! [`Permission::gives_credentials`]: kernel::Permission::gives_credentials

use std::time::Duration;

use kernel::limits::ACCESS_TOKEN_LIFETIME;
use kernel::{ClientCertificate, Denied, KeyRef, Origin, Problem, SecretText, Timestamp, TokenId};
use seal::signed_token;
use seal::token::{Token, TokenKind};

use crate::authenticate::unavailable;
use crate::error::TOKEN_REFUSED;
use crate::{Identity, IdentityError};

/// Ends of access tokens stand on multiples of this since the epoch.
pub const ACCESS_TOKEN_STEP: Duration = Duration::from_secs(300);
/// How many texts of one secret, shown with one certificate or none, work at the same time at most.
pub const ACCESS_TOKENS_AT_A_TIME: u64 = ACCESS_TOKEN_LIFETIME.as_secs() / ACCESS_TOKEN_STEP.as_secs();
/// For which purpose access tokens are hashed.
const PURPOSE: &str = "api-access-token";

/// What an access token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    /// By what the token is found.
    pub(crate) token_digest: [u8; 32],
    /// The certificate that was shown for it; zeros where none was.
    certificate: [u8; 32],
    expires_at: Timestamp,
}

/// An access token that was just made.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// `prs_acc_…`, for the `Authorization: Bearer` header.
    pub access_token: SecretText,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Content {
    fn to_bytes(self) -> Vec<u8> {
        [&self.token_digest[..], &self.certificate, &self.expires_at.micros().to_be_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (token_digest, rest) = bytes.split_first_chunk::<32>()?;
        let (certificate, rest) = rest.split_first_chunk::<32>()?;
        let expires_at = Timestamp::from_micros(i64::from_be_bytes(rest.try_into().ok()?));
        Some(Self { token_digest: *token_digest, certificate: *certificate, expires_at })
    }

    /// Whether it was given over a connection with the same certificate, or with none as this one has none.
    pub(crate) fn is_of(&self, shown: Option<ClientCertificate>) -> bool {
        self.certificate == digest_of(shown)
    }
}

/// The last multiple of the step.
fn step_before(now: Timestamp) -> Timestamp {
    let step = i64::try_from(ACCESS_TOKEN_STEP.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.micros() - now.micros().rem_euclid(step))
}

/// Zeros where there is none: no certificate has that SHA-256.
fn digest_of(shown: Option<ClientCertificate>) -> [u8; 32] {
    shown.map(ClientCertificate::digest).unwrap_or_default()
}

impl Identity {
    /// Gives a program that shows an API token's id and secret access for a while, from where and with what the token works.
    ///
    /// # Errors
    /// [`TOKEN_REFUSED`] for whatever is no API token of this id that works now; as the router's for a wrong source or certificate.
    pub async fn access_token(&self, token: TokenId, secret: &SecretText, origin: Origin) -> Result<AccessToken, Problem> {
        let refused = || Problem::new(TOKEN_REFUSED, "Id or secret is wrong, or the token has ended or was revoked.");
        let parsed = Token::parse(secret.expose()).map_err(|_no_token| refused())?;
        if parsed.kind() != TokenKind::Api {
            return Err(refused());
        }
        let digest = parsed.stored_hash();
        let found = self.working_token(digest, TokenKind::Api, origin).await.map_err(|denied| match denied {
            Denied::Source | Denied::Certificate | Denied::Unavailable => web::problem_of(denied),
            Denied::Unauthenticated | Denied::Forbidden => refused(),
        })?;
        if found.token != token {
            return Err(refused());
        }
        // No longer than the token itself.
        let expires_at = step_before(self.clock().now()).plus(ACCESS_TOKEN_LIFETIME);
        let expires_at = found.expires_at.map_or(expires_at, |end| end.min(expires_at));
        let content = Content { token_digest: digest, certificate: digest_of(origin.certificate), expires_at }.to_bytes();
        let mac = self.keys().blind_index(KeyRef::Instance, PURPOSE, &content).map_err(IdentityError::from)?;
        let access_token = SecretText::new(signed_token::text(TokenKind::Access, &content, mac).to_string());
        Ok(AccessToken { access_token, expires_at })
    }

    /// What an access token says, where it is genuine and has not ended.
    pub(crate) fn open_access_token(&self, text: &SecretText) -> Result<Content, Denied> {
        let unverified = signed_token::parse(TokenKind::Access, text.expose()).map_err(|_no_token| Denied::Unauthenticated)?;
        let expected = self.keys().blind_index(KeyRef::Instance, PURPOSE, unverified.content());
        let expected = expected.map_err(|error| unavailable(error.into()))?;
        let content = unverified.verify(&expected).map_err(|_forged| Denied::Unauthenticated)?;
        let content = Content::from_bytes(&content).ok_or(Denied::Unauthenticated)?;
        if self.clock().now() >= content.expires_at {
            return Err(Denied::Unauthenticated);
        }
        Ok(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_survives_its_bytes_and_nothing_else_is_one() {
        let content = Content { token_digest: [1; 32], certificate: [2; 32], expires_at: Timestamp::from_seconds(6) };
        let bytes = content.to_bytes();
        assert_eq!(Content::from_bytes(&bytes), Some(content));
        assert_eq!(Content::from_bytes(&bytes[1..]), None);
        assert_eq!(Content::from_bytes(&[bytes, vec![0]].concat()), None);
    }
}
