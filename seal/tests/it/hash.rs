use proptest::prelude::*;
use seal::hash::{Sha256, commitment, hkdf, hmac_sha256, sha256, verify_hmac};

use crate::hex;

#[test]
fn sha256_gives_the_answer_of_fips_180() {
    assert_eq!(sha256(b"abc"), hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assert_eq!(sha256(b""), hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
}

#[test]
fn hkdf_gives_the_first_32_bytes_of_rfc_5869_case_1() {
    let salt = hex::<13>("000102030405060708090a0b0c");
    let info = hex::<10>("f0f1f2f3f4f5f6f7f8f9");
    assert_eq!(hkdf(&[0x0b; 22], &salt, &info), hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"));
}

#[test]
fn an_hmac_tells_where_one_part_ends_and_the_next_begins() {
    assert_ne!(hmac_sha256(b"k", &[b"ab", b"c"]), hmac_sha256(b"k", &[b"a", b"bc"]));
    assert_ne!(hmac_sha256(b"k", &[b"abc"]), hmac_sha256(b"k", &[b"abc", b""]));
}

#[test]
fn an_hmac_of_one_part_is_rfc_2104_over_its_length_and_bytes() {
    // HMAC by its definition, from nothing but the digest.
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        block.iter_mut().zip(b"Jefe").for_each(|(byte, key)| *byte ^= key);
        block
    };
    let message = [&28_u64.to_be_bytes()[..], b"what do ya want for nothing?"].concat();
    let inner = sha256(&[&padded(0x36)[..], &message].concat());
    let outer = sha256(&[&padded(0x5c)[..], &inner].concat());
    assert_eq!(hmac_sha256(b"Jefe", &[b"what do ya want for nothing?"]), outer);
}

#[test]
fn a_commitment_is_the_digest_of_salt_and_digest() {
    assert_eq!(commitment([1; 32], [2; 32]), sha256(&[[1; 32], [2; 32]].concat()));
    assert_ne!(commitment([1; 32], [2; 32]), commitment([3; 32], [2; 32]));
}

proptest! {
    #[test]
    fn pieces_hash_as_the_whole(pieces: Vec<Vec<u8>>) {
        let mut hash = Sha256::new();
        pieces.iter().for_each(|piece| hash.update(piece));
        prop_assert_eq!(hash.finish(), sha256(&pieces.concat()));
    }

    #[test]
    fn a_mac_verifies_with_its_key_and_parts_only(key: [u8; 32], part: Vec<u8>, at in 0..32_usize, bit in 0..8_u32) {
        let mac = hmac_sha256(&key, &[&part]);
        prop_assert!(verify_hmac(&key, &[&part], &mac));
        let mut altered = mac;
        altered[at] ^= 1 << bit;
        prop_assert!(!verify_hmac(&key, &[&part], &altered));
        prop_assert!(!verify_hmac(&key, &[&part], &mac[..31]));
        let mut other = key;
        other[at] ^= 1 << bit;
        prop_assert!(!verify_hmac(&other, &[&part], &mac));
    }
}
