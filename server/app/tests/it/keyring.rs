//! The keyring of an installation: where its root key comes from is changed, its second copy made and put back.

use std::net::{Ipv4Addr, SocketAddr};

use app::host::{CopyLine, DrillFacts, KeysFacts, Request, TenantCreated, ask};
use app::keyring::{change_root, restore};
use app::{Clock, Config, DataFolder, OpenError, Opened, Rng, RootSource, Wishes};

fn folder() -> (tempfile::TempDir, DataFolder) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let data = DataFolder::new(folder.path().join("data"));
    (folder, data)
}

async fn made(data: &DataFolder) -> Config {
    let wishes = Wishes { listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))), offline: true, ..Wishes::default() };
    let config = Config::create(data.clone(), wishes).expect("a data folder");
    let opened = Opened::create(config.clone(), Clock::system(), Rng::system()).await.expect("a new installation");
    opened.close().await;
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn later_commands_open_by_the_next_provider_and_the_one_before_opens_nothing() {
    let (folder, data) = folder();
    let config = made(&data).await;
    let next = RootSource::PassphraseFile { path: folder.path().join("elsewhere") };
    change_root(config.clone(), &next, Clock::system(), Rng::system()).await.expect("changed");
    let remembered = Config::load(data, Wishes::default()).expect("settings");
    assert_eq!(remembered.root, next);
    Opened::open(remembered, Clock::system(), Rng::system()).await.expect("opened").close().await;
    let refused = Opened::open(config, Clock::system(), Rng::system()).await.err().expect("the one before").to_string();
    assert!(refused.contains("does not open the keyring"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_that_somebody_has_open_is_left_alone() {
    let (folder, data) = folder();
    let config = made(&data).await;
    let opened = Opened::open(config.clone(), Clock::system(), Rng::system()).await.expect("opened");
    let next = RootSource::PassphraseFile { path: folder.path().join("elsewhere") };
    let refused = change_root(config.clone(), &next, Clock::system(), Rng::system()).await;
    assert!(matches!(refused, Err(OpenError::InUse(_))), "{refused:?}");
    assert!(!folder.path().join("elsewhere").exists());
    opened.close().await;
    assert_eq!(Config::load(data, Wishes::default()).expect("settings").root, config.root);
}

async fn status(config: &Config) -> KeysFacts {
    ask(config, Request::KeysStatus {}).await.expect("answered")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_keyring_comes_back_from_its_second_copy() {
    let (folder, data) = folder();
    let config = made(&data).await;
    let created: TenantCreated = ask(&config, Request::TenantCreate { name: Some("Example Ltd".into()) }).await.expect("created");
    assert!(status(&config).await.second_copy.is_none());
    let inside = ask::<CopyLine>(&config, Request::KeysCopy { folder: Some(data.path().join("copy")) }).await;
    assert!(inside.err().expect("refused").to_string().contains("lies in the data folder"));
    let elsewhere = folder.path().join("copy");
    ask::<CopyLine>(&config, Request::KeysCopy { folder: Some(elsewhere.clone()) }).await.expect("copied");
    let config = Config::load(data.clone(), Wishes::default()).expect("settings");
    let facts = status(&config).await;
    assert_eq!(facts.second_copy.map(|copy| (copy.folder, copy.is_in_step)), Some((elsewhere.clone(), true)));
    let drill: DrillFacts = ask(&config, Request::KeysDrill { folder: None }).await.expect("tried");
    assert_eq!((drill.tenants, drill.failed, drill.made_since), (1, 0, 0));
    assert!(drill.opened >= 1);

    let refused = restore(config.clone(), &elsewhere, Clock::system(), Rng::system()).await;
    assert!(refused.expect_err("it is not lost").to_string().contains("not lost"));
    for file in ["keyring.db", "keyring.db-wal", "keyring.db-shm"] {
        let _may_be_absent = std::fs::remove_file(data.path().join(file));
    }
    let lost = Opened::open(config.clone(), Clock::system(), Rng::system()).await.err().expect("lost").to_string();
    assert!(lost.contains("second copy"), "{lost}");
    let restored = restore(config.clone(), &elsewhere, Clock::system(), Rng::system()).await.expect("put back");
    assert_eq!(restored.refused, 0);
    let facts = status(&config).await;
    assert_eq!(facts.tenants.iter().map(|line| line.tenant.as_str()).collect::<Vec<_>>(), [created.tenant.as_str()]);
    assert!(facts.tenants[0].keys.is_some());
}
