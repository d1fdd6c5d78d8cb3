//! End-to-end tests with the real binaries.
//!
//! A story drives the programs as a user would: it starts `purser` and `purser-agent` as processes, on loopback ports and
//! in a scratch folder, and looks only at what they answer, print and store. What only one crate can show belongs into
//! that crate's own tests.
//!
//! * [`installation`]: a data folder of its own, its server, its tenant, this host's agent.
//! * [`api`]: a client of the HTTP API that trusts the installation's own authority and nobody else.
//! * [`wait`]: waiting for something that happens soon, without guessing when.
//!
//! `make test` builds the programs before it runs the stories; by hand: `cargo build --workspace --bins --features
//! purser/embed-console`.

pub mod api;
pub mod installation;
pub mod person;
pub mod wait;

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

/// The root of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A file or folder of the advisories that are shared beside the repository; says so where there are none.
#[must_use]
pub fn shared_advisories() -> Option<PathBuf> {
    let path = repository().join("../shared/data/advisories");
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: there is no ../shared/data/advisories beside the repository");
    None
}

#[cfg(test)]
mod tests {
    #[test]
    #[should_panic(expected = "is not built")]
    fn a_program_that_is_not_there_is_no_reason_to_pass() {
        let _ = super::program("purser-of-tomorrow");
    }
}
