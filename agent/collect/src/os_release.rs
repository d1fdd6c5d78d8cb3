//! The operating system, from `os-release(5)`.

use std::io;

use wire::state::Os;

use crate::root::Root;

/// Where the file is looked for, in the order that `os-release(5)` gives.
const PATHS: [&str; 2] = ["/etc/os-release", "/usr/lib/os-release"];

/// Reads the operating system's identity.
///
/// # Errors
/// Where neither file can be read; `InvalidData` where it names no `ID`.
pub fn collect(root: &Root) -> io::Result<Os> {
    let text = match root.text(PATHS[0]) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => root.text(PATHS[1])?,
        other => other?,
    };
    parse(&text).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "os-release names no ID"))
}

/// The operating system that an `os-release` text describes; nothing where it has no `ID`.
#[must_use]
pub fn parse(text: &str) -> Option<Os> {
    let value = |wanted: &str| {
        let mut values = text.lines().filter_map(|line| line.trim().split_once('=')).filter(|(name, _)| *name == wanted);
        // The last assignment counts, as in the shell that the file may be read by.
        values.next_back().map(|(_, value)| unquote(value)).filter(|value| !value.is_empty())
    };
    Some(Os {
        id: value("ID")?,
        version_id: value("VERSION_ID"),
        codename: value("VERSION_CODENAME"),
        pretty_name: value("PRETTY_NAME"),
        id_like: value("ID_LIKE").map(|like| like.split_whitespace().map(str::to_owned).collect()).unwrap_or_default(),
    })
}

/// Takes the shell quoting off: single quotes keep all, double quotes and bare words know the backslash.
fn unquote(text: &str) -> String {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return inner.to_owned();
    }
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_values_are_unquoted_and_the_last_one_counts() {
        let os = parse("# c\nID=first\nID=\"rhel\"\nVERSION_ID='9.3'\nPRETTY_NAME=\"A \\\"B\\\" C\"\nID_LIKE=\"centos fedora\"\n").unwrap();
        assert_eq!((os.id.as_str(), os.version_id.as_deref(), os.codename), ("rhel", Some("9.3"), None));
        assert_eq!(os.pretty_name.as_deref(), Some("A \"B\" C"));
        assert_eq!(os.id_like, ["centos", "fedora"]);
    }

    #[test]
    fn a_text_without_id_is_not_guessed() {
        assert_eq!(parse("NAME=Mystery\n"), None);
    }
}
