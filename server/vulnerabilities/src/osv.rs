//! OSV records (<https://ossf.github.io/osv-schema/>), in JSON and in YAML.
//!
//! Publishers stretch the schema: RustSec writes `schema_version: null`, Go says `modified` in the year 0001, empty lists
//! may be null, a field may be missing. All of that is read. What would make a match wrong is refused: an end of a range
//! that its ecosystem cannot order, a range that nothing opens, a package without any version, a JSON number where a
//! version's text should be (`1.10` is 1.1), a record without an id. Single versions that cannot be ordered are kept: they
//! match as texts. Ranges of Git commits match no installed package and are left out; so are single versions that a range
//! holds anyway.

use serde::Deserialize;
use versions::Ecosystem;
use wire::Timestamp;

use crate::advisory::{Advisory, Affected, Event, Range, Reference, Urgency};
use crate::document::{RecordRefusal, excerpt};
use crate::matcher::drop_redundant_versions;
use crate::profile::order_of;
use crate::severity::{Rating, Severity};

/// Longest id, in bytes.
pub const ID_BYTES_MAX: usize = 128;
/// Most aliases, related ids and references each.
pub const IDS_MAX: usize = 4_096;
/// Most packages of one advisory; an AlmaLinux erratum of a kernel names about 100.
pub const AFFECTED_MAX: usize = 20_000;
/// Most events of all ranges, and most single versions, of one package.
pub const VERSIONS_MAX: usize = 100_000;
/// Before this year a time is a tool's zero value, not a date.
const YEAR_FIRST: &str = "1970-01-01T00:00:00Z";

/// As published. Everything is optional here, so that the reason for a refusal can be given in our own words.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Raw {
    id: Option<String>,
    modified: Option<String>,
    published: Option<String>,
    withdrawn: Option<String>,
    aliases: Option<Vec<String>>,
    related: Option<Vec<String>>,
    upstream: Option<Vec<String>>,
    summary: Option<String>,
    details: Option<String>,
    severity: Option<Vec<RawSeverity>>,
    affected: Option<Vec<RawAffected>>,
    references: Option<Vec<RawReference>>,
    database_specific: Option<RawDatabase>,
}

#[derive(Debug, Deserialize)]
struct RawSeverity {
    #[serde(rename = "type")]
    kind: String,
    score: String,
}

#[derive(Debug, Deserialize)]
struct RawReference {
    #[serde(rename = "type")]
    kind: Option<String>,
    url: String,
}

#[derive(Debug, Default, Deserialize)]
struct RawDatabase {
    #[serde(default, deserialize_with = "text_or_nothing")]
    severity: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawAffected {
    package: Option<RawPackage>,
    ranges: Option<Vec<RawRange>>,
    versions: Option<Vec<String>>,
    severity: Option<Vec<RawSeverity>>,
    ecosystem_specific: Option<RawEcosystem>,
}

#[derive(Debug, Default, Deserialize)]
struct RawEcosystem {
    #[serde(default, deserialize_with = "text_or_nothing")]
    urgency: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawPackage {
    ecosystem: String,
    name: String,
    purl: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawRange {
    #[serde(rename = "type")]
    kind: String,
    events: Option<Vec<RawEvent>>,
}

#[derive(Debug, Deserialize)]
struct RawEvent {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
    limit: Option<String>,
}

impl Raw {
    /// Whether it is an OSV record at all: the schema requires these two.
    pub(crate) const fn is_osv(&self) -> bool {
        self.id.is_some() && self.modified.is_some()
    }

    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

impl TryFrom<Raw> for Advisory {
    type Error = RecordRefusal;

    fn try_from(raw: Raw) -> Result<Self, RecordRefusal> {
        let id = raw.id.ok_or(RecordRefusal::Missing { field: "id" })?;
        check_id(&id)?;
        let modified = raw.modified.ok_or(RecordRefusal::Missing { field: "modified" })?;
        let aliases = ids("aliases", raw.aliases)?;
        let related = ids("related", raw.related)?;
        let upstream = ids("upstream", raw.upstream)?;
        let raw_affected = limited("affected", raw.affected, AFFECTED_MAX)?;
        let mut severity: Vec<Severity> = raw.severity.unwrap_or_default().into_iter().map(Severity::from).collect();
        let mut affected = Vec::with_capacity(raw_affected.len());
        for each in raw_affected {
            push_vectors(&mut severity, each.severity.as_deref().unwrap_or_default());
            affected.extend(affected_of(each, raw.withdrawn.is_some())?);
        }
        let stated = raw.database_specific.and_then(|database| database.severity);
        Ok(Self {
            stated_rating: stated_rating(stated.as_deref(), raw.summary.as_deref()),
            published: time("published", raw.published)?,
            modified: time("modified", Some(modified))?,
            withdrawn: time("withdrawn", raw.withdrawn)?,
            references: limited("references", raw.references, IDS_MAX)?.into_iter().map(Reference::from).collect(),
            summary: raw.summary.filter(|text| !text.is_empty()),
            details: raw.details.filter(|text| !text.is_empty()),
            id,
            aliases,
            upstream,
            related,
            severity,
            affected,
        })
    }
}

fn check_id(id: &str) -> Result<(), RecordRefusal> {
    if id.is_empty() || id.len() > ID_BYTES_MAX || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(RecordRefusal::Id { text: excerpt(id) });
    }
    Ok(())
}

fn ids(field: &'static str, ids: Option<Vec<String>>) -> Result<Vec<String>, RecordRefusal> {
    let ids = limited(field, ids, IDS_MAX)?;
    ids.iter().try_for_each(|id| check_id(id))?;
    Ok(ids)
}

fn limited<T>(field: &'static str, list: Option<Vec<T>>, limit: usize) -> Result<Vec<T>, RecordRefusal> {
    let list = list.unwrap_or_default();
    if list.len() > limit { Err(RecordRefusal::TooMany { field, limit }) } else { Ok(list) }
}

fn time(field: &'static str, text: Option<String>) -> Result<Option<Timestamp>, RecordRefusal> {
    let Some(text) = text else { return Ok(None) };
    let time: Timestamp = text.parse().map_err(|_| RecordRefusal::Date { field })?;
    Ok(Some(time).filter(|time| YEAR_FIRST.parse().is_ok_and(|first| *time >= first)))
}

/// What the publisher states: in `database_specific`, or as AlmaLinux does, before the colon of the summary.
fn stated_rating(stated: Option<&str>, summary: Option<&str>) -> Rating {
    let of_summary = summary.and_then(|summary| summary.split_once(':')).map(|(word, _)| word);
    stated.or(of_summary).map_or(Rating::Unknown, Rating::of_word)
}

fn push_vectors(severity: &mut Vec<Severity>, more: &[RawSeverity]) {
    for each in more {
        if !severity.iter().any(|known| known.score == each.score) {
            severity.push(Severity { kind: each.kind.clone(), score: each.score.clone() });
        }
    }
}

/// The package with its ranges; nothing where no package is named, or one without a version in a record that is withdrawn
/// anyway.
fn affected_of(raw: RawAffected, is_withdrawn: bool) -> Result<Option<Affected>, RecordRefusal> {
    let Some(RawPackage { ecosystem, name, purl }) = raw.package else { return Ok(None) };
    if ecosystem.is_empty() || name.is_empty() || name.len() > wire::state::STATE_TEXT_BYTES_MAX {
        return Err(RecordRefusal::Package { text: excerpt(&name) });
    }
    let mut ranges = Vec::new();
    let mut events_total = 0;
    let mut names_commits = false;
    for range in raw.ranges.unwrap_or_default() {
        let events = range.events.unwrap_or_default();
        names_commits |= range.kind == "GIT";
        if range.kind == "GIT" || events.is_empty() {
            continue;
        }
        events_total += events.len();
        if events_total > VERSIONS_MAX {
            return Err(RecordRefusal::TooMany { field: "events", limit: VERSIONS_MAX });
        }
        let mut events = events.into_iter().map(Event::try_from).collect::<Result<Vec<_>, _>>()?;
        if let Some(epoch) = purl.as_deref().filter(|_| order_of(&ecosystem) == Some(Ecosystem::Rpm)).and_then(epoch_of) {
            events.iter_mut().for_each(|event| with_epoch(event, epoch));
        }
        check_versions(&ecosystem, &name, &events)?;
        if !events.iter().any(|event| matches!(event, Event::Introduced(_))) {
            return Err(RecordRefusal::RangeNotOpened { package: excerpt(&name) });
        }
        ranges.push(Range { events });
    }
    let versions = limited("versions", raw.versions, VERSIONS_MAX)?;
    if ranges.is_empty() && versions.is_empty() && !names_commits {
        return if is_withdrawn { Ok(None) } else { Err(RecordRefusal::NoVersion { package: excerpt(&name) }) };
    }
    let urgency = raw.ecosystem_specific.and_then(|specific| specific.urgency).as_deref().and_then(Urgency::of_word);
    let mut affected = Affected { ecosystem, package: name, ranges, versions, urgency };
    drop_redundant_versions(&mut affected);
    Ok(Some(affected))
}

/// The epoch in a package's address, `pkg:rpm/rocky-linux/openssl?distro=rocky-linux-9&epoch=1`, where it counts.
fn epoch_of(purl: &str) -> Option<&str> {
    let (_, qualifiers) = purl.split_once('?')?;
    let qualifiers = qualifiers.split('#').next().unwrap_or(qualifiers);
    let epoch = qualifiers.split('&').find_map(|qualifier| qualifier.strip_prefix("epoch="))?;
    (epoch != "0" && !epoch.is_empty() && epoch.bytes().all(|byte| byte.is_ascii_digit())).then_some(epoch)
}

/// Rocky Linux once wrote the epoch there only: a version without it would come before every installed one.
fn with_epoch(event: &mut Event, epoch: &str) {
    let (Event::Introduced(version) | Event::Fixed(version) | Event::LastAffected(version) | Event::Limit(version)) = event;
    if !version.contains(':') && !matches!(version.as_str(), "0" | "*") {
        version.insert_str(0, &format!("{epoch}:"));
    }
}

/// A range whose ends cannot be ordered would match wrongly or never.
fn check_versions(ecosystem: &str, package: &str, events: &[Event]) -> Result<(), RecordRefusal> {
    let Some(order) = order_of(ecosystem) else { return Ok(()) };
    for event in events {
        let version = event.version();
        let is_start = matches!(event, Event::Introduced(version) if version == "0");
        let is_no_limit = matches!(event, Event::Limit(version) if version == "*");
        if !is_start && !is_no_limit && order.compare(version, version).is_err() {
            return Err(RecordRefusal::Version { package: excerpt(package), version: excerpt(version) });
        }
    }
    Ok(())
}

impl TryFrom<RawEvent> for Event {
    type Error = RecordRefusal;

    fn try_from(raw: RawEvent) -> Result<Self, RecordRefusal> {
        match (raw.introduced, raw.fixed, raw.last_affected, raw.limit) {
            (Some(version), None, None, None) => Ok(Self::Introduced(version)),
            (None, Some(version), None, None) => Ok(Self::Fixed(version)),
            (None, None, Some(version), None) => Ok(Self::LastAffected(version)),
            (None, None, None, Some(version)) => Ok(Self::Limit(version)),
            _ => Err(RecordRefusal::Event),
        }
    }
}

impl From<RawSeverity> for Severity {
    fn from(raw: RawSeverity) -> Self {
        Self { kind: raw.kind, score: raw.score }
    }
}

impl From<RawReference> for Reference {
    fn from(raw: RawReference) -> Self {
        Self { kind: raw.kind.unwrap_or_else(|| "WEB".to_owned()), url: raw.url }
    }
}

/// `database_specific` is anybody's: a severity that is no text is none that we know.
fn text_or_nothing<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Any {
        Text(String),
        Other(serde::de::IgnoredAny),
    }
    Ok(match Any::deserialize(deserializer)? {
        Any::Text(text) => Some(text),
        Any::Other(_) => None,
    })
}
