//! The request filter: looks in requests for the shapes of known attacks, and tells of them or refuses them.
//!
//! It is a second line. What keeps attacks out is what stands behind it whatever it finds: routes that are shut unless they
//! name who may call them, bodies and parameters of one shape with named limits, statements with parameters only, answers that are
//! never a page. So it may miss what is new, and a harmless request that it takes for an attack costs its sender an answer 403
//! with the rule's name, in [`FilterMode::Block`] only.
//!
//! Looked at are the target (path and query, as sent and decoded twice), the headers that say something about the sender, and
//! the texts of JSON bodies that people and programs send ([`BODY_BYTES_MAX`] of them). Not looked at: what agents report (a package may be
//! called anything), credentials, passwords and codes ([`UNSEEN_FIELDS`]), and what comes over the Unix socket. Nothing of what was
//! found is kept or logged but the rule's name and the place.

mod rules;
mod text;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use axum::http::{HeaderMap, HeaderName, Uri, header};
use kernel::{Problem, RequestId};
use regex::bytes::{RegexSet, RegexSetBuilder};
use serde::{Deserialize, Serialize};
use words::{Sentence, Speaks, sentence};

pub use self::rules::{Place, RULES, Rule};
use crate::answer::REQUEST_BLOCKED;

/// Most bytes of a body's texts that are looked at. A text counts as [`TEXT_BYTES_MIN`] at least.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// What a text counts as at least, in bytes: to begin with one costs as much as to read so many.
pub const TEXT_BYTES_MIN: usize = 16;
/// Most bytes of a target or of a header that are looked at.
const TEXT_BYTES_MAX: usize = 16 * 1024;
/// Most memory of one place's rules, in bytes.
const RULES_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Fields of bodies whose values are nobody's business: a good password may look like anything.
pub const UNSEEN_FIELDS: [&str; 8] = ["client_secret", "code", "link", "new_password", "password", "secret", "token", "totp_code"];
/// Headers that are looked at: those that a sender writes freely and that somebody may log, show or pass on.
static SEEN_HEADERS: [HeaderName; 8] = [
    header::ACCEPT_LANGUAGE,
    header::CONTENT_TYPE,
    header::FORWARDED,
    header::FROM,
    header::HOST,
    header::ORIGIN,
    header::REFERER,
    HeaderName::from_static("x-forwarded-for"),
];

/// What is done with what is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FilterMode {
    /// Nothing is looked for.
    Off,
    /// It is told of, and the request goes on.
    #[default]
    Detect,
    /// It is told of, and the request is refused.
    Block,
}

/// The text is no mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct FilterModeError;

impl Speaks for FilterModeError {
    fn sentence(&self) -> Sentence {
        sentence!("give off, detect or block", "podaj off, detect albo block")
    }
}

impl FromStr for FilterMode {
    type Err = FilterModeError;

    fn from_str(text: &str) -> Result<Self, FilterModeError> {
        [Self::Off, Self::Detect, Self::Block].into_iter().find(|mode| mode.to_string() == text).ok_or(FilterModeError)
    }
}

impl fmt::Display for FilterMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::Detect => "detect",
            Self::Block => "block",
        })
    }
}

/// A shape of an attack that was found in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The rule's name.
    pub rule: &'static str,
    /// Where.
    pub place: Place,
}

/// The filter. Cloning shares its counts.
#[derive(Clone)]
pub struct RequestFilter(Arc<Inner>);

struct Inner {
    mode: FilterMode,
    counts: Vec<AtomicU64>,
}

/// The rules by place, made once: that takes longer than many requests.
struct Places {
    target: Compiled,
    headers: Compiled,
    agent: Compiled,
    body: Compiled,
}

static PLACES: LazyLock<Places> = LazyLock::new(|| Places {
    target: Compiled::of(Place::Target),
    headers: Compiled::of(Place::Header),
    agent: Compiled::of(Place::UserAgent),
    body: Compiled::of(Place::Body),
});

/// The rules of one place, with their numbers in [`RULES`].
struct Compiled {
    place: Place,
    set: RegexSet,
    numbers: Vec<usize>,
}

impl Compiled {
    fn of(place: Place) -> Self {
        let here: Vec<_> = RULES.iter().enumerate().filter(|(_, rule)| rule.places.contains(&place)).collect();
        let set = RegexSetBuilder::new(here.iter().map(|(_, rule)| rule.pattern))
            // Bytes and no letters beyond ASCII: what a rule looks for has none, and with them a text in Polish would be looked at a
            // hundred times slower.
            .unicode(false)
            .case_insensitive(true)
            .dot_matches_new_line(true)
            .size_limit(RULES_BYTES_MAX)
            .build();
        Self {
            place,
            set: set.unwrap_or_else(|error| panic!("a rule of the request filter: {error}")),
            numbers: here.iter().map(|(number, _)| *number).collect(),
        }
    }

    fn find(&self, text: &str) -> Option<(usize, Found)> {
        let number = self.set.matches(text.as_bytes()).iter().next().and_then(|at| self.numbers.get(at)).copied()?;
        RULES.get(number).map(|rule| (number, Found { rule: rule.name, place: self.place }))
    }
}

impl RequestFilter {
    /// A filter that has found nothing yet.
    ///
    /// # Panics
    /// Where a rule does not compile, which every test meets.
    #[must_use]
    pub fn new(mode: FilterMode) -> Self {
        if mode != FilterMode::Off {
            LazyLock::force(&PLACES);
        }
        Self(Arc::new(Inner { mode, counts: RULES.iter().map(|_| AtomicU64::new(0)).collect() }))
    }

    /// What is done with what is found.
    #[must_use]
    pub fn mode(&self) -> FilterMode {
        self.0.mode
    }

    /// How often each rule was met since the start; rules that were not are left out.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        let counted = RULES.iter().zip(&self.0.counts).map(|(rule, count)| (rule.name, count.load(Ordering::Relaxed)));
        counted.filter(|(_, count)| *count > 0).collect()
    }

    /// Looks at a request without its body.
    #[must_use]
    pub fn look_at_head(&self, uri: &Uri, headers: &HeaderMap) -> Option<Found> {
        if self.0.mode == FilterMode::Off {
            return None;
        }
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let target = text::decoded(cut(target, TEXT_BYTES_MAX)).into_iter().find_map(|form| PLACES.target.find(&form));
        let found = target.or_else(|| self.look_at_headers(headers))?;
        Some(self.count(found))
    }

    fn look_at_headers(&self, headers: &HeaderMap) -> Option<(usize, Found)> {
        let read =
            |value: &axum::http::HeaderValue| text::plain(cut(&String::from_utf8_lossy(value.as_bytes()), TEXT_BYTES_MAX)).into_owned();
        let agent =
            headers.get(header::USER_AGENT).map(read).and_then(|text| PLACES.agent.find(&text).or_else(|| PLACES.headers.find(&text)));
        let mut rest = SEEN_HEADERS.iter().flat_map(|name| headers.get_all(name));
        agent.or_else(|| rest.find_map(|value| PLACES.headers.find(&read(value))))
    }

    /// Looks at the texts of a JSON body. What is no JSON is refused by whoever reads it.
    #[must_use]
    pub fn look_at_body(&self, bytes: &[u8]) -> Option<Found> {
        if self.0.mode == FilterMode::Off {
            return None;
        }
        let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        let (mut left, mut waiting) = (BODY_BYTES_MAX, vec![&value]);
        while let Some(value) = waiting.pop() {
            match value {
                serde_json::Value::Array(items) => waiting.extend(items.iter().rev()),
                serde_json::Value::Object(fields) => {
                    for (name, value) in fields {
                        if let Some(found) = self.look_at_text(name, &mut left) {
                            return Some(found);
                        }
                        if !UNSEEN_FIELDS.contains(&name.as_str()) {
                            waiting.push(value);
                        }
                    }
                }
                serde_json::Value::String(text) => {
                    if let Some(found) = self.look_at_text(text, &mut left) {
                        return Some(found);
                    }
                }
                _ => {}
            }
        }
        None
    }

    fn look_at_text(&self, text: &str, left: &mut usize) -> Option<Found> {
        if *left == 0 {
            return None;
        }
        let text = cut(text, *left);
        *left = left.saturating_sub(text.len().max(TEXT_BYTES_MIN));
        PLACES.body.find(&text::plain(text)).map(|found| self.count(found))
    }

    fn count(&self, (number, found): (usize, Found)) -> Found {
        if let Some(count) = self.0.counts.get(number) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        found
    }

    /// Tells of what was found, and says what is answered, where anything is.
    pub(crate) fn judge(&self, found: Option<Found>, id: Option<RequestId>) -> Result<(), Problem> {
        let Some(Found { rule, place }) = found else { return Ok(()) };
        let is_refused = self.0.mode == FilterMode::Block;
        let id = id.map(tracing::field::display);
        tracing::warn!(
            request.id = id,
            filter.rule = rule,
            filter.place = place.text(),
            refused = is_refused,
            "a request has the shape of an attack"
        );
        if is_refused { Err(refused(rule)) } else { Ok(()) }
    }
}

fn refused(rule: &str) -> Problem {
    let detail =
        format!("The request has the shape of an attack (rule {rule}). If it is none, tell whoever runs this server the rule's name.");
    Problem::new(REQUEST_BLOCKED, detail)
}

/// The beginning of a text, at most so many bytes.
fn cut(text: &str, bytes_max: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes_max)).unwrap_or_default()
}
