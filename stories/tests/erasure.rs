//! A receipt is verified by whoever holds it, with nothing but the file and a key that was kept.

use std::path::Path;
use std::process::{Command, Output};

use rustix::process::Signal;
use stories::installation::{Installation, expect_success, string, text};

/// Every so many bytes of a receipt one is changed.
const STEP_BYTES: usize = 97;

fn verify(file: &Path, more: &[&str]) -> Output {
    let file = file.to_str().expect("a path");
    Command::new(stories::program("purser")).args(["verify", "receipt", file]).args(more).output().expect("purser runs")
}

#[test]
fn promise_x_2_a_receipt_is_verified_by_its_holder_alone_and_one_altered_byte_is_noticed() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, _link) = installation.tenant("Story");
    let device = installation.join(&tenant, "agent", "");
    let key = string(&installation.purser_json(&["ledger", "checkpoint", "--tenant", &tenant])["key"]);
    let asked = installation.purser_json(&["erasure", "request", "--tenant", &tenant, "--device", &device, "--now", "--yes"]);
    assert_eq!((asked["state"].as_str(), asked["id"].as_str()), (Some("done"), Some(device.as_str())));
    let file = installation.folder().join("receipt.json");
    let receipt = ["erasure", "receipt", &string(&asked["erasure"]), file.to_str().expect("a path")];
    expect_success(&receipt, &installation.purser(&receipt));
    // The installation is gone for the rest: neither server nor data folder is asked.
    assert!(server.end(Signal::TERM).success());
    std::fs::rename(installation.data(), installation.folder().join("elsewhere")).expect("moved away");

    let told = verify(&file, &["--key", &key]);
    expect_success(&["verify", "receipt"], &told);
    assert!(text(&told.stdout).contains(&device), "{}", text(&told.stdout));
    assert!(text(&told.stdout).contains("It does not prove"), "what it does not prove is printed: {}", text(&told.stdout));

    let policy = installation.folder().join("policy.json");
    let demand = |text: String| std::fs::write(&policy, text).expect("written");
    let with_policy = || verify(&file, &["--policy", policy.to_str().expect("a path")]);
    demand(format!(r#"{{"log_keys": ["{key}"], "subject": "{device}", "hours_max": 72, "assurance": ["file-overwrite"]}}"#));
    expect_success(&["verify", "receipt", "--policy"], &with_policy());
    demand(r#"{"subject": "dev_0000000000001"}"#.into());
    assert_eq!(with_policy().status.code(), Some(1), "another device's");
    demand(r#"{"assurance": ["hardware"]}"#.into());
    assert_eq!(with_policy().status.code(), Some(1), "more than was done");

    let whole = std::fs::read(&file).expect("the receipt");
    let altered = installation.folder().join("altered.json");
    let mut tried = 0;
    for place in (0..whole.len()).step_by(STEP_BYTES) {
        // White space between words says nothing, and the key in the file is not the one that is trusted.
        if whole[place].is_ascii_whitespace() || key_range(&whole).contains(&place) {
            continue;
        }
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        std::fs::write(&altered, &bytes).expect("written");
        let refused = verify(&altered, &["--key", &key]);
        assert!(!refused.status.success(), "byte {place} of {} was changed unnoticed: {}", whole.len(), text(&refused.stdout));
        tried += 1;
    }
    assert!(tried > 20, "bytes were changed: {tried}");
}

/// Where the file's own key stands.
fn key_range(whole: &[u8]) -> std::ops::Range<usize> {
    let from = whole.windows(5).position(|window| window == b"\"key\"").expect("a key");
    let length = whole.iter().skip(from).position(|byte| *byte == b'\n').expect("a line");
    from..from + length
}

#[test]
fn the_receipt_of_a_whole_organisation_is_proven_in_the_instances_log() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, _link) = installation.tenant("Story");
    let (other, _link) = installation.tenant("Bystander");
    let _device = installation.join(&tenant, "agent", "");
    let asked = installation.purser_json(&["erasure", "request", "--tenant", &tenant, "--everything", "--now", "--yes"]);
    assert_eq!(asked["state"], "done", "{asked}");
    let file = installation.folder().join("receipt.json");
    let receipt = ["erasure", "receipt", &string(&asked["erasure"]), file.to_str().expect("a path")];
    expect_success(&receipt, &installation.purser(&receipt));
    let told = verify(&file, &[]);
    expect_success(&["verify", "receipt"], &told);
    assert!(text(&told.stdout).contains(&tenant), "{}", text(&told.stdout));
    let tenants = installation.purser_json(&["tenant", "list"]);
    let left: Vec<String> = tenants.as_array().expect("a list").iter().map(|line| string(&line["tenant"])).collect();
    assert_eq!(left, [other]);
    assert!(server.end(Signal::TERM).success());
}
