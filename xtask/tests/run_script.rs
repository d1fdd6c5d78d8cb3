//! `scripts/run` with programs that only play their parts.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its world should stop there")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const PURSER: &str = r#"#!/usr/bin/env bash
for data; do :; done
case "$1" in
    init) touch "$data/passphrase" "$data/settings.toml" ;;
    serve) echo $$ >"$data/serve.pid"; exec sleep 60 ;;
    tenant) [ ! -e "$data/no-tenants" ] || exit 1; echo '{"tenant": "t", "owner": "ready"}' ;;
    enrolment) echo '{"token": "t", "server_key_fingerprint": "k"}' ;;
esac
"#;
const AGENT: &str = r#"#!/usr/bin/env bash
echo "$1" >>"$3/../agent.calls"
"#;

/// A folder with the two programs and one for the data.
fn world(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _not_there_yet = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("data/agent")).unwrap();
    for (name, text) in [("purser", PURSER), ("purser-agent", AGENT)] {
        fs::write(folder.join(name), text).unwrap();
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

/// Runs the script to its end; tells whether the server it started has ended.
fn run(folder: &Path) -> bool {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/run");
    let mut command = Command::new(script);
    command.env("PURSER_DATA", folder.join("data")).env("PURSER_PROGRAMS", folder).env("PURSER_CACHE", folder.join("cache"));
    assert!(!command.output().unwrap().status.success());
    let server = fs::read_to_string(folder.join("data/serve.pid")).unwrap();
    !Path::new("/proc").join(server.trim()).exists()
}

#[test]
fn a_command_that_fails_leaves_no_server_behind() {
    let folder = world("a-command-fails");
    fs::write(folder.join("data/no-tenants"), "").unwrap();
    assert!(run(&folder));
}

#[test]
fn a_host_that_the_agent_says_is_enrolled_is_not_enrolled_again() {
    let folder = world("enrolled");
    fs::write(folder.join("data/agent/device.json"), "{}").unwrap();
    assert!(run(&folder), "the agent ends by itself, and the server with it");
    assert_eq!(fs::read_to_string(folder.join("data/agent.calls")).unwrap(), "run\n");
}
