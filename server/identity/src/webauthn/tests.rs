//! Each comparison of sections 7.1 and 7.2, by an answer in which one thing is wrong.

#[path = "../../tests/it/authenticator.rs"]
#[expect(dead_code, reason = "the browser's half is for the tests of the routes")]
mod authenticator;

use std::time::Duration;

use kernel::Timestamp;
use proptest::prelude::*;

use self::authenticator::{
    Authenticator, BACKED_UP, ELIGIBLE, HAS_CREDENTIAL, HAS_EXTENSIONS, Key, PRESENT, VERIFIED, attestation_object, base64url, cbor,
    client_data, map_of,
};
use super::authenticator_data::AuthenticatorData;
use super::*;

const ORIGIN: &str = "https://purser.example";
const CHALLENGE: &[u8] = b"a challenge of many random bytes";
const HANDLE: [u8; 32] = [7; 32];

fn party() -> RelyingParty {
    RelyingParty::of(ORIGIN).unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_seconds(1_000)
}

fn expected(party: &RelyingParty) -> Expected<'_> {
    Expected { party, challenge: CHALLENGE, expires_at: now().plus(Duration::from_micros(1)), now: now() }
}

fn registration_of(authenticator: &Authenticator) -> Registration {
    let client_data = client_data("webauthn.create", &base64url(CHALLENGE), ORIGIN);
    Registration { client_data, attestation_object: attestation_object(&authenticator.made()) }
}

fn registered(registration: &Registration) -> Result<Credential, Refusal> {
    registration.check(&expected(&party()))
}

fn known_of(authenticator: &Authenticator) -> Known {
    let Credential { id, key, sign_count, backup } = registered(&registration_of(authenticator)).unwrap();
    Known { id, key, sign_count, backup, user_handle: HANDLE }
}

/// What the authenticator shows over these data.
fn signed(authenticator: &Authenticator, authenticator_data: Vec<u8>, client_data: Vec<u8>) -> Assertion {
    let signature = authenticator.signature(&authenticator_data, &client_data);
    Assertion { credential_id: authenticator.id.clone(), client_data, authenticator_data, signature, user_handle: Some(HANDLE.to_vec()) }
}

fn assertion_of(authenticator: &Authenticator) -> Assertion {
    signed(authenticator, authenticator.header(0), client_data("webauthn.get", &base64url(CHALLENGE), ORIGIN))
}

fn shown(assertion: &Assertion, known: &Known) -> Result<Shown, Refusal> {
    assertion.check(&expected(&party()), known, Asked::Anybody)
}

fn es256() -> Authenticator {
    Authenticator::new(Key::es256(), ORIGIN)
}

#[test]
fn a_passkey_of_each_algorithm_is_added_and_shown() {
    for (key, algorithm) in [(Key::es256(), Algorithm::Es256), (Key::ed25519(), Algorithm::Ed25519), (Key::rs256(), Algorithm::Rs256)] {
        let mut authenticator = Authenticator::new(key, ORIGIN);
        let known = known_of(&authenticator);
        assert_eq!((known.key.algorithm(), &known.id), (algorithm, &authenticator.id));
        assert_eq!(shown(&assertion_of(&authenticator), &known), Ok(Shown { sign_count: 0, backup: Backup::Bound }));
        authenticator.count = 9;
        assert_eq!(shown(&assertion_of(&authenticator), &known), Ok(Shown { sign_count: 9, backup: Backup::Bound }));
    }
}

#[test]
fn algorithms_are_asked_for_by_the_numbers_of_the_registry() {
    assert_eq!(Algorithm::ALL.map(Algorithm::number), [-8, -7, -257]);
}

#[test]
fn what_is_stored_of_a_key_is_read_again_as_the_same() {
    for key in [Key::es256(), Key::ed25519(), Key::rs256()] {
        let known = known_of(&Authenticator::new(key, ORIGIN));
        let stored = serde_json::to_vec(&known.key).unwrap();
        assert_eq!(serde_json::from_slice::<PublicKey>(&stored).unwrap(), known.key);
    }
}

#[test]
fn what_the_authenticator_says_of_copies_is_kept() {
    for (flags, backup) in [(0, Backup::Bound), (ELIGIBLE, Backup::Eligible), (ELIGIBLE | BACKED_UP, Backup::BackedUp)] {
        let mut authenticator = es256();
        authenticator.flags |= flags;
        assert_eq!(registered(&registration_of(&authenticator)).unwrap().backup, backup);
        assert_eq!(Backup::from_text(backup.text()), Some(backup));
    }
    // A copy may be made later, and may be gone.
    let mut authenticator = es256();
    authenticator.flags |= ELIGIBLE;
    let known = known_of(&authenticator);
    authenticator.flags |= BACKED_UP;
    assert_eq!(shown(&assertion_of(&authenticator), &known).unwrap().backup, Backup::BackedUp);
}

#[test]
fn what_a_browser_says_is_compared_whole() {
    let (authenticator, good) = (es256(), base64url(CHALLENGE));
    let known = known_of(&authenticator);
    let with = |more: &str| {
        let text = String::from_utf8(client_data("webauthn.get", &good, ORIGIN)).unwrap();
        text.replace("\"crossOrigin\":false", more).into_bytes()
    };
    let cases: Vec<(&str, Vec<u8>, Refusal)> = vec![
        ("another challenge", client_data("webauthn.get", &base64url(b"another challenge of random bytes"), ORIGIN), Refusal::Challenge),
        ("half of the challenge", client_data("webauthn.get", &base64url(&CHALLENGE[..16]), ORIGIN), Refusal::Challenge),
        ("no challenge", client_data("webauthn.get", "", ORIGIN), Refusal::Challenge),
        ("a challenge with padding", client_data("webauthn.get", &format!("{good}="), ORIGIN), Refusal::ClientData),
        ("the kind of adding", client_data("webauthn.create", &good, ORIGIN), Refusal::Kind),
        ("an unknown kind", client_data("payment.get", &good, ORIGIN), Refusal::Kind),
        ("another host", client_data("webauthn.get", &good, "https://purser.example.evil.example"), Refusal::Origin),
        ("a host below", client_data("webauthn.get", &good, "https://evil.purser.example"), Refusal::Origin),
        ("another port", client_data("webauthn.get", &good, "https://purser.example:8443"), Refusal::Origin),
        ("no TLS", client_data("webauthn.get", &good, "http://purser.example"), Refusal::Origin),
        ("a slash behind", client_data("webauthn.get", &good, "https://purser.example/"), Refusal::Origin),
        ("capital letters", client_data("webauthn.get", &good, "https://PURSER.example"), Refusal::Origin),
        ("a frame of another site", with("\"crossOrigin\":true"), Refusal::CrossOrigin),
        ("a page around it", with("\"crossOrigin\":false,\"topOrigin\":\"https://evil.example\""), Refusal::CrossOrigin),
        ("the same page around it", with("\"topOrigin\":\"https://purser.example\""), Refusal::CrossOrigin),
        ("two kinds", with("\"type\":\"webauthn.get\""), Refusal::ClientData),
        ("two origins", with("\"origin\":\"https://evil.example\""), Refusal::ClientData),
        ("no JSON", b"webauthn.get".to_vec(), Refusal::ClientData),
        ("something behind", [client_data("webauthn.get", &good, ORIGIN), b"{}".to_vec()].concat(), Refusal::ClientData),
        ("nothing", Vec::new(), Refusal::ClientData),
        ("a byte order mark", [b"\xEF\xBB\xBF".to_vec(), client_data("webauthn.get", &good, ORIGIN)].concat(), Refusal::ClientData),
    ];
    for (name, client_data, refusal) in cases {
        let assertion = signed(&authenticator, authenticator.header(0), client_data);
        assert_eq!(shown(&assertion, &known), Err(refusal), "{name}");
    }
    // The same comparisons hold when a passkey is added.
    for (kind, challenge, origin, refusal) in [
        ("webauthn.get", good.as_str(), ORIGIN, Refusal::Kind),
        ("webauthn.create", "AAAA", ORIGIN, Refusal::Challenge),
        ("webauthn.create", good.as_str(), "https://evil.example", Refusal::Origin),
    ] {
        let mut registration = registration_of(&authenticator);
        registration.client_data = client_data(kind, challenge, origin);
        assert_eq!(registered(&registration), Err(refusal));
    }
}

#[test]
fn what_a_browser_says_has_a_limit() {
    let authenticator = es256();
    let known = known_of(&authenticator);
    let mut text = client_data("webauthn.get", &base64url(CHALLENGE), ORIGIN);
    text.resize(CLIENT_DATA_BYTES_MAX, b' ');
    assert!(shown(&signed(&authenticator, authenticator.header(0), text.clone()), &known).is_ok());
    text.push(b' ');
    assert_eq!(shown(&signed(&authenticator, authenticator.header(0), text), &known), Err(Refusal::ClientData));
}

#[test]
fn an_answer_is_good_until_its_time_is_over_and_not_then() {
    let authenticator = es256();
    let (known, party) = (known_of(&authenticator), party());
    let late = Expected { now: expected(&party).expires_at, ..expected(&party) };
    assert_eq!(assertion_of(&authenticator).check(&late, &known, Asked::Anybody), Err(Refusal::Expired));
    assert_eq!(registration_of(&authenticator).check(&late), Err(Refusal::Expired));
}

#[test]
fn what_an_authenticator_says_is_for_this_server_and_of_a_verified_person() {
    let known = known_of(&es256());
    type Spoil = fn(&mut Authenticator);
    let cases: [(&str, Spoil, Refusal); 6] = [
        ("for another server", |one| one.rp_id = "evil.example".to_owned(), Refusal::RelyingParty),
        ("for the domain above", |one| one.rp_id = "example".to_owned(), Refusal::RelyingParty),
        ("nobody present", |one| one.flags = VERIFIED, Refusal::NotPresent),
        ("nobody verified", |one| one.flags = PRESENT, Refusal::NotVerified),
        ("neither", |one| one.flags = 0, Refusal::NotPresent),
        ("a copy of what cannot be copied", |one| one.flags |= BACKED_UP, Refusal::Backup),
    ];
    for (name, spoil, refusal) in cases {
        let mut authenticator = es256();
        spoil(&mut authenticator);
        assert_eq!(registered(&registration_of(&authenticator)), Err(refusal), "added: {name}");
        let known = Known { id: authenticator.id.clone(), ..known.clone() };
        assert_eq!(shown(&assertion_of(&authenticator), &known), Err(refusal), "shown: {name}");
    }
}

#[test]
fn what_may_be_copied_is_so_for_good() {
    for (at_first, later) in [(0, ELIGIBLE), (ELIGIBLE, 0)] {
        let mut authenticator = es256();
        authenticator.flags |= at_first;
        let known = known_of(&authenticator);
        authenticator.flags = PRESENT | VERIFIED | later;
        assert_eq!(shown(&assertion_of(&authenticator), &known), Err(Refusal::Backup));
    }
}

#[test]
fn a_passkey_is_shown_by_itself_and_by_its_person() {
    let (authenticator, other) = (es256(), es256());
    let known = known_of(&authenticator);
    let good = assertion_of(&authenticator);
    let cases: Vec<(&str, Assertion, Refusal)> = vec![
        ("another credential", Assertion { credential_id: other.id.clone(), ..good.clone() }, Refusal::Foreign),
        ("a part of the name", Assertion { credential_id: authenticator.id[..16].to_vec(), ..good.clone() }, Refusal::Foreign),
        ("somebody else", Assertion { user_handle: Some(vec![8; 32]), ..good.clone() }, Refusal::UserHandle),
        ("nobody", Assertion { user_handle: None, ..good.clone() }, Refusal::UserHandle),
        ("an empty handle", Assertion { user_handle: Some(Vec::new()), ..good.clone() }, Refusal::UserHandle),
        ("another key", Assertion { credential_id: authenticator.id.clone(), ..assertion_of(&other) }, Refusal::Signature),
        ("no signature", Assertion { signature: Vec::new(), ..good.clone() }, Refusal::Signature),
        ("half a signature", Assertion { signature: good.signature[..32].to_vec(), ..good.clone() }, Refusal::Signature),
        ("something behind it", Assertion { signature: [good.signature.as_slice(), &[0]].concat(), ..good.clone() }, Refusal::Signature),
        (
            "other words of the browser",
            Assertion { client_data: [good.client_data.as_slice(), b" "].concat(), ..good.clone() },
            Refusal::Signature,
        ),
        (
            "another count",
            Assertion { authenticator_data: Authenticator { count: 5, ..es256() }.header(0), ..good.clone() },
            Refusal::Signature,
        ),
    ];
    for (name, assertion, refusal) in cases {
        assert_eq!(shown(&assertion, &known), Err(refusal), "{name}");
    }
    // Who is signed in is known without being named, and is nobody else.
    let unnamed = Assertion { user_handle: None, ..good.clone() };
    assert!(unnamed.check(&expected(&party()), &known, Asked::Somebody).is_ok());
    let named = Assertion { user_handle: Some(vec![8; 32]), ..good };
    assert_eq!(named.check(&expected(&party()), &known, Asked::Somebody), Err(Refusal::UserHandle));
}

#[test]
fn the_algorithm_is_that_of_the_stored_key() {
    let (authenticator, other) = (es256(), Authenticator::new(Key::ed25519(), ORIGIN));
    let swapped = Known { key: known_of(&other).key, ..known_of(&authenticator) };
    assert_eq!(shown(&assertion_of(&authenticator), &swapped), Err(Refusal::Signature));
    let back = Known { key: known_of(&authenticator).key, ..known_of(&other) };
    assert_eq!(shown(&assertion_of(&other), &back), Err(Refusal::Signature));
}

#[test]
fn a_counter_never_stands_still_nor_goes_back() {
    let mut authenticator = es256();
    authenticator.count = 5;
    let known = known_of(&authenticator);
    for (count, is_taken) in [(0, false), (4, false), (5, false), (6, true), (u32::MAX, true)] {
        authenticator.count = count;
        let expected = if is_taken { Ok(Shown { sign_count: count, backup: Backup::Bound }) } else { Err(Refusal::Counter) };
        assert_eq!(shown(&assertion_of(&authenticator), &known), expected, "{count} after 5");
    }
}

#[test]
fn authenticator_data_are_read_whole() {
    let authenticator = es256();
    let (made, known) = (authenticator.made(), known_of(&authenticator));
    for length in 0..made.len() {
        assert!(AuthenticatorData::read(&made[..length]).is_err(), "cut after {length} bytes");
    }
    let behind = |data: Vec<u8>| [data, vec![0]].concat();
    let with_extensions = |extensions: Vec<u8>| [authenticator.header(HAS_EXTENSIONS), extensions].concat();
    let text = || client_data("webauthn.get", &base64url(CHALLENGE), ORIGIN);
    let extensions = cbor::map(&[(cbor::text("credProtect"), cbor::integer(2))]);
    assert!(shown(&signed(&authenticator, with_extensions(extensions.clone()), text()), &known).is_ok(), "unasked, and harmless");
    for (name, data) in [
        ("something behind", behind(authenticator.header(0))),
        ("something behind the extensions", behind(with_extensions(extensions))),
        ("extensions that are not there", with_extensions(Vec::new())),
        ("extensions that are no map", with_extensions(cbor::integer(1))),
        ("a credential where none is made", authenticator.made()),
        ("a credential that is not there", authenticator.header(HAS_CREDENTIAL)),
    ] {
        assert_eq!(shown(&signed(&authenticator, data, text()), &known), Err(Refusal::AuthenticatorData), "{name}");
    }
    let mut registration = registration_of(&authenticator);
    for data in [authenticator.header(0), behind(made)] {
        registration.attestation_object = attestation_object(&data);
        assert_eq!(registered(&registration), Err(Refusal::AuthenticatorData));
    }
}

#[test]
fn a_credentials_name_has_the_length_that_the_standard_allows() {
    for (length, is_taken) in [(0, false), (15, false), (16, true), (CREDENTIAL_ID_BYTES_MAX, true), (CREDENTIAL_ID_BYTES_MAX + 1, false)] {
        let authenticator = Authenticator { id: vec![1; length], ..es256() };
        let result = registered(&registration_of(&authenticator));
        assert_eq!(result.err(), (!is_taken).then_some(Refusal::CredentialId), "{length}");
    }
}

/// A registration whose public key has these entries.
fn with_key(entries: &[u8]) -> Result<Credential, Refusal> {
    let authenticator = es256();
    let attested = [&[0; 16][..], &32_u16.to_be_bytes(), &authenticator.id, entries].concat();
    let mut registration = registration_of(&authenticator);
    registration.attestation_object = attestation_object(&[authenticator.header(HAS_CREDENTIAL), attested].concat());
    registered(&registration)
}

#[test]
fn a_public_key_is_one_of_three_kinds_and_says_nothing_more() {
    let (ec, ed, rsa) = (Key::es256().cose(), Key::ed25519().cose(), Key::rs256().cose());
    for good in [&ec, &ed, &rsa] {
        assert!(with_key(&map_of(good)).is_ok());
    }
    let put = |key: &[(i64, Vec<u8>)], label: i64, value: Vec<u8>| {
        let mut key = key.to_vec();
        let entry = key.iter_mut().find(|(one, _)| *one == label).unwrap();
        entry.1 = value;
        map_of(&key)
    };
    let more = |key: &[(i64, Vec<u8>)], label: i64| map_of(&[key.to_vec(), vec![(label, cbor::integer(2))]].concat());
    let less = |key: &[(i64, Vec<u8>)]| map_of(&key[..key.len() - 1]);
    let cases = [
        ("ES384", put(&ec, 3, cbor::integer(-35))),
        ("no algorithm at all", put(&ec, 3, cbor::integer(0))),
        ("an Ed25519 algorithm on a P-256 key", put(&ec, 3, cbor::integer(-8))),
        ("a P-256 algorithm on an Ed25519 key", put(&ed, 3, cbor::integer(-7))),
        ("P-384", put(&ec, -1, cbor::integer(2))),
        ("a point off the curve", put(&ec, -3, cbor::bytes(&[1; 32]))),
        ("the point at infinity", put(&put_all(&ec), -3, cbor::bytes(&[0; 32]))),
        ("a short coordinate", put(&ec, -2, cbor::bytes(&[1; 31]))),
        ("a long coordinate", put(&ec, -2, cbor::bytes(&[1; 33]))),
        ("a compressed point", put(&ec, -3, vec![0xF5])),
        ("Ed448", put(&ed, -1, cbor::integer(7))),
        ("a short Ed25519 key", put(&ed, -2, cbor::bytes(&[1; 31]))),
        ("RSA with 1,024 bits", put(&rsa, -1, cbor::bytes(&[0xC1; 128]))),
        ("RSA with 8,192 bits", put(&rsa, -1, cbor::bytes(&[0xC1; 1_024]))),
        ("RSA with a zero in front", put(&rsa, -1, cbor::bytes(&[&[0][..], &[0xC1; 255]].concat()))),
        ("RSA with exponent 3", put(&rsa, -2, cbor::bytes(&[3]))),
        ("one parameter more", more(&ec, 2)),
        ("one parameter less", less(&ec)),
        ("one parameter less of Ed25519", less(&ed)),
        ("one parameter twice", more(&ec, 1)),
        ("an empty map", map_of(&[])),
        ("no map", cbor::list(&[])),
    ];
    for (name, key) in cases {
        assert_eq!(with_key(&key), Err(Refusal::PublicKey), "{name}");
    }
}

/// The key with a first coordinate of zeros.
fn put_all(key: &[(i64, Vec<u8>)]) -> Vec<(i64, Vec<u8>)> {
    key.iter().map(|(label, value)| (*label, if *label == -2 { cbor::bytes(&[0; 32]) } else { value.clone() })).collect()
}

#[test]
fn an_attestation_object_attests_nothing_and_holds_nothing_more() {
    let authenticator = es256();
    let data = || (cbor::text("authData"), cbor::bytes(&authenticator.made()));
    let format = |name: &str| (cbor::text("fmt"), cbor::text(name));
    let statement = |entries: &[(Vec<u8>, Vec<u8>)]| (cbor::text("attStmt"), cbor::map(entries));
    let deep = (0..8).fold(cbor::integer(1), |inner, _| cbor::list(&[inner]));
    let good = attestation_object(&authenticator.made());
    let cases = [
        ("packed", cbor::map(&[format("packed"), statement(&[(cbor::text("alg"), cbor::integer(-7))]), data()]), Refusal::Attested),
        (
            "none, with a statement",
            cbor::map(&[format("none"), statement(&[(cbor::text("x5c"), cbor::list(&[]))]), data()]),
            Refusal::Attested,
        ),
        ("an unknown format", cbor::map(&[format("None"), statement(&[]), data()]), Refusal::Attested),
        ("no format", cbor::map(&[statement(&[]), data()]), Refusal::AttestationObject),
        ("no data", cbor::map(&[format("none"), statement(&[])]), Refusal::AttestationObject),
        (
            "a fourth entry",
            cbor::map(&[format("none"), statement(&[]), data(), (cbor::text("x"), cbor::integer(1))]),
            Refusal::AttestationObject,
        ),
        ("one key twice", cbor::map(&[format("none"), statement(&[]), data(), data()]), Refusal::AttestationObject),
        (
            "data that are a text",
            cbor::map(&[format("none"), statement(&[]), (cbor::text("authData"), cbor::text("x"))]),
            Refusal::AttestationObject,
        ),
        ("deep nesting", cbor::map(&[format("none"), statement(&[(cbor::text("x"), deep)]), data()]), Refusal::AttestationObject),
        ("something behind", [good.as_slice(), &[0]].concat(), Refusal::AttestationObject),
        ("cut short", good[..good.len() - 1].to_vec(), Refusal::AttestationObject),
        ("an indefinite map", [&[0xBF], &good[1..], &[0xFF]].concat(), Refusal::AttestationObject),
        ("a longer head than is needed", [&[0xB8, 3], &good[1..]].concat(), Refusal::AttestationObject),
        ("a list", cbor::list(&[]), Refusal::AttestationObject),
        ("nothing", Vec::new(), Refusal::AttestationObject),
        ("too much", [good.as_slice(), &vec![0; ATTESTATION_BYTES_MAX]].concat(), Refusal::AttestationObject),
    ];
    for (name, attestation_object, refusal) in cases {
        let registration = Registration { attestation_object, ..registration_of(&authenticator) };
        assert_eq!(registered(&registration), Err(refusal), "{name}");
    }
}

#[test]
fn cbor_is_read_in_its_one_short_form_only() {
    let read = |bytes: &[u8]| super::cbor::map(&[&[0xA1, 0x00], bytes].concat()).map(|(_, rest)| rest.len());
    for good in [&[0x17][..], &[0x18, 24], &[0x20], &[0x19, 1, 0], &[0x40], &[0x60], &[0x80], &[0xA0], &[0xF4], &[0xF5], &[0xF6]] {
        assert_eq!(read(good), Ok(0), "{good:02x?}");
    }
    let huge = [&[0x5B][..], &[0xFF; 8]].concat();
    for (name, bad) in [
        ("a number that would be shorter", &[0x18, 23][..]),
        ("a length that would be shorter", &[0x58, 1, 0]),
        ("more than a signed number holds", &[0x1B, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ("an indefinite text", &[0x7F, 0x60, 0xFF]),
        ("indefinite bytes", &[0x5F, 0x40, 0xFF]),
        ("an indefinite list", &[0x9F, 0xFF]),
        ("a tag", &[0xC0, 0x60]),
        ("a floating-point number", &[0xF9, 0, 0]),
        ("undefined", &[0xF7]),
        ("a text that is not UTF-8", &[0x61, 0xFF]),
        ("a reserved head", &[0x1C]),
        ("more bytes than there are", &[0x42, 0]),
        ("more than there can be", &huge),
        ("a list that is longer than there is", &[0x82, 0]),
        ("a list of too many", &[0x98, 33]),
        ("a key that is a list", &[0xA1, 0x80, 0]),
        ("one key twice", &[0xA2, 0, 0, 0, 0]),
        ("four levels", &[0x81, 0x81, 0x81, 0x81, 0]),
        ("nothing", &[]),
    ] {
        assert_eq!(read(bad), Err(super::cbor::NotCbor), "{name}");
    }
    assert_eq!(read(&[0x81, 0x81, 0x81, 0]), Ok(0), "three levels inside of the first");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever comes, reading ends with a value or a refusal, and one value has one encoding.
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _any_result = super::cbor::map(&bytes);
        let _any_result = AuthenticatorData::read(&bytes);
        let _any_result = challenge_of(&bytes);
        let registration = Registration { client_data: bytes.clone(), attestation_object: bytes.clone() };
        prop_assert!(registered(&registration).is_err());
        // Behind a head that is right, so that more than the first byte is read.
        let _any_result = AuthenticatorData::read(&[es256_header().as_slice(), &bytes].concat());
    }

    /// One bit of what was signed, or of the signature, and it is refused.
    #[test]
    fn no_flipped_bit_is_taken(place in 0_usize..10_000, bit in 0_u8..8) {
        let authenticator = Authenticator::new(Key::ed25519(), ORIGIN);
        let (known, mut assertion) = (known_of(&authenticator), assertion_of(&authenticator));
        let parts = [&mut assertion.client_data, &mut assertion.authenticator_data, &mut assertion.signature, &mut assertion.credential_id];
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if let Some(byte) = parts.into_iter().flat_map(|part| part.iter_mut()).nth(place % length) {
            *byte ^= 1 << bit;
        }
        prop_assert!(shown(&assertion, &known).is_err());
    }
}

fn es256_header() -> Vec<u8> {
    [&[0; 32][..], &[PRESENT | VERIFIED | HAS_CREDENTIAL | HAS_EXTENSIONS], &[0; 4], &[0; 16], &16_u16.to_be_bytes(), &[1; 16]].concat()
}
