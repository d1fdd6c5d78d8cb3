//! An authenticator in software, and the browser before it: makes passkeys and shows them, as the standard says or otherwise.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use seal::hash::sha256;
use serde_json::{Value, json};

pub(crate) const PRESENT: u8 = 1;
pub(crate) const VERIFIED: u8 = 1 << 2;
pub(crate) const ELIGIBLE: u8 = 1 << 3;
pub(crate) const BACKED_UP: u8 = 1 << 4;
pub(crate) const HAS_CREDENTIAL: u8 = 1 << 6;
pub(crate) const HAS_EXTENSIONS: u8 = 1 << 7;

/// The key of a passkey.
pub(crate) enum Key {
    Es256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rs256(RsaKeyPair),
}

/// A passkey.
pub(crate) struct Authenticator {
    pub(crate) key: Key,
    pub(crate) id: Vec<u8>,
    pub(crate) user_handle: Vec<u8>,
    pub(crate) rp_id: String,
    pub(crate) origin: String,
    pub(crate) flags: u8,
    pub(crate) count: u32,
}

/// CBOR in the form that authenticators write.
pub(crate) mod cbor {
    fn head(major: u8, argument: u64) -> Vec<u8> {
        let major = major << 5;
        match argument {
            0..=23 => vec![major | argument as u8],
            24..=0xFF => vec![major | 24, argument as u8],
            0x100..=0xFFFF => [&[major | 25][..], &(argument as u16).to_be_bytes()].concat(),
            _ => [&[major | 26][..], &(argument as u32).to_be_bytes()].concat(),
        }
    }

    pub(crate) fn integer(number: i64) -> Vec<u8> {
        if number < 0 { head(1, number.unsigned_abs() - 1) } else { head(0, number.unsigned_abs()) }
    }

    pub(crate) fn bytes(bytes: &[u8]) -> Vec<u8> {
        [head(2, bytes.len() as u64), bytes.to_vec()].concat()
    }

    pub(crate) fn text(text: &str) -> Vec<u8> {
        [head(3, text.len() as u64), text.as_bytes().to_vec()].concat()
    }

    pub(crate) fn list(items: &[Vec<u8>]) -> Vec<u8> {
        [head(4, items.len() as u64), items.concat()].concat()
    }

    pub(crate) fn map(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
        let written: Vec<Vec<u8>> = entries.iter().map(|(key, value)| [key.as_slice(), value].concat()).collect();
        [head(5, entries.len() as u64), written.concat()].concat()
    }
}

impl Key {
    pub(crate) fn es256() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
        Self::Es256(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref()).expect("just made"))
    }

    pub(crate) fn ed25519() -> Self {
        Self::Ed25519(Ed25519KeyPair::generate().expect("a key"))
    }

    pub(crate) fn rs256() -> Self {
        Self::Rs256(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"))
    }

    /// The entries of the public key's COSE form.
    pub(crate) fn cose(&self) -> Vec<(i64, Vec<u8>)> {
        match self {
            Self::Es256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                vec![(1, cbor::integer(2)), (3, cbor::integer(-7)), (-1, cbor::integer(1)), (-2, cbor::bytes(x)), (-3, cbor::bytes(y))]
            }
            Self::Ed25519(pair) => {
                let x = cbor::bytes(pair.public_key().as_ref());
                vec![(1, cbor::integer(1)), (3, cbor::integer(-8)), (-1, cbor::integer(6)), (-2, x)]
            }
            Self::Rs256(pair) => {
                let modulus = pair.public_key().modulus().big_endian_without_leading_zero().to_vec();
                vec![(1, cbor::integer(3)), (3, cbor::integer(-257)), (-1, cbor::bytes(&modulus)), (-2, cbor::bytes(&[1, 0, 1]))]
            }
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Es256(pair) => pair.sign(&random, message).expect("signed").as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("signed");
                signature
            }
        }
    }
}

pub(crate) fn map_of(entries: &[(i64, Vec<u8>)]) -> Vec<u8> {
    cbor::map(&entries.iter().map(|(key, value)| (cbor::integer(*key), value.clone())).collect::<Vec<_>>())
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// What a browser says.
pub(crate) fn client_data(kind: &str, challenge: &str, origin: &str) -> Vec<u8> {
    json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false, "added_later": "is ignored" })
        .to_string()
        .into_bytes()
}

/// An attestation object that attests nothing.
pub(crate) fn attestation_object(authenticator_data: &[u8]) -> Vec<u8> {
    cbor::map(&[
        (cbor::text("fmt"), cbor::text("none")),
        (cbor::text("attStmt"), cbor::map(&[])),
        (cbor::text("authData"), cbor::bytes(authenticator_data)),
    ])
}

impl Authenticator {
    pub(crate) fn new(key: Key, origin: &str) -> Self {
        let host = origin.trim_start_matches("https://").split(':').next().expect("a host").to_owned();
        let id = sha256(&map_of(&key.cose())).to_vec();
        Self { key, id, user_handle: Vec::new(), rp_id: host, origin: origin.to_owned(), flags: PRESENT | VERIFIED, count: 0 }
    }

    /// What it says before what it says of a credential.
    pub(crate) fn header(&self, more_flags: u8) -> Vec<u8> {
        [&sha256(self.rp_id.as_bytes())[..], &[self.flags | more_flags], &self.count.to_be_bytes()].concat()
    }

    /// What it says of its credential.
    pub(crate) fn attested(&self) -> Vec<u8> {
        [&[0; 16][..], &(self.id.len() as u16).to_be_bytes(), &self.id, &map_of(&self.key.cose())].concat()
    }

    pub(crate) fn made(&self) -> Vec<u8> {
        [self.header(HAS_CREDENTIAL), self.attested()].concat()
    }

    pub(crate) fn signature(&self, authenticator_data: &[u8], client_data: &[u8]) -> Vec<u8> {
        self.key.sign(&[authenticator_data, &sha256(client_data)].concat())
    }

    /// The answer of `navigator.credentials.create()`.
    pub(crate) fn create(&mut self, options: &Value) -> Value {
        self.user_handle = BASE64_URL_SAFE_NO_PAD.decode(options["user_handle"].as_str().expect("a text")).expect("base 64");
        let client_data = client_data("webauthn.create", options["challenge"].as_str().expect("a text"), &self.origin);
        json!({
            "client_data": base64url(&client_data),
            "attestation_object": base64url(&attestation_object(&self.made())),
        })
    }

    /// The answer of `navigator.credentials.get()`.
    pub(crate) fn get(&self, options: &Value) -> Value {
        let challenge = options["challenge"].as_str().expect("a text");
        let (client_data, data) = (client_data("webauthn.get", challenge, &self.origin), self.header(0));
        json!({
            "credential_id": base64url(&self.id),
            "client_data": base64url(&client_data),
            "authenticator_data": base64url(&data),
            "signature": base64url(&self.signature(&data, &client_data)),
            "user_handle": base64url(&self.user_handle),
        })
    }
}
