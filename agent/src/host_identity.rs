//! Which system this is, and whether it is still the one that was enrolled.
//!
//! * The *system id* is a one-way digest of the host's machine-id, or of the id that the host's own file gives. A device
//!   that is enrolled again with the same one keeps its history.
//! * The *fingerprint* is a one-way digest of machine-id and hardware together; it tells the clones of a golden image
//!   apart. Hardware addresses alone could be guessed from a digest, so everything is keyed with the machine-id, which
//!   cannot.
//! * With an own id nothing else is opened (promise OP-11).
//!
//! A host stays itself when a network card is changed: it counts as another one only where its machine-id differs, or
//! where not a single piece of its hardware is left.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use collect::root::Root;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use seal::hash;
use serde::{Deserialize, Serialize};
use wire::report::Digest;
use words::{Sentence, Speaks, sentence};

use crate::config::SystemIdSource;

/// Longest own system id, in bytes.
pub const SYSTEM_ID_BYTES_MAX: usize = 1_024;
/// How long the program that tells the own system id may take, with everything that it starts.
pub const SYSTEM_ID_TIME_MAX: Duration = Duration::from_secs(10);

const DOMAIN_SYSTEM: &[u8] = b"purser system id v1";
const DOMAIN_FINGERPRINT: &[u8] = b"purser fingerprint v1";
const DOMAIN_PIECE: &[u8] = b"purser hardware piece v1";

/// Who this host is, in digests only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostIdentity {
    /// One-way id of the system.
    pub system_id: Digest,
    /// One-way fingerprint of system and hardware.
    pub fingerprint: Digest,
    /// One-way digest of each piece of hardware, for comparing on this host; these never leave it.
    pub pieces: Vec<Digest>,
}

/// Why the host cannot be told from others.
#[derive(Debug, thiserror::Error)]
pub enum HostIdentityError {
    /// The source of the own id failed.
    #[error("{}", self.sentence())]
    OwnId(#[source] io::Error),
    /// The program that tells the own id was ended, for it took too long.
    #[error("{}", self.sentence())]
    OwnIdTooSlow {
        /// How long it had.
        time_max: Duration,
    },
    /// The own id says nothing, or too much.
    #[error("{}", self.sentence())]
    OwnIdShape,
    /// There is no machine-id.
    #[error("{}", self.sentence())]
    NoMachineId,
}

impl Speaks for HostIdentityError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::OwnId(_) => sentence!("the configured system_id cannot be read", "nie można odczytać skonfigurowanego system_id"),
            Self::OwnIdTooSlow { time_max } => sentence!(
                "the configured system_id command did not end within {seconds} s and was stopped",
                "skonfigurowane polecenie system_id nie zakończyło się w ciągu {seconds} s i zostało zatrzymane",
                seconds = time_max.as_secs_f64()
            ),
            Self::OwnIdShape => sentence!(
                "the configured system_id must be one line of 1 to {SYSTEM_ID_BYTES_MAX} bytes",
                "skonfigurowany system_id musi być jednym wierszem o długości od 1 do {SYSTEM_ID_BYTES_MAX} bajtów"
            ),
            Self::NoMachineId => sentence!(
                "this host has no /etc/machine-id (run systemd-machine-id-setup, or set system_id in the agent's file)",
                "ten host nie ma /etc/machine-id (uruchom systemd-machine-id-setup albo ustaw system_id w pliku agenta)"
            ),
        }
    }
}

impl HostIdentity {
    /// Reads who this host is.
    ///
    /// # Errors
    /// [`HostIdentityError`].
    pub fn read(root: &Root, own: Option<&SystemIdSource>) -> Result<Self, HostIdentityError> {
        match own {
            Some(source) => Ok(Self::of(own_id(source, SYSTEM_ID_TIME_MAX)?.as_bytes(), &[])),
            None => Ok(Self::of(machine_id(root)?.as_bytes(), &hardware(root))),
        }
    }

    /// The identity of an id and of pieces of hardware.
    fn of(id: &[u8], hardware: &[String]) -> Self {
        let digest = |domain: &[u8], parts: &[&[u8]]| {
            let mut all = vec![domain];
            all.extend_from_slice(parts);
            Digest(hash::hmac_sha256(id, &all))
        };
        let pieces: Vec<&[u8]> = hardware.iter().map(String::as_bytes).collect();
        Self {
            system_id: digest(DOMAIN_SYSTEM, &[]),
            fingerprint: digest(DOMAIN_FINGERPRINT, &pieces),
            pieces: pieces.iter().map(|piece| digest(DOMAIN_PIECE, &[piece])).collect(),
        }
    }

    /// Whether `now` is the host that this identity was taken of.
    #[must_use]
    pub fn is_same_host(&self, now: &Self) -> bool {
        let shares_hardware = self.pieces.is_empty() || self.pieces.iter().any(|piece| now.pieces.contains(piece));
        self.fingerprint == now.fingerprint || (self.system_id == now.system_id && shares_hardware)
    }
}

fn machine_id(root: &Root) -> Result<String, HostIdentityError> {
    let is_id = |text: &String| text.len() >= 16 && text != "uninitialized";
    let mut found = ["/etc/machine-id", "/var/lib/dbus/machine-id"].into_iter().filter_map(|path| root.text(path).ok());
    found.find(is_id).ok_or(HostIdentityError::NoMachineId)
}

/// What stays with the hardware: the board's id where it is readable, and the addresses of built-in network cards.
/// Adapters that are plugged in over USB come and go.
fn hardware(root: &Root) -> Vec<String> {
    let mut pieces: Vec<String> = root.text("/sys/class/dmi/id/product_uuid").into_iter().map(|id| format!("board {id}")).collect();
    for name in root.names("/sys/class/net").unwrap_or_default() {
        let path = format!("/sys/class/net/{name}");
        let is_pluggable = root.text(&format!("{path}/device/uevent")).is_ok_and(|text| text.contains("DEVTYPE=usb"));
        if root.exists(&format!("{path}/device")) && !is_pluggable {
            pieces.extend(root.text(&format!("{path}/address")).into_iter().map(|address| format!("card {address}")));
        }
    }
    pieces.sort_unstable();
    pieces
}

fn own_id(source: &SystemIdSource, time_max: Duration) -> Result<String, HostIdentityError> {
    let text = match source {
        SystemIdSource::Value(value) => value.clone(),
        SystemIdSource::File(path) => read_start(std::fs::File::open(path).map_err(HostIdentityError::OwnId)?)?,
        SystemIdSource::Command(words) => run(words, time_max)?,
    };
    let line = text.trim().lines().next().unwrap_or("").trim().to_owned();
    if line.is_empty() || line.len() > SYSTEM_ID_BYTES_MAX {
        return Err(HostIdentityError::OwnIdShape);
    }
    Ok(line)
}

fn read_start(reader: impl Read) -> Result<String, HostIdentityError> {
    let mut bytes = Vec::new();
    reader.take(SYSTEM_ID_BYTES_MAX as u64 + 2).read_to_end(&mut bytes).map_err(HostIdentityError::OwnId)?;
    String::from_utf8(bytes).map_err(|_| HostIdentityError::OwnIdShape)
}

fn run(words: &[String], time_max: Duration) -> Result<String, HostIdentityError> {
    let (program, arguments) = words.split_first().ok_or(HostIdentityError::OwnIdShape)?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(HostIdentityError::OwnId)?;
    let Ok(output) = wait_for_output(&mut child, time_max) else {
        // The whole group: what a script started would otherwise stay, one more at each sign-in. The program itself is not
        // reaped yet, so its number is still its own.
        let _it_may_have_ended_meanwhile = kill_process_group(Pid::from_child(&child), Signal::KILL);
        child.wait().map_err(HostIdentityError::OwnId)?;
        return Err(HostIdentityError::OwnIdTooSlow { time_max });
    };
    let status = child.wait().map_err(HostIdentityError::OwnId)?;
    if status.success() { output } else { Err(HostIdentityError::OwnId(io::Error::other(format!("it ended with {status}")))) }
}

/// What a program says until it has ended; it is left for its parent to reap. Fails where that takes too long.
fn wait_for_output(child: &mut Child, time_max: Duration) -> Result<Result<String, HostIdentityError>, mpsc::RecvTimeoutError> {
    let (pid, stdout) = (Pid::from_child(child), child.stdout.take());
    let (ended, is_ended) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let output = stdout.map_or(Ok(String::new()), read_start);
        let wait = || waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        let _its_parent_asks_again = rustix::io::retry_on_intr(wait);
        let _nobody_waits_any_more = ended.send(output);
    });
    is_ended.recv_timeout(time_max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(machine_id: &str, cards: &[(&str, &str, &str)]) -> tempfile::TempDir {
        let scratch = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = scratch.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("etc/machine-id", machine_id);
        for (name, address, uevent) in cards {
            write(&format!("sys/class/net/{name}/address"), address);
            write(&format!("sys/class/net/{name}/device/uevent"), uevent);
        }
        scratch
    }

    fn identity(host: &tempfile::TempDir) -> HostIdentity {
        HostIdentity::read(&Root::open(host.path()).unwrap(), None).unwrap()
    }

    const ID: &str = "0123456789abcdef0123456789abcdef";
    const CARD: (&str, &str, &str) = ("eth0", "02:00:00:00:00:01", "DRIVER=e1000e");

    #[test]
    fn the_clone_of_a_golden_image_is_another_host() {
        let golden = identity(&host(ID, &[CARD]));
        let same_id_on_other_hardware = identity(&host(ID, &[("eth0", "02:00:00:00:00:02", "DRIVER=e1000e")]));
        let other_id_on_same_hardware = identity(&host(&ID.replace('0', "f"), &[CARD]));
        assert!(golden.is_same_host(&identity(&host(ID, &[CARD]))));
        assert!(!golden.is_same_host(&same_id_on_other_hardware));
        assert!(!golden.is_same_host(&other_id_on_same_hardware));
        assert_ne!(golden.fingerprint, same_id_on_other_hardware.fingerprint);
    }

    #[test]
    fn a_changed_card_or_a_plugged_in_adapter_makes_no_other_host() {
        let before = identity(&host(ID, &[CARD, ("eth1", "02:00:00:00:00:02", "")]));
        let after = identity(&host(ID, &[CARD, ("eth1", "02:00:00:00:00:03", "")]));
        assert!(before.is_same_host(&after));
        let with_adapter = identity(&host(ID, &[CARD, ("usb0", "02:00:00:00:00:09", "DEVTYPE=usb_interface")]));
        assert_eq!(identity(&host(ID, &[CARD])), with_adapter);
    }

    #[test]
    fn promise_op_11_with_an_own_id_nothing_of_the_host_is_in_the_identity() {
        let own = SystemIdSource::Value("asset 4711".into());
        let read = |host: &tempfile::TempDir| HostIdentity::read(&Root::open(host.path()).unwrap(), Some(&own)).unwrap();
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(read(&host(ID, &[CARD])), read(&empty));
    }

    #[test]
    fn an_own_id_comes_from_a_file_or_a_program_and_a_failing_program_is_an_error() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("id");
        std::fs::write(&file, "asset 4711\nsecond line\n").unwrap();
        let of = |source: SystemIdSource| HostIdentity::read(&Root::open(scratch.path()).unwrap(), Some(&source));
        let expected = of(SystemIdSource::Value("asset 4711".into())).unwrap();
        assert_eq!(of(SystemIdSource::File(file)).unwrap(), expected);
        assert_eq!(of(SystemIdSource::Command(vec!["echo".into(), "asset 4711".into()])).unwrap(), expected);
        assert!(matches!(of(SystemIdSource::Command(vec!["false".into()])), Err(HostIdentityError::OwnId(_))));
        assert!(matches!(of(SystemIdSource::Value("x".repeat(SYSTEM_ID_BYTES_MAX + 1))), Err(HostIdentityError::OwnIdShape)));
        assert!(of(SystemIdSource::Value("x".repeat(SYSTEM_ID_BYTES_MAX))).is_ok());
    }

    #[test]
    fn a_program_that_never_ends_is_stopped_and_said_so() {
        let scratch = tempfile::tempdir().unwrap();
        // A name of its own, to look for it among the running programs.
        let program = scratch.path().join("purser-no-end");
        std::os::unix::fs::symlink("/usr/bin/tail", &program).unwrap();
        let program = program.to_str().unwrap();
        let keeps_its_output_open = vec![program.into(), "-f".into(), "/dev/null".into()];
        let closes_it = vec!["sh".into(), "-c".into(), format!("exec '{program}' -f /dev/null >/dev/null")];
        for words in [keeps_its_output_open, closes_it] {
            let time_max = Duration::from_millis(200);
            let error = own_id(&SystemIdSource::Command(words), time_max).unwrap_err();
            let sentence = "the configured system_id command did not end within 0.2 s and was stopped";
            assert_eq!(error.to_string(), sentence);
        }
        let running = std::fs::read_dir("/proc").unwrap().flatten();
        let mut names = running.filter_map(|process| std::fs::read_to_string(process.path().join("comm")).ok());
        assert!(!names.any(|name| name.trim() == "purser-no-end"));
    }

    #[test]
    fn without_a_machine_id_the_host_says_what_to_do() {
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(HostIdentity::read(&Root::open(empty.path()).unwrap(), None), Err(HostIdentityError::NoMachineId)));
    }
}
