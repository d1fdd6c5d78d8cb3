//! The main job as a person does it, in a headless browser, and then every page; and leaving: the journeys are `console/e2e`.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

use stories::installation::Installation;
use stories::{program, repository, shared_advisories};

/// Of the eight looks that the pages have (two languages, schemes and widths) two that differ in all three; the console's own
/// tests go through all of them.
const LOOKS: &str = "^(en light 1280|pl dark 400)$";
/// The agent's own file: the pictures show no address of this host.
const CONFIG: &str = "kinds_off = [\"network\"]\n";

#[test]
fn an_owner_sets_up_sees_the_device_imports_advisories_and_finds_the_device_exposed() {
    let Some(advisories) = shared_advisories() else { return };
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, link) = installation.tenant("Example organisation");
    let _device = installation.join(&tenant, "agent", CONFIG);
    let environment = [
        ("BASE_URL", installation.url()),
        ("SETUP_LINK", link),
        ("ADVISORIES", advisories.join("debian12-changelog-osv.jsonl.zst").display().to_string()),
        ("STATE", installation.folder().join("session.json").display().to_string()),
        ("ONLY", LOOKS.to_owned()),
        ("PURSER", program("purser").display().to_string()),
        ("PICTURES", pictures().display().to_string()),
    ];
    let status = Command::new("node").arg(repository().join("console/e2e/all.mjs")).envs(environment).status().unwrap();
    assert!(status.success(), "the journey ended with {status}; pictures lie in {}", pictures().display());
    assert!(server.end(rustix::process::Signal::TERM).success());
}

/// Beside the programs, so that they survive the scratch folder.
fn pictures() -> PathBuf {
    program("purser").with_file_name("pictures")
}

#[test]
fn promise_op_29_an_owner_exports_and_erases_in_the_browser_and_a_stranger_is_refused() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, link) = installation.tenant("Leaving organisation");
    let (_other, strangers_link) = installation.tenant("Another organisation");
    let devices = [installation.join(&tenant, "one", CONFIG), installation.join(&tenant, "two", CONFIG)];
    let environment = [
        ("BASE_URL", installation.url()),
        ("SETUP_LINK", link),
        ("STRANGERS_LINK", strangers_link),
        ("DEVICES", devices.join(",")),
        ("PURSER", program("purser").display().to_string()),
        ("PICTURES", pictures().display().to_string()),
    ];
    let status = Command::new("node").arg(repository().join("console/e2e/leaver.mjs")).envs(environment).status().unwrap();
    assert!(status.success(), "the journey ended with {status}; pictures lie in {}", pictures().display());
    assert!(server.end(rustix::process::Signal::TERM).success());
}

#[test]
fn promise_or_10_a_passkey_is_added_signs_in_and_stands_for_a_code_in_the_browser_and_a_copy_does_not() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (_tenant, link) = installation.tenant("Organisation with passkeys");
    let environment = [("BASE_URL", installation.url()), ("SETUP_LINK", link), ("PICTURES", pictures().display().to_string())];
    let status = Command::new("node").arg(repository().join("console/e2e/passkeys.mjs")).envs(environment).status().unwrap();
    assert!(status.success(), "the journey ended with {status}; pictures lie in {}", pictures().display());
    assert!(server.end(rustix::process::Signal::TERM).success());
}

#[test]
fn promise_or_11_people_sign_in_by_a_real_provider_in_the_browser() {
    let tools = repository().join("console/tools/oidc-provider");
    if !tools.join("node_modules").is_dir() {
        let arguments = ["--prefix", &tools.display().to_string(), "ci", "--no-audit", "--no-fund", "--loglevel=error"];
        let status = Command::new("npm").args(arguments).status().unwrap();
        assert!(status.success(), "the provider is installed");
    }
    let installation = Installation::new();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, key) = (installation.folder().join("provider.pem"), installation.folder().join("provider.key"));
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    // The server is told of it before it listens.
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let authorities = certificate.display();
    let table = format!("\n[single_sign_on]\ninside_issuers = [\"https://localhost:{port}\"]\nauthorities = \"{authorities}\"\n");
    let settings = installation.data().join("settings.toml");
    fs::OpenOptions::new().append(true).open(settings).unwrap().write_all(table.as_bytes()).unwrap();
    let mut server = installation.serve();
    let (_tenant, link) = installation.tenant("Example organisation");
    let environment = [
        ("BASE_URL", installation.url()),
        ("SETUP_LINK", link),
        ("OIDC_PORT", port.to_string()),
        ("OIDC_KEY", key.display().to_string()),
        ("OIDC_CERTIFICATE", certificate.display().to_string()),
        ("PICTURES", pictures().display().to_string()),
    ];
    let status = Command::new("node").arg(repository().join("console/e2e/sign-on.mjs")).envs(environment).status().unwrap();
    assert!(status.success(), "the journey ended with {status}; pictures lie in {}", pictures().display());
    assert!(server.end(rustix::process::Signal::TERM).success());
}
