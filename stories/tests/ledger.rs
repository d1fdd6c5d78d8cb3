//! An auditor takes a ledger away, and verifies it with nothing but the program and the files.

use std::path::Path;
use std::process::{Command, Output};

use stories::installation::{Installation, expect_success, text};
use stories::program;

/// `purser verify`, which gets neither a data folder nor a server to ask.
fn verify(arguments: &[&str]) -> Output {
    Command::new(program("purser")).arg("verify").args(arguments).env_clear().output().expect("purser runs")
}

fn holds(arguments: &[&str]) {
    let output = verify(arguments);
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

fn fails_saying(arguments: &[&str], what: &str) {
    let output = verify(arguments);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains(what), "{what}: {}", text(&output.stdout));
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().expect("UTF-8").to_owned()
}

#[test]
fn a_ledger_that_was_exported_is_verified_offline_and_each_tampering_is_named() {
    let installation = Installation::new();
    let _server = installation.serve();
    let (tenant, _) = installation.tenant("Acme");
    let api = installation.api(&tenant, &["ledger:read"]);
    let folder = installation.folder();

    let kept = installation.purser_json(&["ledger", "checkpoint", "--tenant", &tenant]);
    let (key, against) = (kept["key"].as_str().expect("a key").to_owned(), path(folder, "kept.txt"));
    std::fs::write(&against, kept["checkpoint"].as_str().expect("a note")).expect("written");
    let file = path(folder, "log.jsonl");
    let export = ["ledger", "export", "--tenant", &tenant, &file];
    expect_success(&export, &installation.purser(&export));
    holds(&["log", &file, "--key", &key, "--against", &against]);
    assert!(!installation.purser(&export).status.success(), "a file is never written over");

    let log = std::fs::read_to_string(&file).expect("the log");
    assert!(log.contains("read-on-host"), "the reading is in the ledger: {log}");
    let lines: Vec<&str> = log.lines().collect();
    let tampered = path(folder, "tampered.jsonl");
    for (changed, what) in [
        ([&lines[..2], &lines[3..]].concat().join("\n"), "leaf 1 is missing"),
        (log.replacen("token-created", "token-revoked", 1), "leaf 1 was altered"),
        ([&lines[..3], &lines[lines.len() - 1..]].concat().join("\n"), "leaves 2 to"),
        (lines[..lines.len() - 1].join("\n"), "signed by no checkpoint"),
    ] {
        std::fs::write(&tampered, changed).expect("written");
        fails_saying(&["log", &tampered, "--key", &key], what);
    }

    let leaves = api.read("/ledger/leaves");
    let leaf = leaves["items"][0]["leaf"].as_str().expect("a leaf");
    let proof = api.read(&format!("/ledger/leaves/{leaf}/proof")).to_string();
    let proven = path(folder, "proof.json");
    std::fs::write(&proven, &proof).expect("written");
    holds(&["proof", &proven, "--key", &key]);
    std::fs::write(&proven, proof.replacen("read-on-host", "read-by-host", 2)).expect("written");
    fails_saying(&["proof", &proven, "--key", &key], "the entry was altered");
    std::fs::write(&proven, proof.replacen("index ", "index 1", 1)).expect("written");
    fails_saying(&["proof", &proven, "--key", &key], "proof");
}
