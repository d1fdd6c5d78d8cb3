use std::sync::Arc;

use kernel::{DeviceId, KeyError, KeyRef, KeyRing, Place, TenantId, UserId};
use seal::sign::{PublicKey, Signature};
use trust::{RootKey, SEALED_OVERHEAD_BYTES, Trust, TrustError};

use crate::setup::{House, destroy, on_both_engines};

const PLACE: Place = Place { table: 400, column: 3, row: 77 };

fn tenant(number: u64) -> TenantId {
    TenantId::from_random(number << 1)
}

fn device(number: u64) -> DeviceId {
    DeviceId::from_random(number << 1)
}

/// Every kind of key, each of them there.
async fn every_key(house: &House, trust: &Trust) -> Vec<KeyRef> {
    let keys = vec![
        KeyRef::Instance,
        KeyRef::Tenant(tenant(1)),
        KeyRef::Tenant(tenant(2)),
        KeyRef::Device(tenant(1), device(5)),
        KeyRef::Device(tenant(1), device(6)),
        // The same number in another tenant, and as a user, is another subject.
        KeyRef::Device(tenant(2), device(5)),
        KeyRef::User(tenant(1), UserId::from_random(5 << 1)),
    ];
    trust.create_tenant(tenant(1)).await.expect("created");
    trust.create_tenant(tenant(2)).await.expect("created");
    let made = keys.clone();
    house.with_keys(trust, move |ring| made.iter().for_each(|key| ring.ensure(*key).expect("made"))).await;
    keys
}

#[test]
fn what_was_sealed_opens_under_its_own_key_and_at_its_own_place_only() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        let keys = every_key(&house, &trust).await;
        house
            .with_keys(&trust, move |ring| {
                for sealing in &keys {
                    let sealed = ring.seal(*sealing, PLACE, b"web-01.example.org").expect("sealed");
                    assert_eq!(sealed.len(), 18 + SEALED_OVERHEAD_BYTES);
                    for opening in &keys {
                        let opened = ring.open(*opening, PLACE, &sealed);
                        match sealing == opening {
                            true => assert_eq!(opened.expect("the same key").as_slice(), b"web-01.example.org"),
                            false => assert_eq!(opened, Err(KeyError::Altered { table: 400, row: 77, column: 3 })),
                        }
                    }
                    for elsewhere in [Place { table: 401, ..PLACE }, Place { column: 4, ..PLACE }, Place { row: 78, ..PLACE }] {
                        assert!(matches!(ring.open(*sealing, elsewhere, &sealed), Err(KeyError::Altered { .. })));
                    }
                }
            })
            .await;
    });
}

#[test]
fn a_flipped_bit_anywhere_in_a_sealed_value_is_noticed() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        house
            .with_keys(&trust, |ring| {
                let sealed = ring.seal(KeyRef::Instance, PLACE, b"x").expect("sealed");
                for at in 0..sealed.len() {
                    let mut altered = sealed.clone();
                    altered[at] ^= 0x10;
                    assert!(matches!(ring.open(KeyRef::Instance, PLACE, &altered), Err(KeyError::Altered { .. })), "byte {at}");
                    assert!(ring.open(KeyRef::Instance, PLACE, &sealed[..at]).is_err());
                }
            })
            .await;
    });
}

#[test]
fn sealing_the_same_value_twice_shows_no_likeness() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        house
            .with_keys(&trust, |ring| {
                let seal = || ring.seal(KeyRef::Instance, PLACE, b"the same").expect("sealed");
                assert_ne!(seal(), seal());
            })
            .await;
    });
}

#[test]
fn a_key_that_was_never_made_is_missing_and_a_tenant_without_keys_gets_none() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        house
            .with_keys(&trust, |ring| {
                for key in [KeyRef::Tenant(tenant(1)), KeyRef::Device(tenant(1), device(5))] {
                    assert_eq!(ring.seal(key, PLACE, b""), Err(KeyError::Missing));
                    assert_eq!(ring.blind_index(key, "name", b""), Err(KeyError::Missing));
                    assert_eq!(ring.ensure(key), Err(KeyError::Missing));
                }
            })
            .await;
        trust.create_tenant(tenant(1)).await.expect("created");
        house
            .with_keys(&trust, |ring| {
                assert_eq!(ring.ensure(KeyRef::Tenant(tenant(1))), Ok(()));
                assert_eq!(ring.seal(KeyRef::Device(tenant(1), device(5)), PLACE, b""), Err(KeyError::Missing));
                assert_eq!(ring.ensure(KeyRef::Device(tenant(1), device(5))), Ok(()));
                assert!(ring.seal(KeyRef::Device(tenant(1), device(5)), PLACE, b"").is_ok());
            })
            .await;
    });
}

#[test]
fn making_a_tenant_or_a_key_again_changes_nothing() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        let keys = every_key(&house, &trust).await;
        let seal_all = |ring: &dyn KeyRing, keys: &[KeyRef]| -> Vec<Vec<u8>> {
            keys.iter().map(|key| ring.seal(*key, PLACE, b"before").expect("sealed")).collect()
        };
        let sealing = keys.clone();
        let sealed = house.with_keys(&trust, move |ring| seal_all(ring, &sealing)).await;
        drop(every_key(&house, &trust).await);
        // Another process over the same store: nothing of it comes from memory.
        let reopened = house.trust().await;
        house
            .with_keys(&reopened, move |ring| {
                for (key, sealed) in keys.iter().zip(&sealed) {
                    ring.ensure(*key).expect("there already");
                    assert_eq!(ring.open(*key, PLACE, sealed).expect("opened").as_slice(), b"before");
                }
            })
            .await;
    });
}

#[test]
fn keys_of_many_subjects_are_made_together() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        trust.create_tenant(tenant(1)).await.expect("created");
        let keys: Vec<KeyRef> = (1..=1_001).map(|number| KeyRef::Device(tenant(1), device(number))).collect();
        trust.ensure_all(keys.clone()).await.expect("made");
        trust.ensure_all(keys.clone()).await.expect("there already");
        house.with_keys(&trust, move |ring| assert!(keys.iter().all(|key| ring.seal(*key, PLACE, b"").is_ok()))).await;
        let of_nobody = trust.ensure_all(vec![KeyRef::Device(tenant(2), device(1))]).await;
        assert!(matches!(of_nobody, Err(TrustError::Key(KeyError::Missing))));
    });
}

#[test]
fn a_tenant_whose_key_was_destroyed_is_not_made_again() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        trust.create_tenant(tenant(1)).await.expect("created");
        destroy(&house.stores, &trust, KeyRef::Tenant(tenant(1))).await.expect("destroyed");
        assert!(matches!(trust.create_tenant(tenant(1)).await, Err(TrustError::Key(KeyError::Missing))));
    });
}

#[test]
fn a_destroyed_key_opens_nothing_any_more_and_is_never_made_again() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        let keys = every_key(&house, &trust).await;
        let gone = KeyRef::Device(tenant(1), device(5));
        let sealing = keys.clone();
        let sealed: Vec<(KeyRef, Vec<u8>)> = house
            .with_keys(&trust, move |ring| sealing.iter().map(|key| (*key, ring.seal(*key, PLACE, b"x").expect("sealed"))).collect())
            .await;
        destroy(&house.stores, &trust, gone).await.expect("destroyed");
        assert!(matches!(destroy(&house.stores, &trust, gone).await, Err(TrustError::Key(KeyError::Missing))));
        for trust in [trust.clone(), house.trust().await] {
            let sealed = sealed.clone();
            house
                .with_keys(&trust, move |ring| {
                    for (key, sealed) in &sealed {
                        let expected = if *key == gone { Err(KeyError::Missing) } else { Ok(()) };
                        assert_eq!(ring.open(*key, PLACE, sealed).map(drop), expected);
                        assert_eq!(ring.ensure(*key), expected);
                    }
                })
                .await;
        }
    });
}

#[test]
fn a_blind_index_is_the_same_for_the_same_key_purpose_and_value_only() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        let keys = every_key(&house, &trust).await;
        let reopened = house.trust().await;
        let indexes = async |trust: &Trust| {
            let keys = keys.clone();
            house
                .with_keys(trust, move |ring| {
                    let mut indexes = Vec::new();
                    for key in keys {
                        for (purpose, value) in [("email", &b"a@example.org"[..]), ("email", b"b@example.org"), ("name", b"a@example.org")]
                        {
                            indexes.push(ring.blind_index(key, purpose, value).expect("a key"));
                        }
                    }
                    indexes
                })
                .await
        };
        let first = indexes(&trust).await;
        assert_eq!(first, indexes(&reopened).await);
        let mut distinct = first.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), first.len());
    });
}

#[test]
fn keys_beyond_the_memorys_limit_are_read_again_from_the_store() {
    on_both_engines(async |house| {
        let trust = house.trust_with_memory(4).await;
        trust.create_tenant(tenant(1)).await.expect("created");
        house
            .with_keys(&trust, |ring| {
                let keys: Vec<KeyRef> = (1..40).map(|number| KeyRef::Device(tenant(1), device(number))).collect();
                let sealed: Vec<Vec<u8>> = keys
                    .iter()
                    .map(|key| {
                        ring.ensure(*key).expect("made");
                        ring.seal(*key, PLACE, b"x").expect("sealed")
                    })
                    .collect();
                for (key, sealed) in keys.iter().zip(&sealed) {
                    assert!(ring.open(*key, PLACE, sealed).is_ok());
                }
            })
            .await;
    });
}

#[test]
fn many_threads_that_ensure_one_key_agree_on_it() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        trust.create_tenant(tenant(1)).await.expect("created");
        let key = KeyRef::Device(tenant(1), device(5));
        let (ring, other) = (trust.keyring(), house.trust().await.keyring());
        house
            .blocking(move || {
                let sealed: Vec<Vec<u8>> = std::thread::scope(|scope| {
                    let rings: Vec<&Arc<dyn KeyRing>> = [&ring, &other].into_iter().cycle().take(8).collect();
                    let threads: Vec<_> = rings
                        .into_iter()
                        .map(|ring| {
                            scope.spawn(move || {
                                ring.ensure(key).expect("made once");
                                ring.seal(key, PLACE, b"x").expect("sealed")
                            })
                        })
                        .collect();
                    threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
                });
                assert!(sealed.iter().all(|sealed| ring.open(key, PLACE, sealed).is_ok()));
            })
            .await;
    });
}

#[test]
fn another_passphrase_is_refused_before_anything_is_read() {
    on_both_engines(async |house| {
        drop(house.trust().await);
        let folder = tempfile::tempdir().expect("a scratch folder");
        let other = RootKey::create(&folder.path().join("other"), house.stores.rng()).expect("created");
        assert!(matches!(Trust::open(&house.stores, other).await, Err(TrustError::WrongPassphrase)));
        drop(house.trust().await);
    });
}

#[test]
fn two_nodes_that_start_for_the_first_time_at_once_agree_on_the_keys() {
    on_both_engines(async |house| {
        let (one, other) = tokio::join!(house.trust(), house.trust());
        assert_eq!(one.instance_keys(), other.instance_keys());
        let sealed = house.with_keys(&one, |ring| ring.seal(KeyRef::Instance, PLACE, b"x").expect("sealed")).await;
        house.with_keys(&other, move |ring| assert!(ring.open(KeyRef::Instance, PLACE, &sealed).is_ok())).await;
    });
}

#[test]
fn an_empty_keyring_beside_existing_tenants_is_not_filled_anew() {
    on_both_engines(async |house| {
        house.stores.create_tenant(tenant(1)).await.expect("created");
        let root_key = RootKey::open(&house.passphrase).expect("opened");
        assert!(matches!(Trust::open(&house.stores, root_key).await, Err(TrustError::KeyringLost)));
    });
}

#[test]
fn the_instance_signs_with_its_current_key_and_keeps_both_over_a_restart() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        let keys = trust.instance_keys();
        assert_ne!(keys.current, keys.next);
        let signature = trust.sign_as_instance(wire::enrol::CONTEXT_CHALLENGE, &[b"nonce", b"challenge"]);
        let signature = Signature::from_text(&signature.0).expect("128 hexadecimal characters");
        let current = PublicKey(keys.current.0);
        assert_eq!(current.verify(wire::enrol::CONTEXT_CHALLENGE, &[b"nonce", b"challenge"], &signature), Ok(()));
        assert!(PublicKey(keys.next.0).verify(wire::enrol::CONTEXT_CHALLENGE, &[b"nonce", b"challenge"], &signature).is_err());
        assert_eq!(trust.fingerprint().0, seal::sign::fingerprint(&current));
        assert_eq!(house.trust().await.instance_keys(), keys);
    });
}

#[test]
fn no_key_lies_in_the_keyrings_store_unwrapped() {
    on_both_engines(async |house| {
        let trust = house.trust().await;
        drop(every_key(&house, &trust).await);
        assert_eq!(format!("{trust:?}"), "Trust");
        let stored = house.stored_wrapped_keys().await;
        assert_eq!(stored.len(), 4 + 2 + 6, "four of the instance, two epochs, six subjects");
        assert!(stored.iter().all(|wrapped| wrapped.len() == 32 + seal::xaes::OVERHEAD_BYTES));
    });
}
