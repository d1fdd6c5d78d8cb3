//! The server is killed 50 times while it erases a device and wraps its tenant's keys anew, and started again each time.
//!
//! Whatever was asked for is done at the end: no row and no key of an erased device is left, its receipt verifies offline, and nothing
//! of it is half there at any start. The devices that nobody asked to erase, and another tenant's, are as they were.

use std::collections::BTreeSet;
use std::time::Duration;

use kernel::Rng;
use rustix::process::Signal;
use serde_json::Value;
use stories::api::Api;
use stories::installation::{Installation, expect_success, string};
use stories::wait::until;

use crate::client::Client;
use crate::device::Device;
use crate::on_postgresql;

/// How often the server is killed, each time in another device's erasure.
const KILLS: usize = 50;
/// The longest time between the asking and the kill; the shortest is nothing. An erasure takes less than half of it.
const LIFE_MILLIS_MAX: u64 = 400;
/// How long what was cut off may take after the last start.
const ERASING_TIME_MAX: Duration = Duration::from_secs(60);

#[test]
fn killed_fifty_times_in_an_erasure_it_finishes_each_and_touches_nothing_else_embedded() {
    let installation = Installation::new();
    story(&installation);
}

#[test]
fn killed_fifty_times_in_an_erasure_it_finishes_each_and_touches_nothing_else_on_postgresql() {
    on_postgresql(story);
}

fn enrolled(installation: &Installation, tenant: &str, rng: &Rng, count: usize) -> Vec<Device> {
    let token = string(&installation.purser_json(&["enrolment", "create", "--tenant", tenant])["token"]);
    let mut client = Client::connect(installation.port).expect("the server is ready");
    let mut devices = Vec::new();
    for _ in 0..count {
        let mut device = Device::enrol(&mut client, rng, &token).expect("it enrols");
        device.sign_in(&mut client, rng).expect("it signs in");
        device.report(&mut client, rng).expect("it reports");
        devices.push(device);
    }
    devices
}

fn story(installation: &Installation) {
    let seed = Rng::system().bits();
    println!("seed {seed}");
    let rng = Rng::seeded(seed);
    let mut server = installation.serve();
    let (tenant, _link) = installation.tenant("Story");
    let (other, _link) = installation.tenant("Bystander");
    let devices = enrolled(installation, &tenant, &rng, KILLS + 2);
    let bystanders = enrolled(installation, &other, &rng, 2);
    let (doomed, spared) = devices.split_at(KILLS);
    for (kill, device) in doomed.iter().enumerate() {
        if kill > 0 {
            server = installation.serve();
        }
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // It may be told that the server is gone: that is the point.
                let _cut_off =
                    installation.purser(&["erasure", "request", "--tenant", &tenant, "--device", &device.device, "--now", "--yes"]);
            });
            // The moment is the point of the story; nothing waits for this length.
            std::thread::park_timeout(Duration::from_millis(rng.below(LIFE_MILLIS_MAX)));
            let status = server.end(Signal::KILL);
            assert!(!status.success(), "it was killed: {status}");
        });
    }
    let mut server = installation.serve();
    let api = installation.api(&tenant, &["devices:read", "inventory:read", "erasure:manage"]);
    let erasures = until("what was cut off to be finished", ERASING_TIME_MAX, || {
        let erasures = listed(installation, &tenant);
        let open: Vec<_> = erasures.iter().filter(|line| line["state"] != "done").collect();
        if open.is_empty() { Ok(erasures) } else { Err(format!("{open:?}")) }
    });
    let erased: BTreeSet<String> = erasures.iter().map(|line| string(&line["id"])).collect();
    assert_eq!(erased.len(), erasures.len(), "no device is erased twice");
    assert!(erased.len() > KILLS / 4, "kills fell into erasures: {}", erased.len());
    for device in doomed {
        check_one(&api, device, erased.contains(&device.device));
    }
    spared.iter().for_each(|device| check_one(&api, device, false));
    let bystander_api = installation.api(&other, &["devices:read", "inventory:read"]);
    bystanders.iter().for_each(|device| check_one(&bystander_api, device, false));
    for line in &erasures {
        verify_receipt(installation, &string(&line["erasure"]));
    }
    let keys = installation.purser_json(&["keys", "status"]);
    let tenants = keys["tenants"].as_array().expect("the tenants");
    let of_tenant = &tenants.iter().find(|line| line["tenant"] == tenant.as_str()).expect("the tenant's line")["keys"];
    assert_eq!(of_tenant["destroyed"], erased.len(), "as many keys are gone as devices: {of_tenant}");
    assert_eq!(of_tenant["rolls"], false, "no epoch is left that wrapped one: {of_tenant}");
    let index = installation.purser_json(&["doctor", "index"]);
    assert!(index.as_array().expect("tenants").iter().all(|line| line["differing"] == 0), "{index}");
    assert!(server.end(Signal::TERM).success());
    println!(
        "{KILLS} kills, {} erasures asked for and all finished; {} requests were lost with the server",
        erased.len(),
        KILLS - erased.len()
    );
}

fn listed(installation: &Installation, tenant: &str) -> Vec<Value> {
    installation.purser_json(&["erasure", "list", "--tenant", tenant]).as_array().expect("a list").clone()
}

/// A device is whole, or gone: never between.
fn check_one(api: &Api, device: &Device, is_erased: bool) {
    let name = &device.device;
    for path in ["", "/state", "/receipts", "/history", "/packages"] {
        let status = api.get(&format!("/devices/{name}{path}")).status;
        assert_eq!(status, if is_erased { 404 } else { 200 }, "{name}{path}, erased: {is_erased}");
    }
    if !is_erased {
        assert_eq!(string(&api.read(&format!("/devices/{name}/state"))["digest"]), device.digest(), "{name}: the state is the one sent");
    }
}

fn verify_receipt(installation: &Installation, erasure: &str) {
    let file = installation.folder().join(format!("{erasure}.json"));
    let path = file.to_str().expect("a path");
    expect_success(&["erasure", "receipt"], &installation.purser(&["erasure", "receipt", erasure, path]));
    let verify = ["verify", "receipt", path];
    expect_success(&verify, &std::process::Command::new(stories::program("purser")).args(verify).output().expect("purser runs"));
}
