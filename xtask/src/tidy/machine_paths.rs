//! No path of a developer's machine: it would be wrong on every other one, and it tells who wrote it.

use super::Finding;
use crate::tree::Tree;

/// What follows a marker must look like the rest of a developer's path; `/root` alone is a fact of every host.
struct Marker {
    prefix: &'static str,
    /// The first folder after the prefix, if only that gives the machine away.
    folders: &'static [&'static str],
}

// In halves, so that this file is not its own finding.
const MARKERS: [Marker; 5] = [
    Marker { prefix: concat!("/ho", "me/"), folders: &[] },
    Marker { prefix: concat!("/Use", "rs/"), folders: &[] },
    Marker { prefix: concat!("C:\\Use", "rs\\"), folders: &[] },
    Marker { prefix: concat!("/ro", "ot/"), folders: &[".cache", ".cargo", ".npm", ".rustup", "project", "src"] },
    Marker { prefix: concat!("/wo", "rk/"), folders: &[] },
];

/// Names that documentation and tests may use after `/home/`.
const PLACEHOLDERS: [&str; 3] = ["alice", "USER", "user"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        for (line, content) in text.lines().enumerate() {
            if let Some(found) = MARKERS.iter().find_map(|marker| machine_path(content, marker)) {
                findings.push(Finding::at_line(path, line + 1, format!("`{found}` is a path of somebody's machine")));
            }
        }
    }
    findings
}

fn machine_path<'a>(line: &'a str, marker: &Marker) -> Option<&'a str> {
    for (at, _) in line.match_indices(marker.prefix) {
        // Only the start of a path counts: a web address or a longer path may contain the same letters.
        let starts = line.get(..at)?.chars().next_back().is_none_or(|c| !(c.is_alphanumeric() || "._-/~}".contains(c)));
        let rest = line.get(at + marker.prefix.len()..)?;
        let folder = rest.split(|c: char| !(c.is_alphanumeric() || "._-".contains(c))).next()?;
        let telling = if marker.folders.is_empty() { !folder.is_empty() } else { marker.folders.contains(&folder) };
        if starts && telling && !PLACEHOLDERS.contains(&folder) {
            return line.get(at..at + marker.prefix.len() + folder.len());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_found(line: String) -> bool {
        !check(&Tree::of([("docs/x.md", line.as_str())])).is_empty()
    }

    #[test]
    fn a_developers_path_is_found() {
        for (first, second) in
            [("/ho", "me/miriam/purser"), ("/Use", "rs/miriam"), ("C:\\Use", "rs\\miriam"), ("/ro", "ot/.cache/purser"), ("/wo", "rk/main")]
        {
            assert!(is_found(format!("see {first}{second}.")), "{first}{second}");
            assert!(is_found(format!("\"{first}{second}\"")), "{first}{second}");
        }
    }

    #[test]
    fn placeholders_addresses_and_bare_folders_are_fine() {
        for (first, second) in [
            ("/ho", "me/alice/data"),
            ("$HOME/ro", "ot/.cache"),
            ("https://example.org/wo", "rk/main"),
            ("/ro", "ot/ is not readable"),
            ("/ho", "me/"),
        ] {
            assert!(!is_found(format!("{first}{second}")), "{first}{second}");
        }
    }
}
