use seal::note::{NOTE_BYTES_MAX, NoteError, NoteKey};
use seal::sign::SigningKey;

/// The example in the documentation of Go's `golang.org/x/mod/sumdb/note`.
const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SIGNATURE: &str =
    "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn a_note_that_another_implementation_signed_is_verified() {
    let key = NoteKey::from_text(KEY).expect("a key");
    assert_eq!(key.to_text(), KEY);
    assert_eq!(key.verify(&format!("{TEXT}\n{SIGNATURE}")), Ok(TEXT));
}

#[test]
fn a_text_with_another_letter_is_altered_and_one_without_the_keys_signature_is_not_signed() {
    let key = NoteKey::from_text(KEY).expect("a key");
    let altered = TEXT.replace("answer", "Answer");
    assert_eq!(key.verify(&format!("{altered}\n{SIGNATURE}")), Err(NoteError::Altered));
    let other = SigningKey::from_seed([7; 32]);
    let by_other = NoteKey::sign("PeterNeumann", &other, TEXT);
    assert_eq!(key.verify(&by_other), Err(NoteError::NotSigned), "a key of the same name");
    assert_eq!(key.verify(TEXT), Err(NoteError::NotANote));
    // A second signature, of somebody else, does no harm.
    assert_eq!(key.verify(&format!("{by_other}{SIGNATURE}")), Ok(TEXT));
}

#[test]
fn a_note_past_its_length_is_not_read() {
    let signing = SigningKey::from_seed([7; 32]);
    let key = NoteKey::new("log", signing.public()).expect("a name");
    let frame = NoteKey::sign("log", &signing, "\n").len() - 1;
    let fits = format!("{}\n", "a".repeat(NOTE_BYTES_MAX - frame - 1));
    assert_eq!(key.verify(&NoteKey::sign("log", &signing, &fits)), Ok(fits.as_str()));
    let is_longer = format!("a{fits}");
    assert_eq!(key.verify(&NoteKey::sign("log", &signing, &is_longer)), Err(NoteError::NotANote));
}

#[test]
fn the_text_of_a_key_is_taken_whole_or_not_at_all() {
    for wrong in [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc",
        "Peter\u{1b}[2J+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ] {
        assert_eq!(NoteKey::from_text(wrong), Err(NoteError::NotAKey), "{wrong}");
    }
}
