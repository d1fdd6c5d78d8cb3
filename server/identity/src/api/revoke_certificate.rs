//! `DELETE /certificates/{certificate}`: revokes a client certificate.

use axum::extract::State;
use kernel::CertificateId;
use web::{Answer, Caller, Doc, Id, NoContent, Path};

use crate::Identity;

pub(super) const DOC: Doc =
    Doc::new("revokeCertificate", "Revoke a client certificate").description("It is none from now on, on connections that stand too.");

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(certificate)): Path<Id<CertificateId>>,
) -> Answer<NoContent> {
    identity.revoke_certificate(&scope, certificate).await?;
    Ok(NoContent)
}
