//! Sealed blobs.

use kernel::KeyError;
use store::testing::{both_engines, on_sqlite};
use store::{BLOB_NAME_CHARS_MAX, StoreError};

use crate::fixture::SCHEMAS;

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
