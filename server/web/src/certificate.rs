//! The instance's own certificate authority and the server certificates that it signs.
//!
//! The authority is *name-constrained*: its certificate says that it may vouch for this server's names and for nothing
//! else, so a user who trusts it does not hand the keeper of its key the rest of the internet. Its key is a file with
//! mode 0600 in `DATA/tls`, not sealed: whoever can read it could impersonate this server to those who trust the
//! authority, and could as well read the server's key beside it, which has to be in memory anyway.
//!
//! A server certificate lives [`LEAF_DAYS`] and has a new key each time. The authority lives [`AUTHORITY_DAYS`]; it is
//! made anew only where it expires or where a name is asked for that it may not vouch for.

use std::net::IpAddr;
use std::time::Duration;

use kernel::{Rng, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, SanType, SerialNumber, date_time_ymd,
};
use rustls_pki_types::CertificateDer;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

use crate::names::ServedName;

/// Days that a server certificate lives.
pub const LEAF_DAYS: u32 = 90;
/// Days before its end at which a server certificate is renewed.
pub const LEAF_RENEWAL_DAYS: u32 = 30;
/// Days that the authority lives: ten years, because each change asks the users to trust another one.
pub const AUTHORITY_DAYS: u32 = 3_650;
/// How far back a certificate's beginning is dated, for clients whose clocks are slow.
const BACKDATED: Duration = days(1);
/// Bytes of a serial number; RFC 5280 allows 20.
const SERIAL_BYTES: usize = 16;

pub(crate) const fn days(days: u32) -> Duration {
    Duration::from_secs(days as u64 * 86_400)
}

/// A certificate could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// Making failed.
    #[error("a certificate could not be made")]
    Make(#[from] rcgen::Error),
    /// It is not an X.509 certificate.
    #[error("not an X.509 certificate")]
    Unreadable,
}

/// A certificate with its key, both as PEM.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) certificate_pem: String,
    pub(crate) key_pem: String,
}

/// Makes an authority that may vouch for these names only.
pub(crate) fn make_authority(names: &[ServedName], now: Timestamp, rng: &Rng) -> Result<Made, CertificateError> {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let mut params = base_params(now, AUTHORITY_DAYS, rng);
    // The number tells apart the authorities of several servers in one browser's list.
    params.distinguished_name.push(DnType::CommonName, format!("Purser local authority {:04x}", rng.below(1 << 16)));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // Names of a class without any permitted subtree are unconstrained; `served_names` has one of each class at least.
    let permitted_subtrees = names.iter().map(subtree).collect();
    params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    let certificate = params.self_signed(&key)?;
    Ok(Made { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
}

/// Makes a server certificate for these names.
pub(crate) fn make_leaf(authority: &Made, names: &[ServedName], now: Timestamp, rng: &Rng) -> Result<Made, CertificateError> {
    let issuer = Issuer::from_ca_cert_pem(&authority.certificate_pem, KeyPair::from_pem(&authority.key_pem)?)?;
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let mut params = base_params(now, LEAF_DAYS, rng);
    params.distinguished_name.push(DnType::CommonName, "Purser server");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    for name in names {
        params.subject_alt_names.push(match name {
            ServedName::Dns(name) => SanType::DnsName(name.as_str().try_into()?),
            ServedName::Address(address) => SanType::IpAddress(*address),
        });
    }
    let certificate = params.signed_by(&key, &issuer)?;
    Ok(Made { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
}

fn base_params(now: Timestamp, lifetime_days: u32, rng: &Rng) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.serial_number = Some(SerialNumber::from_slice(&serial_number(rng)));
    let (year, month, day) = date(now.minus(BACKDATED));
    params.not_before = date_time_ymd(year, month, day);
    let (year, month, day) = date(now.plus(days(lifetime_days)));
    params.not_after = date_time_ymd(year, month, day);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

/// A random serial number.
pub(crate) fn serial_number(rng: &Rng) -> [u8; SERIAL_BYTES] {
    let mut serial = rng.bytes::<SERIAL_BYTES>();
    serial[0] = (serial[0] & 0x7f) | 0x40; // positive, and never shorter
    serial
}

/// The day, as the timestamp's own text form tells it: certificates begin and end at midnight, UTC.
fn date(time: Timestamp) -> (i32, u8, u8) {
    let text = time.to_string();
    let mut parts = text.split(['-', 'T']).map(str::parse::<u16>).map_while(Result::ok);
    let (year, month, day) = (parts.next().unwrap_or(1970), parts.next().unwrap_or(1), parts.next().unwrap_or(1));
    (i32::from(year), u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))
}

fn subtree(name: &ServedName) -> GeneralSubtree {
    match name {
        ServedName::Dns(name) => GeneralSubtree::DnsName(name.clone()),
        ServedName::Address(address @ IpAddr::V4(_)) => GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(*address, 32)),
        ServedName::Address(address @ IpAddr::V6(_)) => GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(*address, 128)),
    }
}

/// How strong a certificate is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength {
    /// Whether its signature is over SHA-256 or better, and its key no weak one.
    pub is_strong: bool,
    /// The signature's algorithm, as an object identifier.
    pub signature: String,
    /// Bits of its key.
    pub key_bits: usize,
}

/// Shortest RSA key that is no weak one, in bits.
const RSA_BITS_MIN: usize = 2_048;
/// Shortest key of another kind, in bits.
const OTHER_BITS_MIN: usize = 256;
/// Signatures over MD2, MD4, MD5 and SHA-1 (RFC 3279).
const WEAK_SIGNATURES: [&str; 6] = [
    "1.2.840.113549.1.1.2",
    "1.2.840.113549.1.1.3",
    "1.2.840.113549.1.1.4",
    "1.2.840.113549.1.1.5",
    "1.2.840.10040.4.3",
    "1.2.840.10045.4.1",
];

/// How strong a certificate is.
pub(crate) fn strength_of(certificate: &CertificateDer<'_>) -> Result<Strength, CertificateError> {
    let (_rest, parsed) = X509Certificate::from_der(certificate).map_err(|_malformed| CertificateError::Unreadable)?;
    let signature = parsed.signature_algorithm.algorithm.to_id_string();
    let key = parsed.public_key().parsed().map_err(|_malformed| CertificateError::Unreadable)?;
    let (key_bits, bits_min) = match &key {
        PublicKey::RSA(key) => (key.key_size(), RSA_BITS_MIN),
        PublicKey::EC(point) => (point.key_size(), OTHER_BITS_MIN),
        // Ed25519 and Ed448 have no parser of their own there.
        other => (other.key_size().max(parsed.public_key().subject_public_key.data.len() * 8), OTHER_BITS_MIN),
    };
    let is_strong = key_bits >= bits_min && !WEAK_SIGNATURES.contains(&signature.as_str());
    Ok(Strength { is_strong, signature, key_bits })
}

/// What a certificate says.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// When it begins.
    pub(crate) begins_at: Timestamp,
    /// When it ends.
    pub(crate) ends_at: Timestamp,
    /// The names it carries.
    pub(crate) names: Vec<ServedName>,
    /// The names it may vouch for, as an authority.
    pub(crate) permitted: Vec<ServedName>,
}

/// Reads a certificate.
pub(crate) fn facts_of(certificate: &CertificateDer<'_>) -> Result<Facts, CertificateError> {
    let (_rest, parsed) = X509Certificate::from_der(certificate).map_err(|_malformed| CertificateError::Unreadable)?;
    let alternative = parsed.subject_alternative_name().map_err(|_malformed| CertificateError::Unreadable)?;
    let mut names: Vec<_> = alternative.iter().flat_map(|extension| &extension.value.general_names).filter_map(name_of).collect();
    names.sort();
    let constraints = parsed.name_constraints().map_err(|_malformed| CertificateError::Unreadable)?;
    let subtrees = constraints.iter().filter_map(|extension| extension.value.permitted_subtrees.as_ref()).flatten();
    let permitted = subtrees.filter_map(|subtree| name_of(&subtree.base)).collect();
    let validity = parsed.validity();
    let (begins_at, ends_at) = [validity.not_before, validity.not_after].map(|time| Timestamp::from_seconds(time.timestamp())).into();
    Ok(Facts { begins_at, ends_at, names, permitted })
}

/// Whether `authority` signed `leaf`.
pub(crate) fn is_signed_by(leaf: &CertificateDer<'_>, authority: &CertificateDer<'_>) -> bool {
    let (Ok((_, leaf)), Ok((_, authority))) = (X509Certificate::from_der(leaf), X509Certificate::from_der(authority)) else { return false };
    leaf.verify_signature(Some(authority.public_key())).is_ok()
}

/// A name, or the address that a constraint's subtree of one address holds: the mask follows the address.
fn name_of(name: &GeneralName<'_>) -> Option<ServedName> {
    match name {
        GeneralName::DNSName(name) => Some(ServedName::Dns(name.to_ascii_lowercase())),
        GeneralName::IPAddress(bytes) => {
            let length = if matches!(bytes.len(), 16 | 32) { 16 } else { 4 };
            match length {
                4 => <[u8; 4]>::try_from(bytes.get(..4)?).ok().map(|octets| ServedName::Address(IpAddr::from(octets))),
                _ => <[u8; 16]>::try_from(bytes.get(..16)?).ok().map(|octets| ServedName::Address(IpAddr::from(octets))),
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_from_a_time() {
        assert_eq!(date(Timestamp::from_seconds(0)), (1970, 1, 1));
        assert_eq!(date(Timestamp::from_seconds(1_795_327_200)), (2026, 11, 22));
    }
}
