//! The files of the working tree as one value: every check is a function of it, and a test builds one in two lines.

use anyhow::{Context, ensure};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Paths relative to the root of the repository (with `/`), each with its text; a file that is not UTF-8 has no text.
pub(crate) struct Tree {
    files: BTreeMap<String, Option<String>>,
}

impl Tree {
    /// Every file that is tracked, or new and not ignored, so that a finding shows before its commit.
    pub(crate) fn of_git_checkout() -> anyhow::Result<Self> {
        let root = git(&["rev-parse", "--show-toplevel"])?;
        let root = Path::new(root.trim_end());
        let listed = git(&["-C", &root.to_string_lossy(), "ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
        let mut files = BTreeMap::new();
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            match std::fs::read(root.join(path)) {
                Ok(bytes) => files.insert(path.to_owned(), String::from_utf8(bytes).ok()),
                // Removed from the disk, not yet from the index; or a link to a folder.
                Err(_) => continue,
            };
        }
        Ok(Self { files })
    }

    /// A tree for a test.
    #[cfg(test)]
    pub(crate) fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self { files: files.into_iter().map(|(path, text)| (path.to_owned(), Some(text.to_owned()))).collect() }
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Every text file with its path.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    /// Every Rust file with its path.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(|(path, _)| path.ends_with(".rs"))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    /// Whether a file, or a folder with a file in it, has this path.
    pub(crate) fn has(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.files.contains_key(path) || self.files.range(folder.clone()..).next().is_some_and(|(found, _)| found.starts_with(&folder))
    }
}

fn git(arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("git").args(arguments).output().context("git is not to be had; tidy reads the list of files from it")?;
    ensure!(output.status.success(), "git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    String::from_utf8(output.stdout).context("git listed a path that is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_had_when_a_file_lies_in_it() {
        let tree = Tree::of([("server/web/src/lib.rs", ""), ("server/web.md", "")]);
        assert!(tree.has("server/web"));
        assert!(tree.has("server/web/"));
        assert!(tree.has("server/web/src/lib.rs"));
        assert!(!tree.has("server/we"));
        assert!(!tree.has("server/web/src/lib.rs/more"));
    }

    #[test]
    fn the_checkout_that_runs_this_test_lists_this_file() {
        let tree = Tree::of_git_checkout().unwrap();
        assert!(tree.text("xtask/src/tree.rs").unwrap().contains("the_checkout_that_runs_this_test"));
    }
}
