//! Which versions an advisory concerns.

use proptest::prelude::*;
use versions::Ecosystem;
use vulnerabilities::advisory::{Advisory, Affected, Event, Range};
use vulnerabilities::matcher::{AdvisorySet, Answer};
use vulnerabilities::profile::{Names, NotCovered, Profile};
use wire::Timestamp;

fn debian() -> Profile {
    Profile { ecosystem: "Debian:12".into(), order: Ecosystem::Deb, names: Names::Source }
}

fn advisory(id: &str, ecosystem: &str, events: Vec<Event>, versions: &[&str]) -> Advisory {
    let affected = Affected {
        ecosystem: ecosystem.into(),
        package: "p".into(),
        ranges: vec![Range { events }],
        versions: versions.iter().map(ToString::to_string).collect(),
    };
    Advisory { id: id.into(), affected: vec![affected], ..Advisory::default() }
}

fn introduced(version: &str) -> Event {
    Event::Introduced(version.into())
}

fn fixed(version: &str) -> Event {
    Event::Fixed(version.into())
}

/// `!` not affected, `?` affected without a mending version, else that version.
fn verdict(set: &AdvisorySet, profile: &Profile, version: &str) -> String {
    match set.answer(profile, "p", version) {
        Answer::Affected(matches) => matches.iter().map(|found| found.fixed_version.unwrap_or("?")).collect::<Vec<_>>().join(" "),
        Answer::NotAffected => "!".into(),
        Answer::NotCovered(reason) => reason.name().into(),
    }
}

fn verdicts(events: Vec<Event>, versions: &[&str], asked: &[&str]) -> String {
    let set = AdvisorySet::of([advisory("X-1", "Debian:12", events, versions)]);
    asked.iter().map(|version| verdict(&set, &debian(), version)).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_range_is_closed_below_and_open_above() {
    assert_eq!(verdicts(vec![introduced("0"), fixed("2-1")], &[], &["0~", "1-1", "2-1~", "2-1", "3"]), "2-1 2-1 2-1 ! !");
    assert_eq!(verdicts(vec![introduced("1-1"), fixed("2-1")], &[], &["1-1~", "1-1", "2-1"]), "! 2-1 !");
    assert_eq!(verdicts(vec![introduced("1")], &[], &["0.9", "1", "99"]), "! ? ?");
    assert_eq!(verdicts(vec![introduced("1"), Event::LastAffected("2".into())], &[], &["1", "2", "2.1"]), "? ? !");
    assert_eq!(verdicts(vec![introduced("1"), Event::Limit("2".into())], &[], &["1", "2"]), "? !");
    assert_eq!(verdicts(vec![introduced("0"), Event::Limit("*".into())], &[], &["1"]), "?");
}

#[test]
fn several_intervals_each_have_their_own_mending_version() {
    let events = vec![fixed("6"), introduced("5"), introduced("0"), fixed("2"), introduced("8")];
    assert_eq!(verdicts(events, &[], &["1", "2", "5", "6", "7", "8", "9"]), "2 ! 6 ! ! ? ?");
}

#[test]
fn a_range_that_closes_and_opens_at_one_version_goes_on_and_one_that_opens_and_closes_there_is_empty() {
    assert_eq!(verdicts(vec![introduced("1"), fixed("2"), introduced("2"), fixed("3")], &[], &["1", "2", "3"]), "2 3 !");
    assert_eq!(verdicts(vec![introduced("2"), fixed("2")], &[], &["1", "2", "3"]), "! ! !");
    assert_eq!(verdicts(vec![introduced("2"), Event::LastAffected("2".into())], &[], &["1", "2", "3"]), "! ? !");
}

#[test]
fn a_listed_version_is_affected_beside_the_ranges() {
    assert_eq!(verdicts(vec![introduced("5"), fixed("6")], &["1-1", "5.5"], &["1-1", "1-1.0", "0:1-1", "1-2", "5.5"]), "? ! ? ! 6");
}

#[test]
fn silence_is_never_an_answer() {
    let set = AdvisorySet::of([advisory("X-1", "Debian:12", vec![introduced("0")], &[])]);
    let debian13 = Profile { ecosystem: "Debian:13".into(), ..debian() };
    assert_eq!(set.answer(&debian13, "p", "1"), Answer::NotCovered(NotCovered::NoAdvisories { ecosystem: "Debian:13".into() }));
    assert_eq!(set.answer(&debian(), "p", "not a version"), Answer::NotCovered(NotCovered::VersionNotRead));
    assert_eq!(set.answer(&debian(), "other", "1"), Answer::NotAffected);
    assert_eq!(AdvisorySet::default().ecosystems(), Vec::<&str>::new());
}

#[test]
fn of_two_records_with_one_id_the_last_changed_counts() {
    let with = |seconds, end| Advisory {
        modified: Some(Timestamp::from_seconds(seconds)),
        ..advisory("X-1", "Debian:12", vec![introduced("0"), fixed(end)], &[])
    };
    for order in [[with(1, "2"), with(2, "3")], [with(2, "3"), with(1, "2")]] {
        let set = AdvisorySet::of(order);
        assert_eq!((verdict(&set, &debian(), "1").as_str(), set.len()), ("3", 1));
    }
    let set = AdvisorySet::of([with(1, "2"), with(1, "2")]);
    assert_eq!(verdict(&set, &debian(), "1"), "2");
}

#[test]
fn a_withdrawn_advisory_and_a_bug_fix_concern_nothing_but_their_ecosystem_is_covered() {
    let withdrawn = Advisory { withdrawn: Some(Timestamp::from_seconds(1)), ..advisory("X-1", "Debian:12", vec![introduced("0")], &[]) };
    assert_eq!(verdict(&AdvisorySet::of([withdrawn]), &debian(), "1"), "!");
    let bug_fix = advisory("ALBA-2024:1", "AlmaLinux:9", vec![introduced("0")], &[]);
    let alma = Profile { ecosystem: "AlmaLinux:9".into(), order: Ecosystem::Rpm, names: Names::Binary };
    assert_eq!(verdict(&AdvisorySet::of([bug_fix]), &alma, "1"), "!");
}

#[test]
fn pypi_names_are_equal_as_pep_503_says_and_maven_is_matched_without_keys() {
    let mut python = advisory("X-1", "PyPI", vec![introduced("0"), fixed("2")], &["3.dev1"]);
    python.affected[0].package = "Foo_Bar.baz".into();
    let profile = Profile { ecosystem: "PyPI".into(), order: Ecosystem::Pep440, names: Names::Source };
    let set = AdvisorySet::of([python]);
    for version in ["1.0", "3.0.dev1"] {
        assert!(matches!(set.answer(&profile, "foo-bar--BAZ", version), Answer::Affected(_)), "{version}");
    }
    let maven = AdvisorySet::of([advisory("X-1", "Maven", vec![introduced("1-rc1"), fixed("1-final")], &["4-ga"])]);
    let profile = Profile { ecosystem: "Maven".into(), order: Ecosystem::Maven, names: Names::Source };
    let found: Vec<String> = ["1-beta", "1-cr2", "1", "4"].iter().map(|version| verdict(&maven, &profile, version)).collect();
    assert_eq!(found, ["!", "1-final", "!", "?"]);
}

proptest! {
    /// Intervals against OSV's evaluation algorithm, written down as the schema has it.
    #[test]
    fn intervals_agree_with_osvs_algorithm(points in proptest::collection::btree_set(0_u32..40, 1..6), first_open in any::<bool>(), last in any::<bool>(), asked in 0_u32..42) {
        let mut open = first_open;
        let mut events = Vec::new();
        for point in &points {
            let version = point.to_string();
            events.push(match (open, last) {
                (true, _) if *point == 0 => introduced("0"),
                (true, _) => introduced(&version),
                (false, true) => Event::LastAffected(version),
                (false, false) => fixed(&version),
            });
            open = !open;
        }
        let mut affected = false;
        for event in &events {
            let at: u32 = event.version().parse().expect("a number");
            affected = match event {
                Event::Introduced(_) if asked >= at => true,
                Event::Fixed(_) if asked >= at => false,
                Event::LastAffected(_) if asked > at => false,
                _ => affected,
            };
        }
        let mut shuffled = events.clone();
        shuffled.reverse();
        for events in [events, shuffled] {
            let set = AdvisorySet::of([advisory("X-1", "Debian:12", events, &[])]);
            prop_assert_eq!(verdict(&set, &debian(), &asked.to_string()) != "!", affected);
        }
    }
}
