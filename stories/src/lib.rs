//! End-to-end tests with the real binaries.
//!
//! A story drives the programs as a user would: it starts `purser` and `purser-agent` as processes, on loopback ports and
//! in a scratch folder, and looks only at what they answer, print and store. What only one crate can show belongs into
//! that crate's own tests.
//!
//! `make test` builds the programs before it runs the stories; by hand: `cargo build --workspace --bins`.

use std::path::PathBuf;

/// The path of one of our programs, built with the same profile as the running test.
///
/// # Panics
///
/// If it has not been built: a story without its programs must not pass.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    // Tests lie in `PROFILE/deps/`, programs in `PROFILE/`.
    let test = std::env::current_exe().unwrap_or_default();
    let path = test.parent().and_then(|deps| deps.parent()).map(|profile| profile.join(name)).unwrap_or_default();
    assert!(path.is_file(), "{} is not built; run `cargo build --workspace --bins` first", path.display());
    path
}

#[cfg(test)]
mod tests {
    #[test]
    #[should_panic(expected = "is not built")]
    fn a_program_that_is_not_there_is_no_reason_to_pass() {
        let _ = super::program("purser-of-tomorrow");
    }
}
