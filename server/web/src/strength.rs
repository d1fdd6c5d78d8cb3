//! How strong a certificate and a handshake have to be.
//!
//! What a handshake may agree on is listed here and not left to the TLS library's own list, so that an update of it
//! cannot widen it: TLS 1.3 and 1.2, authenticated encryption only, a fresh key exchange for each connection only. The
//! exchange that a quantum computer does not undo (ML-KEM with X25519) is taken from each client that offers it first, as
//! our agent and today's browsers do.
//!
//! Certificates signed over MD5 or SHA-1 can be forged, and RSA keys below [`RSA_BITS_MIN`] be broken: a server that is
//! given one does not start. The same is said of a load balancer's certificate, and of one that is renewed later. Of a root that stands
//! at the end of a chain the signature is not asked for: nobody verifies what it says of itself, who trusts it knows it by its key.

use std::fmt;

use rustls::SupportedProtocolVersion;
use rustls::crypto::aws_lc_rs::{self, cipher_suite, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls_pki_types::CertificateDer;
use x509_parser::oid_registry::{
    OID_NIST_HASH_SHA256, OID_NIST_HASH_SHA384, OID_NIST_HASH_SHA512, OID_PKCS1_SHA256WITHRSA, OID_PKCS1_SHA384WITHRSA,
    OID_PKCS1_SHA512WITHRSA, OID_SIG_ECDSA_WITH_SHA256, OID_SIG_ECDSA_WITH_SHA384, OID_SIG_ECDSA_WITH_SHA512, OID_SIG_ED25519, Oid,
};
use x509_parser::prelude::{FromDer, ParsedExtension, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::signature_algorithm::SignatureAlgorithm;
use x509_parser::x509::AlgorithmIdentifier;

use crate::certificate::CertificateError;

/// Smallest RSA key of a certificate, in bits.
pub const RSA_BITS_MIN: usize = 2_048;

/// The versions of TLS that are spoken; each side takes the first that the other knows.
pub static PROTOCOL_VERSIONS: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS13, &rustls::version::TLS12];

/// Key exchanges; of those that both know, the client's first is taken.
static KEY_EXCHANGES: [&dyn SupportedKxGroup; 4] = [kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];

/// The signatures over a certificate that nobody can forge, but for RSASSA-PSS, which names its digest apart.
const SIGNATURES: [Oid<'static>; 7] = [
    OID_PKCS1_SHA256WITHRSA,
    OID_PKCS1_SHA384WITHRSA,
    OID_PKCS1_SHA512WITHRSA,
    OID_SIG_ECDSA_WITH_SHA256,
    OID_SIG_ECDSA_WITH_SHA384,
    OID_SIG_ECDSA_WITH_SHA512,
    OID_SIG_ED25519,
];
/// The digests that RSASSA-PSS may sign.
const DIGESTS: [Oid<'static>; 3] = [OID_NIST_HASH_SHA256, OID_NIST_HASH_SHA384, OID_NIST_HASH_SHA512];

/// Why a certificate is too weak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Its signature is over MD5, SHA-1 or another digest that can be forged.
    Signature,
    /// Its RSA key has fewer bits than [`RSA_BITS_MIN`].
    RsaBits(usize),
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature => f.write_str("MD5 / SHA-1"),
            Self::RsaBits(bits) => write!(f, "RSA {bits}"),
        }
    }
}

/// What handshakes may agree on.
pub(crate) fn provider() -> CryptoProvider {
    let cipher_suites = vec![
        cipher_suite::TLS13_AES_256_GCM_SHA384,
        cipher_suite::TLS13_AES_128_GCM_SHA256,
        cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
        cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];
    CryptoProvider { cipher_suites, kx_groups: KEY_EXCHANGES.to_vec(), ..aws_lc_rs::default_provider() }
}

/// Where a certificate stands in its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// The one that the server shows for itself.
    First,
    /// One by which the first is vouched for.
    Further,
}

/// What makes a certificate too weak to be shown to anybody.
pub(crate) fn weakness_of(certificate: &CertificateDer<'_>, link: Link) -> Result<Option<Weakness>, CertificateError> {
    let (_rest, parsed) = X509Certificate::from_der(certificate).map_err(|_malformed| CertificateError::Unreadable)?;
    let is_verified = link == Link::First || !is_root(&parsed);
    if is_verified && !is_strong(&parsed.signature_algorithm) {
        return Ok(Some(Weakness::Signature));
    }
    Ok(match parsed.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => Some(bits(key.modulus)).filter(|bits| *bits < RSA_BITS_MIN).map(Weakness::RsaBits),
        // Of other keys the TLS library takes the strong kinds only.
        _ => None,
    })
}

/// Whether it is signed by its own key. One that only has the name of its issuer, as where a root's key was renewed, is signed by another.
fn is_root(certificate: &X509Certificate<'_>) -> bool {
    let (mut own, mut issuers) = (None, None);
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(key) => own = Some(key),
            ParsedExtension::AuthorityKeyIdentifier(authority) => issuers = authority.key_identifier.as_ref(),
            _ => {}
        }
    }
    certificate.subject() == certificate.issuer() && issuers.is_none_or(|issuers| own == Some(issuers))
}

fn is_strong(algorithm: &AlgorithmIdentifier<'_>) -> bool {
    match SignatureAlgorithm::try_from(algorithm) {
        Ok(SignatureAlgorithm::RSASSA_PSS(parameters)) => DIGESTS.contains(parameters.hash_algorithm_oid()),
        _ => SIGNATURES.contains(&algorithm.algorithm),
    }
}

/// The length of a big-endian number, in bits.
fn bits(number: &[u8]) -> usize {
    let significant = number.iter().position(|byte| *byte != 0).and_then(|first| number.get(first..)).unwrap_or_default();
    let leading = significant.first().map_or(0, |byte| byte.leading_zeros() as usize);
    significant.len() * 8 - leading
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_authenticates_what_it_encrypts_and_has_a_key_exchange_of_its_own() {
        for suite in provider().cipher_suites {
            let name = format!("{:?}", suite.suite());
            let is_aead = name.contains("GCM") || name.contains("CHACHA20_POLY1305");
            assert!(is_aead && (name.starts_with("TLS13") || name.starts_with("TLS_ECDHE")), "{name}");
        }
    }

    #[test]
    fn a_number_is_as_long_as_its_highest_bit_says() {
        assert_eq!((bits(&[]), bits(&[0]), bits(&[0, 1]), bits(&[0x7f, 0]), bits(&[0, 0x80, 0])), (0, 0, 1, 15, 16));
        let smallest = [&[0x80][..], &[0; RSA_BITS_MIN / 8 - 1]].concat();
        let below = [&[0x7f][..], &[0xff; RSA_BITS_MIN / 8 - 1]].concat();
        assert_eq!((bits(&smallest), bits(&below)), (RSA_BITS_MIN, RSA_BITS_MIN - 1));
    }
}
