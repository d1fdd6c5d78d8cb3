//! An archive's `Release` or `InRelease` file: who published it.

use std::io::{self, BufRead};

use crate::deb822::Stanzas;

/// What an archive says of itself; what it does not say is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// Who publishes it, as in `Debian`.
    pub origin: String,
    /// What it is called, as in `Debian-Security`.
    pub label: String,
    /// As in `stable-security`.
    pub suite: String,
    /// As in `bookworm-security`.
    pub codename: String,
    /// As in `12`.
    pub version: String,
    /// Whether apt takes nothing from it by itself (experimental, backports).
    pub not_automatic: bool,
    /// Whether apt follows it where a package came from it (backports).
    pub but_automatic_upgrades: bool,
}

impl Release {
    /// Whether this is a security archive: Debian's says so by its label, Ubuntu's by its suite.
    #[must_use]
    pub fn is_security(&self) -> bool {
        self.origin == "Debian-Security" || self.label == "Debian-Security" || self.suite.ends_with("-security")
    }
}

/// Reads a `Release` file, signed inside or not.
///
/// # Errors
/// Those of the stream.
pub(super) fn read(reader: impl BufRead) -> io::Result<Release> {
    let fields = ["Origin", "Label", "Suite", "Codename", "Version", "NotAutomatic", "ButAutomaticUpgrades"];
    let mut stanzas = Stanzas::new(reader, fields);
    // In a signed file the signature's own header is a stanza before it.
    while let Some([origin, label, suite, codename, version, not_automatic, but_automatic]) = stanzas.next_stanza()? {
        if [origin, label, suite, codename].iter().any(|text| !text.is_empty()) {
            return Ok(Release {
                origin: origin.clone(),
                label: label.clone(),
                suite: suite.clone(),
                codename: codename.clone(),
                version: version.clone(),
                not_automatic: not_automatic == "yes",
                but_automatic_upgrades: but_automatic == "yes",
            });
        }
    }
    Ok(Release::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_of_a_signature_is_not_the_release() {
        let text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian\nLabel: Debian-Security\nSuite: stable-security\n\
            Codename: bookworm-security\nVersion: 12\n\n-----BEGIN PGP SIGNATURE-----\n";
        let release = read(text.as_bytes()).unwrap();
        assert_eq!((release.origin.as_str(), release.codename.as_str(), release.is_security()), ("Debian", "bookworm-security", true));
    }

    #[test]
    fn an_update_archive_is_no_security_archive() {
        let release = read("Origin: Ubuntu\nLabel: Ubuntu\nSuite: jammy-updates\n".as_bytes()).unwrap();
        assert!(!release.is_security());
    }
}
