//! Transmissions that are lost, doubled or late (promise OR-25).

use std::collections::{BTreeMap, BTreeSet};

use inventory::gaps::Gap;
use wire::report::{Content, Delta, Next, Receipt, Report, SCHEMA_MAX};
use wire::state::State;

use crate::house::{Host, House, digest_of, on_both_engines, state};

/// Series of transmissions that are tried.
const SERIES: usize = 25;
/// Transmissions in a series.
const LENGTH: usize = 14;

/// What a host makes: each transmission names the one before it.
struct Made {
    sequence: u64,
    body: Vec<u8>,
}

fn made(host: &Host, (sequence, follows): (u64, Option<u64>), content: Content, after: &State) -> Made {
    let collected_at = host.at();
    let report = Report { schema: SCHEMA_MAX, device: None, sequence, follows, collected_at, gap: 0, digest: digest_of(after), content };
    Made { sequence, body: serde_json::to_vec(&report).expect("JSON") }
}

/// A series whose numbers rise by one or more, and the state at its end.
fn series(house: &House, host: &Host) -> (Vec<Made>, State) {
    let rng = &house.env.rng;
    let (mut present, mut last, mut all) = (state(&[("bash", "0")]), None, Vec::new());
    for round in 0..LENGTH {
        let number = last.unwrap_or(0) + 1 + rng.below(4);
        let next = if rng.below(3) == 0 { present.clone() } else { state(&[("bash", &round.to_string())]) };
        let content = match (round, next == present) {
            (0, _) => Content::Full(Box::new(next.clone())),
            (_, true) => Content::Unchanged {},
            (_, false) => Content::Delta(Box::new(Delta::between(digest_of(&present), &present, &next))),
        };
        all.push(made(host, (number, last), content, &next));
        (present, last) = (next, Some(number));
    }
    (all, present)
}

async fn send(house: &House, host: &Host, made: &Made) -> Receipt {
    house.inventory.take_in(&host.scope, &made.body).await.expect("receipted")
}

async fn open_gaps(house: &House, host: &Host) -> Vec<Gap> {
    let gaps = house.inventory.gaps(&house.owner(), host.device, i64::MAX, 1_000).await.expect("read");
    gaps.into_iter().filter(|gap| gap.closed_at.is_none()).collect()
}

async fn held(house: &House, host: &Host) -> State {
    house.inventory.state_of(&house.owner(), host.device).await.expect("read").expect("held").state
}

/// Ends a series as an agent does: the server hears how it stands, and gets the whole where it asks for it.
async fn end(house: &House, host: &Host, last: u64, present: &State) -> Vec<u64> {
    let check_in = made(host, (last + 1, Some(last)), Content::Unchanged {}, present);
    let mut numbers = vec![check_in.sequence];
    if send(house, host, &check_in).await.next == Next::SendFull {
        let full = made(host, (last + 2, Some(last + 1)), Content::Full(Box::new(present.clone())), present);
        assert_eq!(send(house, host, &full).await.next, Next::Wait);
        numbers.push(full.sequence);
    }
    numbers
}

#[test]
fn promise_or_25_whatever_is_dropped_doubled_or_late_the_state_is_the_same_and_the_gaps_are_what_was_dropped() {
    on_both_engines(async |house| {
        for _ in 0..SERIES {
            let rng = &house.env.rng;
            let (host, twin) = (house.enrol().await, house.enrol().await);
            let (all, present) = series(&house, &host);
            let last = all.last().expect("some").sequence;
            // In order and whole, for comparison.
            for made in &all {
                send(&house, &twin, made).await;
            }
            end(&house, &twin, last, &present).await;
            house.inventory.fold().await.expect("folded");
            assert!(open_gaps(&house, &twin).await.is_empty());

            // The first arrives: what was before a device's first transmission nobody can miss.
            let (dropped, arriving): (Vec<_>, Vec<_>) = (1..all.len()).partition(|_| rng.below(4) == 0);
            let mut schedule: Vec<(u64, usize)> = arriving.iter().map(|place| (*place as u64 * 3 + rng.below(10), *place)).collect();
            let doubled: Vec<_> = arriving.iter().filter(|_| rng.below(4) == 0).map(|place| (rng.below(60), *place)).collect();
            schedule.extend(doubled);
            schedule.sort_unstable();
            let mut receipts = BTreeMap::from([(0, send(&house, &host, &all[0]).await.receipt)]);
            for (_, place) in schedule {
                let receipt = send(&house, &host, &all[place]).await;
                let first = *receipts.entry(place).or_insert(receipt.receipt);
                assert_eq!(receipt.receipt, first, "the same transmission has one receipt");
                if rng.below(3) == 0 {
                    house.inventory.fold().await.expect("folded");
                }
            }
            let mut there: BTreeSet<u64> = receipts.keys().map(|place| all[*place].sequence).collect();
            there.extend(end(&house, &host, last, &present).await);
            house.inventory.fold().await.expect("folded");

            assert_eq!(held(&house, &host).await, held(&house, &twin).await);
            let gaps = open_gaps(&house, &host).await;
            let within = |gap: &Gap, number: u64| (gap.from..=gap.to).contains(&number.cast_signed());
            let missing: BTreeSet<u64> = dropped.iter().map(|place| all[*place].sequence).collect();
            for number in &missing {
                assert_eq!(gaps.iter().filter(|gap| within(gap, *number)).count(), 1, "{number} of {missing:?} in {gaps:?}");
            }
            for gap in &gaps {
                assert!(missing.contains(&gap.to.unsigned_abs()), "{gap:?} of {missing:?}");
                assert!(!there.iter().any(|number| within(gap, *number)), "{gap:?} of {there:?}");
            }
        }
    });
}

/// What the ledger tells of gaps, oldest first: numbers and what became of them.
async fn told(house: &House) -> Vec<(i64, i64, String)> {
    let ledger = trust::Ledger::new(&house.stores, &house.trust, house.mint.clone());
    let (lines, _) = ledger.file(&house.owner(), 0).await.expect("read");
    let mut told = Vec::new();
    for line in lines {
        let seal::log_file::Line::Leaf { entry: Some(entry), .. } = line else { continue };
        for gap in entry["payload"]["gaps"].as_array().into_iter().flatten() {
            let text = |place: usize| gap[place].as_str().map(ToOwned::to_owned).expect("a text");
            told.push((gap[1].as_i64().expect("a number"), gap[2].as_i64().expect("a number"), text(3)));
        }
    }
    told
}

#[test]
fn promise_or_25_a_gap_is_noticed_told_in_the_ledger_and_closed_by_what_comes_late() {
    on_both_engines(async |house| {
        let host = house.enrol().await;
        let sent = state(&[("bash", "1")]);
        house.inventory.take_in(&host.scope, &host.full(&sent)).await.expect("taken in");
        let late: Vec<_> = (0..3).map(|_| host.check_in(&sent)).collect();
        let began = house.env.clock.now();
        house.env.clock_hand.advance(std::time::Duration::from_secs(60));
        house.inventory.take_in(&host.scope, &host.check_in(&sent)).await.expect("taken in");
        house.inventory.fold().await.expect("folded");
        let noticed_at = house.env.clock.now();
        let expected = Gap { from: 2, to: 4, since: began, noticed_at, closed_at: None, was_dropped: false };
        assert_eq!(open_gaps(&house, &host).await, [expected]);

        // The one in the middle comes: on both sides of it one is still missing.
        house.inventory.take_in(&host.scope, &late[1]).await.expect("receipted");
        let numbers = |gaps: Vec<Gap>| gaps.iter().map(|gap| (gap.from, gap.to, gap.noticed_at)).collect::<Vec<_>>();
        assert_eq!(numbers(open_gaps(&house, &host).await), [(4, 4, noticed_at), (2, 2, noticed_at)]);
        house.inventory.take_in(&host.scope, &late[0]).await.expect("receipted");
        house.inventory.take_in(&host.scope, &late[2]).await.expect("receipted");
        let all = house.inventory.gaps(&house.owner(), host.device, i64::MAX, 10).await.expect("read");
        assert_eq!(all.iter().map(|gap| gap.closed_at.is_some()).collect::<Vec<_>>(), [true, true], "they stay to be seen");
        let receipts = house.inventory.receipts(&house.owner(), host.device, i64::MAX, 10).await.expect("read");
        let carried: Vec<_> = receipts.iter().map(|line| line.carried).collect();
        assert_eq!(carried, ["check-in", "late", "late", "late", "full"]);
        let changes: Vec<_> = told(&house).await;
        let text = |text: &str| text.to_owned();
        let expected = [(2, 4, text("noticed")), (2, 4, text("narrowed")), (2, 2, text("closed")), (4, 4, text("closed"))];
        assert_eq!(BTreeSet::from_iter(changes), BTreeSet::from(expected));
        assert_eq!(house.inventory.gaps(&house.owner(), host.device, 4, 10).await.expect("read").len(), 1, "a page below a number");
    });
}

#[test]
fn promise_or_25_what_a_device_tells_that_it_dropped_is_noticed_told_and_never_waited_for() {
    on_both_engines(async |house| {
        for is_full in [true, false] {
            let host = house.enrol().await;
            let sent = state(&[("bash", "1")]);
            house.inventory.take_in(&host.scope, &host.full(&sent)).await.expect("taken in");
            // The server refused it, or too many waited: the next one tells.
            host.check_in(&sent);
            let content = if is_full { Content::Full(Box::new(sent.clone())) } else { Content::Unchanged {} };
            let told_of = made(&host, (3, Some(2)), content, &sent);
            let mut report: serde_json::Value = serde_json::from_slice(&told_of.body).expect("JSON");
            report["gap"] = 1.into();
            house.inventory.take_in(&host.scope, report.to_string().as_bytes()).await.expect("taken in");
            house.inventory.fold().await.expect("folded");
            let gaps = house.inventory.gaps(&house.owner(), host.device, i64::MAX, 10).await.expect("read");
            let now = house.env.clock.now();
            assert_eq!(gaps, [Gap { from: 2, to: 2, since: now, noticed_at: now, closed_at: Some(now), was_dropped: true }], "{is_full}");
            assert_eq!(told(&house).await.last(), Some(&(2, 2, "dropped".to_owned())));
        }
    });
}

#[test]
fn a_late_transmission_that_names_none_before_it_leaves_what_is_certainly_missing_after_it() {
    on_both_engines(async |house| {
        let host = house.enrol().await;
        let sent = state(&[("bash", "1")]);
        house.inventory.take_in(&host.scope, &host.full(&sent)).await.expect("taken in");
        (2..=4).for_each(|_| drop(host.check_in(&sent)));
        house.inventory.take_in(&host.scope, &host.check_in(&sent)).await.expect("taken in");
        house.inventory.fold().await.expect("folded");
        let open = async || open_gaps(&house, &host).await.iter().map(|gap| (gap.from, gap.to)).collect::<Vec<_>>();
        assert_eq!(open().await, [(2, 4)]);
        let nameless = |sequence| made(&host, (sequence, None), Content::Unchanged {}, &sent);
        send(&house, &host, &nameless(3)).await;
        assert_eq!(open().await, [(4, 4)], "of 2 nobody can say that it was made");
        send(&house, &host, &nameless(4)).await;
        assert_eq!(open().await, []);
    });
}

#[test]
fn an_agent_that_is_installed_again_and_one_that_names_no_transmission_before_are_missed_nothing() {
    on_both_engines(async |house| {
        let host = house.enrol().await;
        let sent = state(&[("bash", "1")]);
        // A device's first transmission, whatever it follows.
        host.full(&sent);
        house.inventory.take_in(&host.scope, &host.full(&sent)).await.expect("taken in");
        let lost = host.check_in(&sent);
        house.inventory.take_in(&host.scope, &host.installed_again(&sent, 1_000)).await.expect("taken in");
        assert!(open_gaps(&house, &host).await.is_empty());
        // And the control: one of the new series that is lost is missed.
        drop(lost);
        host.check_in(&sent);
        house.inventory.take_in(&host.scope, &host.check_in(&sent)).await.expect("taken in");
        house.inventory.fold().await.expect("folded");
        assert_eq!(open_gaps(&house, &host).await.iter().map(|gap| (gap.from, gap.to)).collect::<Vec<_>>(), [(1_001, 1_001)]);
    });
}

#[test]
fn a_check_in_that_waits_in_the_intake_log_is_not_missed_by_the_state_that_follows_it() {
    on_both_engines(async |house| {
        let host = house.enrol().await;
        let (old, new) = (state(&[("bash", "1")]), state(&[("bash", "2")]));
        for body in [host.full(&old), host.check_in(&old), host.check_in(&old), host.delta(&old, &new)] {
            house.inventory.take_in(&host.scope, &body).await.expect("taken in");
        }
        house.inventory.fold().await.expect("folded");
        assert!(house.inventory.gaps(&house.owner(), host.device, i64::MAX, 10).await.expect("read").is_empty());
        assert_eq!(told(&house).await, []);
    });
}

#[test]
fn a_transmission_that_follows_itself_or_a_later_one_is_refused() {
    on_both_engines(async |house| {
        let host = house.enrol().await;
        let sent = state(&[("bash", "1")]);
        for (follows, is_taken) in [(4, true), (5, false), (6, false)] {
            let report = made(&host, (5, Some(follows)), Content::Full(Box::new(sent.clone())), &sent);
            let taken = house.inventory.take_in(&host.scope, &report.body).await;
            assert_eq!(taken.is_ok(), is_taken, "{follows}");
            if let Err(refused) = taken {
                let problem = serde_json::to_value(kernel::Problem::from(refused)).expect("JSON");
                assert!(problem.to_string().contains("follows"), "{problem}");
            }
        }
    });
}
