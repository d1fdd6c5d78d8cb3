//! What the passkeys' endpoints share: how bytes are written, and what is shown of a passkey.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::{PasskeyId, Presented, Problem, SecretText};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Id, Time};

use crate::passkey::PasskeySummary;
use crate::passkey_proof::PasskeyQuestion;
use crate::webauthn::{Assertion, CLIENT_DATA_BYTES_MAX, CREDENTIAL_ID_BYTES_MAX};

/// The longest authenticator data of a passkey that is shown, and the longest signature.
const SHOWN_BYTES_MAX: usize = 1_024;

/// A passkey.
#[derive(Serialize, JsonSchema)]
pub(super) struct Passkey {
    /// The passkey.
    passkey: Id<PasskeyId>,
    /// What its person calls it.
    name: String,
    /// When it was added.
    added_at: Time,
    /// When it was last used.
    last_used_at: Option<Time>,
    /// Whether it is, or can be, on other devices too: a platform's account keeps it.
    synced: bool,
}

impl From<PasskeySummary> for Passkey {
    fn from(summary: PasskeySummary) -> Self {
        let PasskeySummary { passkey, name, added_at, last_used_at, is_synced, credential_id: _ } = summary;
        let (added_at, last_used_at) = (Time(added_at), last_used_at.map(Time));
        Self { passkey: Id(passkey), name: name.into_text(), added_at, last_used_at, synced: is_synced }
    }
}

/// What to ask an authenticator. Bytes are base64url without padding.
#[derive(Serialize, JsonSchema)]
pub(super) struct Question {
    /// What is to be signed, within five minutes.
    challenge: String,
    /// The relying party's id: the DNS name of the server's public address.
    rp_id: String,
    /// What the passkeys are called that may answer; none for whichever the person has.
    #[schemars(length(max = 20))]
    passkeys: Vec<String>,
}

impl From<PasskeyQuestion> for Question {
    fn from(question: PasskeyQuestion) -> Self {
        let PasskeyQuestion { challenge, rp_id, known } = question;
        Self { challenge: encoded(&challenge.bytes), rp_id, passkeys: known.iter().map(|id| encoded(id)).collect() }
    }
}

/// What the browser answers that a passkey was shown in. Bytes are base64url without padding.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Answered {
    /// What the passkey is called: `rawId`.
    #[schemars(length(max = 1_364))]
    credential_id: String,
    /// `response.clientDataJSON`.
    #[schemars(length(max = 5_462))]
    client_data: String,
    /// `response.authenticatorData`.
    #[schemars(length(max = 1_366))]
    authenticator_data: String,
    /// `response.signature`.
    #[schemars(length(max = 1_366))]
    signature: String,
    /// `response.userHandle`, which is not left out at sign-in.
    #[serde(default)]
    #[schemars(length(max = 86))]
    user_handle: Option<String>,
}

impl TryFrom<Answered> for Assertion {
    type Error = Problem;

    fn try_from(answered: Answered) -> Result<Self, Problem> {
        Ok(Self {
            credential_id: decoded("credential_id", &answered.credential_id, CREDENTIAL_ID_BYTES_MAX)?,
            client_data: decoded("client_data", &answered.client_data, CLIENT_DATA_BYTES_MAX)?,
            authenticator_data: decoded("authenticator_data", &answered.authenticator_data, SHOWN_BYTES_MAX)?,
            signature: decoded("signature", &answered.signature, SHOWN_BYTES_MAX)?,
            user_handle: answered.user_handle.map(|handle| decoded("user_handle", &handle, 64)).transpose()?,
        })
    }
}

pub(super) fn encoded(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a field.
pub(super) fn decoded(field: &'static str, text: &str, bytes_max: usize) -> Result<Vec<u8>, Problem> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| Problem::invalid(field, "this is not base64url without padding"))?;
    if bytes.len() > bytes_max {
        return Err(Problem::invalid(field, format!("this is longer than {bytes_max} bytes")));
    }
    Ok(bytes)
}

/// The cookie of a session. A program has none, and is refused for being no person.
pub(super) fn cookie(presented: Presented) -> SecretText {
    match presented {
        Presented::Session(cookie) => cookie,
        Presented::Bearer(_) | Presented::Nothing => SecretText::new(String::new()),
    }
}
