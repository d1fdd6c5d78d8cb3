//! Certificates by which operators come in, and the installation's authority that issues them.
//!
//! As with tokens' certificates ([`crate::certificate`]), what counts is our own record: in each request the SHA-256 of what was shown is
//! looked up, so only the very certificate that was issued to somebody who is still an operator opens anything, until its end, and
//! until it is revoked. Its key is made by its holder and never here. A certificate that an organisation's own authority issued is in
//! another record, and opens nothing here.

use std::time::Duration;

use kernel::{Actor, CertificateId, ClientCertificate, KeyRef, KeyRing, OperatorId, Rng, SecretText, SystemWork, Timestamp};
use serde_json::json;
use store::{Row, Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};
use web::client_authority::{CertificateRequest, ClientAuthority};
use wire::report::Digest;

use crate::Identity;
use crate::data_map::place;
use crate::operator::{OperatorError, named, record};
use crate::store::operators as sql;

/// Days that an operator's certificate lives, where nobody asks for another time.
pub const OPERATOR_CERTIFICATE_DAYS_DEFAULT: u16 = 90;
/// Most days that it can live: whoever is an operator still after a year is given another.
pub const OPERATOR_CERTIFICATE_DAYS_MAX: u16 = 365;
/// Most certificates of one person that count at the same time: one for each machine, and its successor.
pub const CERTIFICATES_PER_OPERATOR_MAX: i64 = 5;
/// What stands in the authority's certificate.
const AUTHORITY_NAME: &str = "Purser operators' authority";
/// The only row of the authority's table.
const AUTHORITY_ROW: i64 = 1;
const HOST: Actor = Actor::System(SystemWork::HostAdministration);

/// An operator's certificate as it is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperatorCertificate {
    /// Whose.
    pub operator: OperatorId,
    /// Its id.
    pub certificate: CertificateId,
    /// SHA-256 of it.
    pub fingerprint: Digest,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// One that was just issued.
#[derive(Clone, Debug)]
pub struct IssuedToOperator {
    /// The certificate.
    pub certificate: OperatorCertificate,
    /// PEM.
    pub certificate_pem: String,
    /// The certificate of the authority that signed it, PEM.
    pub authority_pem: String,
}

impl Identity {
    /// Issues a certificate to an operator for the key of a request, PKCS#10 in PEM form.
    ///
    /// # Errors
    /// [`OperatorError::Days`], [`OperatorError::Request`], [`OperatorError::NotFound`], [`OperatorError::TooManyCertificates`]; store
    /// and keys.
    pub async fn issue_operator_certificate(&self, who: &str, request: &str, days: u16) -> Result<IssuedToOperator, OperatorError> {
        if !(1..=OPERATOR_CERTIFICATE_DAYS_MAX).contains(&days) {
            return Err(OperatorError::Days(OPERATOR_CERTIFICATE_DAYS_MAX));
        }
        let request = CertificateRequest::from_pem(request)?;
        let (keys, rng, who) = (self.keys(), self.rng().clone(), who.to_owned());
        let issue = self.0.stores.system().write(move |tx| {
            let (keys, now) = (keys.as_ref(), tx.now());
            let operator = named(tx, keys, &who)?;
            tx.execute(&sql::DELETE_ENDED_CERTIFICATES, &params![operator, now])?;
            let others = tx.query_one(&sql::COUNT_OPERATOR_CERTIFICATES, &params![operator])?.get::<i64>(0)?;
            if others >= CERTIFICATES_PER_OPERATOR_MAX {
                return Err(OperatorError::TooManyCertificates(CERTIFICATES_PER_OPERATOR_MAX));
            }
            let authority = authority(tx, keys, now.plus(Duration::from_secs(u64::from(days) * 86_400)), &rng)?;
            let id = CertificateId::from_random(rng.bits());
            let made = authority.issue(&request, &id.to_string(), (now, days), &rng)?;
            let (fingerprint, created_at, expires_at) = (Digest(made.digest), made.begins_at, made.ends_at);
            let certificate = OperatorCertificate { operator, certificate: id, fingerprint, created_at, expires_at };
            let payload = json!({ "certificate": id, "fingerprint": fingerprint, "expires_at": expires_at.micros() });
            let told = record(tx, keys, HOST, (LeafKind::OperatorCertificateIssued, operator), payload)?;
            insert(tx, &told, &certificate)?;
            Ok(IssuedToOperator { certificate, certificate_pem: made.pem, authority_pem: authority.certificate_pem })
        });
        issue.await
    }

    /// Revokes a certificate: it is none from now on, on connections that stand too.
    ///
    /// # Errors
    /// [`OperatorError::NoCertificate`]; store and keys.
    pub async fn revoke_operator_certificate(&self, certificate: CertificateId) -> Result<OperatorId, OperatorError> {
        let keys = self.keys();
        let revoke = self.0.stores.system().write(move |tx| {
            let row = tx.query_optional(&sql::OPERATOR_OF_CERTIFICATE, &params![certificate])?.ok_or(OperatorError::NoCertificate)?;
            let operator: OperatorId = row.get(0)?;
            let told =
                record(tx, keys.as_ref(), HOST, (LeafKind::OperatorCertificateRevoked, operator), json!({ "certificate": certificate }))?;
            delete(tx, &told, certificate)?;
            Ok(operator)
        });
        revoke.await
    }

    /// Whose certificate this is, at this moment; nobody's where it was not issued to an operator, has ended or was revoked, or its
    /// holder has left.
    ///
    /// # Errors
    /// The store.
    pub async fn operator_of(&self, shown: ClientCertificate) -> Result<Option<OperatorId>, OperatorError> {
        let read = self.0.stores.system().read(move |tx| {
            let Some(row) = tx.query_optional(&sql::OPERATOR_BY_FINGERPRINT, &params![shown.digest()])? else { return Ok(None) };
            let (operator, expires_at): (OperatorId, Timestamp) = (row.get(0)?, row.get(1)?);
            Ok::<_, StoreError>(Some(operator).filter(|_| tx.now() < expires_at))
        });
        Ok(read.await?)
    }
}

/// Every certificate of an operator's.
pub(crate) fn all(tx: &mut Tx<'_>) -> Result<Vec<OperatorCertificate>, StoreError> {
    let of = |row: &Row| {
        Ok(OperatorCertificate {
            operator: row.get(0)?,
            certificate: row.get(1)?,
            fingerprint: Digest(row.get(2)?),
            created_at: row.get(3)?,
            expires_at: row.get(4)?,
        })
    };
    tx.query(&sql::OPERATOR_CERTIFICATES, &[])?.iter().map(of).collect()
}

/// The operators' authority, which lives until then at least; a new one where there is none that does.
fn authority(tx: &mut Tx<'_>, keys: &dyn KeyRing, until: Timestamp, rng: &Rng) -> Result<ClientAuthority, OperatorError> {
    let (at_certificate, at_key) = (place::operator_authority_certificate(AUTHORITY_ROW), place::operator_authority_key(AUTHORITY_ROW));
    if let Some(row) = tx.query_optional(&sql::OPERATOR_AUTHORITY, &[])? {
        let (certificate, key, ends_at): (Sealed<String>, Sealed<String>, Timestamp) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if ends_at > until {
            let certificate_pem = certificate.open(keys, KeyRef::Instance, at_certificate)?;
            let key_pem = SecretText::new(key.open(keys, KeyRef::Instance, at_key)?);
            return Ok(ClientAuthority { certificate_pem, key_pem, ends_at });
        }
    }
    let now = tx.now();
    let made = ClientAuthority::make(AUTHORITY_NAME, now, rng)?;
    let certificate = Sealed::seal(keys, KeyRef::Instance, at_certificate, &made.certificate_pem)?;
    let private = Sealed::seal(keys, KeyRef::Instance, at_key, &made.key_pem.expose().to_owned())?;
    tx.execute(&sql::PUT_OPERATOR_AUTHORITY, &params![certificate, private, now, made.ends_at])?;
    Ok(made)
}

fn insert(tx: &mut Tx<'_>, _told: &Recorded, row: &OperatorCertificate) -> Result<(), StoreError> {
    let OperatorCertificate { operator, certificate, fingerprint, created_at, expires_at } = *row;
    tx.execute(&sql::INSERT_OPERATOR_CERTIFICATE, &params![certificate, fingerprint.0, operator, created_at, expires_at]).map(|_| ())
}

fn delete(tx: &mut Tx<'_>, _told: &Recorded, certificate: CertificateId) -> Result<(), StoreError> {
    tx.execute(&sql::DELETE_OPERATOR_CERTIFICATE, &params![certificate]).map(|_| ())
}
