//! Advisories indexed by ecosystem and package, so that a version is asked about once and answered in microseconds.
//!
//! Ranges are turned into intervals of sort keys when an advisory comes in; a question then compares bytes. An answer has
//! three states: *affected*, *not affected*, and *not covered* with the reason: silence is never an answer. What makes a
//! release covered is told in [`crate::basis`].

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use versions::Ecosystem;

use crate::advisory::{Advisory, Affected, Event, Range, Urgency};
use crate::basis::{Basis, FeedBasis};
use crate::modules::Module;
use crate::profile::{NotCovered, Profile, order_of};
use crate::severity::Rating;
use crate::ubuntu::{Archives, release_name};
use wire::Timestamp;

/// A set of advisories, indexed.
#[derive(Debug, Default)]
pub struct AdvisorySet {
    heads: Vec<Arc<Head>>,
    /// Heads whose id came in again in a newer form; their rules no longer count.
    replaced: HashSet<u32>,
    by_id: HashMap<Arc<str>, u32>,
    by_flaw: HashMap<Arc<str>, Vec<u32>>,
    ecosystems: HashMap<Box<str>, Release>,
}

/// The feed of an advisory that came without one.
const NO_FEED: &str = "file";

/// The advisories about one ecosystem and release.
#[derive(Debug, Default)]
struct Release {
    packages: HashMap<Box<str>, Vec<Rule>>,
    /// Those that can concern a version, each once.
    advisories: Vec<u32>,
}

/// What is kept in memory of an advisory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The publisher's id.
    pub id: Arc<str>,
    /// The flaws that it is about; see [`Advisory::vulnerabilities`].
    pub vulnerabilities: Box<[Arc<str>]>,
    /// How grave.
    pub rating: Rating,
    /// One line about it.
    pub summary: Option<Box<str>>,
    modified: Option<Timestamp>,
    published: Option<Timestamp>,
    feed: Arc<str>,
}

/// An advisory that a version is affected by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match<'a> {
    /// The advisory.
    pub advisory: &'a Arc<Head>,
    /// The first version that mends it; absent where none is known.
    pub fixed_version: Option<&'a str>,
    /// How grave it is for this package.
    pub rating: Rating,
}

/// The answer about one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// These advisories concern it.
    Affected(Vec<Match<'a>>),
    /// Its distribution's advisories are here, and none concerns it.
    NotAffected,
    /// Nothing can be said.
    NotCovered(NotCovered),
}

/// One advisory's word on one package.
#[derive(Debug)]
struct Rule {
    advisory: u32,
    intervals: Box<[Interval]>,
    /// Keys of affected versions that no interval holds, sorted.
    versions: Box<[Key]>,
    /// Affected versions that the order does not know: they are compared as texts.
    texts: Box<[Box<str>]>,
    /// What the publisher says of the flaw in this package.
    urgency: Option<Urgency>,
    /// The module whose builds alone it speaks of.
    module: Option<Box<Module>>,
}

#[derive(Debug)]
struct Interval {
    /// `None`: from before every version.
    from: Option<Key>,
    until: Until,
}

#[derive(Debug)]
enum Until {
    Fixed(Key, Box<str>),
    LastAffected(Key),
    Limit(Key),
    Open,
}

/// A sort key, or the text itself where the order has no keys.
type Key = Box<[u8]>;

impl AdvisorySet {
    /// A set of these advisories.
    pub fn of(advisories: impl IntoIterator<Item = Advisory>) -> Self {
        let mut set = Self::default();
        for advisory in advisories {
            set.insert(&advisory);
        }
        set
    }

    /// Adds an advisory. Of several records with one id the last changed one counts. One that is withdrawn, and one that
    /// is about no known flaw, concerns nothing.
    pub fn insert(&mut self, advisory: &Advisory) {
        self.insert_of(advisory, &Arc::from(NO_FEED));
    }

    /// As [`AdvisorySet::insert`], of a feed.
    pub fn insert_of(&mut self, advisory: &Advisory, feed: &Arc<str>) {
        let place = u32::try_from(self.heads.len()).unwrap_or(u32::MAX);
        if let Some(known) = self.by_id.get(advisory.id.as_str()).copied() {
            if self.heads.get(known as usize).is_some_and(|head| advisory.modified <= head.modified) {
                return;
            }
            self.replaced.insert(known);
        }
        let vulnerabilities: Box<[Arc<str>]> = advisory.vulnerabilities().into_iter().map(|flaw| self.flaw_text(flaw)).collect();
        let is_silent = advisory.withdrawn.is_some() || vulnerabilities.is_empty();
        if !is_silent {
            for flaw in &vulnerabilities {
                self.by_flaw.entry(Arc::clone(flaw)).or_default().push(place);
            }
        }
        let id: Arc<str> = advisory.id.as_str().into();
        self.by_id.insert(Arc::clone(&id), place);
        self.heads.push(Arc::new(Head {
            id,
            vulnerabilities,
            rating: advisory.rating(),
            summary: advisory.summary.as_deref().map(Into::into),
            modified: advisory.modified,
            published: advisory.published,
            feed: Arc::clone(feed),
        }));
        let archives = Archives::of(advisory);
        for affected in advisory.affected.iter().filter(|affected| !is_silent && archives.counts(affected)) {
            // An ecosystem whose order we do not have is not covered, rather than half covered.
            let Some(order) = order_of(&affected.ecosystem) else { continue };
            let rule = Rule::of(place, order, advisory.summary.as_deref(), affected);
            if rule.is_empty() {
                continue;
            }
            let release = self.ecosystems.entry(release_name(&affected.ecosystem).into()).or_default();
            release.packages.entry(package_key(&affected.ecosystem, &affected.package).into()).or_default().push(rule);
            if release.advisories.last() != Some(&place) {
                release.advisories.push(place);
            }
        }
    }

    /// The advisories about a flaw.
    pub fn about(&self, flaw: &str) -> impl Iterator<Item = &Arc<Head>> {
        self.by_flaw.get(flaw).into_iter().flatten().filter_map(|place| self.head(*place))
    }

    fn head(&self, place: u32) -> Option<&Arc<Head>> {
        self.heads.get(place as usize).filter(|_| !self.replaced.contains(&place))
    }

    /// One text for a flaw, however many advisories name it.
    fn flaw_text(&self, flaw: &str) -> Arc<str> {
        self.by_flaw.get_key_value(flaw).map_or_else(|| flaw.into(), |(text, _)| Arc::clone(text))
    }

    /// How many advisories there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Whether there are live advisories for an ecosystem and release; see [`crate::basis`].
    #[must_use]
    pub fn covers(&self, ecosystem: &str) -> bool {
        self.live(ecosystem).next().is_some()
    }

    /// What answers about an ecosystem and release rest on; nothing where it is not covered.
    #[must_use]
    pub fn basis(&self, ecosystem: &str) -> Option<Basis> {
        let mut feeds: BTreeMap<&str, FeedBasis> = BTreeMap::new();
        for head in self.live(ecosystem) {
            let empty = || FeedBasis { feed: head.feed.to_string(), advisories: 0, newest_at: None };
            let feed = feeds.entry(&head.feed).or_insert_with(empty);
            feed.advisories += 1;
            feed.newest_at = feed.newest_at.max(head.modified).max(head.published);
        }
        (!feeds.is_empty()).then(|| Basis { ecosystem: ecosystem.to_owned(), feeds: feeds.into_values().collect() })
    }

    fn live(&self, ecosystem: &str) -> impl Iterator<Item = &Arc<Head>> {
        let places = self.ecosystems.get(ecosystem).map_or(&[][..], |release| &release.advisories);
        places.iter().filter_map(|place| self.head(*place))
    }

    /// The ecosystems and releases that are covered, sorted.
    #[must_use]
    pub fn ecosystems(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.ecosystems.keys().map(|name| &**name).filter(|name| self.covers(name)).collect();
        names.sort_unstable();
        names
    }

    /// What is known about a version of a package: `package` and `version` as the profile names them.
    ///
    /// A version that its ecosystem cannot order is affected where an advisory lists this very text; else nothing can be
    /// said about it.
    #[must_use]
    pub fn answer(&self, profile: &Profile, package: &str, version: &str) -> Answer<'_> {
        let Some(release) = self.ecosystems.get(profile.ecosystem.as_str()).filter(|_| self.covers(&profile.ecosystem)) else {
            return Answer::NotCovered(NotCovered::NoAdvisories { ecosystem: profile.ecosystem.clone() });
        };
        let key = key_of(profile.order, version);
        let rules = release.packages.get(&*package_key(&profile.ecosystem, package)).map_or(&[][..], Vec::as_slice);
        let asked = Asked { order: profile.order, key: key.as_deref(), text: version };
        let matches: Vec<Match<'_>> = rules.iter().filter_map(|rule| self.matched(rule, asked)).collect();
        match (matches.is_empty(), key) {
            (false, _) => Answer::Affected(matches),
            (true, Some(_)) => Answer::NotAffected,
            (true, None) => Answer::NotCovered(NotCovered::VersionNotRead),
        }
    }

    fn matched<'a>(&'a self, rule: &'a Rule, asked: Asked<'_>) -> Option<Match<'a>> {
        let advisory = self.head(rule.advisory)?;
        let fixed_version = rule.fixed_version_if_affected(asked)?;
        let rating = rule.urgency.map_or(advisory.rating, |urgency| urgency.rating(advisory.rating));
        Some(Match { advisory, fixed_version, rating })
    }
}

/// A version that is asked about; its key is missing where it cannot be ordered.
#[derive(Clone, Copy)]
struct Asked<'a> {
    order: Ecosystem,
    key: Option<&'a [u8]>,
    text: &'a str,
}

impl Rule {
    fn of(advisory: u32, order: Ecosystem, summary: Option<&str>, affected: &Affected) -> Self {
        let intervals: Box<[Interval]> = affected.ranges.iter().flat_map(|range| intervals(order, range)).collect();
        let (mut versions, mut texts) = (Vec::new(), Vec::new());
        for version in &affected.versions {
            match key_of(order, version) {
                None => texts.push(version.as_str().into()),
                Some(key) if intervals.iter().any(|interval| interval.holds(order, &key)) => {}
                Some(key) => versions.push(key),
            }
        }
        versions.sort_by(|a, b| compare(order, a, b));
        versions.dedup();
        let module = if order == Ecosystem::Rpm { Module::of(summary, affected).map(Box::new) } else { None };
        Self { advisory, intervals, versions: versions.into(), texts: texts.into(), urgency: affected.urgency, module }
    }

    /// Whether it can concern no version at all.
    fn is_empty(&self) -> bool {
        self.intervals.is_empty() && self.versions.is_empty() && self.texts.is_empty()
    }

    /// `None`: not affected. `Some(None)`: affected, and no mending version is known.
    fn fixed_version_if_affected(&self, asked: Asked<'_>) -> Option<Option<&str>> {
        if self.module.as_ref().is_some_and(|module| !module.speaks_of(asked.text)) {
            return None;
        }
        let Some(key) = asked.key else {
            return self.texts.iter().any(|text| **text == *asked.text).then_some(None);
        };
        let order = asked.order;
        if self.intervals.iter().any(|interval| interval.holds(order, key)) {
            return Some(self.mended_from(order, key));
        }
        self.versions.binary_search_by(|version| compare(order, version, key)).is_ok().then_some(None)
    }

    /// The version that mends one that an interval holds. Several ranges may overlap: what ends one may lie in another.
    fn mended_from(&self, order: Ecosystem, key: &[u8]) -> Option<&str> {
        let mut at = key;
        let mut mended = None;
        // Each step goes up, so it ends.
        while let Some(interval) = self.intervals.iter().find(|interval| interval.holds(order, at)) {
            let Until::Fixed(fixed, version) = &interval.until else { return None };
            (at, mended) = (fixed, Some(&**version));
        }
        mended
    }
}

impl Interval {
    fn holds(&self, order: Ecosystem, key: &[u8]) -> bool {
        let began = self.from.as_ref().is_none_or(|from| compare(order, from, key).is_le());
        began
            && match &self.until {
                Until::Fixed(fixed, _) => compare(order, key, fixed).is_lt(),
                Until::LastAffected(last) => compare(order, key, last).is_le(),
                Until::Limit(limit) => compare(order, key, limit).is_lt(),
                Until::Open => true,
            }
    }
}

/// Drops the single versions that the ranges hold anyway: OSV lists thousands beside a range, which says it all.
pub(crate) fn drop_redundant_versions(affected: &mut Affected) {
    let Some(order) = order_of(&affected.ecosystem) else { return };
    let intervals: Vec<Interval> = affected.ranges.iter().flat_map(|range| intervals(order, range)).collect();
    affected.versions.retain(|version| {
        let held = key_of(order, version).is_some_and(|key| intervals.iter().any(|interval| interval.holds(order, &key)));
        !held
    });
}

/// Turns events into intervals, in the order of versions, as OSV's evaluation algorithm reads them. Where a range closes
/// and opens at one version, it goes on; where it opens and closes at one version, it is empty.
fn intervals(order: Ecosystem, range: &Range) -> Vec<Interval> {
    let mut events: Vec<(Option<Key>, &Event)> = range.events.iter().filter_map(|event| Some((event_key(order, event)?, event))).collect();
    events.sort_by(|(a, _), (b, _)| compare_starts(order, a.as_deref(), b.as_deref()));
    let mut intervals = Vec::new();
    let mut open: Option<Option<Key>> = None;
    for group in events.chunk_by(|(a, _), (b, _)| a == b) {
        let Some((key, _)) = group.first() else { continue };
        let was_open = open.is_some();
        let fixed = group.iter().find_map(|(_, event)| match event {
            Event::Fixed(version) => Some(version.as_str()),
            _ => None,
        });
        if let (Some(fixed), Some(end)) = (fixed, key)
            && let Some(from) = open.take()
        {
            intervals.push(Interval { from, until: Until::Fixed(end.clone(), fixed.into()) });
        }
        let introduced = group.iter().any(|(_, event)| matches!(event, Event::Introduced(_)));
        if introduced && open.is_none() && (was_open || fixed.is_none()) {
            open = Some(key.clone());
        }
        for (_, event) in group {
            let Some(end) = key.clone() else { continue };
            let until = match event {
                Event::LastAffected(_) => Until::LastAffected(end),
                Event::Limit(_) => Until::Limit(end),
                Event::Introduced(_) | Event::Fixed(_) => continue,
            };
            if let Some(from) = open.take() {
                intervals.push(Interval { from, until });
            }
        }
    }
    intervals.extend(open.map(|from| Interval { from, until: Until::Open }));
    intervals
}

/// The key at which an event happens: `Some(None)` before every version, `None` where it limits nothing or has no place.
fn event_key(order: Ecosystem, event: &Event) -> Option<Option<Key>> {
    match event {
        Event::Introduced(version) if version == "0" => Some(None),
        event => key_of(order, event.version()).map(Some),
    }
}

fn compare_starts(order: Ecosystem, a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare(order, a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn key_of(order: Ecosystem, version: &str) -> Option<Key> {
    if order.has_sort_key() {
        return order.sort_key(version).ok().map(Vec::into_boxed_slice);
    }
    order.compare(version, version).is_ok().then(|| version.as_bytes().into())
}

fn compare(order: Ecosystem, a: &[u8], b: &[u8]) -> Ordering {
    if order.has_sort_key() {
        return a.cmp(b);
    }
    let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
    order.compare(text(a), text(b)).unwrap_or_else(|_| a.cmp(b))
}

/// Names that an ecosystem holds for equal have one key: PyPI's, by PEP 503.
fn package_key<'a>(ecosystem: &str, package: &'a str) -> Cow<'a, str> {
    if ecosystem != "PyPI" {
        return Cow::Borrowed(package);
    }
    let mut name = String::with_capacity(package.len());
    for part in package.split(['-', '_', '.']).filter(|part| !part.is_empty()) {
        if !name.is_empty() {
            name.push('-');
        }
        name.push_str(&part.to_lowercase());
    }
    Cow::Owned(name)
}
