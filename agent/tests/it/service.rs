//! The systemd unit.

use std::path::Path;
use std::process::Command;

#[test]
fn the_unit_is_understood_by_systemd_and_well_confined() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/purser-agent.service");
    // The program is not installed where the tests run, so a copy of the unit names one that is.
    let scratch = tempfile::tempdir().unwrap();
    let copy = scratch.path().join("purser-agent.service");
    let text = std::fs::read_to_string(unit).unwrap().replace("/usr/bin/purser-agent", env!("CARGO_BIN_EXE_purser-agent"));
    std::fs::write(&copy, text).unwrap();
    let Ok(verify) = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&copy).output() else {
        println!("skipped: this host has no systemd-analyze");
        return;
    };
    let complaints = String::from_utf8_lossy(&verify.stderr).into_owned();
    assert!(verify.status.success() && !complaints.contains("purser-agent.service"), "{complaints}");
    let security = Command::new("systemd-analyze").args(["security", "--offline=true", "--threshold=25"]).arg(&copy).output().unwrap();
    println!("{}", String::from_utf8_lossy(&security.stdout).lines().last().unwrap_or_default());
    assert!(security.status.success(), "{}", String::from_utf8_lossy(&security.stdout));
}
