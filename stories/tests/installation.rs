//! An installation through starts, stops and mistakes.

use std::net::TcpListener;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use stories::installation::{Installation, TURN_TIME_MAX, expect_success, text};
use stories::wait::until;

const READER: [&str; 2] = ["devices:read", "inventory:read"];

#[test]
fn a_second_start_finds_everything_as_it_was() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, _link) = installation.tenant("Story");
    let device = installation.join(&tenant, "agent", "");
    let api = installation.api(&tenant, &READER);
    let look = || {
        let certificate = text(&installation.purser(&["certificate"]).stdout);
        let tenants = installation.purser_json(&["tenant", "list"]);
        let mut row = api.read(&format!("/devices/{device}"));
        // Seen again at the second report; everything else must stay.
        row["last_seen_at"] = Value::Null;
        let (packages, _) = api.every(&format!("/devices/{device}/packages"), 500);
        let (receipts, _) = api.every(&format!("/devices/{device}/receipts"), 500);
        (certificate, tenants, row, packages, receipts)
    };
    let before = until("the packages", Duration::from_secs(60), || {
        let seen = look();
        if seen.3.is_empty() { Err("none yet".into()) } else { Ok(seen) }
    });
    assert!(server.end(Signal::TERM).success());

    // `purser init` once more, as a script would: what is there stays.
    let again = installation.purser(&["init"]);
    println!("init again: {}: {}{}", again.status, text(&again.stdout).trim(), text(&again.stderr).trim());
    let mut server = installation.serve();
    assert_eq!(look(), before);

    // The agent needs no new enrolment, and its next report is one more receipt.
    installation.report("agent", "");
    until("one more receipt", Duration::from_secs(60), || {
        let (receipts, _) = api.every(&format!("/devices/{device}/receipts"), 500);
        if receipts.len() == before.4.len() + 1 { Ok(()) } else { Err(format!("{} receipts", receipts.len())) }
    });
    assert!(server.end(Signal::TERM).success());
    println!("{} packages, {} receipts, tenant, certificate and tokens: as before", before.3.len(), before.4.len());
}

#[test]
fn interrupt_and_termination_end_the_server_in_order() {
    let installation = Installation::new();
    for signal in [Signal::INT, Signal::TERM] {
        let mut server = installation.serve();
        let status = server.end(signal);
        assert_eq!(status.code(), Some(0), "{signal:?}: {}", server.log());
    }
}

#[test]
fn a_crash_of_the_server_leaves_no_copy_of_its_memory() {
    let installation = Installation::new();
    let server = installation.serve();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.pid().as_raw_nonzero())).expect("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a line");
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
}

#[test]
fn health_says_whether_a_server_is_ready() {
    let installation = Installation::new();
    let without = installation.purser(&["health"]);
    assert_eq!(without.status.code(), Some(1));
    one_sentence("health without a server", &text(&without.stderr), &["purser.sock"]);
    let mut server = installation.serve();
    let with = installation.purser(&["health"]);
    expect_success(&["health"], &with);
    assert!(serde_json::from_slice::<Value>(&with.stdout).is_ok_and(|answer| answer.is_object()), "{}", text(&with.stdout));
    assert!(server.end(Signal::TERM).success());
    assert_eq!(installation.purser(&["health"]).status.code(), Some(1));
}

#[test]
fn a_server_without_an_installation_says_how_to_make_one() {
    let installation = Installation::bare();
    refuses(&installation, "no installation", &[], &["purser init"]);
}

#[test]
fn a_server_without_its_passphrase_or_with_another_refuses_to_start() {
    let installation = Installation::new();
    let (path, kept) = (installation.data().join("passphrase"), installation.folder().join("kept"));
    std::fs::rename(&path, &kept).unwrap();
    refuses(&installation, "no passphrase", &[], &["passphrase"]);
    std::fs::write(&path, "not-the-passphrase-that-it-was-made-with\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&path, mode).unwrap();
    refuses(&installation, "another passphrase", &[], &["passphrase"]);
    std::fs::rename(&kept, &path).unwrap();
    assert!(installation.serve().end(Signal::TERM).success(), "with its own passphrase it starts as ever");
}

#[test]
fn a_taken_port_is_said_in_one_sentence() {
    let installation = Installation::new();
    let taken = TcpListener::bind(("127.0.0.1", installation.port)).unwrap();
    refuses(&installation, "a taken port", &[], &[&installation.port.to_string()]);
    drop(taken);
}

#[test]
fn a_second_server_on_the_same_data_refuses_to_start() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let mut second = installation.start(&["--listen", "127.0.0.1:0"]);
    assert_eq!(second.wait().code(), Some(1));
    assert!(second.log().contains("purser: "), "{}", second.log());
    println!("a second server: {}", second.log().trim());
    assert!(installation.purser(&["health"]).status.success(), "the first one serves on");
    assert!(server.end(Signal::TERM).success());
}

#[test]
fn an_unreadable_certificate_is_said_in_one_sentence() {
    let installation = Installation::new();
    let missing = installation.folder().join("missing.pem").display().to_string();
    refuses(&installation, "a missing certificate", &["--tls-cert", &missing, "--tls-key", &missing], &["missing.pem"]);
    let nonsense = installation.folder().join("nonsense.pem").display().to_string();
    std::fs::write(&nonsense, "this is no certificate\n").unwrap();
    refuses(&installation, "nonsense as a certificate", &["--tls-cert", &nonsense, "--tls-key", &nonsense], &["nonsense.pem"]);
}

/// The server ends with 1 and says why in one sentence, which holds these words.
fn refuses(installation: &Installation, what: &str, more: &[&str], words: &[&str]) {
    let mut server = installation.start(more);
    let status = until(what, TURN_TIME_MAX, || server.ended().ok_or_else(|| "it runs".to_owned()));
    assert_eq!(status.code(), Some(1), "{what}: {}", server.log());
    one_sentence(what, &server.log(), words);
}

fn one_sentence(what: &str, said: &str, words: &[&str]) {
    println!("{what}: {}", said.trim());
    assert!(said.starts_with("purser: ") && said.trim_end().lines().count() == 1, "{what} is not said in one line: {said}");
    for word in words {
        assert!(said.contains(word), "{what} does not name {word}: {said}");
    }
}
