//! Sealed blobs.

use std::collections::HashSet;

use kernel::{KeyError, KeyRef, Place, TenantId};
use seal::xaes::{self, Key};
use store::testing::{TestEnv, both_engines, on_sqlite};
use store::{BLOB_NAME_CHARS_MAX, Engine, StoreError, Stores, params};

use crate::fixture::SCHEMAS;

store::statements! {
    store = Tenant;
    /// A blob's row.
    BODY = "SELECT body FROM blob WHERE tenant_id = $1 AND name = $2" (BigInt, Text) -> (body: Blob);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_is_replaced_whole_and_belongs_to_one_tenant() {
    both_engines(SCHEMAS, |stores, env| async move {
        let (mine, other) = (env.new_tenant(&stores).await, env.new_tenant(&stores).await);
        let (mine, other) = (env.system_scope(mine), env.system_scope(other));
        let blobs = stores.blobs();
        assert_eq!(blobs.get(&mine, &env.keys, "fleet-index").await.expect("read"), None);
        blobs.put(&mine, &env.keys, "fleet-index", vec![1; 100_000]).await.expect("written");
        blobs.put(&mine, &env.keys, "fleet-index", vec![2; 10]).await.expect("replaced");
        assert_eq!(blobs.get(&mine, &env.keys, "fleet-index").await.expect("read"), Some(vec![2; 10]));
        assert_eq!(blobs.get(&other, &env.keys, "fleet-index").await.expect("read"), None);
        assert_eq!(blobs.names(&mine).await.expect("listed"), ["fleet-index"]);
        assert_eq!(blobs.names(&other).await.expect("listed"), Vec::<String>::new());
        blobs.delete(&mine, "fleet-index").await.expect("deleted");
        blobs.delete(&mine, "fleet-index").await.expect("deleting twice changes nothing");
        assert_eq!(blobs.get(&mine, &env.keys, "fleet-index").await.expect("read"), None);
    })
    .await;
}

/// A blob as it lies there.
async fn stored(stores: &Stores, env: &TestEnv, tenant: TenantId, name: &str) -> Vec<u8> {
    match env.engine {
        Engine::Embedded => std::fs::read(env.dir.join("blobs").join(tenant.number().to_string()).join(name)).expect("a file"),
        Engine::Postgres => {
            let name = name.to_owned();
            let read = move |tx: &mut store::Tx<'_>| tx.query_one(&BODY, &params![tenant, name])?.get(0);
            stores.tenant(&env.system_scope(tenant)).read(read).await.expect("a row")
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_md_2_each_blob_has_a_key_of_its_own_and_no_block_of_it_is_readable() {
    both_engines(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let scope = env.system_scope(tenant);
        let content: Vec<u8> = (0..4_096_u32).flat_map(|number| format!("block {number:010}").into_bytes()).collect();
        for name in ["first", "second"] {
            stores.blobs().put(&scope, &env.keys, name, content.clone()).await.expect("written");
        }
        let (first, second) = (stored(&stores, &env, tenant, "first").await, stored(&stores, &env, tenant, "second").await);
        let blocks = |bytes: &[u8]| bytes.windows(16).map(<[u8]>::to_vec).collect::<HashSet<_>>();
        let plain: HashSet<_> = content.chunks_exact(16).map(<[u8]>::to_vec).collect();
        assert_eq!(plain.intersection(&blocks(&content)).count(), 4_096, "the control: the search finds every block of the content");
        assert_eq!(plain.intersection(&blocks(&first)).count(), 0, "a block of the content lies in clear");
        assert_eq!(blocks(&first).intersection(&blocks(&second)).count(), 0, "two blobs of the same content have a block in common");

        // One blob's sealed key opens no other: each was sealed with another.
        let key_and_body = |bytes: &[u8]| {
            let length = usize::from(u16::from_be_bytes([bytes[1], bytes[2]]));
            (bytes[3..3 + length].to_vec(), bytes[3 + length..].to_vec())
        };
        let ((first_key, _), (_, second_body)) = (key_and_body(&first), key_and_body(&second));
        let open = |wrapped: &[u8]| env.keys.open(KeyRef::Tenant(tenant), key_place("first"), wrapped).expect("the tenant's key opens it");
        let key = Key::from_bytes(<[u8; 32]>::try_from(open(&first_key).as_slice()).expect("a key"));
        let bound_to = |name: &str| [&tenant.number().to_be_bytes()[..], name.as_bytes()].concat();
        let (_, first_body) = key_and_body(&first);
        assert_eq!(xaes::open(&key, &bound_to("first"), &first_body).expect("the control: its own").as_slice(), content);
        assert!(xaes::open(&key, &bound_to("second"), &second_body).is_err(), "the first one's key opens the second");

        stores.blobs().put(&scope, &env.keys, "first", content.clone()).await.expect("written again");
        let again = stored(&stores, &env, tenant, "first").await;
        assert_eq!(blocks(&first).intersection(&blocks(&again)).count(), 0, "written again it has another key");
        assert_eq!(stores.blobs().get(&scope, &env.keys, "first").await.expect("read"), Some(content));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_is_cut_or_altered_anywhere_does_not_open_and_one_of_an_earlier_version_does() {
    on_sqlite(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let scope = env.system_scope(tenant);
        stores.blobs().put(&scope, &env.keys, "a", b"content".to_vec()).await.expect("written");
        let file = env.dir.join("blobs").join(tenant.number().to_string()).join("a");
        let sound = std::fs::read(&file).expect("a file");
        for at in 0..sound.len() {
            let mut flipped = sound.clone();
            flipped[at] ^= 0x40;
            for bytes in [&flipped[..], &sound[..at]] {
                std::fs::write(&file, bytes).expect("written");
                let read = stores.blobs().get(&scope, &env.keys, "a").await;
                assert!(matches!(read, Err(StoreError::Key(KeyError::Altered { .. }))), "at byte {at}: {read:?}");
            }
        }
        // The keyring's values begin with their format, 1; the tests' with a nonce.
        let place = Place { column: 3, ..key_place("a") };
        let earlier = (0..).map(|_| env.keys.seal(KeyRef::Tenant(tenant), place, b"content").expect("sealed"));
        let earlier = earlier.into_iter().find(|sealed| sealed.first() != Some(&2)).expect("most");
        std::fs::write(&file, earlier).expect("written");
        assert_eq!(stores.blobs().get(&scope, &env.keys, "a").await.expect("read"), Some(b"content".to_vec()));
    })
    .await;
}

/// Where a blob's sealed key is bound to.
fn key_place(name: &str) -> Place {
    let digest = seal::hash::sha256(name.as_bytes());
    let row = i64::from_be_bytes(*digest.first_chunk().expect("32 bytes"));
    Place { table: store::data_map::BLOB.number, column: 103, row }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_could_leave_the_folder_is_refused() {
    both_engines(SCHEMAS, |stores, env| async move {
        let scope = env.system_scope(env.new_tenant(&stores).await);
        let longest = "n".repeat(BLOB_NAME_CHARS_MAX);
        stores.blobs().put(&scope, &env.keys, &longest, vec![]).await.expect("at the limit");
        for name in ["", "../x", ".hidden", "a/b", "A", "ż", "a\0b", &"n".repeat(BLOB_NAME_CHARS_MAX + 1)] {
            let refused = stores.blobs().put(&scope, &env.keys, name, vec![]).await;
            assert!(matches!(refused, Err(StoreError::Misuse(_))), "{name}: {refused:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_under_another_name_does_not_open() {
    on_sqlite(SCHEMAS, |stores, env| async move {
        let tenant = env.new_tenant(&stores).await;
        let scope = env.system_scope(tenant);
        stores.blobs().put(&scope, &env.keys, "a", b"planted".to_vec()).await.expect("written");
        let folder = env.dir.join("blobs").join(tenant.number().to_string());
        let stored = std::fs::read(folder.join("a")).expect("a file");
        assert!(!stored.windows(7).any(|window| window == b"planted"), "blobs are sealed");
        std::fs::copy(folder.join("a"), folder.join("b")).expect("copied");
        let moved = stores.blobs().get(&scope, &env.keys, "b").await;
        assert!(matches!(moved, Err(StoreError::Key(KeyError::Altered { .. }))), "{moved:?}");
    })
    .await;
}
