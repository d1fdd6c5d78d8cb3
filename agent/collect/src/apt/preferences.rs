//! The administrator's pins, `apt_preferences(5)`.
//!
//! The rules that are followed: a record that names packages beats one for `*`; within each kind the first that matches
//! counts; without any, an archive has its own priority. Records with regular expressions or `src:` names are counted
//! as not understood and otherwise ignored: the caller says so.

use std::io::{self, BufReader};

use super::Archive;
use crate::deb822::Stanzas;
use crate::root::Root;

/// Most files of preferences that are read.
pub const PREFERENCES_FILES_MAX: usize = 1_000;

/// Priority of an archive that says nothing else.
const PRIORITY_DEFAULT: i32 = 500;
/// Priority of what is installed, and of an archive that is followed but not preferred.
pub(crate) const PRIORITY_INSTALLED: i32 = 100;
/// Priority of an archive from which nothing comes by itself.
const PRIORITY_NOT_AUTOMATIC: i32 = 1;
/// From this priority on, apt goes back to an older version.
pub(crate) const PRIORITY_DOWNGRADE: i32 = 1_000;

/// The pins of a host.
#[derive(Debug, Default)]
pub struct Preferences {
    records: Vec<Record>,
    /// Records, files and settings that are not followed here.
    pub not_understood: usize,
}

#[derive(Debug)]
struct Record {
    /// Names or globs; nothing for `*`, which stands for all packages.
    packages: Option<Vec<String>>,
    pin: Pin,
    priority: i32,
}

#[derive(Debug, PartialEq, Eq)]
enum Pin {
    Version(String),
    Origin(String),
    Release(Vec<(char, String)>),
}

impl Preferences {
    /// Reads `/etc/apt/preferences` and what lies in `preferences.d`.
    #[must_use]
    pub fn read(root: &Root) -> Self {
        let mut preferences = Self::default();
        let is_read = |name: &String| !name.starts_with('.') && (!name.contains('.') || name.ends_with(".pref"));
        let names = root.names("/etc/apt/preferences.d").unwrap_or_default();
        let in_directory = names.into_iter().filter(is_read).map(|name| format!("/etc/apt/preferences.d/{name}"));
        for path in std::iter::once("/etc/apt/preferences".to_owned()).chain(in_directory).take(PREFERENCES_FILES_MAX) {
            match root.file(&path).and_then(|file| preferences.read_records(file)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => preferences.not_understood += 1,
                _ => {}
            }
        }
        if sets_default_release(root) {
            preferences.not_understood += 1;
        }
        preferences
    }

    fn read_records(&mut self, file: impl io::Read) -> io::Result<()> {
        let mut stanzas = Stanzas::new(BufReader::new(file), ["Package", "Pin", "Pin-Priority"]);
        while let Some([package, pin, priority]) = stanzas.next_stanza()? {
            match record(package, pin, priority) {
                Some(record) => self.records.push(record),
                // A stanza of comments is no record.
                None if package.is_empty() && pin.is_empty() => {}
                None => self.not_understood += 1,
            }
        }
        Ok(())
    }

    /// The priority of a package's version in an archive.
    pub(crate) fn priority(&self, archive: &Archive, package: &str, version: &str) -> i32 {
        let matching = |record: &&Record| record.pin.matches(archive, version);
        let specific = self.records.iter().filter(|record| record.names(package)).find(matching);
        let general = || self.records.iter().filter(|record| record.packages.is_none()).find(matching);
        specific.or_else(general).map_or_else(|| own_priority(archive), |record| record.priority)
    }

    /// The priority of the installed version before any archive carries it: a pin on the version itself counts.
    pub(crate) fn installed_priority(&self, package: &str, version: &str) -> i32 {
        let mut pins = self.records.iter().filter(|record| record.names(package) && matches!(record.pin, Pin::Version(_)));
        pins.find(|record| record.pin.matches(&Archive::default(), version)).map_or(PRIORITY_INSTALLED, |record| record.priority)
    }
}

const fn own_priority(archive: &Archive) -> i32 {
    match (archive.release.not_automatic, archive.release.but_automatic_upgrades) {
        (false, _) => PRIORITY_DEFAULT,
        (true, true) => PRIORITY_INSTALLED,
        (true, false) => PRIORITY_NOT_AUTOMATIC,
    }
}

impl Record {
    fn names(&self, package: &str) -> bool {
        self.packages.as_ref().is_some_and(|names| names.iter().any(|name| glob_matches(name, package)))
    }
}

impl Pin {
    fn matches(&self, archive: &Archive, version: &str) -> bool {
        match self {
            Self::Version(pattern) => glob_matches(pattern, version),
            Self::Origin(site) => glob_matches(site, &archive.site),
            Self::Release(fields) => fields.iter().all(|(field, pattern)| {
                let release = &archive.release;
                match field {
                    'a' => glob_matches(pattern, &release.suite),
                    'c' => glob_matches(pattern, &archive.component),
                    'l' => glob_matches(pattern, &release.label),
                    'n' => glob_matches(pattern, &release.codename),
                    'o' => glob_matches(pattern, &release.origin),
                    'v' => glob_matches(pattern, &release.version),
                    // `Pin: release trixie`: the suite or the codename.
                    _ => glob_matches(pattern, &release.suite) || glob_matches(pattern, &release.codename),
                }
            }),
        }
    }
}

fn record(package: &str, pin: &str, priority: &str) -> Option<Record> {
    let is_plain = |text: &str| !text.is_empty() && !text.starts_with('/') && !text.contains([':', '[', '?']);
    let packages = if package == "*" { None } else { Some(package.split_whitespace().map(str::to_owned).collect::<Vec<_>>()) };
    if packages.as_ref().is_some_and(|names| names.is_empty() || !names.iter().all(|name| is_plain(name))) {
        return None;
    }
    let (kind, value) = pin.split_once(char::is_whitespace).map(|(kind, value)| (kind, value.trim().trim_matches('"')))?;
    let is_simple = !value.starts_with('/') && !value.contains(['[', '?']);
    let pin = match kind {
        "version" if is_simple => Pin::Version(value.to_owned()),
        "origin" if is_simple => Pin::Origin(value.to_owned()),
        "release" => Pin::Release(release_fields(value)?),
        _ => return None,
    };
    Some(Record { packages, pin, priority: priority.parse().ok()? })
}

fn release_fields(text: &str) -> Option<Vec<(char, String)>> {
    let field = |part: &str| {
        let (name, value) = part.trim().split_once('=').unwrap_or(("*", part.trim()));
        let value = value.trim().trim_matches('"');
        let is_known = matches!(name, "a" | "c" | "l" | "n" | "o" | "v" | "*");
        (is_known && !value.starts_with('/') && !value.contains(['[', '?'])).then(|| (name.chars().next().unwrap_or('*'), value.to_owned()))
    };
    text.split(',').map(field).collect()
}

/// Whether `text` matches a pattern with `*`.
fn glob_matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(start) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        match left.split_once(part) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    true
}

/// `APT::Default-Release` prefers one release over all others.
fn sets_default_release(root: &Root) -> bool {
    let names = root.names("/etc/apt/apt.conf.d").unwrap_or_default();
    let in_directory = names.into_iter().map(|name| format!("/etc/apt/apt.conf.d/{name}"));
    let mut paths = std::iter::once("/etc/apt/apt.conf".to_owned()).chain(in_directory).take(PREFERENCES_FILES_MAX);
    paths.any(|path| {
        let text = root.text(&path).unwrap_or_default();
        text.lines().any(|line| !line.trim_start().starts_with(['#', '/']) && line.to_ascii_lowercase().contains("default-release"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apt::Release;
    use proptest::prelude::*;

    fn preferences(text: &str) -> Preferences {
        let mut preferences = Preferences::default();
        preferences.read_records(text.as_bytes()).unwrap();
        preferences
    }

    fn archive(suite: &str) -> Archive {
        let release = Release { origin: "Debian".into(), suite: suite.into(), ..Release::default() };
        Archive { site: "deb.example.org".into(), release, ..Archive::default() }
    }

    #[test]
    fn a_record_for_the_package_beats_one_for_all_and_the_first_counts() {
        let preferences = preferences(
            "Package: *\nPin: release a=testing\nPin-Priority: 50\n\nExplanation: ours\nPackage: nginx nginx-*\nPin: origin deb.example.org\nPin-Priority: 900\n\n\
             Package: nginx\nPin: release o=Debian\nPin-Priority: -1\n",
        );
        assert_eq!(preferences.priority(&archive("testing"), "nginx", "1"), 900);
        assert_eq!(preferences.priority(&archive("testing"), "nginx-common", "1"), 900);
        assert_eq!(preferences.priority(&archive("testing"), "bash", "1"), 50);
        assert_eq!(preferences.priority(&archive("stable"), "bash", "1"), 500);
        assert_eq!(preferences.not_understood, 0);
    }

    #[test]
    fn backports_are_followed_and_experimental_is_not() {
        let mut backports = archive("stable-backports");
        backports.release.not_automatic = true;
        assert_eq!(Preferences::default().priority(&backports, "a", "1"), 1);
        backports.release.but_automatic_upgrades = true;
        assert_eq!(Preferences::default().priority(&backports, "a", "1"), 100);
    }

    #[test]
    fn a_regular_expression_is_said_to_be_not_understood() {
        let preferences = preferences("Package: /^linux-/\nPin: release a=stable\nPin-Priority: 900\n\n# only a comment\n");
        assert_eq!((preferences.records.len(), preferences.not_understood), (0, 1));
    }

    #[test]
    fn globs_match_as_in_the_shell() {
        for (pattern, text, expected) in
            [("5.2*", "5.2.1", true), ("*-dev", "x-dev", true), ("a*b*c", "aXbYc", true), ("a*b", "ac", false), ("", "", true)]
        {
            assert_eq!(glob_matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let mut preferences = Preferences::default();
            let _is_read_or_refused = preferences.read_records(text.as_bytes());
        }
    }
}
