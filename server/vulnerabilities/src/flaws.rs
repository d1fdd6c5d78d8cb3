//! The flaws of one version, each once, however many advisories name it.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::matcher::{AdvisorySet, Answer, Head};
use crate::profile::{NotCovered, Profile};
use crate::severity::Rating;

/// A flaw of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionFlaw {
    /// The CVE; the advisory's id where it names none.
    pub cve: Arc<str>,
    /// The version that mends it for every advisory that names one; absent where none does.
    pub fixed_version: Option<Arc<str>>,
    /// The gravest rating of its advisories.
    pub rating: Rating,
    /// The advisories that concern the version.
    pub advisories: Vec<Arc<Head>>,
}

/// The flaws of a version, sorted. `package` and `version` are as the profile names them.
///
/// Where several advisories name a flaw, only the highest of their mending versions mends it for all of them.
///
/// # Errors
/// Nothing can be said about the version.
pub fn flaws_of_version(advisories: &AdvisorySet, profile: &Profile, package: &str, version: &str) -> Result<Vec<VersionFlaw>, NotCovered> {
    let matches = match advisories.answer(profile, package, version) {
        Answer::Affected(matches) => matches,
        Answer::NotAffected => return Ok(Vec::new()),
        Answer::NotCovered(reason) => return Err(reason),
    };
    let mut flaws: BTreeMap<Arc<str>, VersionFlaw> = BTreeMap::new();
    for found in matches {
        for cve in &found.advisory.vulnerabilities {
            let flaw = flaws.entry(Arc::clone(cve)).or_insert_with(|| VersionFlaw {
                cve: Arc::clone(cve),
                fixed_version: None,
                rating: Rating::Unknown,
                advisories: Vec::new(),
            });
            flaw.rating = flaw.rating.max(found.rating);
            flaw.advisories.push(Arc::clone(found.advisory));
            if is_higher(profile, flaw.fixed_version.as_deref(), found.fixed_version) {
                flaw.fixed_version = found.fixed_version.map(Into::into);
            }
        }
    }
    Ok(flaws.into_values().collect())
}

fn is_higher(profile: &Profile, known: Option<&str>, fixed: Option<&str>) -> bool {
    match (known, fixed) {
        (Some(known), Some(fixed)) => profile.order.compare(fixed, known).is_ok_and(Ordering::is_gt),
        (None, fixed) => fixed.is_some(),
        (Some(_), None) => false,
    }
}
