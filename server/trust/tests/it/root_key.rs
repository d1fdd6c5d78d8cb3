use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use kernel::Rng;
use trust::root_key::{PASSPHRASE_BYTES_MAX, PASSPHRASE_BYTES_MIN};
use trust::{RootKey, RootKeyError};

/// A passphrase file of this text and mode.
fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).expect("the scratch folder is writable");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the mode can be set");
}

#[test]
fn a_new_passphrase_file_is_read_by_its_owner_only_and_opens() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("passphrase");
    RootKey::create(&path, &Rng::seeded(1)).expect("created");
    assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
    RootKey::open(&path).expect("opened");
    let text = fs::read_to_string(&path).expect("UTF-8");
    // 32 characters of 5 random bits, in eight groups.
    assert_eq!(text.trim_end().split('-').map(str::len).collect::<Vec<_>>(), [4; 8]);
}

#[test]
fn two_new_passphrases_differ() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let text = |name: &str| {
        let path = folder.path().join(name);
        RootKey::create(&path, &Rng::system()).expect("created");
        fs::read_to_string(&path).expect("UTF-8")
    };
    assert_ne!(text("one"), text("other"));
}

#[test]
fn a_passphrase_file_is_never_overwritten() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("passphrase");
    write(&path, "an older passphrase", 0o600);
    assert!(matches!(RootKey::create(&path, &Rng::seeded(1)), Err(RootKeyError::Exists { .. })));
    assert_eq!(fs::read_to_string(&path).expect("UTF-8"), "an older passphrase");
}

#[test]
fn without_its_file_there_is_no_root_key() {
    let error = RootKey::open(Path::new("/nonexistent/passphrase")).expect_err("no file");
    assert!(matches!(error, RootKeyError::Missing { .. }));
    assert!(error.to_string().contains("/nonexistent/passphrase"));
}

#[test]
fn a_passphrase_file_that_others_may_read_is_refused_with_its_remedy() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("passphrase");
    for mode in [0o640, 0o604, 0o660, 0o610] {
        write(&path, "long enough a passphrase", mode);
        let error = RootKey::open(&path).expect_err("too open");
        assert!(matches!(error, RootKeyError::OpenToOthers { mode: found, .. } if found == mode));
        assert!(error.to_string().contains("chmod 600"));
    }
    for mode in [0o600, 0o400] {
        write(&path, "long enough a passphrase", mode);
        RootKey::open(&path).expect("only its owner");
        fs::remove_file(&path).expect("removed");
    }
}

#[test]
fn a_folder_is_no_passphrase_file() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    assert!(matches!(RootKey::open(folder.path()), Err(RootKeyError::NotAFile { .. })));
}

#[test]
fn an_operators_own_passphrase_is_one_line_within_its_limits() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("passphrase");
    for (text, is_usable) in [
        ("a".repeat(PASSPHRASE_BYTES_MIN), true),
        ("a".repeat(PASSPHRASE_BYTES_MIN - 1), false),
        ("a".repeat(PASSPHRASE_BYTES_MAX), true),
        ("a".repeat(PASSPHRASE_BYTES_MAX) + "\r\n", true),
        ("a".repeat(PASSPHRASE_BYTES_MAX + 1), false),
        ("a".repeat(PASSPHRASE_BYTES_MAX * 4), false),
        (String::new(), false),
        ("a first line of it\na second line of it\n".into(), false),
    ] {
        write(&path, &text, 0o600);
        assert_eq!(RootKey::open(&path).is_ok(), is_usable, "{} bytes", text.len());
    }
}

#[test]
fn neither_the_root_key_nor_its_errors_print_the_passphrase() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("passphrase");
    write(&path, "correct horse battery staple", 0o600);
    assert!(!format!("{:?}", RootKey::open(&path).expect("opened")).contains("horse"));
    write(&path, "correct horse\nbattery staple", 0o600);
    let error = RootKey::open(&path).expect_err("two lines");
    assert!(!format!("{error} {error:?}").contains("horse"));
}

#[test]
fn whoever_makes_a_root_key_is_told_what_losing_it_means() {
    let text = RootKey::consequence(Path::new("/srv/purser/passphrase"));
    assert!(text.contains("/srv/purser/passphrase") && text.contains("lost") && text.contains("backups"));
}
