//! Somebody who may see Windows devices only, in the real console: no page, answer or picture has anything of a Linux device.

#[path = "../../benches/ingest/client.rs"]
mod client;
#[path = "../kill/device.rs"]
#[expect(dead_code, reason = "the story of kills asks more of it")]
mod device;

use std::process::Command;

use kernel::Rng;
use rustix::process::Signal;
use serde_json::json;
use stories::api::Api;
use stories::installation::{Installation, string};
use stories::person::Person;
use stories::{program, repository};

use crate::client::Client;
use crate::device::Device;

/// Devices of each system.
const DEVICES: usize = 3;

#[test]
fn a_windows_administrator_sees_nothing_of_a_linux_device_in_the_console() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, link) = installation.tenant("Example organisation");
    let rng = Rng::system();
    let token = string(&installation.purser_json(&["enrolment", "create", "--tenant", &tenant])["token"]);
    let mut client = Client::connect(installation.port).expect("the server is ready");
    let mut join = |system: &'static str| -> Vec<(String, Device)> {
        let joined = (1..=DEVICES).map(|number| {
            let name = format!("{system}-host-{number}");
            let mut device = Device::enrol_as(&mut client, &rng, &token, Some(&name), system).expect("it enrols");
            device.sign_in(&mut client, &rng).expect("it signs in");
            device.report(&mut client, &rng).expect("it reports");
            (name, device)
        });
        joined.collect()
    };
    let (windows, mut linux) = (join("windows"), join("debian"));
    let owner = Person::set_up(&installation, &link, "owner@example.org");
    let roles = json!([{ "role": "technician", "devices": "os:windows" }, { "role": "auditor", "devices": "os:windows" }]);
    let [limited] = owner.invite_to(&installation, &[("windows", roles)]).try_into().expect("one");
    let hers = Api::new(installation.port, &installation.authority(), None).with_session(limited.cookie.clone());
    assert_eq!(hers.every("/devices", 100).0.len(), DEVICES, "the control: she sees some");

    let moving = installation.folder().join("moving");
    let names = |devices: &[(String, Device)]| devices.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let ids = |devices: &[(String, Device)]| devices.iter().map(|(_, device)| device.device.clone()).collect::<Vec<_>>();
    let hidden: Vec<String> = names(&linux).into_iter().chain(ids(&linux)).collect();
    let environment = [
        ("BASE_URL", installation.url()),
        ("COOKIE", limited.cookie.clone()),
        ("SHOWN", ids(&windows).join(",")),
        ("HIDDEN", hidden.join(",")),
        ("SYSTEM", "debian".to_owned()),
        ("FOREIGN", linux[0].1.device.clone()),
        ("MOVING", moving.display().to_string()),
        ("PICTURES", program("purser").with_file_name("pictures").display().to_string()),
    ];
    let mut journey = Command::new("node").arg(repository().join("console/e2e/limited.mjs")).envs(environment).spawn().expect("node runs");
    let status = loop {
        if moving.exists() {
            // The connection of before was idle for too long.
            let mut client = Client::connect(installation.port).expect("the server is there");
            linux[0].1.report(&mut client, &rng).expect("it reports once more");
            std::fs::remove_file(&moving).expect("the journey goes on");
        }
        match journey.try_wait().expect("the process is ours") {
            Some(status) => break status,
            // Nobody unparks this thread: a pause between two looks.
            None => std::thread::park_timeout(std::time::Duration::from_millis(50)),
        }
    };
    assert!(status.success(), "the journey ended with {status}");
    assert!(server.end(Signal::TERM).success());
}
