//! Client certificates of tokens, for whoever may read the data folder.

use identity::certificate::{CERTIFICATE_DAYS_DEFAULT, CertificateSummary, NewCertificate};
use kernel::{CertificateId, PageRequest, Scope, TokenId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wire::Timestamp;
use words::sentence;

use super::perform::{Refused, said};
use crate::opened::Opened;

/// Certificates that are read at a time.
const PAGE_ROWS: u32 = 500;

/// A client certificate.
#[derive(Serialize, Deserialize)]
pub struct CertificateLine {
    /// Its id.
    pub certificate: String,
    /// The token that it works with.
    pub token: String,
    /// SHA-256 of it, in hexadecimal.
    pub fingerprint: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A client certificate that was issued.
#[derive(Serialize, Deserialize)]
pub struct CertificateIssued {
    /// The certificate.
    #[serde(flatten)]
    pub line: CertificateLine,
    /// The certificate itself, PEM.
    pub certificate_pem: String,
    /// The certificate of the authority that signed it, PEM.
    pub authority_pem: String,
}

/// What is to be issued.
pub(super) struct Asked {
    pub(super) token: String,
    pub(super) request: String,
    pub(super) days: Option<u16>,
}

pub(super) async fn issue(opened: &Opened, scope: &Scope, asked: Asked) -> Result<Value, Refused> {
    let token: TokenId = asked.token.parse().map_err(|_not_an_id| {
        Refused::saying(sentence!(
            "`{token}` is no token's number: it begins with tok_, as `purser token create` prints it",
            "`{token}` nie jest numerem tokenu: zaczyna się on od tok_, jak wypisuje go `purser token create`",
            token = asked.token
        ))
    })?;
    let new = NewCertificate { token, request: asked.request, days: asked.days.unwrap_or(CERTIFICATE_DAYS_DEFAULT) };
    let issued = opened.identity.issue_certificate(scope, new).await.map_err(|error| Refused::because(&error))?;
    let (certificate_pem, authority_pem) = (issued.certificate_pem, issued.authority_pem);
    said(&CertificateIssued { line: line(&issued.summary), certificate_pem, authority_pem })
}

pub(super) async fn list(opened: &Opened, scope: &Scope) -> Result<Value, Refused> {
    let (mut lines, mut cursor) = (Vec::new(), None);
    loop {
        let page = opened.identity.list_certificates(scope, PageRequest { cursor, limit: PAGE_ROWS }).await;
        let page = page.map_err(|error| Refused::because(&error))?;
        lines.extend(page.items.iter().map(line));
        cursor = page.next;
        if cursor.is_none() {
            return said(&lines);
        }
    }
}

pub(super) async fn revoke(opened: &Opened, scope: &Scope, certificate: &str) -> Result<Value, Refused> {
    let id: CertificateId = certificate.parse().map_err(|_not_an_id| {
        Refused::saying(sentence!(
            "`{certificate}` is no certificate's number: it begins with crt_, as `purser client-certificate list` shows it",
            "`{certificate}` nie jest numerem certyfikatu: zaczyna się on od crt_, jak w `purser client-certificate list`"
        ))
    })?;
    said(&opened.identity.revoke_certificate(scope, id).await.map_err(|error| Refused::because(&error))?)
}

fn line(summary: &CertificateSummary) -> CertificateLine {
    CertificateLine {
        certificate: summary.certificate.to_string(),
        token: summary.token.to_string(),
        fingerprint: summary.fingerprint.to_string(),
        created_at: summary.created_at,
        expires_at: summary.expires_at,
    }
}
