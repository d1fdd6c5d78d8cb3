use proptest::prelude::*;
use seal::xaes::{Key, NONCE_BYTES, OVERHEAD_BYTES, OpenError, TAG_BYTES, open, seal};

use crate::hex;
use crate::keccak::Shake128;

const NONCE: [u8; NONCE_BYTES] = *b"ABCDEFGHIJKLMNOPQRSTUVWX";

#[test]
fn the_two_known_answers_of_c2sp_are_given() {
    let first = seal(&Key::from_bytes([1; 32]), NONCE, b"", b"XAES-256-GCM");
    assert_eq!(first[NONCE_BYTES..], hex::<28>("ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"));
    // The second has the other value of the top bit that the doubling branches on in the specification.
    let second = seal(&Key::from_bytes([3; 32]), NONCE, b"c2sp.org/XAES-256-GCM", b"XAES-256-GCM");
    assert_eq!(second[NONCE_BYTES..], hex::<28>("986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"));
    assert_eq!(second[..NONCE_BYTES], NONCE);
}

#[test]
fn the_accumulated_10_000_random_messages_of_c2sp_hash_to_the_published_value() {
    let mut random = Shake128::new();
    let mut accumulated = Shake128::new();
    for _ in 0..10_000 {
        let key = Key::from_bytes(random.read(32).try_into().unwrap());
        let nonce: [u8; NONCE_BYTES] = random.read(NONCE_BYTES).try_into().unwrap();
        let plaintext = vector(&mut random);
        let aad = vector(&mut random);
        let sealed = seal(&key, nonce, &aad, &plaintext);
        assert_eq!(*open(&key, &aad, &sealed).unwrap(), plaintext);
        accumulated.absorb(&sealed[NONCE_BYTES..]);
    }
    assert_eq!(accumulated.read(32), hex::<32>("e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"));
}

#[test]
fn the_random_stream_of_the_accumulated_test_starts_as_published() {
    assert_eq!(Shake128::new().read(16), hex::<16>("7f9c2ba4e88f827d616045507605853e"));
}

#[test]
fn a_text_shorter_than_nonce_and_tag_does_not_open() {
    let key = Key::from_bytes([7; 32]);
    let sealed = seal(&key, NONCE, b"", b"");
    assert_eq!(sealed.len(), NONCE_BYTES + TAG_BYTES);
    assert!(open(&key, b"", &sealed).unwrap().is_empty());
    for length in 0..sealed.len() {
        assert_eq!(open(&key, b"", &sealed[..length]), Err(OpenError));
    }
}

#[test]
fn a_key_never_prints() {
    assert_eq!(format!("{:?}", Key::from_bytes([0x5a; 32])), "[redacted]");
}

#[test]
fn a_key_may_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Key>();
}

proptest! {
    #[test]
    fn what_was_sealed_opens_again(key: [u8; 32], nonce: [u8; NONCE_BYTES], aad: Vec<u8>, plaintext: Vec<u8>) {
        let key = Key::from_bytes(key);
        let sealed = seal(&key, nonce, &aad, &plaintext);
        prop_assert_eq!(sealed.len(), plaintext.len() + OVERHEAD_BYTES);
        prop_assert_eq!(&*open(&key, &aad, &sealed).unwrap(), &plaintext);
    }

    #[test]
    fn one_flipped_bit_anywhere_is_noticed(key: [u8; 32], aad in prop::collection::vec(any::<u8>(), 1..40), plaintext: Vec<u8>, at: prop::sample::Index, bit in 0..8_u32) {
        let key = Key::from_bytes(key);
        let sealed = seal(&key, NONCE, &aad, &plaintext);
        let mut altered = sealed.clone();
        altered[at.index(sealed.len())] ^= 1 << bit;
        prop_assert_eq!(open(&key, &aad, &altered), Err(OpenError));
        let mut elsewhere = aad.clone();
        elsewhere[at.index(aad.len())] ^= 1 << bit;
        prop_assert_eq!(open(&key, &elsewhere, &sealed), Err(OpenError));
    }

    #[test]
    fn another_key_does_not_open(key: [u8; 32], at in 0..32_usize, bit in 0..8_u32, plaintext: Vec<u8>) {
        let sealed = seal(&Key::from_bytes(key), NONCE, b"", &plaintext);
        let mut other = key;
        other[at] ^= 1 << bit;
        prop_assert_eq!(open(&Key::from_bytes(other), b"", &sealed), Err(OpenError));
    }
}

/// A vector of RFC 8446's presentation language: one byte of length, then the bytes.
fn vector(random: &mut Shake128) -> Vec<u8> {
    let length = random.read(1)[0];
    random.read(usize::from(length))
}
