//! An auditor takes a ledger away, and verifies it with nothing but the program and the files; a witness sees to it that
//! everybody is shown the same one.

use std::cmp::Ordering;
use std::path::Path;
use std::process::{Command, Output};

use rustix::process::Signal;
use serde_json::Value;
use stories::installation::{Installation, Server, expect_success, string, text};
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
        ([&lines[..2], &lines[3..4], &lines[2..3], &lines[4..]].concat().join("\n"), "leaf 1 is missing: leaf 2"),
        (
            log.replacen("\"kind\":\"token-created\"", "\"kind\":\"token-revoked\",\"kind\":\"token-created\"", 1),
            "line 3 names something twice",
        ),
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
    std::fs::write(&proven, proof.replacen("\"kind\":", "\"kind\":\"signed-in\",\"kind\":", 1)).expect("written");
    assert!(!verify(&["proof", &proven, "--key", &key]).status.success(), "a name that is there twice");
}

/// A witness on a machine of its own: its file, and what it asks with.
struct Witness<'i> {
    installation: &'i Installation,
    state: String,
    ca: String,
    token: String,
}

impl<'i> Witness<'i> {
    /// Made, with the log of a tenant added.
    fn of(installation: &'i Installation, tenant: &str, log_key: &str) -> (Self, String) {
        let folder = installation.folder();
        let (state, ca, token) = (path(folder, "witness.json"), path(folder, "ca.pem"), path(folder, "witness.token"));
        std::fs::write(&ca, installation.authority()).expect("written");
        let create = ["token", "create", "--tenant", tenant, "--name", "Witness", "--kind", "api", "--permission", "ledger:read"];
        std::fs::write(&token, string(&installation.purser_json(&create)["secret"])).expect("written");
        let witness = Self { installation, state, ca, token };
        let key = witness.run(&["init", "--name", "witness.example/w1"]);
        expect_success(&["init"], &key);
        expect_success(&["add"], &witness.run(&["add", "--key", log_key]));
        (witness, text(&key.stdout).trim().to_owned())
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let (first, rest) = arguments.split_at(1);
        let mut command = Command::new(program("purser"));
        command.arg("witness").args(first).args(["--state", &self.state]).args(rest).env_clear().output().expect("purser runs")
    }

    fn cosign(&self, more: &[&str]) -> (bool, Value) {
        let url = self.installation.url();
        let asking = ["cosign", "--server", &url, "--ca", &self.ca, "--token-file", &self.token, "--output", "json"];
        let output = self.run(&[&asking, more].concat());
        let said = serde_json::from_slice(&output.stdout);
        (output.status.success(), said.unwrap_or_else(|_| panic!("{}{}", text(&output.stdout), text(&output.stderr))))
    }

    /// It refuses a log, with the reason that fits the length that it was shown, which is given back.
    fn refuses_saying(&self, reason: impl Fn(u64) -> String) -> u64 {
        let (is_cosigned, said) = self.cosign(&[]);
        assert!(!is_cosigned && said["result"] == "refused", "{said}");
        let shown = string(&said["shown"]).lines().nth(1).and_then(|size| size.parse().ok()).expect("the size of the log that was shown");
        let reason = reason(shown);
        assert!(string(&said["reason"]).contains(&reason), "{reason}: {said}");
        assert_ne!(said["shown"], said["cosigned"], "both are there as evidence");
        shown
    }
}

/// Ends the server and puts the data folder of another moment in its place, keyring and all: what an operator can do.
fn swap(installation: &Installation, mut server: Server, from: &str, to: &str) -> Server {
    server.end(Signal::TERM);
    let (data, from, to) = (installation.data(), installation.folder().join(from), installation.folder().join(to));
    std::fs::rename(&data, &to).expect("moved");
    std::fs::rename(&from, &data).expect("moved");
    installation.serve()
}

#[test]
fn promise_x_1_of_two_histories_a_witness_cosigns_one_and_verify_shows_where_they_part() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, _) = installation.tenant("Acme");
    let key = string(&installation.purser_json(&["ledger", "checkpoint", "--tenant", &tenant])["key"]);
    let (witness, witness_key) = Witness::of(&installation, &tenant, &key);
    let folder = installation.folder();
    // Each makes a token, and so one entry.
    let act = |times: u64| (0..times).for_each(|_| drop(installation.api(&tenant, &["devices:read"])));
    let export = |name: &str| {
        let file = path(folder, name);
        let arguments = ["ledger", "export", "--tenant", &tenant, &file];
        expect_success(&arguments, &installation.purser(&arguments));
        file
    };
    assert!(witness.cosign(&[]).0, "what there is so far is one history");

    // From here on there are two: a copy of everything is put aside.
    server.end(Signal::TERM);
    let parts_at = installation.purser_json(&["ledger", "checkpoint", "--tenant", &tenant])["size"].as_u64().expect("a size");
    let copied = Command::new("cp").arg("-a").arg(installation.data()).arg(folder.join("other")).status().expect("cp runs");
    assert!(copied.success());
    server = installation.serve();
    act(3);
    let (is_cosigned, cosigned) = witness.cosign(&[]);
    assert!(is_cosigned, "it grew: {cosigned}");
    let kept = path(folder, "cosigned.txt");
    std::fs::write(&kept, string(&cosigned["checkpoint"])).expect("written");
    let shown = export("shown.jsonl");
    holds(&["log", &shown, "--key", &key, "--against", &kept, "--witness-key", &witness_key]);
    let size = cosigned["size"].as_u64().expect("a size");

    // The other history, in which these acts never were. The server adds entries of its own meanwhile, so its length is read.
    server = swap(&installation, server, "other", "first");
    let mut refused = Vec::new();
    while refused.last().is_none_or(|shown| *shown <= size) {
        refused.push(witness.refuses_saying(|shown| match shown.cmp(&size) {
            Ordering::Less => format!("leaves {shown} to {size} are gone"),
            Ordering::Equal => format!("the first {size} leaves are not those that were cosigned"),
            Ordering::Greater => format!("begin with the {size} that were cosigned"),
        }));
        act(1);
    }
    assert!(refused[0] < size, "at first it is shorter: {refused:?}");
    let other = export("other.jsonl");
    holds(&["log", &other, "--key", &key]);
    fails_saying(&["log", &other, "--key", &key, "--against", &kept], &format!("between leaf 0 and leaf {size}"));
    fails_saying(&["log", &other, "--key", &key, "--against", &shown], &format!("two histories: leaf {parts_at} is another one"));
    fails_saying(&["log", &other, "--key", &key, "--witness-key", &witness_key], "has not cosigned");

    // Back to the history that was cosigned: the witness goes on.
    let _server = swap(&installation, server, "first", "second");
    assert!(witness.cosign(&[]).0);
}

#[test]
fn a_proof_in_a_cosigned_tree_is_verified_with_the_witnesses_key() {
    let installation = Installation::new();
    let _server = installation.serve();
    let (tenant, _) = installation.tenant("Acme");
    let api = installation.api(&tenant, &["ledger:read"]);
    let key = string(&api.read("/ledger/checkpoint")["key"]);
    let (witness, witness_key) = Witness::of(&installation, &tenant, &key);
    let (_, cosigned) = witness.cosign(&[]);
    let (kept, proven) = (path(installation.folder(), "cosigned.txt"), path(installation.folder(), "proof.json"));
    std::fs::write(&kept, string(&cosigned["checkpoint"])).expect("written");
    let leaf = string(&api.read("/ledger/leaves")["items"][0]["leaf"]);
    // The log goes on; the proof is in the tree that was cosigned.
    drop(installation.api(&tenant, &["devices:read"]));
    let arguments = ["proof", &proven, "--key", &key, "--against", &kept, "--witness-key", &witness_key];
    std::fs::write(&proven, api.read(&format!("/ledger/leaves/{leaf}/proof")).to_string()).expect("written");
    fails_saying(&arguments, "ask for the proof with ?size=");
    let size = &cosigned["size"];
    std::fs::write(&proven, api.read(&format!("/ledger/leaves/{leaf}/proof?size={size}")).to_string()).expect("written");
    holds(&arguments);
    let forged = string(&cosigned["checkpoint"]).replace("witness.example/w1", "witness.example/w2");
    std::fs::write(&kept, forged).expect("written");
    fails_saying(&arguments, "witness.example/w1 has not cosigned");
}

#[test]
fn a_ledger_that_was_restored_from_before_goes_on_with_its_owners_word_and_what_is_lost_is_named() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, _) = installation.tenant("Acme");
    let folder = installation.folder();
    let key = string(&installation.purser_json(&["ledger", "checkpoint", "--tenant", &tenant])["key"]);
    let (witness, _) = Witness::of(&installation, &tenant, &key);
    let state = path(folder, "owner.json");
    let owner = |arguments: &[&str]| {
        let (first, rest) = arguments.split_at(1);
        let output = Command::new(program("purser")).arg("owner").args(first).args(["--state", &state]).args(rest).env_clear().output();
        let output = output.expect("purser runs");
        expect_success(arguments, &output);
        text(&output.stdout).to_owned()
    };
    let owner_key = owner(&["init", "--name", "acme.example"]).trim().to_owned();
    let act = |times: u64| (0..times).for_each(|_| drop(installation.api(&tenant, &["devices:read"])));
    let export = |name: &str| {
        let file = path(folder, name);
        let arguments = ["ledger", "export", "--tenant", &tenant, &file];
        expect_success(&arguments, &installation.purser(&arguments));
        file
    };
    let succeed = ["ledger", "succeed", "--tenant", &tenant];
    assert!(!installation.purser(&succeed).status.success(), "nothing is lost");

    // A backup of the data; the keyring is in none. Three acts that it does not know of.
    server.end(Signal::TERM);
    let (data, backup) = (installation.data(), folder.join("backup"));
    let copy = |from: &Path, to: &Path| assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp runs").success());
    copy(&data, &backup);
    server = installation.serve();
    act(3);
    let (_, cosigned) = witness.cosign(&[]);
    let size = cosigned["size"].as_u64().expect("a size");
    let kept = path(folder, "cosigned.txt");
    std::fs::write(&kept, string(&cosigned["checkpoint"])).expect("written");
    let before = export("before.jsonl");
    server.end(Signal::TERM);
    for file in ["keyring.db", "keyring.db-wal", "keyring.db-shm"].map(|name| data.join(name)).iter().filter(|file| file.exists()) {
        std::fs::copy(file, backup.join(file.file_name().expect("a name"))).expect("copied");
    }
    std::fs::rename(&data, folder.join("lost")).expect("moved");
    std::fs::rename(&backup, &data).expect("restored");
    let _server = installation.serve();
    act(1);
    let refused = installation.purser(&["ledger", "checkpoint", "--tenant", &tenant]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("purser ledger succeed"), "{}", text(&refused.stderr));

    let facts = installation.purser_json(&succeed);
    let (new_key, hand_over) = (string(&facts["to"]), path(folder, "hand-over.txt"));
    std::fs::write(&hand_over, string(&facts["hand_over"])).expect("written");
    let (entries, first_lost) = (facts["entries"].as_u64().expect("a number"), facts["kept"].as_u64().expect("a number"));
    assert!(entries > size && first_lost + 3 <= size, "{facts}");
    let after = export("after.jsonl");
    let gap = format!("entries {first_lost} to {} of that are lost", entries - 1);
    let alone = verify(&["log", &after, "--key", &new_key]);
    assert!(alone.status.success() && text(&alone.stderr).contains(&gap), "{}", text(&alone.stderr));
    for other in [&before, &kept] {
        assert!(
            !verify(&["log", &after, "--key", &new_key, "--against", other]).status.success(),
            "without the owner's word it is another"
        );
    }

    // The witness takes nobody's word but the owner's.
    assert!(text(&witness.run(&["succeed", &hand_over]).stderr).contains("does not know the owner's key"));
    expect_success(&["add"], &witness.run(&["add", "--key", &key, "--owner-key", &owner_key]));
    assert!(text(&witness.run(&["succeed", &hand_over]).stderr).contains("the owner has not signed"));
    let signed = path(folder, "signed.txt");
    std::fs::write(&signed, owner(&["sign", &hand_over])).expect("written");
    let accepted = witness.run(&["succeed", &signed]);
    expect_success(&["succeed"], &accepted);
    assert!(text(&accepted.stdout).contains(&gap), "{}", text(&accepted.stdout));
    let (is_cosigned, said) = witness.cosign(&[]);
    assert!(is_cosigned, "{said}");

    let chain =
        ["log", &after, "--key", &new_key, "--hand-over", &signed, "--owner-key", &owner_key, "--against", &before, "--against", &kept];
    let verified = verify(&[&chain[..], &["--output", "json"]].concat());
    assert!(verified.status.success(), "{}{}", text(&verified.stdout), text(&verified.stderr));
    let said: Value = serde_json::from_slice(&verified.stdout).expect("JSON");
    assert_eq!((&said["successions"][0]["lost"], &said["successions"][0]["owner_signed"]), (&facts["lost"], &Value::Bool(true)));
    holds(&["log", &before, "--key", &key, "--against", &kept]);
}
