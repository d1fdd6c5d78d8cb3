//! Authorities that issue client certificates, and the requests for those: X.509 alone. Who keeps an authority, and for whom a certificate
//! is, whoever calls this knows.
//!
//! A certificate is made for the key that a request names and proves, and for nothing else of it: subject, names and extensions that
//! were asked for are not looked at, since nobody could vouch for them. What stands in it tells no outsider anything: TLS 1.2 sends it in
//! clear.

use std::time::Duration;

use kernel::{Rng, SecretText, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PublicKeyData, SerialNumber, SignatureAlgorithm, date_time_ymd,
};
use rustls_pki_types::CertificateSigningRequestDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_SIG_ED25519};
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::certificate::{CertificateError, days, facts_of, serial_number};

/// Largest request for a certificate, PEM, in bytes.
pub const CERTIFICATE_REQUEST_BYTES_MAX: usize = 8 * 1024;
/// Days that an authority lives: those who were given a certificate by it do not have to know it, so a new one disturbs nobody.
pub const CLIENT_AUTHORITY_DAYS: u16 = 3_650;

/// An authority: its certificate, and its key.
#[derive(Clone)]
pub struct ClientAuthority {
    /// The certificate, PEM.
    pub certificate_pem: String,
    /// The key, PKCS#8, PEM.
    pub key_pem: SecretText,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// A certificate that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCertificate {
    /// PEM.
    pub pem: String,
    /// SHA-256 of it, as of its DER form.
    pub digest: [u8; 32],
    /// When it begins.
    pub begins_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// A request for a certificate: the key that it is for, whose holder has signed the request.
#[derive(Clone, Debug)]
pub struct CertificateRequest {
    key: Vec<u8>,
    algorithm: &'static SignatureAlgorithm,
}

/// Why there is no certificate for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Longer than [`CERTIFICATE_REQUEST_BYTES_MAX`].
    #[error("a request for a certificate has at most {CERTIFICATE_REQUEST_BYTES_MAX} bytes")]
    TooLong,
    /// Not a PKCS#10 request in PEM form.
    #[error("send a certificate request (PKCS#10) in PEM form, which begins with -----BEGIN CERTIFICATE REQUEST-----")]
    Unreadable,
    /// A key of another kind.
    #[error("the key has to be ECDSA over P-256, or Ed25519")]
    Key,
    /// Not signed by the key that it names.
    #[error("the request is not signed by the key that it names")]
    NotProven,
}

impl CertificateRequest {
    /// Reads a request and checks that the holder of its key signed it.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn from_pem(text: &str) -> Result<Self, RequestError> {
        if text.len() > CERTIFICATE_REQUEST_BYTES_MAX {
            return Err(RequestError::TooLong);
        }
        let der = CertificateSigningRequestDer::from_pem_slice(text.as_bytes()).map_err(|_not_pem| RequestError::Unreadable)?;
        let (_rest, request) = X509CertificationRequest::from_der(&der).map_err(|_malformed| RequestError::Unreadable)?;
        let key = &request.certification_request_info.subject_pki;
        let algorithm = algorithm_of(key).ok_or(RequestError::Key)?;
        request.verify_signature().map_err(|_forged| RequestError::NotProven)?;
        Ok(Self { key: key.subject_public_key.data.to_vec(), algorithm })
    }
}

/// A key that was made here for its holder, and the request for a certificate of it.
#[derive(Debug)]
pub struct KeyAndRequest {
    /// The key, PKCS#8, PEM: ECDSA over P-256.
    pub key_pem: SecretText,
    /// The request, PKCS#10, PEM; it names nobody.
    pub request_pem: String,
}

impl KeyAndRequest {
    /// Makes both.
    ///
    /// # Errors
    /// [`CertificateError::Make`].
    pub fn make() -> Result<Self, CertificateError> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        let request_pem = params.serialize_request(&key)?.pem()?;
        Ok(Self { key_pem: SecretText::new(key.serialize_pem()), request_pem })
    }
}

fn algorithm_of(key: &SubjectPublicKeyInfo<'_>) -> Option<&'static SignatureAlgorithm> {
    let kind = &key.algorithm;
    if kind.algorithm == OID_SIG_ED25519 {
        return Some(&rcgen::PKCS_ED25519);
    }
    let curve = kind.parameters.as_ref().and_then(|curve| curve.as_oid().ok());
    (kind.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY && curve == Some(OID_EC_P256)).then_some(&rcgen::PKCS_ECDSA_P256_SHA256)
}

impl PublicKeyData for CertificateRequest {
    fn der_bytes(&self) -> &[u8] {
        &self.key
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl ClientAuthority {
    /// Makes one with a key of its own, ECDSA over P-256.
    ///
    /// # Errors
    /// [`CertificateError::Make`].
    pub fn make(name: &str, now: Timestamp, rng: &Rng) -> Result<Self, CertificateError> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let ends_at = now.plus(days(u32::from(CLIENT_AUTHORITY_DAYS)));
        let mut params = params(name, (now, ends_at), rng);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?;
        Ok(Self { certificate_pem: certificate.pem(), key_pem: SecretText::new(key.serialize_pem()), ends_at })
    }

    /// Issues a certificate for the key of a request, from now on for so many days, to the second.
    ///
    /// # Errors
    /// [`CertificateError::Make`] where the authority is damaged.
    pub fn issue(
        &self,
        request: &CertificateRequest,
        name: &str,
        (now, lifetime_days): (Timestamp, u16),
        rng: &Rng,
    ) -> Result<IssuedCertificate, CertificateError> {
        let issuer = Issuer::from_ca_cert_pem(&self.certificate_pem, KeyPair::from_pem(self.key_pem.expose())?)?;
        let mut params = params(name, (now, now.plus(days(u32::from(lifetime_days)))), rng);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(request, &issuer)?;
        let facts = facts_of(certificate.der())?;
        let (pem, digest) = (certificate.pem(), seal::hash::sha256(certificate.der()));
        Ok(IssuedCertificate { pem, digest, begins_at: facts.begins_at, ends_at: facts.ends_at })
    }
}

/// Whole seconds, as X.509 has them.
fn params(name: &str, (begins_at, ends_at): (Timestamp, Timestamp), rng: &Rng) -> CertificateParams {
    let at = |time: Timestamp| date_time_ymd(1970, 1, 1) + Duration::from_secs(u64::try_from(time.seconds()).unwrap_or_default());
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from_slice(&serial_number(rng)));
    (params.not_before, params.not_after) = (at(begins_at), at(ends_at));
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::CertificateDer;

    use super::*;
    use crate::certificate::is_signed_by;

    fn request_of(algorithm: &'static SignatureAlgorithm) -> String {
        let key = KeyPair::generate_for(algorithm).expect("a key");
        CertificateParams::default().serialize_request(&key).expect("a request").pem().expect("PEM")
    }

    #[test]
    fn a_certificate_lives_as_long_as_was_asked_to_the_second_and_is_signed_by_its_authority() {
        let (now, rng) = (Timestamp::from_seconds(1_795_327_277), Rng::seeded(1));
        let authority = ClientAuthority::make("An authority", now, &rng).expect("made");
        for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ED25519] {
            let request = CertificateRequest::from_pem(&request_of(algorithm)).expect("a good one");
            let issued = authority.issue(&request, "somebody", (now, 365), &rng).expect("issued");
            assert_eq!((issued.begins_at, issued.ends_at), (now, now.plus(days(365))));
            let der = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM");
            let other = ClientAuthority::make("An authority", now, &rng).expect("made");
            let is_signed_by = |authority: &ClientAuthority| is_signed_by(&der(&issued.pem), &der(&authority.certificate_pem));
            assert!(is_signed_by(&authority) && !is_signed_by(&other));
        }
    }

    #[test]
    fn a_request_that_its_key_did_not_sign_gets_nothing() {
        let text = request_of(&rcgen::PKCS_ED25519);
        // A character in the midst of the signature, which is the last thing in it.
        let place = text.find("-----END").expect("an end") - 20;
        let other = |character: char| if character == 'A' { 'B' } else { 'A' };
        let forged: String = text.char_indices().map(|(at, character)| if at == place { other(character) } else { character }).collect();
        assert_eq!(CertificateRequest::from_pem(&forged).unwrap_err(), RequestError::NotProven);
    }

    #[test]
    fn a_key_that_is_made_for_its_holder_gets_a_certificate() {
        let made = KeyAndRequest::make().expect("made");
        CertificateRequest::from_pem(&made.request_pem).expect("a good request");
        assert!(KeyPair::from_pem(made.key_pem.expose()).is_ok());
        assert_ne!(KeyAndRequest::make().expect("made").request_pem, made.request_pem);
    }

    #[test]
    fn other_keys_other_texts_and_long_ones_are_refused_in_words() {
        let p384 = request_of(&rcgen::PKCS_ECDSA_P384_SHA384);
        assert_eq!(CertificateRequest::from_pem(&p384).unwrap_err(), RequestError::Key);
        for text in ["", "hello", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"] {
            assert_eq!(CertificateRequest::from_pem(text).unwrap_err(), RequestError::Unreadable, "{text}");
        }
        let good = request_of(&rcgen::PKCS_ED25519);
        let of_length = |bytes: usize| format!("{good}{}", "\n".repeat(bytes - good.len()));
        assert!(CertificateRequest::from_pem(&of_length(CERTIFICATE_REQUEST_BYTES_MAX)).is_ok());
        assert_eq!(CertificateRequest::from_pem(&of_length(CERTIFICATE_REQUEST_BYTES_MAX + 1)).unwrap_err(), RequestError::TooLong);
    }
}
