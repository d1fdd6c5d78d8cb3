//! Enrolling where the network loses answers.

use std::os::unix::fs::PermissionsExt as _;

use kernel::Rng;

use crate::world::{World, identity};

#[test]
fn a_lost_answer_to_an_enrolment_costs_no_second_use_of_the_token() {
    let world = World::new();
    world.server().uses_left = Some(1);
    *world.line.loses_enrolments.borrow_mut() = true;
    assert!(world.try_to_enrol(Rng::seeded(1)).is_err());
    let key = world.folder.join("new-key.json");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    *world.line.loses_enrolments.borrow_mut() = false;
    world.try_to_enrol(Rng::seeded(2)).unwrap();
    assert!(!key.exists(), "the key is the device's now");
    world.restart().once().unwrap();
    assert_eq!(world.server().only().shapes, ["full"]);
}

#[test]
fn a_key_of_a_lost_enrolment_is_not_used_on_another_host() {
    let world = World::new();
    world.server().uses_left = Some(1);
    *world.line.loses_enrolments.borrow_mut() = true;
    assert!(world.try_to_enrol(Rng::seeded(1)).is_err());
    *world.host.identity.borrow_mut() = identity(90);
    *world.line.loses_enrolments.borrow_mut() = false;
    let refused = world.try_to_enrol(Rng::seeded(2)).unwrap_err();
    assert!(refused.is_problem("enrolment-refused"), "{refused}");
}
