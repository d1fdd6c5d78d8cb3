//! The public error: RFC 9457 problem details.
//!
//! A problem has a stable `type` (`https://purser.dev/problems/SLUG`, the slug is the contract), a title in English
//! that never changes for a type, a detail that tells the reader what to do, and the request's id, which `web` adds.
//! The inner cause goes to the log. "Not yours" and "does not exist" are the same problem.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use serde::Serialize;

/// What a problem's `type` begins with.
pub const PROBLEM_TYPE_BASE: &str = "https://purser.dev/problems/";

/// A problem's kind: its slug, status and title. Declared as constants, so that the catalogue can list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProblemKind {
    /// Last part of the `type` URL, in kebab case.
    pub slug: &'static str,
    /// HTTP status.
    pub status: u16,
    /// Title, the same for every occurrence.
    pub title: &'static str,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $slug:literal $status:literal $title:literal;)*) => {
        impl ProblemKind {
            $($(#[$doc])* pub const $name: Self = Self { slug: $slug, status: $status, title: $title };)*
        }
        /// The kinds that several crates use. A crate's own kinds stand in its `error.rs`.
        pub const SHARED_KINDS: &[ProblemKind] = &[$(ProblemKind::$name),*];
    };
}

kinds! {
    /// The request cannot be read.
    BAD_REQUEST = "bad-request" 400 "The request cannot be read";
    /// No or no valid credential.
    UNAUTHENTICATED = "unauthenticated" 401 "Sign in, or send a valid token";
    /// The credential is valid but may not do this.
    FORBIDDEN = "forbidden" 403 "This credential may not do that";
    /// The credential opens nothing with this client certificate, or without one.
    CERTIFICATE_NOT_ACCEPTED = "certificate-not-accepted" 403 "This needs the right client certificate";
    /// The credential opens nothing from where the request comes.
    SOURCE_NOT_ALLOWED = "source-not-allowed" 403 "Nothing is opened from this address";
    /// Does not exist, or is not the caller's.
    NOT_FOUND = "not-found" 404 "There is no such thing";
    /// The method is not offered here.
    METHOD_NOT_ALLOWED = "method-not-allowed" 405 "This address does not take that method";
    /// The state forbids it.
    CONFLICT = "conflict" 409 "The present state does not allow this";
    /// Gone for good.
    GONE = "gone" 410 "This is no longer available";
    /// Body past its limit.
    TOO_LARGE = "too-large" 413 "The request is too large";
    /// Content type not taken.
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type" 415 "This kind of content is not taken here";
    /// Read, but not acceptable.
    INVALID = "invalid" 422 "Part of the request is not acceptable";
    /// Too many requests.
    TOO_MANY = "too-many-requests" 429 "Too many requests";
    /// A fault of the server.
    INTERNAL = "internal" 500 "The server failed";
    /// Not now.
    UNAVAILABLE = "unavailable" 503 "The server cannot do this now";
}

/// A problem to answer with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// `https://purser.dev/problems/SLUG`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Title of the kind.
    pub title: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// The field at fault, as a JSON path or query parameter, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The request's id, for the log; `web` fills it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The inner cause: for the log, never sent.
    #[serde(skip)]
    pub cause: Option<String>,
    /// How many seconds to wait before asking again, where that is known: the `Retry-After` header.
    #[serde(skip)]
    pub retry_after_seconds: Option<NonZeroU32>,
}

impl Problem {
    /// A problem of a kind with a detail for its reader.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("{PROBLEM_TYPE_BASE}{}", kind.slug),
            title: kind.title,
            status: kind.status,
            detail: detail.into(),
            field: None,
            request: None,
            cause: None,
            retry_after_seconds: None,
        }
    }

    /// Says how long to wait before asking again: whole seconds, rounded up, so that who waits as long as told is not told again.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.retry_after_seconds = NonZeroU32::new(u32::try_from(seconds).unwrap_or(u32::MAX));
        self
    }

    /// Names the field at fault.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// "Does not exist", which is also the answer to "is not yours": every field is the same for both.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(ProblemKind::NOT_FOUND, "Nothing with this address exists, or this credential cannot see it.")
    }

    /// A field that is not acceptable.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::INVALID, detail).at(field)
    }

    /// A fault of the server; the cause, with all its sources, is for the log only.
    pub fn internal(cause: &dyn std::error::Error) -> Self {
        let mut text = cause.to_string();
        let mut source = cause.source();
        while let Some(inner) = source {
            text.push_str(": ");
            text.push_str(&inner.to_string());
            source = inner.source();
        }
        let mut problem = Self::new(
            ProblemKind::INTERNAL,
            "The failure is logged under the request's id. Try again; if it stays, tell the operator that id.",
        );
        problem.cause = Some(text);
        problem
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title, self.detail)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_never_sent() {
        let cause = std::io::Error::other("disk /var/lib/secret is full");
        let text = serde_json::to_string(&Problem::internal(&cause)).expect("a problem is JSON");
        assert!(!text.contains("secret"), "{text}");
    }

    #[test]
    fn every_shared_kind_has_its_own_slug() {
        let mut slugs: Vec<_> = SHARED_KINDS.iter().map(|kind| kind.slug).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), SHARED_KINDS.len());
    }
}
