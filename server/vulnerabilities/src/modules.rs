//! Module streams of AlmaLinux and Rocky Linux.
//!
//! A module ships several lines of one package side by side (`nodejs:16`, `nodejs:18`), each mended by errata of its own, and
//! OSV's records do not name the stream: read plainly, an erratum that mends 18.14 would say that every 16 is broken. What
//! there is: a build of a module has `.module_el` in its release, and an erratum names module and stream in its summary. So
//!
//! * an erratum of a module does not speak of a package that is no build of a module;
//! * where the mending version follows the stream (18.14 of stream 18), it does not speak of a version that does not (16.19).
//!
//! Where the version does not follow the stream (`galera` 25.3 of `mariadb:10.3`, streams like `rhel8`) nothing tells, and the
//! order of versions alone decides: rather one row too many.

use crate::advisory::{Affected, Event};

/// What an erratum of a module asks of a version before it speaks of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Module {
    /// The stream, where its versions follow it.
    stream: Option<Box<str>>,
}

impl Module {
    /// The module of an erratum's package; nothing where what mends it is no build of a module.
    pub(crate) fn of(summary: Option<&str>, affected: &Affected) -> Option<Self> {
        let mending = || {
            let events = affected.ranges.iter().flat_map(|range| &range.events);
            events.filter_map(|event| if let Event::Fixed(version) = event { Some(version.as_str()) } else { None })
        };
        if mending().next().is_none() || !mending().all(is_build_of_module) {
            return None;
        }
        let stream = streams(summary.unwrap_or_default()).find(|stream| mending().all(|version| follows(version, stream)));
        Some(Self { stream: stream.map(Into::into) })
    }

    /// Whether the erratum can be about a version.
    pub(crate) fn speaks_of(&self, version: &str) -> bool {
        is_build_of_module(version) && self.stream.as_ref().is_none_or(|stream| follows(version, stream))
    }
}

fn is_build_of_module(version: &str) -> bool {
    version.contains(".module_el") || version.contains(".module+el")
}

/// The streams that a summary names: `18` of `Important: nodejs:18 security update`.
fn streams(summary: &str) -> impl Iterator<Item = &str> {
    summary.split_ascii_whitespace().filter_map(|word| {
        let (module, stream) = word.trim_end_matches(',').split_once(':')?;
        (!module.is_empty() && !stream.is_empty() && !stream.contains(':')).then_some(stream)
    })
}

/// Whether a version is of the line that a stream names: 18.14.2 and 18, but not 180.1.
fn follows(version: &str, stream: &str) -> bool {
    let version = version.split_once(':').map_or(version, |(_epoch, version)| version);
    let rest = version.strip_prefix(stream);
    stream.starts_with(|first: char| first.is_ascii_digit()) && rest.is_some_and(|rest| rest.starts_with(['.', '-', '+', '~', '^']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisory::Range;

    fn module(summary: &str, fixed: &str) -> Option<Module> {
        let ranges = vec![Range { events: vec![Event::Introduced("0".into()), Event::Fixed(fixed.into())] }];
        let affected = Affected { ecosystem: "AlmaLinux:8".into(), package: "p".into(), ranges, versions: Vec::new(), urgency: None };
        Module::of(Some(summary), &affected)
    }

    #[test]
    fn an_erratum_of_a_stream_does_not_speak_of_another_one() {
        let nodejs = module("Important: nodejs:18 security update", "1:18.14.2-2.module_el8.7.0+3445+2d6a6d2e").expect("a module");
        for (version, expected) in [
            ("1:18.9.1-1.module_el8.7.0+3370+dd0cb8ad", true),
            ("1:16.19.1-1.module_el8.7.0+3445+2d6a6d2e", false),
            ("1:180.1-1.module_el8.7.0+1+1", false),
            ("1:18.9.1-1nodesource", false),
        ] {
            assert_eq!(nodejs.speaks_of(version), expected, "{version}");
        }
    }

    #[test]
    fn where_versions_do_not_follow_the_stream_only_their_order_decides() {
        for (summary, fixed) in [
            ("Moderate: mariadb:10.3 security, bug fix, and enhancement update", "25.3.35-1.module_el8.6.0+3072+3c630e87"),
            ("Important: container-tools:rhel8 security update", "2:4.4.1-12.module_el8.8.0+3468+16b86c82"),
            ("Important: something else", "1.0-1.module+el8.4.0+570+c2eaf144"),
        ] {
            let module = module(summary, fixed).expect("a module");
            assert!(module.speaks_of("1.0-1.module_el8.3.0+1+1") && !module.speaks_of("1.0-1.el8"), "{summary}");
        }
    }

    #[test]
    fn what_is_no_build_of_a_module_asks_nothing() {
        assert_eq!(module("Important: openssl security update", "1:3.0.7-28.el9_4"), None);
        assert_eq!(module("Moderate: python38:3.8 and python38-devel:3.8 security update", "8.4-1"), None);
    }
}
