//! Keys lie in the memory of the programs: nobody gets a copy of it.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Signal, getuid};
use stories::installation::Installation;
use stories::program;
use stories::wait::until;

/// A user without rights, as whom programs run where this test is root's.
const NOBODY: u32 = 65_534;

/// The soft and the hard limit of a process, by its name in `/proc/PID/limits`.
fn limits(pid: u32, name: &str) -> (String, String) {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).expect("the process is ours");
    let line = limits.lines().find_map(|line| line.strip_prefix(name)).expect("a limit of this name");
    let mut fields = line.split_ascii_whitespace().map(str::to_owned);
    (fields.next().expect("a soft limit"), fields.next().expect("a hard limit"))
}

#[test]
fn a_crash_of_a_running_server_leaves_no_copy_of_its_memory() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let pid = server.pid().as_raw_nonzero().get().unsigned_abs();
    assert_eq!(limits(pid, "Max core file size"), ("0".to_owned(), "0".to_owned()));
    assert!(server.end(Signal::TERM).success());
}

/// Runs a program that waits for a pipe, as a user who is not root.
fn waiting(program: &Path, arguments: &[&str], pipe: &Path) -> Child {
    let mut command = Command::new(program);
    command.args(arguments).arg(pipe).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if getuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.spawn().expect("it runs")
}

#[test]
fn no_other_program_of_the_same_user_may_look_into_its_memory() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("set");
    let pipe = folder.path().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR | Mode::ROTH, 0).expect("a pipe");
    fs::set_permissions(&pipe, fs::Permissions::from_mode(0o644)).expect("set");
    // Beside the pipe, since what is in root's home can be run by nobody else.
    let purser = folder.path().join("purser");
    fs::hard_link(program("purser"), &purser).or_else(|_| fs::copy(program("purser"), &purser).map(|_| ())).expect("a program");

    // The system gives what a process keeps to itself to root, and whose that is may be seen by all.
    let owner = |child: &Child| fs::metadata(format!("/proc/{}/mem", child.id())).expect("it runs").uid();
    let mut open = waiting(Path::new("/bin/cat"), &[], &pipe);
    let mut private = waiting(&purser, &["verify", "log"], &pipe);
    let user = if getuid().is_root() { NOBODY } else { getuid().as_raw() };
    until("cat to run", Duration::from_secs(10), || if owner(&open) == user { Ok(()) } else { Err("not yet".into()) });
    until("purser to keep its memory to itself", Duration::from_secs(10), || {
        if owner(&private) == 0 { Ok(()) } else { Err(format!("/proc/PID/mem is user {}'s", owner(&private))) }
    });
    assert_eq!(owner(&open), user, "a program that does not keep its memory to itself is seen to be one");
    for child in [&mut open, &mut private] {
        child.kill().expect("it runs");
        child.wait().expect("it ends");
    }
}
