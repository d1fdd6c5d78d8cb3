//! What the listener for client certificates takes in a handshake: any certificate whose key is at the other end.
//!
//! Whose certificate it is, whether it counts still and for what, is asked in each request and not here: a connection stands for hours,
//! a revocation holds at once. So no authority, name or time is looked at, and none is named to the client: which organisations there are
//! is nobody's business. What is looked at is the proof that the client holds the key, by the TLS library, that the certificate is
//! no weak one ([`crate::strength`]), and its size.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, UnixTime};

use crate::strength::{self, Link};

/// Largest client certificate, in bytes.
pub const CLIENT_CERTIFICATE_BYTES_MAX: usize = 8 * 1024;
/// Most further certificates that a client sends along. They are not read.
pub const CLIENT_CHAIN_MAX: usize = 4;

/// Takes every certificate that is no weak one, from whoever holds its key.
#[derive(Debug)]
pub(crate) struct AnyCertificate(Arc<CryptoProvider>);

impl Default for AnyCertificate {
    fn default() -> Self {
        Self(Arc::new(strength::provider()))
    }
}

impl ClientCertVerifier for AnyCertificate {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if end_entity.len() > CLIENT_CERTIFICATE_BYTES_MAX || intermediates.len() > CLIENT_CHAIN_MAX {
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        match strength::weakness_of(end_entity, Link::First) {
            Ok(None) => Ok(ClientCertVerified::assertion()),
            Ok(Some(_weak)) => Err(CertificateError::ApplicationVerificationFailure.into()),
            Err(_malformed) => Err(CertificateError::BadEncoding.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, CustomExtension, KeyPair};

    use super::*;

    /// A certificate with so many bytes in an extension that nobody knows.
    fn padded(bytes: usize) -> CertificateDer<'static> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key");
        let mut params = CertificateParams::default();
        params.custom_extensions = vec![CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999, 1], vec![0; bytes])];
        params.self_signed(&key).expect("a certificate").der().clone()
    }

    fn is_taken(certificate: &CertificateDer<'_>, further: usize) -> bool {
        let intermediates = vec![CertificateDer::from(vec![0]); further];
        let now = UnixTime::since_unix_epoch(std::time::Duration::ZERO);
        AnyCertificate::default().verify_client_cert(certificate, &intermediates, now).is_ok()
    }

    #[test]
    fn a_certificate_has_its_longest_length_and_not_one_byte_more() {
        let around = padded(7_000).len() - 7_000;
        for (length, is_borne) in [(CLIENT_CERTIFICATE_BYTES_MAX, true), (CLIENT_CERTIFICATE_BYTES_MAX + 1, false)] {
            let certificate = padded(length - around);
            assert_eq!((certificate.len(), is_taken(&certificate, 0)), (length, is_borne));
        }
    }

    #[test]
    fn so_many_further_certificates_come_along_and_not_one_more() {
        let certificate = padded(1);
        assert!(is_taken(&certificate, CLIENT_CHAIN_MAX) && !is_taken(&certificate, CLIENT_CHAIN_MAX + 1));
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        assert!(!is_taken(&CertificateDer::from(b"hello".to_vec()), 0));
    }
}
