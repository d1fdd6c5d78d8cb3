//! The collectors, driven through their public door: on made-up images, and on the host that runs the tests.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its host should stop there")]

mod image;
mod kinds;
mod machine;
mod this_host;
mod updates;
