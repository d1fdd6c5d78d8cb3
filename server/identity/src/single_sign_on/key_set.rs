//! A provider's public keys (RFC 7517).
//!
//! Of a set only what verifies signatures is kept: no symmetric key, none that is for encryption, and no kind that is not
//! known here. Each key has one kind and, where the provider says so, one algorithm.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::signed_token::Algorithm;

/// Most keys of a set; those behind are not looked at.
pub(crate) const KEYS_MAX: usize = 64;
/// Smallest modulus of an RSA key, in bytes: 2,048 bits.
pub(crate) const RSA_BYTES_MIN: usize = 256;

/// A public key, of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// The uncompressed point.
    P256(Vec<u8>),
    /// The uncompressed point.
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Clone, Debug)]
struct Key {
    id: Option<String>,
    algorithm: Option<Algorithm>,
    key: PublicKey,
}

/// The keys of a provider that verify signatures.
#[derive(Clone, Debug)]
pub(crate) struct KeySet(Vec<Key>);

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Parts {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// The keys of a document that are for signatures; nothing where it is no set of keys.
    pub(crate) fn parse(document: &[u8]) -> Option<Self> {
        let document: Document = serde_json::from_slice(document).ok()?;
        Some(Self(document.keys.into_iter().take(KEYS_MAX).filter_map(read).collect()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key of an id for an algorithm. Without an id only a set with one such key has it, and of two with one id neither is
    /// it: which of them is meant would be a guess.
    pub(crate) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&PublicKey> {
        let fits = |key: &&Key| algorithm.fits(&key.key) && key.algorithm.is_none_or(|own| own == algorithm);
        let is_named = |key: &&Key| id.is_none() || key.id.as_deref() == id;
        let mut fitting = self.0.iter().filter(is_named).filter(fits);
        let found = fitting.next()?;
        fitting.next().is_none().then_some(&found.key)
    }
}

fn read(value: serde_json::Value) -> Option<Key> {
    let parts: Parts = serde_json::from_value(value).ok()?;
    let is_for_signatures = parts.usage.as_deref().is_none_or(|usage| usage == "sig")
        && parts.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|operation| operation == "verify"));
    if !is_for_signatures {
        return None;
    }
    // A key for an algorithm that is not known here is for nothing here.
    let algorithm = match parts.alg.as_deref() {
        Some(text) => Some(Algorithm::from_text(text)?),
        None => None,
    };
    let number = |part: &Option<String>| BASE64_URL_SAFE_NO_PAD.decode(part.as_deref()?).ok();
    let point = |bytes: usize| {
        let (x, y) = (number(&parts.x)?, number(&parts.y)?);
        (x.len() == bytes && y.len() == bytes).then(|| [&[4], x.as_slice(), y.as_slice()].concat())
    };
    let key = match (parts.kty.as_str(), parts.crv.as_deref()) {
        ("RSA", _) => {
            let modulus = without_zeroes(number(&parts.n)?);
            let exponent = without_zeroes(number(&parts.e)?);
            (modulus.len() >= RSA_BYTES_MIN).then_some(PublicKey::Rsa { modulus, exponent })?
        }
        ("EC", Some("P-256")) => PublicKey::P256(point(32)?),
        ("EC", Some("P-384")) => PublicKey::P384(point(48)?),
        ("OKP", Some("Ed25519")) => PublicKey::Ed25519(number(&parts.x).filter(|x| x.len() == 32)?),
        _ => return None,
    };
    Some(Key { id: parts.kid, algorithm, key })
}

/// Some providers write a sign's zero in front, which the verifier refuses.
fn without_zeroes(number: Vec<u8>) -> Vec<u8> {
    let first = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    number.get(first..).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(keys: serde_json::Value) -> KeySet {
        KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).expect("a set")
    }

    fn ed25519(id: &str) -> serde_json::Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": id, "x": BASE64_URL_SAFE_NO_PAD.encode([7; 32]) })
    }

    fn with(mut key: serde_json::Value, name: &str, value: serde_json::Value) -> serde_json::Value {
        key[name] = value;
        key
    }

    #[test]
    fn a_set_keeps_what_verifies_signatures_and_nothing_else() {
        let rsa = |bytes: usize| json!({ "kty": "RSA", "n": BASE64_URL_SAFE_NO_PAD.encode(vec![0xff; bytes]), "e": "AQAB" });
        for (key, kept) in [
            (ed25519("a"), true),
            (with(ed25519("a"), "use", "sig".into()), true),
            (with(ed25519("a"), "use", "enc".into()), false),
            (with(ed25519("a"), "key_ops", json!(["encrypt"])), false),
            (with(ed25519("a"), "key_ops", json!(["verify"])), true),
            (with(ed25519("a"), "alg", "HS256".into()), false),
            (with(ed25519("a"), "alg", "EdDSA".into()), true),
            (json!({ "kty": "oct", "k": "c2VjcmV0", "alg": "HS256" }), false),
            (rsa(RSA_BYTES_MIN), true),
            (rsa(RSA_BYTES_MIN - 1), false),
            (json!({ "kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ" }), false),
            (json!("no key"), false),
        ] {
            assert_eq!(set(json!([key.clone()])).is_empty(), !kept, "{key}");
        }
    }

    #[test]
    fn a_key_is_found_by_its_id_or_because_it_is_the_only_one_of_its_kind() {
        let two = set(json!([ed25519("a"), ed25519("b")]));
        assert!(two.find(Some("a"), Algorithm::EdDsa).is_some());
        assert!(two.find(Some("c"), Algorithm::EdDsa).is_none(), "no key has this id");
        assert!(two.find(None, Algorithm::EdDsa).is_none(), "which of two is not said");
        assert!(two.find(Some("a"), Algorithm::Es256).is_none(), "an algorithm for another kind of key");
        assert!(set(json!([ed25519("a")])).find(None, Algorithm::EdDsa).is_some());
        assert!(set(json!([ed25519("a"), ed25519("a")])).find(Some("a"), Algorithm::EdDsa).is_none(), "two with one id");
    }

    #[test]
    fn of_a_long_set_so_many_keys_are_looked_at_and_no_more() {
        let many: Vec<_> = (0..=KEYS_MAX).map(|number| ed25519(&number.to_string())).collect();
        let many = set(many.into());
        assert!(many.find(Some(&(KEYS_MAX - 1).to_string()), Algorithm::EdDsa).is_some());
        assert!(many.find(Some(&KEYS_MAX.to_string()), Algorithm::EdDsa).is_none());
    }
}
