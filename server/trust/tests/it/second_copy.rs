//! The keyring's second copy, a drill of it, and putting it back.

use std::path::PathBuf;
use std::time::Duration;

use kernel::{DeviceId, KeyError, KeyRef, Place, TenantId};
use trust::second_copy::{CopyError, LINE_BYTES_MAX, restore};
use trust::{AccessLog, Day, RootKey, Trust, TrustError};

use crate::setup::{House, destroy, on_both_engines, rolling};

/// For how long the access log's records are kept.
const RETENTION_DAYS: u16 = 3;

const DAY: Duration = Duration::from_secs(24 * 3_600);
const PLACE: Place = Place { table: 400, column: 3, row: 77 };

store::statements! {
    store = Keyring;
    /// What a lost keyring has no more.
    LOSE_ROOT = "DELETE FROM keyring_root" ();
    LOSE_INSTANCE_KEYS = "DELETE FROM keyring_instance_key" ();
    LOSE_EPOCHS = "DELETE FROM keyring_epoch" ();
    LOSE_KEYS = "DELETE FROM keyring_key" ();
    LOSE_DAY_KEYS = "DELETE FROM keyring_day_key" ();
    /// The days whose keys can be used.
    DAYS_WITH_KEYS = "SELECT day FROM keyring_day_key WHERE wrapped IS NOT NULL ORDER BY day" () -> (day: BigInt);
    /// As if the data were brought back from before, and the keyring not.
    KNOW_MANY = "UPDATE keyring_known_tombstones SET known = 99" ();
    FORGET_TOMBSTONES = "UPDATE keyring_known_tombstones SET known = 0" ();
    /// What wraps a key.
    WRAPPED_KEY = "SELECT wrapped FROM keyring_key WHERE subject_kind = 'device' AND subject_id = $1" (BigInt) -> (wrapped: Blob);
    /// Brings a destroyed key back, as a keyring from before would.
    BRING_BACK = "UPDATE keyring_key SET wrapped = $2, destroyed_at = NULL WHERE subject_kind = 'device' AND subject_id = $1" (BigInt, Blob);
    /// As if the keyring were from before the key was made.
    NEVER_MADE = "DELETE FROM keyring_key WHERE subject_kind = 'device' AND subject_id = $1" (BigInt);
    /// Another key's commitment.
    FORGE = "UPDATE keyring_key SET commitment = $2 WHERE subject_kind = 'device' AND subject_id = $1" (BigInt, Blob);
}

fn tenant() -> TenantId {
    TenantId::from_random(2)
}

fn id(number: u64) -> i64 {
    DeviceId::from_random((number + 5) << 1).number()
}

fn device(number: u64) -> KeyRef {
    KeyRef::Device(tenant(), DeviceId::from_random((number + 5) << 1))
}

fn copies(house: &House) -> PathBuf {
    house.passphrase.with_file_name("copies")
}

fn provider(house: &House) -> RootKey {
    RootKey::open(&house.passphrase).expect("made with the house")
}

/// A tenant with five devices and what is sealed for each.
async fn furnished(house: &House) -> (Trust, Vec<Vec<u8>>) {
    let trust = house.trust().await;
    house.stores.create_tenant(tenant()).await.expect("created");
    trust.create_tenant(tenant()).await.expect("created");
    trust.ensure_all((0..5).map(device).collect()).await.expect("made");
    let seal = |ring: &dyn kernel::KeyRing| (0..5).map(|number| ring.seal(device(number), PLACE, b"secret").expect("sealed")).collect();
    let sealed = house.with_keys(&trust, seal).await;
    (trust, sealed)
}

async fn opens(house: &House, trust: &Trust, sealed: &[Vec<u8>]) -> Vec<bool> {
    let sealed = sealed.to_vec();
    let open = move |ring: &dyn kernel::KeyRing| {
        (0..5).zip(&sealed).map(|(number, sealed)| ring.open(device(number), PLACE, sealed).is_ok()).collect()
    };
    house.with_keys(trust, open).await
}

async fn change(house: &House, statement: &'static store::Statement, values: Vec<store::Value>) {
    house.stores.keyring().write(move |tx| tx.execute(statement, &values)).await.expect("changed");
}

async fn lose_the_keyring(house: &House) {
    for statement in [&LOSE_ROOT, &LOSE_INSTANCE_KEYS, &LOSE_EPOCHS, &LOSE_KEYS] {
        change(house, statement, Vec::new()).await;
    }
    let opened = Trust::open(&house.stores, provider(house)).await;
    assert!(matches!(opened, Err(TrustError::KeyringLost)), "{opened:?}");
}

#[test]
fn a_copy_is_in_step_until_the_keyring_changes() {
    on_both_engines(async |house| {
        let (trust, _) = furnished(&house).await;
        let is_in_step = async || trust.copy_status(&copies(&house)).await.expect("read").map(|status| status.is_in_step);
        assert_eq!(is_in_step().await, None, "there is none yet");
        trust.copy_keyring(&copies(&house)).await.expect("copied");
        assert_eq!(is_in_step().await, Some(true));
        trust.ensure_all(vec![device(9)]).await.expect("made");
        assert_eq!(is_in_step().await, Some(false), "a key was made");
        trust.copy_keyring(&copies(&house)).await.expect("copied");
        destroy(&house.stores, &trust, device(9)).await.expect("destroyed");
        assert_eq!(is_in_step().await, Some(false), "a key was destroyed");
        trust.copy_keyring(&copies(&house)).await.expect("copied");
        trust.roll_epoch(&rolling(&house.stores, &trust, tenant()).await).await.expect("rolled");
        assert_eq!(is_in_step().await, Some(false), "an epoch was rolled");
        trust.copy_keyring(&copies(&house)).await.expect("copied");
        let root = provider(&house);
        Trust::offer_root(&house.stores, &root, &root).await.expect("offered");
        Trust::adopt_root(&house.stores, &root).await.expect("adopted");
        assert_eq!(is_in_step().await, Some(false), "the root key is another one");
    });
}

#[test]
fn an_older_copy_is_wiped_when_a_newer_one_takes_its_place_and_only_its_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    on_both_engines(async |house| {
        let (trust, _) = furnished(&house).await;
        trust.copy_keyring(&copies(&house)).await.expect("copied");
        let (copy, kept) = (copies(&house).join("keyring.copy"), house.passphrase.with_file_name("kept"));
        let mode = |path: &std::path::Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&copies(&house)), mode(&copy)), (0o700, 0o600));
        std::fs::hard_link(&copy, &kept).expect("another name of the same blocks");
        trust.copy_keyring(&copies(&house)).await.expect("copied");
        let bytes = std::fs::read(&kept).expect("read");
        assert!(bytes.len() > 1_000 && bytes.iter().all(|byte| *byte == 0));
        assert_eq!(std::fs::read_dir(copies(&house)).expect("a folder").count(), 1, "nothing else is left");
    });
}

#[test]
fn a_drill_opens_every_key_of_the_copy_and_says_what_a_restore_would_lose() {
    on_both_engines(async |house| {
        let (trust, _) = furnished(&house).await;
        trust.copy_keyring(&copies(&house)).await.expect("copied");
        let drill = trust.drill(&copies(&house), provider(&house)).await.expect("tried");
        assert_eq!((drill.tenants, drill.opened, drill.failed), (1, 6, 0), "five devices' and the tenant's own");
        assert_eq!((drill.made_since, drill.destroyed_since), (0, 0));
        assert_eq!(drill.made_at, house.stores.clock().now());
        destroy(&house.stores, &trust, device(1)).await.expect("destroyed");
        trust.ensure_all(vec![device(8), device(9)]).await.expect("made");
        let drill = trust.drill(&copies(&house), provider(&house)).await.expect("tried");
        assert_eq!((drill.opened, drill.made_since, drill.destroyed_since, drill.failed), (5, 2, 1, 0));
    });
}

#[test]
fn a_drill_names_a_key_that_is_another_one_than_the_keyrings() {
    on_both_engines(async |house| {
        let (trust, _) = furnished(&house).await;
        trust.copy_keyring(&copies(&house)).await.expect("copied");
        change(&house, &FORGE, store::params![id(2), vec![7_u8; 32]].to_vec()).await;
        let drill = trust.drill(&copies(&house), provider(&house)).await.expect("tried");
        assert_eq!((drill.opened, drill.failed), (5, 1));
        assert!(drill.named[0].contains(&id(2).to_string()), "{:?}", drill.named);
    });
}

#[test]
fn a_copy_that_was_altered_cut_off_or_made_by_another_root_key_is_refused() {
    on_both_engines(async |house| {
        let (trust, _) = furnished(&house).await;
        trust.copy_keyring(&copies(&house)).await.expect("copied");
        let path = copies(&house).join("keyring.copy");
        let whole = std::fs::read(&path).expect("read");
        let refused = async |bytes: &[u8]| {
            std::fs::write(&path, bytes).expect("written");
            trust.drill(&copies(&house), provider(&house)).await
        };
        for at in (40..whole.len()).step_by(97) {
            let mut altered = whole.clone();
            altered[at] ^= 1;
            let found = refused(&altered).await;
            let named = matches!(found, Err(CopyError::Damaged { .. } | CopyError::Trust(TrustError::WrongRootOfCopy)));
            assert!(named, "byte {at}: {found:?}");
        }
        for length in [0, 40, whole.len() / 2, whole.len() - 1] {
            assert!(matches!(refused(&whole[..length]).await, Err(CopyError::Damaged { .. })), "{length} bytes");
        }
        let longer = [&whole[..], b"[]\n"].concat();
        assert!(matches!(refused(&longer).await, Err(CopyError::Damaged { .. })), "what follows the end");
        let endless = [&vec![b'x'; LINE_BYTES_MAX], &whole[..]].concat();
        assert!(matches!(refused(&endless).await, Err(CopyError::Damaged { line: 1, .. })), "a line past the limit");
        assert!(refused(&whole).await.is_ok());
        let other = RootKey::create(&house.passphrase.with_file_name("other"), house.stores.rng()).expect("created");
        let found = trust.drill(&copies(&house), other).await;
        assert!(matches!(found, Err(CopyError::Trust(TrustError::WrongRootOfCopy))), "{found:?}");
    });
}

#[test]
fn a_lost_keyring_is_put_back_without_the_keys_that_were_destroyed_since() {
    on_both_engines(async |house| {
        let (trust, sealed) = furnished(&house).await;
        trust.copy_keyring(&copies(&house)).await.expect("copied");
        destroy(&house.stores, &trust, device(1)).await.expect("destroyed");
        drop(trust);
        lose_the_keyring(&house).await;
        let restored = restore(&house.stores, &provider(&house), &copies(&house), RETENTION_DAYS).await.expect("put back");
        assert_eq!((restored.keys, restored.refused), (5, 1));
        let trust = house.trust().await;
        assert_eq!(opens(&house, &trust, &sealed).await, [true, false, true, true, true]);
        assert_eq!(trust.rolls_due(None, 10).await.expect("read"), [tenant()], "what wrapped it goes too");
        let again = restore(&house.stores, &provider(&house), &copies(&house), RETENTION_DAYS).await;
        assert!(matches!(again, Err(CopyError::NotLost)), "{again:?}");
    });
}

#[test]
fn a_day_of_the_access_log_that_is_past_its_retention_gets_no_key_back_from_the_copy() {
    on_both_engines(async |house| {
        let (trust, _) = furnished(&house).await;
        let log = AccessLog::new(&house.stores, &trust, RETENTION_DAYS);
        log.prepare().await.expect("a key for today");
        house.hand.advance(DAY);
        log.prepare().await.expect("a key for the next day");
        trust.copy_keyring(&copies(&house)).await.expect("copied");
        // The first day is past its retention, the second is not.
        house.hand.advance(DAY * u32::from(RETENTION_DAYS));
        drop((log, trust));
        change(&house, &LOSE_DAY_KEYS, Vec::new()).await;
        lose_the_keyring(&house).await;
        let restored = restore(&house.stores, &provider(&house), &copies(&house), RETENTION_DAYS).await.expect("put back");
        assert_eq!(restored.refused, 1);
        let days = house
            .stores
            .keyring()
            .read(|tx| tx.query(&DAYS_WITH_KEYS, &[])?.iter().map(|row| row.get(0)).collect::<Result<Vec<i64>, store::StoreError>>());
        let today = Day::of(house.stores.clock().now());
        assert_eq!(days.await.expect("read"), [today.plus(-i64::from(RETENTION_DAYS)).number()]);
    });
}

#[test]
fn a_keyring_that_knows_of_more_destroyed_keys_than_the_data_is_compared_with_them_all_the_same() {
    on_both_engines(async |house| {
        let (trust, sealed) = furnished(&house).await;
        let read = move |tx: &mut store::Tx<'_>| tx.query_one(&WRAPPED_KEY, &store::params![id(1)])?.get::<Vec<u8>>(0);
        let wrapped = house.stores.keyring().read(read).await.expect("read");
        destroy(&house.stores, &trust, device(1)).await.expect("destroyed");
        change(&house, &BRING_BACK, store::params![id(1), wrapped].to_vec()).await;
        change(&house, &KNOW_MANY, Vec::new()).await;
        let trust = house.trust().await;
        assert_eq!(opens(&house, &trust, &sealed).await, [true, false, true, true, true]);
    });
}

#[test]
fn a_keyring_that_is_brought_back_from_before_refuses_what_was_destroyed_since() {
    on_both_engines(async |house| {
        let (trust, sealed) = furnished(&house).await;
        let read = move |tx: &mut store::Tx<'_>| tx.query_one(&WRAPPED_KEY, &store::params![id(1)])?.get::<Vec<u8>>(0);
        let wrapped = house.stores.keyring().read(read).await.expect("read");
        destroy(&house.stores, &trust, device(1)).await.expect("destroyed");
        change(&house, &BRING_BACK, store::params![id(1), wrapped].to_vec()).await;
        change(&house, &FORGET_TOMBSTONES, Vec::new()).await;
        let trust = house.trust().await;
        assert_eq!(opens(&house, &trust, &sealed).await, [true, false, true, true, true]);
        let ensure = |ring: &dyn kernel::KeyRing| ring.ensure(device(1));
        assert_eq!(house.with_keys(&trust, ensure).await, Err(KeyError::Missing));
        change(&house, &NEVER_MADE, store::params![id(1)].to_vec()).await;
        change(&house, &FORGET_TOMBSTONES, Vec::new()).await;
        let trust = house.trust().await;
        assert_eq!(house.with_keys(&trust, ensure).await, Err(KeyError::Missing), "nor is it made a second time");
    });
}

#[test]
fn what_was_about_to_be_destroyed_when_a_process_died_is_destroyed_by_the_next() {
    on_both_engines(async |house| {
        let (trust, sealed) = furnished(&house).await;
        // A key that was never there leaves no tombstone, or its subject could never have one.
        assert!(destroy(&house.stores, &trust, device(9)).await.is_err());
        trust.ensure_all(vec![device(9)]).await.expect("made");
        let trust = house.trust().await;
        assert_eq!(opens(&house, &trust, &sealed).await, [true; 5]);
        let seal = |ring: &dyn kernel::KeyRing| ring.seal(device(9), PLACE, b"x").is_ok();
        assert!(house.with_keys(&trust, seal).await);
    });
}
