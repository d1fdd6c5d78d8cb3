//! What a browser says and the authenticator signs the digest of (WebAuthn section 5.8.1).

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::{Expected, Refusal};

/// The longest that is read. Browsers write some 250 bytes, and say that members may be added.
pub(crate) const CLIENT_DATA_BYTES_MAX: usize = 4_096;

/// Which ceremony it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Get,
}

/// Members that are not listed are ignored, as section 5.8.1 demands; one that is listed and comes twice is an error.
#[derive(Deserialize)]
struct Members {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    is_cross_origin: bool,
    #[serde(default, rename = "topOrigin")]
    top_origin: Option<serde_json::Value>,
}

impl Members {
    fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.len() > CLIENT_DATA_BYTES_MAX {
            return Err(Refusal::ClientData);
        }
        serde_json::from_slice(bytes).map_err(|_| Refusal::ClientData)
    }

    fn challenge(&self) -> Result<Vec<u8>, Refusal> {
        BASE64_URL_SAFE_NO_PAD.decode(&self.challenge).map_err(|_| Refusal::ClientData)
    }
}

/// The challenge that is answered, for whoever has to know it again before anything is compared.
pub(crate) fn challenge_of(client_data: &[u8]) -> Result<Vec<u8>, Refusal> {
    Members::read(client_data)?.challenge()
}

/// Whether it is an answer to what was asked.
pub(super) fn check(bytes: &[u8], kind: Kind, expected: &Expected<'_>) -> Result<(), Refusal> {
    let members = Members::read(bytes)?;
    let kind = match kind {
        Kind::Create => "webauthn.create",
        Kind::Get => "webauthn.get",
    };
    if members.kind != kind {
        return Err(Refusal::Kind);
    }
    if !seal::constant_time_eq(&members.challenge()?, expected.challenge) {
        return Err(Refusal::Challenge);
    }
    if expected.now >= expected.expires_at {
        return Err(Refusal::Expired);
    }
    if members.origin != expected.party.origin() {
        return Err(Refusal::Origin);
    }
    if members.is_cross_origin || members.top_origin.is_some() {
        return Err(Refusal::CrossOrigin);
    }
    Ok(())
}
