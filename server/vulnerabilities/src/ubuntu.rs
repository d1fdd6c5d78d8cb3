//! Ubuntu's releases, as OSV names them.
//!
//! One release has several names: `Ubuntu:26.04` until it counts as a long-term one, then `Ubuntu:26.04:LTS`, and
//! `Ubuntu:Pro:20.04:LTS` for what its paid archive (ESM) mends. After a release's free years *all* of its records are of that
//! last kind, and between, a record may say "no fix" of the release and name a fix of its paid archive. A host of the release
//! is meant by each of them, subscribed or not; so they are one, and of two words on one package that one counts which names
//! a fix. Builds of their own (FIPS, Realtime, BlueField) stay apart: nothing tells which hosts have them.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::advisory::{Advisory, Affected, Event};

/// The one name of a release; every other ecosystem's own name.
pub(crate) fn release_name(ecosystem: &str) -> Cow<'_, str> {
    version_of(ecosystem).map_or(Cow::Borrowed(ecosystem), |(version, _)| Cow::Owned(name_of(version)))
}

/// A release's name: long-term releases (April of even years) have a mark.
pub(crate) fn name_of(version: &str) -> String {
    let is_long_term =
        version.split_once('.').is_some_and(|(year, month)| month == "04" && year.parse::<u32>().is_ok_and(|year| year % 2 == 0));
    if is_long_term { format!("Ubuntu:{version}:LTS") } else { format!("Ubuntu:{version}") }
}

/// The version of one of Ubuntu's own releases, and whether its paid archive is meant.
fn version_of(ecosystem: &str) -> Option<(&str, bool)> {
    let rest = ecosystem.strip_prefix("Ubuntu:")?;
    let (rest, is_paid) = rest.strip_prefix("Pro:").map_or((rest, false), |rest| (rest, true));
    let version = rest.strip_suffix(":LTS").unwrap_or(rest);
    let is_version = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_version.then_some((version, is_paid))
}

/// What an advisory says of packages of which both archives of a release have a word.
pub(crate) struct Archives<'a>(HashMap<(&'a str, &'a str), Said>);

#[derive(Clone, Copy, Default)]
struct Said {
    /// The release's own archive has a fix.
    is_mended_for_free: bool,
    /// The paid one is named.
    is_paid_named: bool,
}

impl<'a> Archives<'a> {
    pub(crate) fn of(advisory: &'a Advisory) -> Self {
        let mut said: HashMap<(&str, &str), Said> = HashMap::new();
        for affected in &advisory.affected {
            if let Some((version, is_paid)) = version_of(&affected.ecosystem) {
                let said = said.entry((version, &affected.package)).or_default();
                said.is_paid_named |= is_paid;
                said.is_mended_for_free |= !is_paid && is_mended(affected);
            }
        }
        Self(said)
    }

    /// Whether an entry counts beside the others of its advisory.
    pub(crate) fn counts(&self, affected: &Affected) -> bool {
        let Some((version, is_paid)) = version_of(&affected.ecosystem) else { return true };
        let said = self.0.get(&(version, affected.package.as_str())).copied().unwrap_or_default();
        if is_paid { !said.is_mended_for_free } else { said.is_mended_for_free || !said.is_paid_named }
    }
}

fn is_mended(affected: &Affected) -> bool {
    affected.ranges.iter().flat_map(|range| &range.events).any(|event| matches!(event, Event::Fixed(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_a_release_are_one_and_builds_of_their_own_stay_apart() {
        for (name, expected) in [
            ("Ubuntu:22.04:LTS", "Ubuntu:22.04:LTS"),
            ("Ubuntu:22.04", "Ubuntu:22.04:LTS"),
            ("Ubuntu:Pro:20.04:LTS", "Ubuntu:20.04:LTS"),
            ("Ubuntu:25.10", "Ubuntu:25.10"),
            ("Ubuntu:Pro:FIPS:20.04:LTS", "Ubuntu:Pro:FIPS:20.04:LTS"),
            ("Ubuntu:Pro:22.04:LTS:Realtime:Kernel", "Ubuntu:Pro:22.04:LTS:Realtime:Kernel"),
            ("Ubuntu:22.04:LTS:for:NVIDIA:BlueField", "Ubuntu:22.04:LTS:for:NVIDIA:BlueField"),
            ("Debian:12", "Debian:12"),
        ] {
            assert_eq!(release_name(name), expected);
        }
    }
}
