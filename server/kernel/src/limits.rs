//! Limits that several crates share. A limit of one crate stands in that crate.

use std::time::Duration;

/// Default number of rows in a page.
pub const PAGE_ROWS_DEFAULT: u32 = 100;
/// Most rows in a page.
pub const PAGE_ROWS_MAX: u32 = 1_000;
/// Longest cursor, in characters.
pub const CURSOR_CHARS_MAX: usize = 512;
/// Largest JSON request body of the API but reports and feeds, in bytes.
pub const API_BODY_BYTES_MAX: usize = 256 * 1024;
/// Longest name that a person gives to something (label, group, token), in bytes of UTF-8.
pub const NAME_BYTES_MAX: usize = 200;
/// How long a request may take before it is answered with a time-out.
pub const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);
/// How long a challenge stays valid.
pub const CHALLENGE_LIFETIME: Duration = Duration::from_secs(60);
/// How long a device's access token stays valid.
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How far in the future a host's clock may be before its times are taken as the server's.
pub const CLOCK_SKEW_MAX: Duration = Duration::from_secs(10 * 60);
