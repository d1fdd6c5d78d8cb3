//! A process is killed in the middle of a roll, and in the middle of a change of the root key: what it left goes on.
//!
//! The process is this program, where the ignored test below does the work until it is killed. It says each step that it has done, and
//! is killed after a random number of them, so wherever it is in the next one.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kernel::{Clock, DeviceId, KeyError, KeyRef, Place, Rng, ScopeMint, TenantId};
use store::{StoreConfig, Stores};
use trust::epochs::RollStep;
use trust::{RootKey, SCHEMAS, Trust, TrustError};

use crate::setup::{destroy, rolling};

const PLACE: Place = Place { table: 400, column: 3, row: 77 };
const FOLDER: &str = "PURSER_TEST_KILL_FOLDER";
const DEED: &str = "PURSER_TEST_KILL_DEED";
const DEVICES: u64 = 1_200;
const KILLS: u64 = 50;
/// More steps than a roll has.
const STEPS_MAX: u64 = 9;

fn tenant(number: u64) -> TenantId {
    TenantId::from_random(number << 1)
}

fn device(number: u64) -> KeyRef {
    KeyRef::Device(tenant(1), DeviceId::from_random((number + 5) << 1))
}

async fn open_stores(folder: &Path) -> Stores {
    let config = StoreConfig::embedded(folder.join("data"));
    Stores::open(config, SCHEMAS.to_vec(), Clock::system(), Rng::system()).await.expect("opened")
}

fn provider(folder: &Path, name: &str) -> RootKey {
    RootKey::open(&folder.join(name)).expect("a passphrase")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts")
}

/// Two tenants, the first with many devices, and what is sealed for each device and for the second tenant.
async fn furnished(folder: &Path) -> Vec<(KeyRef, Vec<u8>)> {
    for name in ["one", "other"] {
        RootKey::create(&folder.join(name), &Rng::system()).expect("created");
    }
    let stores = open_stores(folder).await;
    let trust = Trust::open(&stores, provider(folder, "one")).await.expect("opened");
    for number in [1, 2] {
        stores.create_tenant(tenant(number)).await.expect("created");
        trust.create_tenant(tenant(number)).await.expect("created");
    }
    trust.ensure_all((0..DEVICES).map(device).collect()).await.expect("made");
    let keys = trust.keyring();
    let seal = move || {
        let all = (0..DEVICES).map(device).chain([KeyRef::Tenant(tenant(2))]);
        all.map(|key| (key, keys.seal(key, PLACE, b"secret").expect("sealed"))).collect()
    };
    let sealed = tokio::task::spawn_blocking(seal).await.expect("no panic");
    stores.close().await;
    sealed
}

/// Whether everything opens but what was destroyed.
async fn check(trust: &Trust, sealed: &[(KeyRef, Vec<u8>)], destroyed: &BTreeSet<u64>) {
    let (keys, sealed, gone) = (trust.keyring(), sealed.to_vec(), destroyed.iter().map(|number| device(*number)).collect::<Vec<_>>());
    let look = move || {
        for (key, sealed) in &sealed {
            match keys.open(*key, PLACE, sealed) {
                Ok(opened) => assert!(opened.as_slice() == b"secret" && !gone.contains(key), "{key:?}"),
                Err(error) => assert!(error == KeyError::Missing && gone.contains(key), "{key:?}: {error}"),
            }
        }
    };
    tokio::task::spawn_blocking(look).await.expect("everything is as it should be");
}

/// Runs this program with a deed and kills it after a random number of steps: what it said.
fn kill_in_the_middle(folder: &Path, deed: &str, steps: u64) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--ignored", "--exact", "--nocapture", "--test-threads=1", "kill::works_until_it_is_killed"])
        .envs([(FOLDER, folder.as_os_str()), (DEED, deed.as_ref())])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let said = lines.filter_map(|line| line.strip_prefix("step ").map(str::to_owned)).take(usize::try_from(steps).expect("few")).collect();
    child.kill().expect("it runs until it is killed");
    child.wait().expect("it has ended");
    said
}

#[test]
fn a_roll_that_is_killed_anywhere_goes_on_and_nothing_is_half_readable() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let sealed = furnished(folder.path()).await;
        let (mut destroyed, rng) = (BTreeSet::new(), Rng::system());
        for round in 0..KILLS {
            let said = kill_in_the_middle(folder.path(), &round.to_string(), 1 + rng.below(STEPS_MAX));
            let stores = open_stores(folder.path()).await;
            let trust = Trust::open(&stores, provider(folder.path(), "one")).await.expect("opened");
            // What was said to be destroyed is; the rest of the tenant, and the other one, opens in the middle of the roll.
            assert_eq!(said.first().map(String::as_str), Some("destroyed"), "round {round}");
            destroyed.insert(round);
            check(&trust, &sealed, &destroyed).await;
            if round % 5 == 4 {
                let settled = trust.settle_epochs(&stores, &ScopeMint::for_app(), 10).await.expect("looked");
                assert!(settled.failed.is_empty(), "{:?}", settled.failed);
                assert_eq!(trust.rolls_due(None, 10).await.expect("read"), []);
                let status = trust.keyring_status(tenant(1)).await.expect("read");
                assert_eq!((status.keys, status.destroyed), (DEVICES + 1 - destroyed.len() as u64, destroyed.len() as u64));
                check(&trust, &sealed, &destroyed).await;
            }
            stores.close().await;
        }
        let stores = open_stores(folder.path()).await;
        let trust = Trust::open(&stores, provider(folder.path(), "one")).await.expect("opened");
        assert_eq!(trust.keyring_status(tenant(2)).await.expect("read").epoch, 1, "the other tenant is untouched");
        stores.close().await;
    });
}

#[test]
fn a_change_of_the_root_key_that_is_killed_anywhere_leaves_a_keyring_that_opens() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (sealed, rng) = (furnished(folder.path()).await, Rng::system());
        for round in 0..KILLS / 2 {
            kill_in_the_middle(folder.path(), "root", 1 + rng.below(4));
            let stores = open_stores(folder.path()).await;
            // The settings name one or the other; at least that one opens, and afterwards it alone.
            let mut opened = 0;
            for (name, before) in [("one", "other"), ("other", "one")] {
                match Trust::open(&stores, provider(folder.path(), name)).await {
                    Ok(trust) => {
                        opened += 1;
                        check(&trust, &sealed, &BTreeSet::new()).await;
                        let refused = Trust::open(&stores, provider(folder.path(), before)).await;
                        assert!(matches!(refused, Err(TrustError::WrongPassphrase)), "round {round}: {refused:?}");
                    }
                    Err(error) => assert!(matches!(error, TrustError::WrongPassphrase), "round {round}: {error}"),
                }
            }
            assert_eq!(opened, 1, "round {round}");
            stores.close().await;
        }
    });
}

fn say(step: &str) {
    // The harness has left its own line open.
    println!("\nstep {step}");
    std::io::stdout().flush().expect("somebody reads");
}

#[test]
#[ignore = "run by the tests beside it, in a process that they kill"]
fn works_until_it_is_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("run by the tests beside it"));
    let deed = std::env::var(DEED).expect("run by the tests beside it");
    runtime().block_on(async {
        let stores = open_stores(&folder).await;
        if deed == "root" {
            change_the_root_for_ever(&folder, &stores).await;
        }
        let trust = Trust::open(&stores, provider(&folder, "one")).await.expect("opened");
        destroy(&stores, &trust, device(deed.parse().expect("a round"))).await.expect("destroyed");
        say("destroyed");
        let mut begins = false;
        loop {
            let step = trust.roll_step(&rolling(&stores, &trust, tenant(1)).await, begins).await.expect("stepped");
            say("rolled");
            begins = matches!(step, RollStep::Done { .. });
        }
    });
}

async fn change_the_root_for_ever(folder: &Path, stores: &Stores) {
    let (mut present, mut next) = (provider(folder, "one"), provider(folder, "other"));
    if Trust::open(stores, present.clone()).await.is_err() {
        std::mem::swap(&mut present, &mut next);
    }
    loop {
        Trust::offer_root(stores, &present, &next).await.expect("offered");
        say("offered");
        Trust::adopt_root(stores, &next).await.expect("adopted");
        say("adopted");
        std::mem::swap(&mut present, &mut next);
    }
}
