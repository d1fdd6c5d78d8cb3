//! The server is killed 50 times at random moments while devices report, and started again each time.
//!
//! A device believes in a report when it holds the receipt; what is not answered it sends again, byte for byte, as the
//! agent does. At the end every receipt that a device holds is in the server's list, once; every report has one receipt;
//! each change of a package is told once; the state is the one sent last; and the fleet index says what a rebuild from
//! the rows says.

#[path = "../../benches/ingest/client.rs"]
mod client;
mod device;
mod erasure;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use kernel::Rng;
use rustix::process::Signal;
use serde_json::Value;
use store::testing::TestDatabase;
use stories::api::Api;
use stories::installation::{Installation, string};
use stories::wait::until;

use crate::client::Client;
use crate::device::{Device, MARKER};

/// How often the server is killed.
const KILLS: usize = 50;
/// Devices, each reporting on a connection of its own.
const DEVICES: usize = 8;
/// The longest that a server lives after it is ready; the shortest is nothing.
const LIFE_MILLIS_MAX: u64 = 1_200;
/// How long the last check-ins may take to be folded into the tenant's store.
const FOLDING_TIME_MAX: Duration = Duration::from_secs(60);

#[test]
fn killed_fifty_times_in_mid_ingest_it_loses_and_doubles_nothing_embedded() {
    let installation = Installation::new();
    story(&installation);
}

#[test]
fn killed_fifty_times_in_mid_ingest_it_loses_and_doubles_nothing_on_postgresql() {
    on_postgresql(story);
}

/// Tells a story on an installation whose rows lie on PostgreSQL, where a server is given.
fn on_postgresql(story: impl FnOnce(&Installation)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let Some(database) = runtime.block_on(TestDatabase::make()) else { return };
    let installation = Installation::bare();
    installation.init(&["--database", &database.url]);
    story(&installation);
    runtime.block_on(database.remove());
}

fn story(installation: &Installation) {
    let seed = Rng::system().bits();
    println!("seed {seed}");
    let rng = Rng::seeded(seed);
    let mut server = installation.serve();
    let (tenant, _link) = installation.tenant("Story");
    let token = string(&installation.purser_json(&["enrolment", "create", "--tenant", &tenant])["token"]);
    let mut devices: Vec<Mutex<Device>> = Vec::new();
    for _ in 0..DEVICES {
        let mut client = Client::connect(installation.port).expect("the server is ready");
        devices.push(Mutex::new(Device::enrol(&mut client, &rng, &token).expect("it enrols")));
    }
    for kill in 0..KILLS {
        if kill > 0 {
            server = installation.serve();
        }
        std::thread::scope(|scope| {
            for device in &devices {
                scope.spawn(|| report_until_it_breaks(device, installation.port, &rng));
            }
            // The moment is the point of the story; nothing waits for this length.
            std::thread::park_timeout(Duration::from_millis(rng.below(LIFE_MILLIS_MAX)));
            let status = server.end(Signal::KILL);
            assert!(!status.success(), "it was killed: {status}");
        });
    }
    let mut server = installation.serve();
    let mut devices: Vec<Device> = devices.into_iter().map(|device| device.into_inner().expect("no thread panicked")).collect();
    for device in &mut devices {
        let mut client = Client::connect(installation.port).expect("the server is ready");
        device.sign_in(&mut client, &rng).expect("it signs in");
        device.deliver(&mut client).expect("what was not answered is delivered");
        device.report(&mut client, &rng).expect("it reports once more");
    }
    let api = installation.api(&tenant, &["devices:read", "inventory:read"]);
    let (mut receipts, mut again) = (0, 0);
    for device in &devices {
        check(&api, device);
        receipts += device.receipts.len();
        again += device.sent_again;
    }
    let index = installation.purser_json(&["doctor", "index"]);
    assert_eq!(index[0]["devices"], DEVICES);
    assert_eq!(index[0]["differing"], 0, "{index}");
    assert!(server.end(Signal::TERM).success());
    // Once more from the snapshot that an orderly end leaves, without a server.
    let index = installation.purser_json(&["doctor", "index"]);
    assert_eq!((&index[0]["devices"], &index[0]["differing"]), (&Value::from(DEVICES), &Value::from(0)));
    println!(
        "{KILLS} kills, {receipts} reports acknowledged by {DEVICES} devices, {again} sent again: none lost, none doubled, the index is sound"
    );
    assert!(again > 0, "at least one kill fell between a report and its receipt");
}

/// Reports until the server is gone.
fn report_until_it_breaks(device: &Mutex<Device>, port: u16, rng: &Rng) {
    let mut device = device.lock().expect("no thread panicked");
    let mut work = || -> Result<(), std::io::Error> {
        let mut client = Client::connect(port)?;
        device.sign_in(&mut client, rng)?;
        device.deliver(&mut client)?;
        loop {
            device.report(&mut client, rng)?;
        }
    };
    let broken = work().expect_err("only the kill ends this");
    assert!(!broken.to_string().contains("refused by the server"), "{broken}");
}

fn check(api: &Api, device: &Device) {
    let name = &device.device;
    // Check-ins are in the list once they are folded.
    let listed = until("the last check-ins to be folded", FOLDING_TIME_MAX, || {
        let (listed, _) = api.every(&format!("/devices/{name}/receipts"), 500);
        if listed.len() >= device.receipts.len() { Ok(listed) } else { Err(format!("{} of {}", listed.len(), device.receipts.len())) }
    });
    let mut by_sequence: BTreeMap<u64, String> = BTreeMap::new();
    for receipt in &listed {
        let sequence = receipt["sequence"].as_u64().expect("a number");
        assert_eq!(by_sequence.insert(sequence, string(&receipt["receipt"])), None, "{name}: report {sequence} has two receipts");
    }
    assert_eq!(by_sequence, device.receipts, "{name}: the receipts are those that the device holds");

    let state = api.read(&format!("/devices/{name}/state"));
    assert_eq!(string(&state["digest"]), device.digest(), "{name}: the state is the one sent last");

    let (history, _) = api.every(&format!("/devices/{name}/history"), 500);
    let mut told: Vec<String> = history.iter().filter(|line| line["name"] == MARKER).map(|line| string(&line["to"])).collect();
    told.reverse();
    assert_eq!(told, device.marker_versions(), "{name}: each change is told once, in its order");
    println!("{name}: {} receipts, {} changes, {} sent again", listed.len(), told.len(), device.sent_again);
}
