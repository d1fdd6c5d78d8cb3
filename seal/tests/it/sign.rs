use proptest::prelude::*;
use seal::sign::{PublicKey, Signature, SigningKey, TextError, VerifyError, fingerprint};

use crate::hex;

#[test]
fn the_public_key_is_that_of_rfc_8032() {
    let key = SigningKey::from_seed(hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
    assert_eq!(key.public().to_text(), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}

#[test]
fn a_signature_is_over_context_zero_part_zero_part() {
    // Signing twice is exact, and the same message cut differently is the same message, so the layout can be seen.
    let key = SigningKey::from_seed([9; 32]);
    assert_eq!(key.sign("purser token v1", &[b"a", b"b"]), key.sign("purser token v1", &[b"a\0b"]));
    assert_ne!(key.sign("purser token v1", &[b"a", b"b"]), key.sign("purser token v1", &[b"ab"]));
}

#[test]
fn a_part_with_a_zero_byte_is_never_accepted() {
    let key = SigningKey::from_seed([9; 32]);
    let signature = key.sign("purser token v1", &[b"a", b"b"]);
    assert_eq!(key.public().verify("purser token v1", &[b"a", b"b"], &signature), Ok(()));
    assert_eq!(key.public().verify("purser token v1", &[b"a\0b"], &signature), Err(VerifyError));
    assert_eq!(key.public().verify("purser token v1\0a", &[b"b"], &signature), Err(VerifyError));
}

#[test]
fn texts_have_one_form_and_others_are_refused() {
    let key = SigningKey::from_seed([1; 32]);
    let signature = key.sign("c", &[]);
    assert_eq!(PublicKey::from_text(&key.public().to_text()), Ok(key.public()));
    assert_eq!(Signature::from_text(&signature.to_text()), Ok(signature));
    assert_eq!(signature.to_text().len(), 128);
    for text in [String::new(), "é".repeat(32), key.public().to_text().to_uppercase(), format!("{}0", key.public().to_text())] {
        assert_eq!(PublicKey::from_text(&text), Err(TextError { expected_characters: 64 }));
        assert_eq!(Signature::from_text(&text), Err(TextError { expected_characters: 128 }));
    }
}

#[test]
fn a_fingerprint_is_the_digest_of_the_public_key() {
    let public = SigningKey::from_seed([1; 32]).public();
    assert_eq!(fingerprint(&public), seal::hash::sha256(&public.0));
}

#[test]
fn a_signing_key_never_prints() {
    assert_eq!(format!("{:?}", SigningKey::from_seed([1; 32])), "[redacted]");
}

proptest! {
    #[test]
    fn what_was_signed_verifies_and_nothing_else(seed: [u8; 32], part in "[^\0]{0,40}", other in "[^\0]{0,40}", at in 0..64_usize, bit in 0..8_u32) {
        let key = SigningKey::from_seed(seed);
        let signature = key.sign("purser challenge v1", &[part.as_bytes(), b"x"]);
        prop_assert_eq!(key.public().verify("purser challenge v1", &[part.as_bytes(), b"x"], &signature), Ok(()));
        prop_assert_eq!(key.public().verify("purser token v1", &[part.as_bytes(), b"x"], &signature), Err(VerifyError));
        prop_assert_eq!(key.public().verify("purser challenge v1", &[other.as_bytes(), b"x"], &signature).is_ok(), other == part);
        let mut altered = signature;
        altered.0[at] ^= 1 << bit;
        prop_assert_eq!(key.public().verify("purser challenge v1", &[part.as_bytes(), b"x"], &altered), Err(VerifyError));
    }
}
