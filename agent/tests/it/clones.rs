//! The clones of a golden image become devices of their own.

use std::cell::RefCell;
use std::rc::Rc;

use crate::world::{Scripted, World, identity};

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to.join("spool")).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_clone_of_a_golden_image_becomes_a_device_of_its_own_and_the_original_stays() {
    let world = World::new();
    let mut original = world.enrolled();
    original.once().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    copy_folder(&world.folder, scratch.path());
    let host = Scripted { state: Rc::clone(&world.host.state), identity: Rc::new(RefCell::new(identity(20))) };
    let mut clone = world.start_in(scratch.path(), host.clone());
    clone.once().unwrap();
    let (original_id, clone_id) = (original.device().device, clone.device().device);
    assert_ne!(original_id, clone_id);
    assert_ne!(original.device().key().public(), clone.device().key().public());
    original.once().unwrap();
    drop(clone);
    let mut again = world.start_in(scratch.path(), host);
    again.once().unwrap();
    assert_eq!(again.device().device, clone_id, "a clone splits off once");
    let server = world.server();
    assert_eq!(server.devices[&clone_id].shapes, ["full", "check-in"]);
    assert_eq!(server.devices[&original_id].shapes, ["full", "check-in"]);
}

#[test]
fn a_device_that_the_server_calls_a_clone_splits_off() {
    let world = World::new();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    let before = worker.device().device;
    drop(worker);
    // The key was copied onto a host that looks the same; the server saw the fingerprint of the other one.
    let path = world.folder.join("device.json");
    let text = std::fs::read_to_string(&path).unwrap().replace(&"0b".repeat(32), &"77".repeat(32));
    std::fs::write(&path, text).unwrap();
    let mut worker = world.restart();
    worker.once().unwrap();
    assert_ne!(worker.device().device, before);
    assert_eq!(world.server().devices.len(), 2);
}

#[test]
fn the_same_system_enrolled_again_keeps_its_id() {
    let world = World::new();
    let first = world.enrolled().device().device;
    std::fs::remove_dir_all(&world.folder).unwrap();
    let mut worker = world.enrolled();
    worker.once().unwrap();
    assert_eq!(worker.device().device, first);
}
