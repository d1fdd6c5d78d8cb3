//! The server is away, by an injected clock.

use std::time::Duration;

use agent::outbox::{SPOOL_BYTES_MAX, SPOOL_ENTRIES_MAX};
use agent::state_dir::SPOOL;
use agent::work::Worker;
use proptest::prelude::*;
use wire::state::Kind;

use crate::world::{Line, Scripted, World};

/// Lets time pass, with the agent at work.
fn pass(world: &World, worker: &mut Worker<Line, Scripted>, time: Duration) {
    let end = world.clock.now().plus(time);
    while world.clock.now() < end {
        let idle = worker.step().unwrap().max(Duration::from_secs(1));
        world.hand.advance(idle.min(end.since(world.clock.now())));
    }
}

#[test]
fn after_an_hour_without_the_server_it_holds_every_change_in_order() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.config().interval = Some(Duration::from_secs(300));
    worker.once().unwrap();
    world.cut_line(true);
    for round in 0..12 {
        world.install("bash", &format!("6.{round}"));
        pass(&world, &mut worker, Duration::from_secs(300));
    }
    assert!(worker.outbox().waiting() >= 10);
    world.cut_line(false);
    pass(&world, &mut worker, Duration::from_secs(3600));
    let server = world.server();
    assert_eq!(server.only().state.packages, world.host.state.borrow().packages);
    assert_eq!(server.only().gap, 0);
    let deltas = server.only().shapes.iter().filter(|shape| **shape == "delta").count();
    assert!(deltas >= 10, "the changes in between are history and are not lost: {:?}", server.only().shapes);
    let times: Vec<_> = server
        .bodies("/api/v1/agent/reports")
        .iter()
        .filter_map(|body| Some(body.split_once("collected_at\":\"")?.1.split_once('"')?.0))
        .collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn while_the_server_is_away_it_is_asked_less_and_less_often() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.config().interval = Some(Duration::from_secs(60));
    world.server().fails_with = Some(503);
    let before = world.server().requests.len();
    pass(&world, &mut worker, Duration::from_secs(24 * 3600));
    let asked = world.server().requests.len() - before;
    assert!((96..=220).contains(&asked), "{asked} requests in a day");
}

#[test]
fn an_unchanged_host_piles_up_nothing() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    world.cut_line(true);
    pass(&world, &mut worker, Duration::from_secs(24 * 3600));
    assert_eq!(worker.outbox().waiting(), 1);
    world.cut_line(false);
    pass(&world, &mut worker, Duration::from_secs(3600));
    assert!(world.server().only().shapes.ends_with(&["check-in"]));
}

#[test]
fn an_overflowing_spool_becomes_one_full_report_that_tells_the_gap() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    world.cut_line(true);
    for round in 0..=SPOOL_ENTRIES_MAX {
        assert_eq!(worker.outbox().waiting(), round);
        world.install("bash", &format!("6.{round}"));
        assert!(worker.once().is_err());
    }
    assert_eq!(worker.outbox().waiting(), 1, "64 wait, the 65th replaces them");
    world.cut_line(false);
    worker.once().unwrap();
    let server = world.server();
    assert_eq!(server.only().gap, SPOOL_ENTRIES_MAX as u64);
    assert_eq!(server.only().state.packages, world.host.state.borrow().packages);
    assert_eq!(&server.only().shapes[..2], ["full", "full"]);
}

#[test]
fn a_spool_of_its_most_bytes_becomes_one_full_report_and_one_byte_less_takes_another_change() {
    for (bytes, waiting) in [(SPOOL_BYTES_MAX - 1, 2), (SPOOL_BYTES_MAX, 1)] {
        let world = World::new();
        let mut worker = world.enrolled();
        worker.once().unwrap();
        world.cut_line(true);
        world.install("bash", "6.0");
        assert!(worker.once().is_err());
        drop(worker);
        // Blanks that JSON does not mind make the waiting change as large as the spool may be.
        let spooled: Vec<_> = std::fs::read_dir(world.folder.join(SPOOL)).unwrap().map(|entry| entry.unwrap().path()).collect();
        let [change] = &spooled[..] else { panic!("one change waits: {spooled:?}") };
        let mut padded = std::fs::read(change).unwrap();
        padded.resize(usize::try_from(bytes).unwrap(), b' ');
        std::fs::write(change, padded).unwrap();
        let mut worker = world.restart();
        world.install("bash", "6.1");
        assert!(worker.once().is_err());
        assert_eq!(worker.outbox().waiting(), waiting, "after {bytes} bytes");
        world.cut_line(false);
        worker.once().unwrap();
        let server = world.server();
        assert_eq!(server.only().state.packages, world.host.state.borrow().packages);
        assert_eq!(server.only().gap, 2 - waiting as u64, "after {bytes} bytes");
    }
}

#[test]
fn what_waits_survives_a_restart() {
    let world = World::new();
    let mut worker = world.enrolled();
    world.cut_line(true);
    assert!(worker.once().is_err());
    world.install("bash", "6");
    assert!(worker.once().is_err());
    drop(worker);
    world.cut_line(false);
    world.restart().once().unwrap();
    let server = world.server();
    assert_eq!(server.only().shapes, ["full", "delta"]);
    assert_eq!(server.only().state.packages, world.host.state.borrow().packages);
}

/// What may happen to a host between two of its agent's steps.
#[derive(Clone, Copy, Debug)]
enum Event {
    Install(u8, u8),
    Remove(u8),
    CutLine(bool),
    SwitchOff(bool),
    ForgetBase,
    Restart,
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..4_u8, 0..3_u8).prop_map(|(name, version)| Event::Install(name, version)),
        2 => (0..4_u8).prop_map(Event::Remove),
        2 => any::<bool>().prop_map(Event::CutLine),
        1 => any::<bool>().prop_map(Event::SwitchOff),
        1 => Just(Event::ForgetBase),
        1 => Just(Event::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn whatever_happens_in_between_the_server_ends_with_the_hosts_state(events in proptest::collection::vec(any_event(), 1..20)) {
        let world = World::new();
        let mut worker = world.enrolled();
        let mut is_off = false;
        for event in events {
            match event {
                Event::Install(name, version) => world.install(&format!("p{name}"), &version.to_string()),
                Event::Remove(name) => world.remove(&format!("p{name}")),
                Event::CutLine(is_cut) => world.cut_line(is_cut),
                Event::SwitchOff(packages) => is_off = packages,
                Event::ForgetBase => world.server().devices.values_mut().for_each(|known| known.digest = None),
                Event::Restart => {
                    drop(worker);
                    worker = world.restart();
                }
            }
            worker.config().kinds_off = if is_off { vec![Kind::Packages] } else { Vec::new() };
            world.hand.advance(Duration::from_secs(30));
            let _the_line_may_be_cut = worker.once();
        }
        world.cut_line(false);
        worker.once().unwrap();
        let server = world.server();
        let expected = if is_off { None } else { world.host.state.borrow().packages.clone() };
        prop_assert_eq!(&server.only().state.packages, &expected);
        prop_assert_eq!(server.only().digest, Some(world.copy_digest()));
    }
}
