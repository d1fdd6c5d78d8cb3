//! The program itself.

use std::process::{Command, Output};

fn agent(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_purser-agent")).args(arguments).output().unwrap()
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn promise_op_13_a_plaintext_address_is_refused_with_a_clear_error() {
    let scratch = tempfile::tempdir().unwrap();
    let token = crate::fake_server::FakeServer::enrolment_token();
    let key = "0".repeat(64);
    let dir = scratch.path().to_str().unwrap();
    let output = agent(&["enrol", "--server", "http://localhost:1", "--token", &token, "--server-key", &key, "--state-dir", dir]);
    assert_eq!(output.status.code(), Some(2));
    assert!(error(&output).contains("http://") && error(&output).contains("use https://"), "{}", error(&output));
}

#[test]
fn promise_or_6_there_is_no_switch_that_turns_trust_off() {
    let help = String::from_utf8(agent(&["--help"]).stdout).unwrap().to_lowercase();
    for word in ["insecure", "--skip", "no-verify", "allow-http"] {
        assert!(!help.contains(word), "{word}");
    }
    assert_eq!(agent(&["run", "--insecure"]).status.code(), Some(2));
    let binary = std::fs::read(env!("CARGO_BIN_EXE_purser-agent")).unwrap();
    for word in ["--insecure", "PURSER_INSECURE", "SSLKEYLOGFILE"] {
        assert!(!binary.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
}

#[test]
fn each_kind_of_failure_has_its_exit_code() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path().to_str().unwrap();
    let config = scratch.path().join("config.toml");
    std::fs::write(&config, "kind_off = []\n").unwrap();
    let config = config.to_str().unwrap();
    let token = crate::fake_server::FakeServer::enrolment_token();
    let key = "0".repeat(64);
    assert_eq!(agent(&["fly"]).status.code(), Some(2));
    assert_eq!(agent(&["enrol", "--server", "https://localhost:1"]).status.code(), Some(2));
    assert_eq!(agent(&["once", "--config", config, "--state-dir", dir]).status.code(), Some(3));
    assert_eq!(agent(&["once", "--state-dir", dir]).status.code(), Some(6));
    assert_eq!(agent(&["status", "--state-dir", dir]).status.code(), Some(6));
    let output = agent(&["enrol", "--server", "https://localhost:1", "--token", &token, "--server-key", &key, "--state-dir", dir]);
    // Without a machine-id the host fails before the server does.
    assert!(matches!(output.status.code(), Some(4 | 1)), "{}", error(&output));
    let output = agent(&["enrol", "--server", "https://localhost:1", "--token", "prs_enr_typo", "--server-key", &key, "--state-dir", dir]);
    assert_eq!(output.status.code(), Some(2), "{}", error(&output));
    assert!(!error(&output).contains("typo"), "a token is never printed");
}

#[test]
fn every_exit_code_of_the_help_is_explained() {
    let help = String::from_utf8(agent(&["--help"]).stdout).unwrap();
    for code in 0..=8 {
        assert!(help.lines().any(|line| line.starts_with(&format!("  {code}  "))), "{code}");
    }
    assert!(String::from_utf8(agent(&["--version"]).stdout).unwrap().starts_with("purser-agent "));
}

#[test]
fn collect_print_shows_the_canonical_state_and_an_image_can_be_named() {
    let image = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(image.path().join("etc")).unwrap();
    std::fs::write(image.path().join("etc/os-release"), "ID=example\n").unwrap();
    let output = agent(&["collect", "--print", "--root", image.path().to_str().unwrap()]);
    let mut state: wire::state::State = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(state.os.as_ref().unwrap().id, "example");
    state.canonicalise();
    assert_eq!(agent::outbox::canonical(&state), output.stdout.trim_ascii_end());
    assert_eq!(agent(&["collect"]).status.code(), Some(2));
}
