//! An organisation leaves: with everything, verified, to another server, and with a proof that nothing stayed.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};
use stories::api::Api;
use stories::installation::{Installation, expect_success, string, text};
use stories::wait::until;
use stories::{program, repository};

/// An export of one host is made within seconds; this machine may be busy.
const MADE_TIME_MAX: Duration = Duration::from_secs(120);

/// The owner's authenticator, so many steps ahead: the one that the browser journeys use too.
fn one_time_code(secret: &str, ahead: u8) -> String {
    let script = "const { totp } = await import(process.argv[1]); console.log(totp(process.argv[2], Number(process.argv[3])));";
    let module = repository().join("console/e2e/totp.mjs");
    let arguments = ["--input-type=module", "-e", script];
    let output = Command::new("node").args(arguments).arg(module).arg(secret).arg(ahead.to_string()).output().expect("node runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).trim().to_owned()
}

/// Sets the owner up as the console does: the owner's client, and the secret of the second factor.
fn owner(installation: &Installation, link: &str) -> (Api, String) {
    let link = link.rsplit('#').next().unwrap_or_default();
    let api = Api::new(installation.port, &installation.authority(), None);
    let begun = api.post("/setup/begin", &json!({ "link": link }));
    let secret = string(&begun.body["totp_secret"]);
    let account = json!({
        "link": link, "email": "owner@example.org", "password": "correct horse battery staple", "totp_code": one_time_code(&secret, 0),
    });
    let finished = api.post("/setup/finish", &account);
    assert_eq!(finished.status, 204, "{}", finished.body);
    let cookie = finished.headers.iter().find(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str());
    let cookie = cookie.and_then(|cookie| cookie.split(';').next()).expect("finishing the set-up signs in").to_owned();
    (api.with_session(cookie), secret)
}

/// Asks for an export of everything, waits until it is made, and saves it.
fn fetched(api: &Api, tenant: &str, secret: &str, file: &Path) -> Value {
    // The code of this half minute was used at set-up; the server takes one step ahead.
    let body = json!({ "subject": "tenant", "id": tenant, "totp_code": one_time_code(secret, 1) });
    let asked = api.post("/exports", &body);
    assert_eq!(asked.status, 201, "{}", asked.body);
    let path = format!("/exports/{}", string(&asked.body["export"]));
    let made = until("the export to be made", MADE_TIME_MAX, || {
        let seen = api.read(&path);
        if seen["state"] == "ready" { Ok(seen) } else { Err(seen.to_string()) }
    });
    std::fs::write(file, api.fetch(&format!("{path}/file"))).expect("saved");
    made
}

fn verify(arguments: &[&str]) -> Output {
    Command::new(program("purser")).arg("verify").args(arguments).output().expect("purser runs")
}

fn as_text(path: &Path) -> &str {
    path.to_str().expect("a path")
}

#[test]
fn promise_x_6_an_organisation_leaves_whole_and_lives_on_elsewhere_with_equal_digests() {
    let old = Installation::new();
    let mut server = old.serve();
    let (tenant, link) = old.tenant("Leaving");
    let device = old.join(&tenant, "agent", "");
    let key = string(&old.purser_json(&["ledger", "checkpoint", "--tenant", &tenant])["key"]);
    let (api, secret) = owner(&old, &link);
    let archive = old.folder().join("export.tar");
    let made = fetched(&api, &tenant, &secret, &archive);
    let export = ["export", as_text(&archive), "--key", &key];
    expect_success(&export, &verify(&export));

    // Another server takes it in: its own export has the same digests, file by file.
    let new = Installation::new();
    let taken_in = new.purser_json(&["import", as_text(&archive), "--key", &key]);
    assert_eq!(taken_in["tenant"], tenant.as_str());
    let again = new.purser_json(&["export", "--tenant", &tenant, "--out", as_text(&new.folder().join("again"))]);
    assert_eq!((&again["digest"], &again["rows"]), (&made["digest"], &made["rows"]));
    // And it answers questions about the devices.
    let mut elsewhere = new.serve();
    let reader = new.api(&tenant, &["devices:read", "inventory:read"]);
    let (devices, _) = reader.every("/devices", 10);
    assert_eq!((devices.len(), &devices[0]["device"]), (1, &json!(device)));
    let (packages, _) = reader.every(&format!("/devices/{device}/packages"), 1_000);
    assert!(!packages.is_empty(), "what it has is known");
    assert!(elsewhere.end(Signal::TERM).success());

    // The old one forgets everything, and proves it.
    let to = old.folder().join("left");
    let left = old.purser_json(&["leave", "--tenant", &tenant, "--to", as_text(&to), "--yes"]);
    assert_eq!(left["erasure"]["state"], "done", "{left}");
    assert_eq!(api.get("/session").status, 401);
    assert_eq!(old.purser_json(&["tenant", "list"]), json!([]));
    assert_eq!(std::fs::read_dir(old.data().join("exports")).map_or(0, Iterator::count), 0, "no export is left");
    assert!(server.end(Signal::TERM).success());
    std::fs::rename(old.data(), old.folder().join("elsewhere")).expect("the installation is gone for the rest");
    expect_success(&["verify", "export"], &verify(&["export", as_text(&to.join("export")), "--key", &key]));
    let (receipt, policy) = (to.join("receipt.json"), to.join("policy.json"));
    let with_policy = ["receipt", as_text(&receipt), "--policy", as_text(&policy)];
    expect_success(&with_policy, &verify(&with_policy));
    let demanded: Value = serde_json::from_slice(&std::fs::read(&policy).expect("a policy")).expect("JSON");
    assert_eq!(demanded["subject"], tenant.as_str());
    std::fs::write(&policy, demanded.to_string().replace(&tenant, "ten_0000000000001")).expect("written");
    assert_eq!(verify(&with_policy).status.code(), Some(1), "another organisation's receipt is refused");
}

#[test]
fn nobody_leaves_into_a_folder_that_is_there_and_an_organisation_that_there_is_not_makes_no_trace() {
    let installation = Installation::new();
    let (tenant, _link) = installation.tenant("Staying");
    let to = installation.folder().join("there");
    std::fs::create_dir(&to).expect("made");
    let refused = installation.purser(&["leave", "--tenant", &tenant, "--to", as_text(&to), "--yes"]);
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused.stderr));
    let unsaid = installation.purser(&["leave", "--tenant", &tenant, "--to", as_text(&installation.folder().join("new"))]);
    assert_eq!(unsaid.status.code(), Some(2), "it cannot be undone, so it must be said");
    assert_eq!(installation.purser_json(&["tenant", "list"]).as_array().map(Vec::len), Some(1), "nothing is erased");
}
