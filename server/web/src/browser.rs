//! What kind of browser asks, in two words of short lists.
//!
//! The header `User-Agent` tells one person's browser from another's, so nothing keeps it: a list of one's own sessions needs
//! "Firefox on Linux" and no more. What says nothing of the lists is `other`.

use std::convert::Infallible;
use std::fmt;

use aide::OperationInput;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

/// A kind of browser. It prints as `firefox/linux`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrowserKind {
    /// The program.
    pub program: &'static str,
    /// What it runs on.
    pub system: &'static str,
}

/// What is none of the lists.
const OTHER: &str = "other";
/// By which word of the header a program is known. The first that is found counts: all but Firefox name others as well.
const PROGRAMS: [(&str, &str); 8] = [
    ("Edg", "edge"),
    ("OPR/", "opera"),
    ("SamsungBrowser/", "samsung"),
    ("Firefox/", "firefox"),
    ("FxiOS/", "firefox"),
    ("CriOS/", "chrome"),
    ("Chrome/", "chrome"),
    ("Safari/", "safari"),
];
/// By which word a system is known: phones name the system that they come from as well.
const SYSTEMS: [(&str, &str); 6] =
    [("Android", "android"), ("iPhone", "ios"), ("iPad", "ios"), ("Windows", "windows"), ("Macintosh", "macos"), ("Linux", "linux")];

impl BrowserKind {
    /// The kind that a `User-Agent` speaks of.
    #[must_use]
    pub fn of(user_agent: &str) -> Self {
        let find = |list: &[(&str, &'static str)]| list.iter().find(|(word, _)| user_agent.contains(word)).map_or(OTHER, |(_, name)| name);
        Self { program: find(&PROGRAMS), system: find(&SYSTEMS) }
    }
}

impl fmt::Display for BrowserKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.program, self.system)
    }
}

impl<S: Sync> FromRequestParts<S> for BrowserKind {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()))
    }
}

impl OperationInput for BrowserKind {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_two_words_of_short_lists_whatever_the_header_says() {
        for (header, kind) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "firefox/linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                "chrome/windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0",
                "edge/windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                "safari/macos",
            ),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 CriOS/142.0 Mobile Safari/604.1", "chrome/ios"),
            ("Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36", "chrome/android"),
            ("curl/8.5.0", "other/other"),
            ("", "other/other"),
        ] {
            assert_eq!(BrowserKind::of(header).to_string(), kind);
        }
    }
}
