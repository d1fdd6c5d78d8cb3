//! `POST /account/passkeys`: adds a passkey.

use axum::extract::State;
use kernel::Problem;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Caller, Created, Credential, Doc, Json};

use super::passkeys::{Passkey, cookie, decoded};
use crate::error::{LIMIT_REACHED, PASSKEYS_OFF};
use crate::webauthn::{ATTESTATION_BYTES_MAX, CLIENT_DATA_BYTES_MAX, Registration};
use crate::{Identity, NameError};

pub(super) const DOC: Doc = Doc::new("addPasskey", "Add a passkey")
    .description("What the browser answered to the offer of `beginPasskey`, in the same session.")
    .problems(&[LIMIT_REACHED, PASSKEYS_OFF, ProblemKind::CONFLICT]);

/// A passkey that was made. Bytes are base64url without padding.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// What its person calls it.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// `response.clientDataJSON`.
    #[schemars(length(max = 5_462))]
    client_data: String,
    /// `response.attestationObject`.
    #[schemars(length(max = 5_462))]
    attestation_object: String,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Credential(presented): Credential,
    Json(request): Json<Request>,
) -> Answer<Created<Passkey>> {
    let name = request.name.parse().map_err(|error: NameError| Problem::invalid("name", error.to_string()))?;
    let made = Registration {
        client_data: decoded("client_data", &request.client_data, CLIENT_DATA_BYTES_MAX)?,
        attestation_object: decoded("attestation_object", &request.attestation_object, ATTESTATION_BYTES_MAX)?,
    };
    Ok(Created(identity.add_passkey(&scope, &cookie(presented), name, &made).await?.into()))
}
