//! The doctor: looks, in the live installation, whether promises are kept.
//!
//! A [`Check`] is registered by whoever knows what to look at; trust has its own in [`checks`] and knows no domain.
//! What a check saw is kept in a small table with the moment since when it is so. Where it gets worse or better, the instance's
//! ledger says so in the same transaction, so that nobody can weaken a setting, put it back and leave no trace.
//!
//! **A check that cannot run says unknown, never ok**: an error, a panic, a check that takes longer than [`CHECK_TIME_MAX`], and a
//! result older than [`FRESH_TIME`] are all unknown; so is one that cannot be read back, which hides no other.

pub mod checks;
mod kept;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kernel::{Clock, KeyRing, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{StoreError, Stores};
use tokio::sync::{Mutex, Semaphore};
use words::{Sentence, sentence};

use crate::Trust;
use crate::promises::Promise;

/// How often every check is made: a setting that was weakened is found within the hour.
pub const CHECK_INTERVAL: Duration = Duration::from_secs(30 * 60);
/// How long a result counts: past it nobody knows any more.
pub const FRESH_TIME: Duration = Duration::from_secs(2 * 3_600);
/// How long a check may take.
pub const CHECK_TIME_MAX: Duration = Duration::from_secs(10 * 60);

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is so.
    Ok,
    /// Nothing is broken, but somebody must do something.
    Warning,
    /// It is not so.
    Failed,
    /// It could not be looked at.
    Unknown,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Ok, Self::Warning, Self::Failed, Self::Unknown];

    /// The text form.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.text() == text)
    }

    const fn badness(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning | Self::Unknown => 1,
            Self::Failed => 2,
        }
    }
}

/// What a check saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// What it came to.
    pub outcome: Outcome,
    /// Numbers and states for programs, of no person and no machine.
    pub evidence: Value,
    /// The same for people.
    pub said: Sentence,
}

impl Observation {
    /// It is so.
    #[must_use]
    pub const fn ok(evidence: Value, said: Sentence) -> Self {
        Self { outcome: Outcome::Ok, evidence, said }
    }

    /// Somebody must do something.
    #[must_use]
    pub const fn warning(evidence: Value, said: Sentence) -> Self {
        Self { outcome: Outcome::Warning, evidence, said }
    }

    /// It is not so.
    #[must_use]
    pub const fn failed(evidence: Value, said: Sentence) -> Self {
        Self { outcome: Outcome::Failed, evidence, said }
    }

    /// It could not be looked at.
    #[must_use]
    pub const fn unknown(evidence: Value, said: Sentence) -> Self {
        Self { outcome: Outcome::Unknown, evidence, said }
    }
}

/// Why a check could not look.
pub type CannotLook = Box<dyn std::error::Error + Send + Sync>;

type Looking = Pin<Box<dyn Future<Output = Result<Observation, CannotLook>> + Send>>;

/// A live check.
#[derive(Clone)]
pub struct Check {
    name: &'static str,
    look: Arc<dyn Fn() -> Looking + Send + Sync>,
    /// Held by a look until it ends, though nobody waits for it any more: one that hangs is not begun again and again.
    turn: Arc<Semaphore>,
}

impl Check {
    /// A check of this name, by which promises name it. Its error is why it could not look.
    pub fn new<F>(name: &'static str, look: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Observation, CannotLook>> + Send + 'static,
    {
        Self { name, look: Arc::new(move || Box::pin(look())), turn: Arc::new(Semaphore::new(1)) }
    }

    async fn observe(&self) -> Observation {
        let unknown = |why: &str, said| Observation::unknown(json!({ "cannot": why }), said);
        let Ok(turn) = Arc::clone(&self.turn).try_acquire_owned() else {
            return unknown(
                "busy",
                sentence!(
                    "The last look has not ended yet; it took too long.",
                    "Poprzednie sprawdzanie jeszcze trwa; zajęło zbyt dużo czasu."
                ),
            );
        };
        let look = (self.look)();
        // In a task of its own, so that a panic is unknown too.
        let looking = tokio::spawn(async move {
            let _until_it_ends = turn;
            look.await
        });
        let looked = tokio::time::timeout(CHECK_TIME_MAX, looking).await;
        match looked {
            Ok(Ok(Ok(observation))) => observation,
            Ok(Ok(Err(error))) => {
                tracing::warn!(check = self.name, reason = %error, "a check of the doctor cannot run");
                unknown(
                    "error",
                    sentence!(
                        "This could not be looked at; the server's log says why.",
                        "Nie można było tego sprawdzić; przyczyna jest w dzienniku serwera."
                    ),
                )
            }
            Ok(Err(_panicked)) => unknown("panic", sentence!("The check broke off.", "Sprawdzanie zostało przerwane.")),
            Err(_elapsed) => unknown("time", sentence!("The check took too long.", "Sprawdzanie trwało zbyt długo.")),
        }
    }
}

/// What a check saw, and since when that is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// The check's name.
    pub check: &'static str,
    /// What it saw.
    pub observation: Observation,
    /// Since when it comes to this.
    pub since: Timestamp,
    /// When it last looked.
    pub checked_at: Timestamp,
}

/// How a promise stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A live check looks at it, and saw this.
    Checked(Examined),
    /// A live check looks at it, and has not looked yet.
    NotYet(&'static str),
    /// Tests prove it; nothing looks at the live installation.
    ProvenByTests,
}

/// The doctor. Cloning shares it.
#[derive(Clone)]
pub struct Doctor(Arc<Inner>);

struct Inner {
    stores: Stores,
    keys: Arc<dyn KeyRing>,
    checks: Vec<Check>,
    /// One examination at a time: two that meet would each tell of the same change.
    examining: Mutex<()>,
    has_ended: AtomicBool,
}

impl fmt::Debug for Doctor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Doctor").field(&self.names()).finish()
    }
}

impl Doctor {
    /// A doctor with these checks.
    ///
    /// # Panics
    /// Where two checks have one name, which every test meets.
    #[must_use]
    pub fn new(stores: &Stores, trust: &Trust, mut checks: Vec<Check>) -> Self {
        checks.sort_by_key(|check| check.name);
        assert!(checks.windows(2).all(|pair| pair[0].name != pair[1].name), "two checks have one name");
        let (stores, keys) = (stores.clone(), trust.keyring());
        Self(Arc::new(Inner { stores, keys, checks, examining: Mutex::new(()), has_ended: AtomicBool::new(false) }))
    }

    /// The names of every check, in order.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.0.checks.iter().map(|check| check.name).collect()
    }

    /// Makes one check now, and keeps what it saw; nothing where there is no check of this name.
    ///
    /// # Errors
    /// The store's, where the result cannot be kept.
    pub async fn examine(&self, name: &str) -> Result<Option<Examined>, StoreError> {
        let Some(check) = self.0.checks.iter().find(|check| check.name == name) else { return Ok(None) };
        let _one_at_a_time = self.0.examining.lock().await;
        let observation = check.observe().await;
        // A server that is ending cannot show what only a serving one can: that is no turn for the worse.
        if self.0.has_ended.load(Ordering::SeqCst) {
            let now = self.clock().now();
            return Ok(Some(Examined { check: check.name, observation, since: now, checked_at: now }));
        }
        let kept = kept::keep(&self.0.stores, &self.0.keys, check.name, observation).await?;
        Ok(Some(kept))
    }

    /// Keeps nothing from here on: the server ends, and what checks look at goes away beneath them.
    pub fn end(&self) {
        self.0.has_ended.store(true, Ordering::SeqCst);
    }

    /// Makes one check and keeps nothing of it: for whoever looks at an installation that no server runs on, where what only a server
    /// can show is unknown and yet no turn for the worse.
    pub async fn look(&self, name: &str) -> Option<Examined> {
        let check = self.0.checks.iter().find(|check| check.name == name)?;
        let (observation, now) = (check.observe().await, self.clock().now());
        Some(Examined { check: check.name, observation, since: now, checked_at: now })
    }

    /// Makes the checks that were made last [`CHECK_INTERVAL`] ago or longer: how many.
    ///
    /// # Errors
    /// The store's.
    pub async fn examine_due(&self) -> Result<usize, StoreError> {
        let kept = kept::all(&self.0.stores, &self.0.keys, &self.names()).await?;
        let now = self.clock().now();
        let is_due = |name: &str| kept.get(name).is_none_or(|last| now.since(last.checked_at) >= CHECK_INTERVAL);
        let due: Vec<&'static str> = self.names().into_iter().filter(|name| is_due(name)).collect();
        for name in &due {
            self.examine(name).await?;
        }
        Ok(due.len())
    }

    /// What every check saw last, by its name. A result that is too old says unknown.
    ///
    /// # Errors
    /// The store's.
    pub async fn results(&self) -> Result<BTreeMap<&'static str, Examined>, StoreError> {
        let mut kept = kept::all(&self.0.stores, &self.0.keys, &self.names()).await?;
        let now = self.clock().now();
        for examined in kept.values_mut().filter(|examined| now.since(examined.checked_at) > FRESH_TIME) {
            let was = examined.observation.outcome.text();
            examined.observation = Observation::unknown(
                json!({ "cannot": "old", "was": was }),
                sentence!("The last look is too long ago.", "Ostatnie sprawdzenie było zbyt dawno."),
            );
        }
        Ok(kept)
    }

    /// How a promise stands by these results.
    #[must_use]
    pub fn standing(&self, promise: &Promise, results: &BTreeMap<&'static str, Examined>) -> Standing {
        let Some(name) = &promise.doctor else { return Standing::ProvenByTests };
        match results.get(name.as_str()) {
            Some(examined) => Standing::Checked(examined.clone()),
            // A name that nobody registers is found by `xtask tidy`; here it is unknown.
            None => Standing::NotYet(self.names().into_iter().find(|known| known == name).unwrap_or_default()),
        }
    }

    fn clock(&self) -> &Clock {
        self.0.stores.clock()
    }
}

/// Whether a change is an event, and which: it got worse, or is as it should be again.
fn turn(was: Option<Outcome>, is: Outcome) -> Option<Turn> {
    match was {
        None => (is == Outcome::Failed).then_some(Turn::Worse),
        Some(was) if is.badness() > was.badness() => Some(Turn::Worse),
        // What could be looked at yesterday and cannot today is worse, however it looked: nobody is to hide a warning by blinding the check.
        Some(Outcome::Warning | Outcome::Failed) if is == Outcome::Unknown => Some(Turn::Worse),
        Some(was) if is == Outcome::Ok && was != Outcome::Ok => Some(Turn::Restored),
        Some(_) => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Worse,
    Restored,
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU8;

    use super::Outcome::{Failed, Ok, Unknown, Warning};
    use super::*;

    #[test]
    fn what_gets_worse_is_an_event_and_what_is_whole_again_too() {
        for (was, is, expected) in [
            (None, Ok, None),
            (None, Unknown, None),
            (None, Failed, Some(Turn::Worse)),
            (Some(Ok), Ok, None),
            (Some(Ok), Unknown, Some(Turn::Worse)),
            (Some(Ok), Failed, Some(Turn::Worse)),
            (Some(Unknown), Failed, Some(Turn::Worse)),
            (Some(Failed), Failed, None),
            (Some(Failed), Unknown, Some(Turn::Worse)),
            (Some(Warning), Unknown, Some(Turn::Worse)),
            (Some(Unknown), Unknown, None),
            (Some(Unknown), Warning, None),
            (Some(Failed), Ok, Some(Turn::Restored)),
            (Some(Warning), Ok, Some(Turn::Restored)),
        ] {
            assert_eq!(turn(was, is), expected, "{was:?} -> {is:?}");
        }
    }

    #[tokio::test]
    async fn a_look_that_hangs_is_not_begun_a_second_time_until_it_has_ended() {
        let (begun, gate) = (Arc::new(AtomicU8::new(0)), Arc::new(Semaphore::new(0)));
        let (counted, opened) = (Arc::clone(&begun), Arc::clone(&gate));
        let check = Check::new("hangs", move || {
            counted.fetch_add(1, Ordering::SeqCst);
            let gate = Arc::clone(&opened);
            async move {
                gate.acquire_owned().await?.forget();
                core::result::Result::Ok(Observation::ok(json!({}), Sentence::same("Seen.")))
            }
        });
        // Whoever waited has gone away, as after the time that a check has; what looks goes on.
        tokio::select! { biased; _ = check.observe() => panic!("it hangs"), () = std::future::ready(()) => {} }
        assert_eq!(check.observe().await.evidence, json!({ "cannot": "busy" }));
        gate.add_permits(1);
        while check.turn.available_permits() == 0 {
            tokio::task::yield_now().await;
        }
        gate.add_permits(1);
        assert_eq!(check.observe().await.outcome, Ok);
        assert_eq!(begun.load(Ordering::SeqCst), 2);
    }
}
