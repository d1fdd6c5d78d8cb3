//! Bans as whoever runs the server sees them, and as the ledger tells of them.

use std::net::SocketAddr;

use app::host::{BanLine, BansFacts, EntriesPage, InstanceEntries, Request, ask};
use app::{Clock, Config, DataFolder, Opened, Rng, Wishes};
use axum::body::Body;
use tower::ServiceExt as _;
use web::doors::PEER_REFUSALS;
use web::{PeerInfo, WebApp};

/// Bans that get an entry each at a time.
const LEAVES_MAX: usize = 20;

async fn flood(site: &WebApp, address: &str) {
    let peer = PeerInfo::Network(SocketAddr::new(address.parse().expect("an address"), 4711));
    // On the system's clock points run out meanwhile: how many requests it takes depends on the machine.
    for _ in 0..10 * PEER_REFUSALS.burst {
        let request = axum::http::Request::builder().uri("/planted").extension(peer).body(Body::empty()).expect("a request");
        match site.router.clone().oneshot(request).await.expect("an answer").status().as_u16() {
            404 => {}
            429 => return,
            other => panic!("{other}"),
        }
    }
    panic!("never banned");
}

#[tokio::test(flavor = "multi_thread")]
async fn bans_are_listed_and_lifted_on_the_host_and_the_ledger_tells_of_them_without_an_address() {
    let folder = tempfile::tempdir().expect("a folder");
    let wishes = Wishes { listen: "127.0.0.1:0".parse().ok(), offline: true, ..Wishes::default() };
    let config = Config::create(DataFolder::new(folder.path().join("data")), wishes).expect("a data folder");
    let opened = Opened::create(config.clone(), Clock::system(), Rng::system()).await.expect("a new installation");
    let running = app::start(opened).await.expect("it starts");
    let site = app::site(running.opened());
    let list = || async { ask::<BansFacts>(&config, Request::BansList {}).await.expect("a list") };
    let lift = |which: &str| {
        let (config, which) = (config.clone(), which.to_owned());
        async move { ask::<Vec<BanLine>>(&config, Request::BanLift { which }).await }
    };
    assert!(list().await.bans.is_empty());
    flood(&site, "203.0.113.9").await;
    flood(&site, "2001:db8:5eed::77").await;
    let facts = list().await;
    let mut addresses: Vec<_> = facts.bans.iter().map(|ban| (ban.ban, ban.about.as_str(), ban.address.as_deref(), ban.step)).collect();
    addresses.sort_unstable();
    assert_eq!(addresses, [(1, "peer", Some("203.0.113.9"), 1), (2, "peer", Some("2001:db8:5eed::"), 1)]);
    assert_eq!(lift("1").await.expect("it is lifted").len(), 1);
    assert_eq!(lift("2001:db8:5eed::78").await.expect("it is lifted").len(), 1, "by any address of its network");
    for (which, said) in [("1", "there is no such ban"), ("planted", "`planted` names no ban")] {
        assert!(lift(which).await.err().expect("refused").to_string().contains(said), "{which}");
    }
    for number in 0..LEAVES_MAX {
        flood(&site, &format!("198.51.100.{number}")).await;
    }
    assert_eq!((list().await.bans.len(), lift("all").await.expect("they are lifted").len(), list().await.begun), (20, 20, 22));
    drop(site);
    running.stop().await;

    let none = ask::<BansFacts>(&config, Request::BansList {}).await.err().expect("no server has bans").to_string();
    assert!(none.contains("no server runs on this data folder"), "{none}");
    let entries = |kind: &str| {
        let (config, kind) = (config.clone(), Some(kind.to_owned()));
        async move {
            let asked = InstanceEntries { kind, ..InstanceEntries::default() };
            let page: EntriesPage = ask(&config, Request::InstanceLogList { asked }).await.expect("a page");
            page.entries.into_iter().map(|entry| (entry.actor, entry.entry.expect("whole")["payload"].clone())).collect::<Vec<_>>()
        }
    };
    let (begun, lifted) = (entries("ban-begun").await, entries("ban-lifted").await);
    assert_eq!((begun.len(), lifted.len()), (LEAVES_MAX + 1, 22), "a flood of bans is no flood of entries");
    assert!(begun.iter().filter(|(_, payload)| payload["further"] == 2).count() == 1);
    let pseudonyms = begun.iter().filter(|(_, payload)| payload["peer"].as_str().is_some_and(|peer| peer.len() == 20));
    assert_eq!(pseudonyms.count(), LEAVES_MAX);
    assert!(begun.iter().filter(|(_, payload)| payload["peer"].is_string()).all(|(_, payload)| payload["seconds"] == 60));
    let everything = format!("{begun:?}{lifted:?}");
    for address in ["203.0.113", "198.51.100", "2001:db8"] {
        assert!(!everything.contains(address), "{everything}");
    }
}
