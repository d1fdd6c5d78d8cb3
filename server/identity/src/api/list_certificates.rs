//! `GET /certificates`: the tenant's client certificates.

use axum::extract::State;
use kernel::{CertificateId, TokenId};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Doc, Id, Paged, Paging, Time};

use crate::Identity;
use crate::certificate::CertificateSummary;

pub(super) const DOC: Doc = Doc::new("listCertificates", "List client certificates")
    .description("With the token that each works with, and when it ends. Those that have ended stay for thirty days.");

/// A client certificate.
#[derive(Serialize, JsonSchema)]
pub(super) struct Certificate {
    /// Its id, which is the common name in it.
    certificate: Id<CertificateId>,
    /// The token that it works with.
    token: Id<TokenId>,
    /// SHA-256 of it, as `openssl x509 -fingerprint -sha256` shows it, in lower case and without colons.
    fingerprint: String,
    /// When it was issued.
    created_at: Time,
    /// When it ends.
    expires_at: Time,
}

impl From<CertificateSummary> for Certificate {
    fn from(summary: CertificateSummary) -> Self {
        Self {
            certificate: Id(summary.certificate),
            token: Id(summary.token),
            fingerprint: summary.fingerprint.to_string(),
            created_at: Time(summary.created_at),
            expires_at: Time(summary.expires_at),
        }
    }
}

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller, Paging(page): Paging) -> Answer<Paged<Certificate>> {
    Ok(Paged(identity.list_certificates(&scope, page).await?.map(Certificate::from)))
}
