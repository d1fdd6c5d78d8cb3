//! A root key in a PKCS#11 token: Debian's softhsm2, a token in software.
//!
//! The module finds its tokens by an environment variable, so each of these runs in a process of its own, where the ignored test beside it
//! does the work.

use std::path::{Path, PathBuf};
use std::process::Command;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use cryptoki::session::UserType;
use kernel::{KeyRef, Place};
use trust::{RootKey, RootKeyError, RootSource, TokenKey, Trust, TrustError};

use crate::setup::on_both_engines;

const PLACE: Place = Place { table: 400, column: 3, row: 77 };
const PIN: &str = "4711-0815";
const FOLDER: &str = "PURSER_TEST_TOKEN_FOLDER";

fn module() -> Option<PathBuf> {
    let known = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"];
    let found = known.into_iter().map(PathBuf::from).find(|path| path.exists());
    if found.is_none() {
        eprintln!("softhsm2 is not installed: what a token does is left out");
    }
    found
}

fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("set");
}

/// Makes a token, then runs an ignored test of this file where the module finds it.
fn with_token(test: &str) {
    if module().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (tokens, config) = (folder.path().join("tokens"), folder.path().join("softhsm2.conf"));
    std::fs::create_dir(&tokens).expect("made");
    std::fs::write(&config, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display())).expect("written");
    write_private(&folder.path().join("pin"), PIN);
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", "purser", "--so-pin", "so-secret", "--pin", PIN])
        .env("SOFTHSM2_CONF", &config)
        .output()
        .expect("softhsm2-util runs");
    assert!(made.status.success(), "{made:?}");
    let ran = Command::new(std::env::current_exe().expect("this test"))
        .args(["--ignored", "--exact", "--test-threads=1", &format!("pkcs11::{test}")])
        .envs([("SOFTHSM2_CONF", config.as_path()), (FOLDER, folder.path())])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&ran.stderr));
}

fn folder() -> PathBuf {
    std::env::var_os(FOLDER).expect("run by the test beside it").into()
}

fn token_key(key: &str) -> TokenKey {
    TokenKey { module: module().expect("looked before"), token: "purser".into(), key: key.into(), pin_file: folder().join("pin") }
}

#[test]
fn a_token_wraps_the_root_key_and_no_other_key_opens_it() {
    with_token("inside_a_token_wraps_the_root_key_and_no_other_key_opens_it");
}

#[test]
#[ignore = "run by the test beside it, in a process that finds the token"]
fn inside_a_token_wraps_the_root_key_and_no_other_key_opens_it() {
    on_both_engines(async |house| {
        let rng = house.stores.rng();
        let source = RootSource::Pkcs11(token_key("root"));
        let trust = Trust::open(&house.stores, source.create(rng).expect("made, or there already")).await.expect("opened");
        let sealed = house.with_keys(&trust, |ring| ring.seal(KeyRef::Instance, PLACE, b"secret").expect("sealed")).await;
        let again = Trust::open(&house.stores, source.open().expect("found")).await.expect("opened");
        let opened = house.with_keys(&again, move |ring| ring.open(KeyRef::Instance, PLACE, &sealed)).await;
        assert_eq!(opened.expect("it opens").as_slice(), b"secret");
        let other = RootSource::Pkcs11(token_key("other")).create(rng).expect("another key");
        assert!(matches!(Trust::open(&house.stores, other).await, Err(TrustError::WrongToken)));
        let passphrase = RootKey::open(&house.passphrase).expect("opened");
        assert!(matches!(Trust::open(&house.stores, passphrase).await, Err(TrustError::WrongToken)));
    });
}

#[test]
fn a_passphrase_gives_its_place_to_a_token_and_a_token_to_a_passphrase() {
    with_token("inside_a_passphrase_gives_its_place_to_a_token_and_a_token_to_a_passphrase");
}

#[test]
#[ignore = "run by the test beside it, in a process that finds the token"]
fn inside_a_passphrase_gives_its_place_to_a_token_and_a_token_to_a_passphrase() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        let sealed = house.with_keys(&trust, |ring| ring.seal(KeyRef::Instance, PLACE, b"secret").expect("sealed")).await;
        let passphrase = RootKey::open(&house.passphrase).expect("opened");
        let token = RootSource::Pkcs11(token_key("root")).create(house.stores.rng()).expect("made");
        for (from, to) in [(&passphrase, &token), (&token, &passphrase)] {
            Trust::offer_root(&house.stores, from, to).await.expect("offered");
            Trust::adopt_root(&house.stores, to).await.expect("adopted");
            let (trust, sealed) = (Trust::open(&house.stores, to.clone()).await.expect("opened"), sealed.clone());
            house.with_keys(&trust, move |ring| assert!(ring.open(KeyRef::Instance, PLACE, &sealed).is_ok())).await;
            let refused = Trust::open(&house.stores, from.clone()).await;
            assert!(matches!(refused, Err(TrustError::WrongToken | TrustError::WrongPassphrase)));
        }
    });
}

#[test]
fn what_a_token_lacks_is_said_by_name_and_the_pin_by_nobody() {
    with_token("inside_what_a_token_lacks_is_said_by_name_and_the_pin_by_nobody");
}

#[test]
#[ignore = "run by the test beside it, in a process that finds the token"]
fn inside_what_a_token_lacks_is_said_by_name_and_the_pin_by_nobody() {
    let open = |key: TokenKey| RootSource::Pkcs11(key).open().expect_err("refused");
    let good = token_key("root");
    assert!(matches!(open(good.clone()), RootKeyError::TokenKeyNotFound { found: 0, .. }));
    let none = TokenKey { token: "nobody's".into(), ..good.clone() };
    assert!(matches!(open(none), RootKeyError::TokenNotFound { found: 0, .. }));
    let no_module = TokenKey { module: "/nowhere/module.so".into(), ..good.clone() };
    assert!(matches!(open(no_module), RootKeyError::Token { doing: "loading it", .. }));
    for (text, mode) in [("123", 0o600), ("wrong-pin", 0o600), (PIN, 0o644)] {
        use std::os::unix::fs::PermissionsExt as _;
        let pin_file = folder().join("another-pin");
        write_private(&pin_file, text);
        std::fs::set_permissions(&pin_file, std::fs::Permissions::from_mode(mode)).expect("set");
        let error = open(TokenKey { pin_file, ..good.clone() });
        assert!(matches!(error, RootKeyError::Pin { .. } | RootKeyError::Token { doing: "giving it the PIN", .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains(text), "{error:?}");
    }
    let key = RootSource::Pkcs11(good.clone()).create(&kernel::Rng::seeded(1)).expect("made");
    assert!(!format!("{key:?}").contains(PIN));
    // A key that may leave the token is none that "never leaves it".
    for key in ["twice", "twice", "leaks"] {
        make_key(&good, key, key == "leaks");
    }
    assert!(matches!(open(token_key("twice")), RootKeyError::TokenKeyNotFound { found: 2, .. }));
    assert!(matches!(open(token_key("leaks")), RootKeyError::TokenKeyMayLeave { .. }));
}

/// Makes an AES key as some other program would.
fn make_key(at: &TokenKey, label: &str, extractable: bool) {
    let module = Pkcs11::new(&at.module).expect("loaded");
    module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).expect("initialised");
    let slots = module.get_slots_with_initialized_token().expect("listed");
    let session = module.open_rw_session(slots[0]).expect("opened");
    session.login(UserType::User, Some(&PIN.into())).expect("signed in");
    let template = [
        Attribute::Token(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(extractable),
        Attribute::ValueLen(32.into()),
        Attribute::Label(label.as_bytes().to_vec()),
    ];
    session.generate_key(&Mechanism::AesKeyGen, &template).expect("made");
}
