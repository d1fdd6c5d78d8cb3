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
        urgency: None,
    };
    Advisory { id: id.into(), affected: vec![affected], ..Advisory::default() }
}

/// Makes the release covered, and concerns nothing that is asked about.
fn of_another_package() -> Advisory {
    let mut advisory = advisory("X-2", "Debian:12", vec![introduced("0")], &[]);
    advisory.affected[0].package = "q".into();
    advisory
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
    let set = AdvisorySet::of([advisory("X-1", "Debian:12", events, versions), of_another_package()]);
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
    assert_eq!(verdicts(vec![introduced("1"), fixed("2"), introduced("2"), fixed("3")], &[], &["1", "2", "3"]), "3 3 !");
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
fn a_record_that_can_concern_nothing_covers_nothing() {
    let withdrawn = Advisory { withdrawn: Some(Timestamp::from_seconds(1)), ..advisory("X-1", "Debian:12", vec![introduced("0")], &[]) };
    let empty = advisory("X-2", "Debian:12", Vec::new(), &[]);
    let bug_fix = advisory("ALBA-2024:1", "Debian:12", vec![introduced("0")], &[]);
    let other_release = advisory("X-4", "Debian:11", vec![introduced("0")], &[]);
    let without_release = advisory("X-5", "Debian", vec![introduced("0")], &[]);
    let mut set = AdvisorySet::of([withdrawn, empty, bug_fix, other_release, without_release]);
    assert_eq!((verdict(&set, &debian(), "1").as_str(), set.basis("Debian:12")), ("no-advisories", None));
    assert_eq!(set.ecosystems(), ["Debian", "Debian:11"]);

    let live = Advisory { modified: Some(Timestamp::from_seconds(1)), ..advisory("X-6", "Debian:12", vec![introduced("5")], &[]) };
    set.insert(&live);
    assert_eq!(verdict(&set, &debian(), "1"), "!");
    assert_eq!(set.basis("Debian:12").map(|basis| basis.advisories()), Some(1));
    // Its only advisory is taken back: what was covered is not any more.
    let taken_back = Advisory { modified: Some(Timestamp::from_seconds(2)), withdrawn: Some(Timestamp::from_seconds(2)), ..live };
    set.insert(&taken_back);
    assert_eq!(verdict(&set, &debian(), "1"), "no-advisories");
}

#[test]
fn the_basis_counts_each_advisory_once_and_by_its_feed() {
    let at = |id, seconds| Advisory {
        modified: Some(Timestamp::from_seconds(seconds)),
        ..advisory(id, "Debian:12", vec![introduced("0")], &[])
    };
    let mut of_two = at("X-1", 10);
    of_two.affected.push(of_two.affected[0].clone());
    let mut set = AdvisorySet::default();
    set.insert_of(&of_two, &"osv-debian".into());
    set.insert_of(&at("X-2", 30), &"osv-debian".into());
    set.insert_of(&at("X-3", 20), &"file".into());
    let basis = set.basis("Debian:12").expect("covered");
    let feeds: Vec<_> = basis.feeds.iter().map(|feed| (feed.feed.as_str(), feed.advisories, feed.newest_at)).collect();
    assert_eq!(feeds, [("file", 1, Some(Timestamp::from_seconds(20))), ("osv-debian", 2, Some(Timestamp::from_seconds(30)))]);
}

#[test]
fn a_version_that_cannot_be_ordered_is_affected_where_it_is_listed_as_it_is_and_else_not_covered() {
    let set = AdvisorySet::of([advisory("X-1", "Debian:12", vec![introduced("0"), fixed("2")], &["no version"])]);
    assert_eq!(verdict(&set, &debian(), "no version"), "?");
    assert_eq!(verdict(&set, &debian(), "another one"), "version-not-read");
}

#[test]
fn of_overlapping_ranges_only_what_ends_all_of_them_mends() {
    let both = |first: Vec<Event>, second: Vec<Event>| {
        let mut both = advisory("X-1", "Debian:12", first, &[]);
        both.affected[0].ranges.push(Range { events: second });
        AdvisorySet::of([both])
    };
    let set = both(vec![introduced("0"), fixed("3")], vec![introduced("2"), fixed("5")]);
    assert_eq!(["1", "2", "4", "5"].map(|version| verdict(&set, &debian(), version)), ["5", "5", "5", "!"]);
    let open = both(vec![introduced("0"), fixed("3")], vec![introduced("2")]);
    assert_eq!(["1", "4"].map(|version| verdict(&open, &debian(), version)), ["?", "?"]);
}

#[test]
fn an_epoch_counts_and_a_binary_rebuild_is_above_the_version_that_it_rebuilds() {
    assert_eq!(verdicts(vec![introduced("0"), fixed("1:1.0-1")], &[], &["9.0-1", "1:0.9-1", "1:1.0-1", "2:0.1-1"]), "1:1.0-1 1:1.0-1 ! !");
    assert_eq!(verdicts(vec![introduced("0"), fixed("1.0-2")], &[], &["1.0-1+b2", "1.0-2", "1.0-2+b1"]), "1.0-2 ! !");
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
            let set = AdvisorySet::of([advisory("X-1", "Debian:12", events, &[]), of_another_package()]);
            prop_assert_eq!(verdict(&set, &debian(), &asked.to_string()) != "!", affected);
        }
    }
}
