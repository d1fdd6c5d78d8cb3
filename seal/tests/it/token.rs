use proptest::prelude::*;
use seal::hash::hmac_sha256;
use seal::signed_token;
use seal::token::{PATTERN, RANDOM_BYTES, TEXT_CHARACTERS, Token, TokenError, TokenKind, parse, stored_hash};

/// Every kind that is looked up.
fn kinds() -> impl Strategy<Value = TokenKind> {
    let looked_up: Vec<TokenKind> = TokenKind::ALL.into_iter().filter(|kind| !kind.is_self_contained()).collect();
    prop::sample::select(looked_up)
}

#[test]
fn a_credential_text_is_prefix_secret_and_checksum() {
    let text = |random| Token::make(TokenKind::Api, random).expose().to_owned();
    // The checksum was computed by another program (Python's zlib.crc32).
    assert_eq!(text([0; RANDOM_BYTES]), "prs_api_0000000000000000000000000000000004FPofD");
    assert_eq!(text([255; RANDOM_BYTES]), "prs_api_2lFA6LboL2xx0ldQH2K1TdSrwuqMMiME33kJU50");
    assert_eq!(text([0; RANDOM_BYTES]).len(), TEXT_CHARACTERS);
}

/// What a scanner finds in a text.
fn found(text: &str) -> Vec<String> {
    let syntax = regex_automata::util::syntax::Config::new().unicode(false).utf8(false);
    let scanner = regex_automata::nfa::thompson::pikevm::PikeVM::builder().syntax(syntax).build(PATTERN).expect("a pattern");
    scanner.find_iter(&mut scanner.create_cache(), text).map(|place| text.get(place.range()).expect("ASCII").to_owned()).collect()
}

#[test]
fn promise_or_15_the_published_pattern_finds_every_kind_of_credential_and_the_checksum_drops_false_alarms() {
    for kind in TokenKind::ALL.into_iter().filter(|kind| !kind.is_self_contained()) {
        for random in [[0; RANDOM_BYTES], [7; RANDOM_BYTES], [255; RANDOM_BYTES]] {
            let token = Token::make(kind, random).expose().to_owned();
            assert_eq!(found(&token), [token.as_str()], "{kind:?}");
            let leaked = format!("export KEY=\"{token}\" # see https://purser.example/?{token}&a=b");
            assert_eq!(found(&leaked), [token.as_str(), token.as_str()]);
            let swapped = if token.ends_with('0') { "1" } else { "0" };
            let mistyped = format!("{}{swapped}", token.strip_suffix(|_| true).unwrap());
            assert_eq!((found(&mistyped).len(), parse(&mistyped)), (1, Err(TokenError::Checksum)));
        }
    }
    for content in [0, 24, signed_token::CONTENT_BYTES_MAX] {
        let text = signed_token::text(TokenKind::Device, &vec![9; content], [7; 32]);
        assert_eq!(found(&text), [text.as_str()]);
    }
    for none in
        ["prs_api_", "prs_api_0000", "xprs_api_0000000000000000000000000000000004FPofD", "prs_abc_0000000000000000000000000000000004FPofD"]
    {
        assert_eq!(found(none), [] as [String; 0], "{none}");
    }
    assert_eq!(found("prs_api_0000000000000000000000000000000004FPofD0"), [] as [String; 0], "one character more");
}

#[test]
fn a_token_never_prints_its_secret() {
    assert_eq!(format!("{:?}", Token::make(TokenKind::Telemetry, [3; RANDOM_BYTES])), "prs_tel_[redacted]");
}

#[test]
fn what_is_no_token_is_refused_with_its_reason() {
    let token = Token::make(TokenKind::Enrolment, [3; RANDOM_BYTES]);
    let text = token.expose();
    assert_eq!(parse(""), Err(TokenError::UnknownPrefix));
    assert_eq!(parse("prs_"), Err(TokenError::UnknownPrefix));
    assert_eq!(parse("ghp_0123456789"), Err(TokenError::UnknownPrefix));
    assert_eq!(parse("prs_enr_"), Err(TokenError::Malformed));
    assert_eq!(parse(text.strip_suffix(|_| true).unwrap()), Err(TokenError::Malformed));
    assert_eq!(parse(&format!("{text}0")), Err(TokenError::Malformed));
    assert_eq!(parse(&format!(" {text}")), Err(TokenError::UnknownPrefix));
    assert_eq!(parse(&text.replace("_enr_", "_tel_")), Err(TokenError::Checksum));
    assert_eq!(parse("prs_dev_AAAA"), Err(TokenError::SelfContained));
}

/// A token under a MAC, as the server makes it with a key of its keyring.
fn sign(key: &[u8], content: &[u8]) -> String {
    signed_token::text(TokenKind::Device, content, hmac_sha256(key, &[content])).to_string()
}

fn open(key: &[u8], text: &str) -> Result<Vec<u8>, TokenError> {
    let token = signed_token::parse(TokenKind::Device, text)?;
    let expected = hmac_sha256(key, &[token.content()]);
    token.verify(&expected)
}

#[test]
fn a_signed_token_carries_at_most_its_limit() {
    let content = vec![7; signed_token::CONTENT_BYTES_MAX];
    let text = sign(b"key", &content);
    assert_eq!(open(b"key", &text), Ok(content));
    assert_eq!(open(b"key", &format!("prs_dev_{}", "A".repeat(text.len()))), Err(TokenError::Malformed));
    assert_eq!(open(b"key", &text.replace("prs_dev_", "prs_api_")), Err(TokenError::UnknownPrefix));
    assert_eq!(open(b"key", "prs_dev_"), Err(TokenError::Malformed));
}

#[test]
#[should_panic(expected = "at most 256 bytes")]
fn a_signed_token_with_more_than_its_limit_is_our_own_mistake() {
    let _ = sign(b"key", &vec![7; signed_token::CONTENT_BYTES_MAX + 1]);
}

proptest! {
    #[test]
    fn what_was_made_is_read_again(kind in kinds(), random: [u8; RANDOM_BYTES]) {
        let token = Token::make(kind, random);
        prop_assert!(token.expose().starts_with(kind.prefix()));
        prop_assert_eq!(token.expose().len(), TEXT_CHARACTERS);
        let read = parse(token.expose()).unwrap();
        prop_assert_eq!(read.kind(), kind);
        prop_assert_eq!(read.stored_hash(), stored_hash(token.expose()));
    }

    #[test]
    fn different_secrets_have_different_texts(first: [u8; RANDOM_BYTES], second: [u8; RANDOM_BYTES]) {
        let texts = [first, second].map(|random| Token::make(TokenKind::Session, random));
        prop_assert_eq!(texts[0] == texts[1], first == second);
    }

    #[test]
    fn one_mistyped_character_is_noticed(random: [u8; RANDOM_BYTES], at in 8..TEXT_CHARACTERS, typed in "[0-9A-Za-z]") {
        let token = Token::make(TokenKind::Recovery, random);
        let mut text = token.expose().to_owned();
        text.replace_range(at..=at, &typed);
        prop_assert_eq!(parse(&text).is_ok(), text == token.expose());
    }

    #[test]
    fn no_text_panics(text: String, tail in "\\PC{0,60}") {
        let _ = parse(&text);
        let _ = parse(&format!("prs_api_{tail}"));
        let _ = open(b"key", &text);
        let _ = open(b"key", &format!("prs_dev_{tail}"));
    }

    #[test]
    fn a_signed_token_opens_with_its_key_only(key: [u8; 32], other: [u8; 32], content in prop::collection::vec(any::<u8>(), 0..80), at: prop::sample::Index, bit in 0..7_u32) {
        let text = sign(&key, &content);
        prop_assert_eq!(open(&key, &text), Ok(content));
        prop_assert_eq!(open(&other, &text).is_ok(), key == other);
        let mut altered = text.as_bytes().to_vec();
        altered[at.index(text.len())] ^= 1 << bit;
        prop_assert!(open(&key, &String::from_utf8(altered).unwrap()).is_err());
    }
}
