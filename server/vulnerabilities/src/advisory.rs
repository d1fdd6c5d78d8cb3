//! An advisory: what one publisher says about one flaw, or about one update that mends several.

use serde::{Deserialize, Serialize};
use wire::Timestamp;

use crate::cve::Cve;
use crate::severity::{Rating, Severity};

/// An advisory, as kept in the master.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advisory {
    /// The publisher's id, as in `RUSTSEC-2020-0040`.
    pub id: String,
    /// Other ids of the same flaw.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Ids of the flaws that this record says something about for its own ecosystem: `DEBIAN-CVE-2024-1` about `CVE-2024-1`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub upstream: Vec<String>,
    /// Ids of flaws that it has to do with: what an erratum mends, or mere neighbours; see [`Advisory::vulnerabilities`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
    /// One line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The text, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// When it was last changed; absent where the publisher leaves its tool's zero value (year 0001).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// When it was taken back; it then matches nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Timestamp>,
    /// CVSS vectors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severity: Vec<Severity>,
    /// The publisher's own rating, where it states one.
    #[serde(default)]
    pub stated_rating: Rating,
    /// Where to read more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
    /// Which packages it concerns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affected: Vec<Affected>,
}

/// Where to read more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The kind, as in `FIX`.
    pub kind: String,
    /// The address.
    pub url: String,
}

/// A package that an advisory concerns, and its affected versions: those in any range or in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// The ecosystem with its release, as in `Debian:12`.
    pub ecosystem: String,
    /// The package's name in that ecosystem.
    pub package: String,
    /// Ranges in the ecosystem's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<Range>,
    /// Single versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
    /// What the distribution says of the flaw in its package, where it says something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
}

/// Debian's word on a flaw in its own package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// Not a problem of the binary packages: code that is not built, an example, a matter of taste.
    Unimportant,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
}

impl Urgency {
    /// The urgency of a publisher's word; other words (`not yet assigned`, `end-of-life`) say nothing of how grave it is.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "unimportant" => Some(Self::Unimportant),
            "low" => Some(Self::Low),
            "medium" => Some(Self::Medium),
            "high" => Some(Self::High),
            _ => None,
        }
    }

    /// How grave the flaw is in this package, where it is rated like this in general: what the distribution finds
    /// unimportant is low whatever the vector says; else the vector is the finer word.
    #[must_use]
    pub const fn rating(self, in_general: Rating) -> Rating {
        match (self, in_general) {
            (Self::Unimportant, _) | (Self::Low, Rating::Unknown) => Rating::Low,
            (Self::Medium, Rating::Unknown) => Rating::Medium,
            (Self::High, Rating::Unknown) => Rating::High,
            (Self::Low | Self::Medium | Self::High, known) => known,
        }
    }
}

/// Events along the ecosystem's order of versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The events, as published: not necessarily sorted.
    pub events: Vec<Event>,
}

/// Where a range opens or closes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// Affected from this version; `0` is before every version.
    Introduced(String),
    /// Mended in this version.
    Fixed(String),
    /// The last affected version.
    LastAffected(String),
    /// The range says nothing from this version on.
    Limit(String),
}

impl Event {
    /// The version at which it happens.
    #[must_use]
    pub fn version(&self) -> &str {
        match self {
            Self::Introduced(version) | Self::Fixed(version) | Self::LastAffected(version) | Self::Limit(version) => version,
        }
    }
}

/// Publishers whose record is an *update*: the flaws that it mends stand in `related`, because an update is no alias of
/// a flaw.
const ERRATUM_PREFIXES: [&str; 12] =
    ["ALSA-", "ALBA-", "ALEA-", "RLSA-", "RXSA-", "RHSA-", "RHBA-", "RHEA-", "DSA-", "DLA-", "USN-", "SUSE-"];
/// Of these, the ones that mend something else than security: bugs, wishes.
const OTHER_ERRATUM_PREFIXES: [&str; 7] = ["ALBA-", "ALEA-", "RHBA-", "RHEA-", "SUSE-RU-", "SUSE-FU-", "SUSE-OU-"];

impl Advisory {
    /// The flaws that this advisory is about, each once, in its own order: its CVE ids; or, where it names none, its own
    /// id, as security is mended before a number is given out. A bug fix or an enhancement that names no CVE is about none.
    #[must_use]
    pub fn vulnerabilities(&self) -> Vec<&str> {
        let is_erratum = ERRATUM_PREFIXES.iter().any(|prefix| self.id.starts_with(prefix));
        let related: &[String] = if is_erratum { &self.related } else { &[] };
        let mut cves: Vec<&str> = Vec::new();
        for id in std::iter::once(&self.id).chain(&self.aliases).chain(&self.upstream).chain(related) {
            if id.parse::<Cve>().is_ok() && !cves.contains(&id.as_str()) {
                cves.push(id);
            }
        }
        if cves.is_empty() && !OTHER_ERRATUM_PREFIXES.iter().any(|prefix| self.id.starts_with(prefix)) {
            cves.push(&self.id);
        }
        cves
    }

    /// The gravest rating that its vectors give; else the publisher's own, which Ubuntu states where others have a vector.
    #[must_use]
    pub fn rating(&self) -> Rating {
        let of_vectors = self.severity.iter().filter_map(Severity::base_score).map(Rating::of_score).max();
        let of_words =
            self.severity.iter().filter(|severity| severity.kind == "Ubuntu").map(|severity| Rating::of_word(&severity.score)).max();
        of_vectors.or(of_words).unwrap_or(self.stated_rating)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advisory(id: &str, aliases: &[&str], related: &[&str]) -> Advisory {
        let owned = |ids: &[&str]| ids.iter().map(ToString::to_string).collect();
        Advisory { id: id.into(), aliases: owned(aliases), related: owned(related), ..Advisory::default() }
    }

    #[test]
    fn an_advisory_is_about_its_cves_or_else_itself() {
        assert_eq!(advisory("RUSTSEC-2020-1", &["GHSA-x", "CVE-2020-1234"], &["CVE-2020-9999"]).vulnerabilities(), ["CVE-2020-1234"]);
        assert_eq!(advisory("CVE-2020-1234", &["CVE-2020-1234"], &[]).vulnerabilities(), ["CVE-2020-1234"]);
        assert_eq!(advisory("RUSTSEC-2020-1", &["GHSA-x"], &[]).vulnerabilities(), ["RUSTSEC-2020-1"]);
    }

    #[test]
    fn an_erratum_is_about_the_cves_that_it_mends_and_a_bug_fix_about_none() {
        assert_eq!(advisory("ALSA-2025:1", &[], &["CVE-2025-1111", "CVE-2025-2222"]).vulnerabilities(), ["CVE-2025-1111", "CVE-2025-2222"]);
        for bug_fix in ["ALBA-2025:1", "RHEA-2025:1", "SUSE-RU-2025:1"] {
            assert!(advisory(bug_fix, &[], &[]).vulnerabilities().is_empty());
        }
        for security in ["ALSA-2025:1", "DSA-5000-1", "USN-7000-1", "SUSE-SU-2025:1"] {
            assert_eq!(advisory(security, &[], &[]).vulnerabilities(), [security]);
        }
    }

    #[test]
    fn a_distributions_record_is_about_the_flaw_upstream() {
        let mut advisory = advisory("DEBIAN-CVE-2024-1234", &[], &["CVE-2024-9999"]);
        advisory.upstream.push("CVE-2024-1234".into());
        assert_eq!(advisory.vulnerabilities(), ["CVE-2024-1234"]);
    }

    #[test]
    fn a_vector_decides_before_the_publishers_word() {
        let mut advisory = advisory("X-1", &[], &[]);
        assert_eq!(advisory.rating(), Rating::Unknown);
        advisory.stated_rating = Rating::Low;
        assert_eq!(advisory.rating(), Rating::Low);
        advisory.severity.push(Severity { kind: "Ubuntu".into(), score: "medium".into() });
        assert_eq!(advisory.rating(), Rating::Medium);
        advisory.severity.push(Severity { kind: "CVSS_V3".into(), score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into() });
        assert_eq!(advisory.rating(), Rating::Critical);
    }

    #[test]
    fn what_a_distribution_finds_unimportant_is_low_and_its_other_words_fill_a_gap_only() {
        let of = |word| Urgency::of_word(word).map(|urgency| (urgency.rating(Rating::Critical), urgency.rating(Rating::Unknown)));
        assert_eq!(of("unimportant"), Some((Rating::Low, Rating::Low)));
        assert_eq!(of("high"), Some((Rating::Critical, Rating::High)));
        assert_eq!(of("end-of-life"), None);
    }
}
