//! `POST /tokens/{token}/certificates`: a client certificate for a token.

use axum::extract::State;
use kernel::TokenId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::client_authority::CERTIFICATE_REQUEST_BYTES_MAX;
use web::{Answer, Caller, Created, Doc, Id, Json, Path};

use super::list_certificates::Certificate;
use crate::Identity;
use crate::certificate::{CERTIFICATE_DAYS_DEFAULT, CERTIFICATE_DAYS_MAX, NewCertificate};
use crate::error::LIMIT_REACHED;

pub(super) const DOC: Doc = Doc::new("issueCertificate", "Issue a client certificate for a token")
    .description(
        "The key stays with whoever made the request. The certificate works with this token only, on the address that the server has for \
         client certificates, until it ends or is revoked. It takes somebody who may do all that the token was given.",
    )
    .problems(&[LIMIT_REACHED]);

/// What to issue.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The request, PKCS#10 in PEM form, for a key of ECDSA over P-256 or Ed25519. What else it asks for is not looked at.
    #[schemars(length(max = 8_192))]
    certificate_request: String,
    /// For how many days.
    #[serde(default = "days_default")]
    #[schemars(range(min = 1, max = 365))]
    days: u16,
}

const fn days_default() -> u16 {
    CERTIFICATE_DAYS_DEFAULT
}

/// A client certificate, with what its holder needs.
#[derive(Serialize, JsonSchema)]
pub(super) struct IssuedCertificate {
    /// The certificate.
    #[serde(flatten)]
    certificate: Certificate,
    /// The certificate itself, PEM.
    certificate_pem: String,
    /// The certificate of the organisation's authority that signed it, PEM.
    authority_pem: String,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(token)): Path<Id<TokenId>>,
    Json(request): Json<Request>,
) -> Answer<Created<IssuedCertificate>> {
    let new = NewCertificate { token, request: request.certificate_request, days: request.days };
    let issued = identity.issue_certificate(&scope, new).await?;
    Ok(Created(IssuedCertificate {
        certificate: issued.summary.into(),
        certificate_pem: issued.certificate_pem,
        authority_pem: issued.authority_pem,
    }))
}

const _: () = assert!(CERTIFICATE_REQUEST_BYTES_MAX == 8_192 && CERTIFICATE_DAYS_MAX == 365, "the document says how long");
