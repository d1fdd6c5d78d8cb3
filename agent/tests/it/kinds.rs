//! Promise OP-3 on the wire: what the host switches off is in no body.

use wire::state::{Kind, Os};

use crate::world::World;

const REPORTS: &str = "/api/v1/agent/reports";

fn world() -> World {
    let world = World::new();
    {
        let mut state = world.host.state.borrow_mut();
        state.os = Some(Os { id: "debian".into(), version_id: None, codename: None, pretty_name: None, id_like: Vec::new() });
        state.kernel = Some(wire::state::Kernel {
            name: "Linux".into(),
            release: "6.1".into(),
            version: "#1".into(),
            machine: "x".into(),
            package: None,
        });
        state.hardware = Some(wire::state::Hardware::default());
        state.network = Some(wire::state::Network::default());
        state.updates = Some(wire::state::Updates { lists_updated_at: None, pending: Vec::new() });
    }
    world
}

fn field(kind: Kind) -> String {
    format!(
        "\"{}\":{}",
        kind.name().replace('-', "_"),
        if matches!(kind, Kind::HostName) {
            "\""
        } else if kind == Kind::Packages {
            "["
        } else {
            "{"
        }
    )
}

#[test]
fn promise_op_3_each_kind_switched_off_is_in_no_body_even_where_the_server_wants_it() {
    for kind in Kind::ALL {
        let world = world();
        let mut worker = world.enrolled();
        world.server().settings = r#"{"kinds_wanted":["host-name","os","kernel","hardware","network","packages","updates"]}"#.into();
        worker.config().kinds_off.push(kind);
        worker.once().unwrap();
        let server = world.server();
        let body = server.bodies(REPORTS)[0];
        assert!(!body.contains(&field(kind)), "{kind:?} is in {body}");
        Kind::ALL
            .into_iter()
            .filter(|other| *other != kind)
            .for_each(|other| assert!(body.contains(&field(other)), "{other:?} is not in {body}"));
        assert!(server.only().state.switched_off == [kind]);
    }
}

#[test]
fn promise_op_3_a_kind_switched_off_later_is_erased_at_the_server() {
    let world = world();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    worker.config().kinds_off.push(Kind::Packages);
    worker.once().unwrap();
    let server = world.server();
    assert_eq!((server.only().state.packages.as_ref(), server.only().shapes.as_slice()), (None, &["full", "delta"][..]));
    assert!(!String::from_utf8(world.copy()).unwrap().contains("bash"));
}

#[test]
fn promise_op_3_what_waited_with_a_kind_that_is_off_now_does_not_leave_the_host() {
    let world = world();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    world.cut_line(true);
    world.install("canary-package", "1");
    assert!(worker.once().is_err());
    worker.config().kinds_off.push(Kind::Packages);
    world.cut_line(false);
    worker.once().unwrap();
    let server = world.server();
    assert!(!server.requests.iter().any(|(_, _, body)| body.contains("canary-package")));
    assert_eq!((server.only().state.packages.as_ref(), server.only().gap), (None, 1));
}

#[test]
fn promise_op_3_what_waited_while_the_agent_was_stopped_to_switch_a_kind_off_does_not_leave_the_host() {
    let world = world();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    world.cut_line(true);
    world.install("canary-package", "1");
    assert!(worker.once().is_err());
    drop(worker);
    world.cut_line(false);
    let mut worker = world.restart();
    worker.config().kinds_off.push(Kind::Packages);
    worker.step().unwrap();
    let server = world.server();
    assert!(!server.requests.iter().any(|(_, _, body)| body.contains("canary-package")));
    assert_eq!((server.only().state.packages.as_ref(), server.only().gap), (None, 1));
}

#[test]
fn the_server_can_want_less_and_is_obeyed_from_the_first_report_after_sign_in() {
    let world = world();
    let mut worker = world.enrolled();
    world.server().settings = r#"{"kinds_wanted":["packages"]}"#.into();
    worker.sign_in().unwrap();
    worker.once().unwrap();
    let server = world.server();
    let state = &server.only().state;
    assert!(Kind::ALL.into_iter().all(|kind| state.has(kind) == (kind == Kind::Packages)));
}
