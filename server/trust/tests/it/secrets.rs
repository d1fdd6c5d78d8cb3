//! What must never be said: keys and passphrases have no text.

use kernel::SecretText;
use seal::sign::SigningKey;
use seal::xaes;
use trust::{RootKey, Trust};

/// Compiles only where the type lacks the trait: where it has it, two `is_lacking` fit and the compiler cannot choose.
macro_rules! lacks {
    ($type:ty: $($part:path),+) => { $(
        const _: fn() = || {
            trait Lacks<Which> { fn is_lacking() {} }
            impl<T: ?Sized> Lacks<()> for T {}
            struct HasIt;
            impl<T: ?Sized + $part> Lacks<HasIt> for T {}
            let _ = <$type as Lacks<_>>::is_lacking;
        };
    )+ };
}

lacks!(xaes::Key: std::fmt::Display, serde::Serialize, Clone, Copy, AsRef<[u8]>);
lacks!(SigningKey: std::fmt::Display, serde::Serialize, Clone, Copy, AsRef<[u8]>);
lacks!(SecretText: std::fmt::Display, serde::Serialize, Copy, AsRef<str>);
lacks!(RootKey: std::fmt::Display, serde::Serialize, Copy, AsRef<[u8]>);
lacks!(Trust: std::fmt::Display, serde::Serialize, Copy);

#[test]
fn keys_and_passphrases_print_nothing_of_themselves() {
    let bytes: [u8; 32] = std::array::from_fn(|index| 0xa0 + index as u8);
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("passphrase");
    let root = RootKey::create(&path, &kernel::Rng::seeded(1)).expect("created");
    let passphrase = std::fs::read_to_string(&path).expect("UTF-8");
    let said = format!(
        "{:?} {:?} {root:?} {:#?}",
        xaes::Key::from_bytes(bytes),
        SigningKey::from_seed(bytes),
        SecretText::new(passphrase.clone())
    );
    let lower = said.to_lowercase();
    assert!(!said.contains(passphrase.trim()), "{said}");
    assert!(passphrase.trim().split('-').all(|group| !said.contains(group)), "{said}");
    for shown in ["a0", "a1", "160", "161"] {
        assert!(!lower.contains(shown), "{said}");
    }
}
