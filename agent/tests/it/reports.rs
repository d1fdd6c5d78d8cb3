//! Reports, receipts and the inspection copy while the server answers.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use agent::outbox::{Outbox, Shape};
use agent::session::SessionError;
use agent::state_dir::StateDir;
use agent::work::WorkError;
use wire::state::Kind;

use crate::world::World;

const REPORTS: &str = "/api/v1/agent/reports";

#[test]
fn promise_op_25_the_inspection_copy_is_what_the_server_holds_and_there_is_exactly_one() {
    let world = World::new();
    let mut worker = world.enrolled();
    for round in 0..5 {
        world.install("bash", &format!("5.{round}"));
        worker.once().unwrap();
        let receipt = worker.outbox().position().receipt.clone().unwrap();
        assert_eq!(world.copy_digest(), receipt.stored, "round {round}");
        assert_eq!(seal::hash::commitment(receipt.salt.0, world.copy_digest().0), receipt.commitment.0);
    }
    assert_eq!(world.server().only().shapes, ["full", "delta", "delta", "delta", "delta"]);
    let files: Vec<_> = walk(&world.folder).into_iter().filter(|name| name.contains("copy")).collect();
    assert_eq!(files, ["inspection-copy.json"]);
    assert_eq!(walk(&world.folder.join("spool")), Vec::<String>::new());
    let mode = std::fs::metadata(world.folder.join("inspection-copy.json")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn promise_op_25_the_copy_holds_the_very_bytes_of_a_full_report() {
    let world = World::new();
    world.enrolled().once().unwrap();
    let server = world.server();
    let body = server.bodies(REPORTS)[0];
    let copy = String::from_utf8(world.copy()).unwrap();
    assert!(body.contains(&format!("{{\"full\":{copy}}}")), "{body}");
}

#[test]
fn promise_op_25_the_copy_is_written_before_the_report_leaves() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.sign_in().unwrap();
    world.server().refuses_reports_with = Some(503);
    assert!(worker.once().is_err());
    let spooled = std::fs::read_to_string(world.folder.join("spool").join(&walk(&world.folder.join("spool"))[0])).unwrap();
    assert!(spooled.contains(&String::from_utf8(world.copy()).unwrap()));
}

#[test]
fn promise_op_25_a_check_in_leaves_the_copy_alone() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    let inode = || std::fs::metadata(world.folder.join("inspection-copy.json")).unwrap().ino();
    let before = (inode(), world.copy());
    worker.once().unwrap();
    assert_eq!((inode(), world.copy()), before);
    assert_eq!(worker.outbox().position().sent, Some(Shape::CheckIn));
    let server = world.server();
    assert_eq!(server.only().shapes, ["full", "check-in"]);
    assert!(!server.bodies(REPORTS)[1].contains("bash"));
}

#[test]
fn promise_op_25_a_crash_between_write_and_send_loses_and_doubles_nothing() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    world.install("bash", "6");
    drop(worker);
    {
        // As far as the agent gets before it dies: the copy is written, the report has not left.
        let mut outbox = Outbox::open(StateDir::open(&world.folder).unwrap()).unwrap();
        let state = world.host.state.borrow().clone();
        outbox.queue(state, world.clock.now()).unwrap();
        assert!(outbox.next(1).unwrap().is_some());
    }
    world.restart().once().unwrap();
    let server = world.server();
    assert_eq!(server.only().state.packages, world.host.state.borrow().packages);
    assert_eq!((server.only().shapes.as_slice(), server.only().gap), (&["full", "delta"][..], 0));
}

#[test]
fn a_receipt_that_was_lost_on_the_way_is_asked_for_again_and_nothing_is_doubled() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    world.install("bash", "6");
    // The server takes the delta, and its answer is lost: the file still waits.
    let waiting = {
        let spool = world.folder.join("spool");
        drop(worker);
        let mut outbox = Outbox::open(StateDir::open(&world.folder).unwrap()).unwrap();
        let mut state = world.host.state.borrow().clone();
        state.canonicalise();
        outbox.queue(state, world.clock.now()).unwrap();
        let name = walk(&spool)[0].clone();
        (spool.join(&name), std::fs::read(spool.join(&name)).unwrap())
    };
    let mut worker = world.restart();
    worker.once().unwrap();
    drop(worker);
    std::fs::write(&waiting.0, &waiting.1).unwrap();
    world.restart().once().unwrap();
    let server = world.server();
    assert_eq!(server.only().shapes.iter().filter(|shape| **shape == "delta").count(), 1);
    assert_eq!(server.only().state.packages, world.host.state.borrow().packages);
}

#[test]
fn packages_that_come_change_and_go_reach_the_server_as_deltas() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    world.install("openssl", "3.0");
    world.install("bash", "5.3");
    world.remove("zlib1g");
    worker.once().unwrap();
    let server = world.server();
    let names: Vec<_> = server.only().state.packages.iter().flatten().map(|p| format!("{} {}", p.name, p.version)).collect();
    assert_eq!(names, ["bash 5.3", "openssl 3.0"]);
    assert_eq!(server.only().shapes, ["full", "delta"]);
}

#[test]
fn a_server_that_wants_the_whole_state_gets_it_at_once() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    world.server().wants_full = true;
    world.install("bash", "6");
    worker.once().unwrap();
    assert_eq!(world.server().only().shapes, ["full", "delta", "full"]);
}

#[test]
fn a_server_that_lost_the_base_gets_the_whole_state_at_once() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    world.server().devices.values_mut().for_each(|known| known.digest = None);
    world.install("bash", "6");
    worker.once().unwrap();
    let server = world.server();
    assert_eq!(server.only().shapes, ["full", "full"]);
    assert_eq!(server.only().state.packages, world.host.state.borrow().packages);
}

#[test]
fn an_expired_and_a_revoked_access_token_are_renewed() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    world.hand.advance(std::time::Duration::from_secs(3600));
    worker.once().unwrap();
    world.server().forget_tokens();
    worker.once().unwrap();
    assert_eq!(world.server().only().shapes, ["full", "check-in", "check-in"]);
}

#[test]
fn rotated_instance_keys_and_a_new_certificate_are_followed() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    for round in 0..3_u8 {
        world.server().rotate_keys();
        world.server().certificates = vec![wire::report::Digest([100 + round; 32])];
        worker.once().unwrap();
    }
    drop(worker);
    world.restart().once().unwrap();
    assert_eq!(world.server().only().shapes.len(), 5);
}

#[test]
fn a_report_that_is_refused_is_dropped_told_as_a_gap_and_followed_by_the_whole_state() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    world.install("bash", "6");
    world.server().refuses_reports_with = Some(422);
    assert!(matches!(worker.once(), Err(WorkError::Session(SessionError::Refused(refusal))) if refusal.status == 422));
    world.server().refuses_reports_with = None;
    worker.once().unwrap();
    let server = world.server();
    assert_eq!((server.only().shapes.as_slice(), server.only().gap), (&["full", "full"][..], 1));
}

#[test]
fn a_folder_that_was_restored_from_a_backup_catches_up_with_the_server() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    drop(worker);
    let backup = std::fs::read(world.folder.join("position.json")).unwrap();
    let copy = world.copy();
    let mut worker = world.restart();
    for round in 0..4 {
        world.install("bash", &format!("6.{round}"));
        worker.once().unwrap();
    }
    drop(worker);
    std::fs::write(world.folder.join("position.json"), backup).unwrap();
    std::fs::write(world.folder.join("inspection-copy.json"), copy).unwrap();
    world.install("bash", "7");
    world.restart().once().unwrap();
    assert_eq!(world.server().only().state.packages, world.host.state.borrow().packages);
}

#[test]
fn a_system_that_is_set_up_again_goes_on_where_its_device_was() {
    let world = World::new();
    let mut worker = world.enrolled();
    for round in 0..4 {
        world.install("bash", &format!("6.{round}"));
        worker.once().unwrap();
    }
    drop(worker);
    std::fs::remove_dir_all(&world.folder).unwrap();
    world.install("bash", "7");
    world.enrolled().once().unwrap();
    let server = world.server();
    assert_eq!(server.only().state.packages, world.host.state.borrow().packages);
}

#[test]
fn a_server_that_is_never_satisfied_is_left_alone_for_a_while() {
    let world = World::new();
    let mut worker = world.enrolled();
    world.server().never_satisfied = true;
    assert!(matches!(worker.once(), Err(WorkError::Session(SessionError::NeverSatisfied))));
    assert!(world.server().bodies(REPORTS).len() <= 4);
}

#[test]
fn however_often_a_server_is_not_satisfied_numbers_rise_and_stay_below_what_servers_take() {
    let world = World::new();
    let mut worker = world.enrolled();
    world.server().never_satisfied = true;
    for _ in 0..20 {
        assert!(worker.once().is_err());
    }
    let server = world.server();
    let number = |body: &&str| -> u64 { serde_json::from_str::<wire::report::Report>(body).unwrap().sequence };
    let numbers: Vec<u64> = server.bodies(REPORTS).iter().map(number).collect();
    assert!(numbers.is_sorted_by(|earlier, later| earlier < later), "{numbers:?}");
    assert!(numbers.last().is_some_and(|last| *last < 1 << 40), "there is room for a million times as many: {numbers:?}");
}

#[test]
fn a_copy_that_somebody_changed_is_replaced_by_what_is_really_sent() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    std::fs::write(world.folder.join("inspection-copy.json"), "{}").unwrap();
    world.install("bash", "6");
    worker.once().unwrap();
    assert_eq!(Some(world.copy_digest()), world.server().only().digest);
}

#[test]
fn a_retired_device_stops_and_says_so() {
    let world = World::new();
    let mut worker = world.enrolled();
    world.server().devices.values_mut().for_each(|known| known.is_retired = true);
    assert!(matches!(worker.step(), Err(WorkError::Session(error)) if error.is_problem("device-retired")));
}

#[test]
fn without_a_common_schema_nothing_is_sent_and_everything_waits() {
    let world = World::new();
    let mut worker = world.enrolled();
    world.server().schema = wire::report::SchemaRange { schema_min: 2, schema_max: 3 };
    assert!(matches!(worker.once(), Err(WorkError::Session(SessionError::NoCommonSchema { min: 2, max: 3 }))));
    assert!(world.server().bodies(REPORTS).is_empty());
    world.server().schema = wire::report::SchemaRange { schema_min: 1, schema_max: 3 };
    worker.once().unwrap();
    assert_eq!(world.server().only().shapes, ["full"]);
}

#[test]
fn bodies_are_packed_as_the_host_says() {
    for (compression, name) in [(agent::config::Compression::Zstd, "zstd"), (agent::config::Compression::Gzip, "gzip")] {
        let world = World::new();
        let mut worker = world.enrolled();
        worker.config().compression = compression;
        worker.once().unwrap();
        let server = world.server();
        let encodings: Vec<_> =
            server.requests.iter().filter(|(path, _, _)| path == REPORTS).map(|(_, encoding, _)| encoding.as_deref()).collect();
        assert_eq!(encodings, [Some(name)]);
    }
}

#[test]
fn the_interval_is_the_hosts_then_the_servers_then_an_hour() {
    let world = World::new();
    let mut worker = world.enrolled();
    let within = |seconds: u64, expected: u64| (expected * 9 / 10..=expected * 11 / 10).contains(&seconds);
    assert!(within(worker.step().unwrap().as_secs(), 3600));
    world.server().settings = r#"{"report_interval_seconds":600,"something_new":1}"#.into();
    world.server().forget_tokens();
    world.hand.advance(std::time::Duration::from_secs(4000));
    worker.step().unwrap();
    world.hand.advance(std::time::Duration::from_secs(4000));
    assert!(within(worker.step().unwrap().as_secs(), 600));
    worker.config().interval = Some(std::time::Duration::from_secs(7200));
    world.hand.advance(std::time::Duration::from_secs(700));
    assert!(within(worker.step().unwrap().as_secs(), 7200));
    assert!(worker.config().kinds_off.is_empty() && Kind::ALL.len() == 7);
}

#[test]
fn promise_or_25_each_report_names_the_one_before_it_whether_or_not_that_one_arrived() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    // One that is refused for good is dropped, and named all the same.
    world.install("bash", "6");
    world.server().refuses_reports_with = Some(422);
    assert!(worker.once().is_err());
    world.server().refuses_reports_with = None;
    worker.once().unwrap();
    // Numbers jump over some that were never made: those are not named.
    world.install("bash", "6.1");
    world.server().never_satisfied = true;
    assert!(worker.once().is_err());
    world.server().never_satisfied = false;
    drop(worker);
    let mut worker = world.restart();
    world.install("bash", "7");
    worker.once().unwrap();
    let server = world.server();
    let reports: Vec<wire::report::Report> = server.bodies(REPORTS).iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    let mut numbers: Vec<_> = reports.iter().map(|report| (report.sequence, report.follows)).collect();
    numbers.dedup();
    assert!(numbers.len() >= 5, "{numbers:?}");
    assert_eq!(numbers[0].1, None, "a new folder begins a series");
    for pair in numbers.windows(2) {
        assert_eq!(pair[1].1, Some(pair[0].0), "{numbers:?}");
    }
}
