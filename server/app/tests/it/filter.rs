//! The request filter of a server, as whoever runs it sees it and as the ledger tells of it.

use std::net::SocketAddr;

use app::host::{BansFacts, EntriesPage, InstanceEntries, Request, ask};
use app::{Clock, Config, DataFolder, FilterMode, Opened, Rng, Wishes};
use axum::body::Body;
use axum::http::StatusCode;
use serde_json::json;
use tower::ServiceExt as _;
use web::PeerInfo;

async fn serves(mode: Option<FilterMode>, answers: StatusCode) {
    let folder = tempfile::tempdir().expect("a folder");
    let wishes = Wishes { listen: "127.0.0.1:0".parse().ok(), offline: true, request_filter: mode, ..Wishes::default() };
    let config = Config::create(DataFolder::new(folder.path().join("data")), wishes).expect("a data folder");
    let opened = Opened::create(config.clone(), Clock::system(), Rng::system()).await.expect("a new installation");
    let running = app::start(opened).await.expect("it starts");
    let site = app::site(running.opened());
    let peer = PeerInfo::Network(SocketAddr::new("203.0.113.9".parse().expect("an address"), 4711));
    for _ in 0..3 {
        let request = axum::http::Request::builder().uri("/assets/planted?x=1%20union%20select%20planted").extension(peer);
        let request = request.body(Body::empty()).expect("a request");
        assert_eq!(site.router.clone().oneshot(request).await.expect("an answer").status(), answers);
    }
    let facts = ask::<BansFacts>(&config, Request::BansList {}).await.expect("a list").filter;
    assert_eq!((facts.mode, facts.rules), (mode.unwrap_or_default(), [("sql-union".to_owned(), 3)].into()));
    drop(site);
    running.stop().await;

    let asked = InstanceEntries { kind: Some("requests-filtered".to_owned()), ..InstanceEntries::default() };
    let page: EntriesPage = ask(&config, Request::InstanceLogList { asked }).await.expect("a page");
    let [entry] = page.entries.as_slice() else { panic!("{} entries", page.entries.len()) };
    let entry = entry.entry.clone().expect("whole");
    assert_eq!(entry["payload"], json!({ "mode": mode.unwrap_or_default(), "rules": { "sql-union": 3 } }));
    assert!(!entry.to_string().contains("planted") && !entry.to_string().contains("203.0.113"), "{entry}");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_with_the_shape_of_an_attack_are_counted_by_rule_and_told_of_and_refused_where_the_host_says_so() {
    serves(Some(FilterMode::Block), StatusCode::FORBIDDEN).await;
    // Nothing is said: they go on, and meet what they would have met.
    serves(None, StatusCode::NOT_FOUND).await;
}
