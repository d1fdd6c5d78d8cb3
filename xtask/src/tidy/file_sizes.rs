//! A file is one thing that a user can name: past 600 lines there is a second noun in it.
//!
//! Exceptions stand in `xtask/file-sizes.toml` with their reason and their own bound; one that is no longer needed is a
//! finding too, so that the list only shrinks by itself. `kernel` as a whole has a bound, since everything rests on it.

use super::Finding;
use crate::rust_source::shipped;
use crate::tree::Tree;
use std::collections::BTreeMap;

/// Lines of a `.rs`, `.ts` or `.tsx` file.
const FILE_LINES_MAX: usize = 600;
/// Lines of `kernel` that ship, over all of its files.
const KERNEL_LINES_MAX: usize = 1_500;
const EXCEPTIONS: &str = "xtask/file-sizes.toml";

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    lines_max: usize,
    reason: String,
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let exceptions: BTreeMap<String, Exception> = match toml::from_str(tree.text(EXCEPTIONS).unwrap_or_default()) {
        Ok(exceptions) => exceptions,
        Err(error) => return vec![Finding::at(EXCEPTIONS, error.to_string())],
    };
    let mut findings: Vec<_> = exceptions.iter().filter_map(|(path, exception)| check_exception(tree, path, exception)).collect();
    for (path, text) in tree.texts().filter(|(path, _)| is_source(path)) {
        let bound = exceptions.get(path).map_or(FILE_LINES_MAX, |exception| exception.lines_max);
        let lines = text.lines().count();
        if lines > bound {
            findings.push(Finding::at(path, format!("{lines} lines, {bound} at most: find the second noun")));
        }
    }
    findings.extend(check_kernel(tree));
    findings
}

fn is_source(path: &str) -> bool {
    // `*.d.ts` files are generated from the API's description.
    [".rs", ".ts", ".tsx"].iter().any(|ending| path.ends_with(ending)) && !path.ends_with(".d.ts")
}

fn check_exception(tree: &Tree, path: &str, exception: &Exception) -> Option<Finding> {
    let Some(text) = tree.text(path) else {
        return Some(Finding::at(EXCEPTIONS, format!("{path} does not exist")));
    };
    if text.lines().count() <= FILE_LINES_MAX {
        return Some(Finding::at(EXCEPTIONS, format!("{path} needs no exception any more")));
    }
    (exception.reason.split_whitespace().count() < 4).then(|| Finding::at(EXCEPTIONS, format!("{path} needs a reason in a sentence")))
}

fn check_kernel(tree: &Tree) -> Option<Finding> {
    let files = tree.rust().filter(|(path, _)| path.starts_with("server/kernel/src/"));
    let lines: usize = files.map(|(_, text)| shipped(text).lines().count()).sum();
    (lines > KERNEL_LINES_MAX).then(|| {
        Finding::at("server/kernel", format!("{lines} lines ship, {KERNEL_LINES_MAX} at most: everything rests on it, so it stays small"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(files: &[(&str, String)]) -> Vec<Finding> {
        check(&Tree::of(files.iter().map(|(path, text)| (*path, text.as_str()))))
    }

    #[test]
    fn six_hundred_lines_are_fine_and_one_more_is_not() {
        assert!(findings(&[("a/src/x.rs", "x\n".repeat(600))]).is_empty());
        assert_eq!(findings(&[("a/src/x.rs", "x\n".repeat(601))]).len(), 1);
        assert_eq!(findings(&[("console/src/x.tsx", "x\n".repeat(601))]).len(), 1);
        assert!(findings(&[("docs/x.md", "x\n".repeat(601))]).is_empty());
        assert!(findings(&[("console/src/api.d.ts", "x\n".repeat(601))]).is_empty());
    }

    #[test]
    fn an_exception_has_a_bound_and_a_reason_and_goes_when_it_is_not_needed() {
        let list = |lines: usize, reason: &str| (EXCEPTIONS, format!("\"a.rs\" = {{ lines_max = {lines}, reason = \"{reason}\" }}"));
        let reason = "one table of a standard, in order";
        assert!(findings(&[list(700, reason), ("a.rs", "x\n".repeat(700))]).is_empty());
        assert_eq!(findings(&[list(700, reason), ("a.rs", "x\n".repeat(701))]).len(), 1);
        assert_eq!(findings(&[list(700, "because"), ("a.rs", "x\n".repeat(700))]).len(), 1);
        assert_eq!(findings(&[list(700, reason), ("a.rs", "x\n".repeat(600))]).len(), 1);
        assert_eq!(findings(&[list(700, reason)]).len(), 1);
    }

    #[test]
    fn kernel_counts_as_a_whole_and_without_its_tests() {
        let part = |name: &'static str, text: String| (name, text);
        let (half, tests) = ("x\n".repeat(500), format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "x\n".repeat(90)));
        let mut files = vec![
            part("server/kernel/src/a.rs", format!("{half}{tests}")),
            part("server/kernel/src/b.rs", half.clone()),
            part("server/kernel/src/c.rs", half),
        ];
        assert!(findings(&files).is_empty());
        files.push(part("server/kernel/src/d.rs", "x\n".to_owned()));
        assert_eq!(findings(&files).len(), 1);
    }
}
