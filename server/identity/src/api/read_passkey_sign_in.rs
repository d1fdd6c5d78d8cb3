//! `GET /session/passkey`: whether passkeys work here.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Doc, Json};

use crate::Identity;
use crate::webauthn::NoPasskeys;

pub(super) const DOC: Doc = Doc::new("readPasskeySignIn", "See whether passkeys work here").description(
    "A passkey is bound to the DNS name of the server's public address. At another address of the same server it cannot be shown.",
);

/// Why passkeys do not work.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Off {
    /// The public address is an IP address.
    IpAddress,
    /// The public address does not begin with `https://`.
    NotHttps,
}

/// Whether passkeys work.
#[derive(Serialize, JsonSchema)]
pub(super) struct PasskeySignIn {
    /// The one origin at which they do; absent where they are off.
    origin: Option<String>,
    /// Why they are off; absent where they are not.
    off: Option<Off>,
}

pub(super) async fn handle(State(identity): State<Identity>) -> Answer<Json<PasskeySignIn>> {
    let off = identity.no_passkeys().map(|why| match why {
        NoPasskeys::IpAddress => Off::IpAddress,
        NoPasskeys::NotHttps => Off::NotHttps,
    });
    let origin = identity.party().ok().map(|party| party.origin().to_owned());
    Ok(Json(PasskeySignIn { origin, off }))
}
