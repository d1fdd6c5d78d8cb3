//! A tenant's part of the keyring, wrapped anew.

use kernel::{DeviceId, KeyError, KeyRef, Place, TenantId};
use trust::epochs::{KEYS_PER_STEP, RollStep};
use trust::{Trust, TrustError};

use crate::setup::{House, destroy, on_both_engines, rolling};

const PLACE: Place = Place { table: 400, column: 3, row: 77 };

store::statements! {
    store = Keyring;
    /// The epochs of a tenant, wrapped.
    EPOCHS = "SELECT wrapped FROM keyring_epoch WHERE tenant_id = $1 ORDER BY epoch" (BigInt) -> (wrapped: Blob);
    /// Every key of a tenant, wrapped, that there is.
    KEYS = "SELECT wrapped FROM keyring_key WHERE tenant_id = $1 AND wrapped IS NOT NULL ORDER BY subject_id" (BigInt) -> (wrapped: Blob);
    /// The commitment to every key of a tenant.
    COMMITMENTS = "SELECT subject_id, commitment FROM keyring_key WHERE tenant_id = $1 ORDER BY subject_id" (BigInt) -> (subject_id: BigInt, commitment: Blob);
    /// Another commitment.
    FORGE_COMMITMENT = "UPDATE keyring_key SET commitment = $3 WHERE tenant_id = $1 AND subject_id = $2" (BigInt, BigInt, Blob);
}

async fn commitments_with_ids(house: &House) -> Vec<(i64, [u8; 32])> {
    let read = |tx: &mut store::Tx<'_>| {
        let rows = tx.query(&COMMITMENTS, &store::params![tenant(1)])?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<Vec<_>, store::StoreError>>()
    };
    house.stores.keyring().read(read).await.expect("read")
}

async fn commitments(house: &House) -> Vec<[u8; 32]> {
    commitments_with_ids(house).await.into_iter().map(|(_, commitment)| commitment).collect()
}

async fn commitments_of(house: &House, key: KeyRef) -> Vec<[u8; 32]> {
    let KeyRef::Device(_, device) = key else { unreachable!() };
    let all = commitments_with_ids(house).await.into_iter();
    all.filter(|(id, _)| *id == device.number()).map(|(_, commitment)| commitment).collect()
}

fn tenant(number: u64) -> TenantId {
    TenantId::from_random(number << 1)
}

fn device(number: usize) -> KeyRef {
    KeyRef::Device(tenant(1), DeviceId::from_random((number as u64 + 5) << 1))
}

/// A tenant with so many devices, each with a value that is sealed; and another tenant.
async fn furnished(house: &House, devices: usize) -> (Trust, Vec<Vec<u8>>) {
    let trust = house.trust().await;
    trust.create_tenant(tenant(1)).await.expect("created");
    trust.create_tenant(tenant(2)).await.expect("created");
    trust.ensure_all((0..devices).map(device).collect()).await.expect("made");
    let seal =
        move |ring: &dyn kernel::KeyRing| (0..devices).map(|number| ring.seal(device(number), PLACE, b"secret").expect("sealed")).collect();
    let sealed = house.with_keys(&trust, seal).await;
    (trust, sealed)
}

/// Whether every value opens, but those of destroyed devices, by a keyring that has nothing in memory.
async fn opens(house: &House, sealed: &[Vec<u8>], destroyed: &[usize]) {
    let (trust, sealed, destroyed) = (house.trust().await, sealed.to_vec(), destroyed.to_vec());
    let open = move |ring: &dyn kernel::KeyRing| {
        for (number, sealed) in sealed.iter().enumerate() {
            let opened = ring.open(device(number), PLACE, sealed);
            match destroyed.contains(&number) {
                true => assert_eq!(opened, Err(KeyError::Missing), "device {number}"),
                false => assert_eq!(opened.expect("it opens").as_slice(), b"secret", "device {number}"),
            }
        }
    };
    house.with_keys(&trust, open).await;
}

async fn wrapped(house: &House, statement: &'static store::Statement, of: TenantId) -> Vec<Vec<u8>> {
    let read = move |tx: &mut store::Tx<'_>| {
        let rows = tx.query(statement, &store::params![of])?;
        rows.iter().map(|row| row.get(0)).collect::<Result<Vec<Vec<u8>>, store::StoreError>>()
    };
    house.stores.keyring().read(read).await.expect("read")
}

#[test]
fn after_a_roll_every_key_is_wrapped_anew_and_the_old_epoch_is_gone() {
    on_both_engines(async |house| {
        let (trust, sealed) = furnished(&house, 40).await;
        let before = (wrapped(&house, &EPOCHS, tenant(1)).await, wrapped(&house, &KEYS, tenant(1)).await);
        let others = (wrapped(&house, &EPOCHS, tenant(2)).await, wrapped(&house, &KEYS, tenant(2)).await);
        assert_eq!(trust.roll_epoch(&rolling(&house.stores, &trust, tenant(1)).await).await.expect("rolled"), 2);
        let after = (wrapped(&house, &EPOCHS, tenant(1)).await, wrapped(&house, &KEYS, tenant(1)).await);
        assert_eq!((after.0.len(), after.1.len()), (1, 41));
        assert!(after.0.iter().all(|epoch| !before.0.contains(epoch)));
        assert!(after.1.iter().all(|key| !before.1.contains(key)));
        assert_eq!(others, (wrapped(&house, &EPOCHS, tenant(2)).await, wrapped(&house, &KEYS, tenant(2)).await));
        opens(&house, &sealed, &[]).await;
        assert_eq!(trust.roll_epoch(&rolling(&house.stores, &trust, tenant(1)).await).await.expect("rolled"), 3);
        opens(&house, &sealed, &[]).await;
    });
}

#[test]
fn a_roll_that_is_cut_off_after_any_step_goes_on_and_no_key_is_lost_meanwhile() {
    on_both_engines(async |house| {
        let count = KEYS_PER_STEP + 10;
        let (trust, sealed) = furnished(&house, count).await;
        let mut steps = Vec::new();
        loop {
            // A keyring that was opened just now: nothing of the roll is in memory.
            let trust = house.trust().await;
            let step = trust.roll_step(&rolling(&house.stores, &trust, tenant(1)).await, steps.is_empty()).await.expect("stepped");
            steps.push(step);
            if steps.len() == 2 {
                trust.ensure_all(vec![device(count)]).await.expect("made in the middle");
                opens(&house, &sealed, &[]).await;
            }
            if matches!(step, RollStep::Done { .. }) {
                break;
            }
        }
        let moved = |keys| RollStep::Moved { keys };
        assert_eq!(steps, [RollStep::Begun { epoch: 2 }, moved(KEYS_PER_STEP), moved(11), RollStep::Done { epoch: 2 }]);
        assert_eq!(wrapped(&house, &EPOCHS, tenant(1)).await.len(), 1);
        opens(&house, &sealed, &[]).await;
        assert_eq!(
            trust.roll_step(&rolling(&house.stores, &trust, tenant(1)).await, false).await.expect("stepped"),
            RollStep::Done { epoch: 2 },
            "none begins by itself"
        );
    });
}

#[test]
fn a_destroyed_key_makes_its_tenants_roll_due_until_the_epoch_that_wrapped_it_is_gone() {
    on_both_engines(async |house| {
        let (trust, sealed) = furnished(&house, 3).await;
        assert_eq!(trust.rolls_due(None, 10).await.expect("read"), []);
        let destroyed = destroy(&house.stores, &trust, device(1)).await.expect("destroyed");
        assert_eq!((destroyed.commitments.len(), destroyed.epoch), (1, 1));
        assert_eq!(trust.rolls_due(None, 10).await.expect("read"), [tenant(1)]);
        assert!(trust.keyring_status(tenant(1)).await.expect("read").rolls);
        trust.roll_epoch(&rolling(&house.stores, &trust, tenant(1)).await).await.expect("rolled");
        assert_eq!(trust.rolls_due(None, 10).await.expect("read"), [tenant(1)], "it is not told of yet");
        assert!(!trust.keyring_status(tenant(1)).await.expect("read").rolls);
        let status = trust.keyring_status(tenant(1)).await.expect("read");
        assert_eq!((status.epoch, status.keys, status.destroyed, status.rolls), (2, 3, 1, false));
        opens(&house, &sealed, &[1]).await;
        let again = destroy(&house.stores, &trust, device(1)).await;
        assert!(matches!(again, Err(TrustError::Key(KeyError::Missing))), "{again:?}");
    });
}

#[test]
fn a_commitment_is_of_one_key_and_stays_over_a_roll() {
    on_both_engines(async |house| {
        let (trust, _) = furnished(&house, 3).await;
        let made = commitments(&house).await;
        assert_eq!(made.iter().collect::<std::collections::BTreeSet<_>>().len(), 4, "each key has its own");
        trust.roll_epoch(&rolling(&house.stores, &trust, tenant(1)).await).await.expect("rolled");
        assert_eq!(commitments(&house).await, made);
        let destroyed = destroy(&house.stores, &trust, device(1)).await.expect("destroyed").commitments;
        assert_eq!(destroyed, commitments_of(&house, device(1)).await, "what is told of is what was committed to when it was made");
        assert!(made.contains(&destroyed[0]));
    });
}

#[test]
fn a_key_that_is_not_what_was_committed_to_is_named_and_its_commitment_is_not_made_to_match() {
    on_both_engines(async |house| {
        let (trust, _) = furnished(&house, 3).await;
        let KeyRef::Device(_, other) = device(1) else { unreachable!() };
        let forge = move |tx: &mut store::Tx<'_>| tx.execute(&FORGE_COMMITMENT, &store::params![tenant(1), other.number(), vec![7_u8; 32]]);
        house.stores.keyring().write(forge).await.expect("forged");
        let refused = trust.roll_epoch(&rolling(&house.stores, &trust, tenant(1)).await).await;
        let Err(TrustError::Key(KeyError::Altered { table: 203, column: 9, row })) = refused else { panic!("{refused:?}") };
        assert_eq!(row, other.number());
        assert_eq!(commitments_of(&house, device(1)).await, [[7; 32]]);
    });
}

#[test]
fn keys_that_are_made_while_a_roll_goes_on_are_not_lost() {
    on_both_engines(async |house| {
        let (trust, sealed) = furnished(&house, 20).await;
        let making = {
            let trust = trust.clone();
            tokio::spawn(async move {
                for number in 20..120 {
                    trust.ensure_all(vec![device(number)]).await.expect("made");
                }
            })
        };
        for _ in 0..10 {
            trust.roll_epoch(&rolling(&house.stores, &trust, tenant(1)).await).await.expect("rolled");
        }
        making.await.expect("no panic");
        trust.roll_epoch(&rolling(&house.stores, &trust, tenant(1)).await).await.expect("rolled");
        opens(&house, &sealed, &[]).await;
        let fresh = house.trust().await;
        let usable = |ring: &dyn kernel::KeyRing| (0..120).filter(|number| ring.seal(device(*number), PLACE, b"new").is_ok()).count();
        assert_eq!(house.with_keys(&fresh, usable).await, 120);
    });
}

/// In how many places of the stores' files one of these lies.
fn found_in_files(house: &House, wanted: &[Vec<u8>]) -> usize {
    let mut found = 0;
    for file in std::fs::read_dir(&house.folder).expect("a folder") {
        let path = file.expect("an entry").path();
        let bytes = if path.is_file() { std::fs::read(&path).expect("a file") } else { Vec::new() };
        found += wanted.iter().filter(|wrapped| bytes.windows(wrapped.len()).any(|window| window == wrapped.as_slice())).count();
    }
    found
}

#[test]
fn a_destroyed_key_and_an_ended_epoch_lie_in_no_file_while_the_store_is_open() {
    on_both_engines(async |house| {
        let (trust, sealed) = furnished(&house, 300).await;
        if house.stores.engine() == store::Engine::Postgres {
            let compacted = house.stores.keyring().compact().await.expect("asked");
            assert_eq!(compacted, store::Compacted::LeftToServer, "its pages are the server's, and it says so");
            return;
        }
        let before = wrapped(&house, &KEYS, tenant(1)).await;
        let old = [wrapped(&house, &EPOCHS, tenant(1)).await, before.clone()].concat();
        assert!(found_in_files(&house, &old) >= old.len(), "the search finds what is there");
        destroy(&house.stores, &trust, device(7)).await.expect("destroyed");
        let after = wrapped(&house, &KEYS, tenant(1)).await;
        let gone: Vec<Vec<u8>> = before.into_iter().filter(|key| !after.contains(key)).collect();
        assert_eq!((gone.len(), found_in_files(&house, &gone)), (1, 0));
        trust.roll_epoch(&rolling(&house.stores, &trust, tenant(1)).await).await.expect("rolled");
        assert_eq!(found_in_files(&house, &old), 0);
        opens(&house, &sealed, &[7]).await;
    });
}

#[test]
fn what_a_process_that_died_left_in_the_files_is_gone_when_the_next_one_looks() {
    on_both_engines(async |house| {
        let (trust, _) = furnished(&house, 30).await;
        let old = wrapped(&house, &KEYS, tenant(1)).await;
        // All of a roll but its last step, after which the process would have wiped.
        assert_eq!(
            trust.roll_step(&rolling(&house.stores, &trust, tenant(1)).await, true).await.expect("stepped"),
            RollStep::Begun { epoch: 2 }
        );
        assert_eq!(
            trust.roll_step(&rolling(&house.stores, &trust, tenant(1)).await, false).await.expect("stepped"),
            RollStep::Moved { keys: 31 }
        );
        if house.stores.engine() == store::Engine::Postgres {
            return; // Its pages are the server's.
        }
        assert!(found_in_files(&house, &old) > 0, "the write-ahead log holds them still");
        house.trust().await.wipe_traces().await.expect("wiped");
        assert_eq!(found_in_files(&house, &old), 0);
    });
}
