//! Another provider of the root key takes the place of the one before.

use kernel::{KeyRef, Place, TenantId};
use trust::{RootKey, Trust, TrustError};

use crate::setup::{House, on_both_engines};

const PLACE: Place = Place { table: 400, column: 3, row: 77 };

fn tenants() -> Vec<KeyRef> {
    (1..=3).map(|number| KeyRef::Tenant(TenantId::from_random(number << 1))).collect()
}

/// Three tenants with a sealed value each.
async fn furnished(house: &House) -> Vec<Vec<u8>> {
    let trust = house.trust().await;
    for key in tenants() {
        let KeyRef::Tenant(tenant) = key else { unreachable!() };
        trust.create_tenant(tenant).await.expect("created");
    }
    let seal = |ring: &dyn kernel::KeyRing| tenants().into_iter().map(|key| ring.seal(key, PLACE, b"secret").expect("sealed")).collect();
    house.with_keys(&trust, seal).await
}

/// Whether this provider opens everything.
async fn opens(house: &House, root_key: &RootKey, sealed: &[Vec<u8>]) -> Result<(), TrustError> {
    let (trust, sealed) = (Trust::open(&house.stores, root_key.clone()).await?, sealed.to_vec());
    let open = move |ring: &dyn kernel::KeyRing| {
        for (key, sealed) in tenants().into_iter().zip(&sealed) {
            assert_eq!(ring.open(key, PLACE, sealed).expect("it opens").as_slice(), b"secret");
        }
    };
    house.with_keys(&trust, open).await;
    Ok(())
}

fn another(house: &House, name: &str) -> RootKey {
    RootKey::create(&house.passphrase.with_file_name(name), house.stores.rng()).expect("created")
}

#[test]
fn after_a_change_the_next_provider_alone_opens_everything_and_nothing_is_wrapped_as_before() {
    on_both_engines(async |house| {
        let sealed = furnished(&house).await;
        let (old, next) = (RootKey::open(&house.passphrase).expect("opened"), another(&house, "next"));
        let before = house.stored_wrapped_keys().await;
        Trust::offer_root(&house.stores, &old, &next).await.expect("offered");
        Trust::adopt_root(&house.stores, &next).await.expect("adopted");
        opens(&house, &next, &sealed).await.expect("opened");
        assert!(matches!(opens(&house, &old, &sealed).await, Err(TrustError::WrongPassphrase)));
        let after = house.stored_wrapped_keys().await;
        let kept = after.iter().filter(|wrapped| before.contains(wrapped)).count();
        assert_eq!((before.len(), after.len(), kept), (10, 10, 3), "only tenants' keys stay as they are: their epochs wrap them");
    });
}

#[test]
fn a_change_that_was_cut_off_before_the_settings_named_the_next_provider_is_withdrawn() {
    on_both_engines(async |house| {
        let sealed = furnished(&house).await;
        let (old, next) = (RootKey::open(&house.passphrase).expect("opened"), another(&house, "next"));
        Trust::offer_root(&house.stores, &old, &next).await.expect("offered, and then it died");
        opens(&house, &old, &sealed).await.expect("nothing is lost");
        assert!(matches!(opens(&house, &next, &sealed).await, Err(TrustError::WrongPassphrase)));
        assert!(matches!(Trust::adopt_root(&house.stores, &next).await, Err(TrustError::NothingOffered)));
    });
}

#[test]
fn a_change_that_was_cut_off_after_the_settings_named_the_next_provider_is_ended_by_opening() {
    on_both_engines(async |house| {
        let sealed = furnished(&house).await;
        let (old, next) = (RootKey::open(&house.passphrase).expect("opened"), another(&house, "next"));
        Trust::offer_root(&house.stores, &old, &next).await.expect("offered, the settings written, and then it died");
        opens(&house, &next, &sealed).await.expect("nothing is lost");
        opens(&house, &next, &sealed).await.expect("and again");
        assert!(matches!(opens(&house, &old, &sealed).await, Err(TrustError::WrongPassphrase)));
    });
}

#[test]
fn only_who_opens_the_keyring_may_offer_another_provider_and_only_the_one_offered_is_taken() {
    on_both_engines(async |house| {
        let sealed = furnished(&house).await;
        let (old, next, stranger) =
            (RootKey::open(&house.passphrase).expect("opened"), another(&house, "next"), another(&house, "stranger"));
        assert!(matches!(Trust::offer_root(&house.stores, &stranger, &next).await, Err(TrustError::WrongPassphrase)));
        Trust::offer_root(&house.stores, &old, &next).await.expect("offered");
        assert!(matches!(Trust::adopt_root(&house.stores, &stranger).await, Err(TrustError::NothingOffered)));
        assert!(matches!(opens(&house, &stranger, &sealed).await, Err(TrustError::WrongPassphrase)));
        opens(&house, &old, &sealed).await.expect("opened");
    });
}
