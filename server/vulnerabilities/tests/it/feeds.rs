//! Fetching: what is asked, what is taken, and what a feed's state says afterwards.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::LeafId;
use store::testing::{TestEnv, both_engines};
use store::{StoreError, Stores, Tx};
use trust::ledger::{Leaf, LeafKind, read_instance};
use vulnerabilities::VulnerabilitiesError;
use vulnerabilities::feeds::{FETCH_INTERVAL, Feed, FeedCondition, FeedState, Feeds, FetchOutcome, RETRY_INTERVAL, catalogue};
use vulnerabilities::fetch::{FetchError, FetchProgress, Roots};

use crate::importing::{ACTOR, schemas};
use crate::support::{osv, zip};
use crate::tls_server::Publisher;

store::statements! {
    store = System;
    /// Every leaf of the instance's ledger.
    INSTANCE_LEAVES = "SELECT leaf_id FROM instance_ledger_leaf ORDER BY recorded_at, leaf_id" () -> (leaf_id: BigInt);
}

fn feed(url: String) -> Feed {
    Feed { name: "osv-debian".into(), title: "Debian".into(), url, licence: "x".into(), on_by_default: true }
}

async fn open(stores: &Stores, env: &TestEnv, publisher: &Publisher) -> Feeds {
    let url = format!("https://localhost:{}/Debian/all.zip", publisher.port);
    Feeds::open(stores.clone(), env.keys.clone(), vec![feed(url)], Roots::File(publisher.roots.clone())).await.expect("the feeds open")
}

async fn fetch(feeds: &Feeds) -> Result<FetchOutcome, VulnerabilitiesError> {
    feeds.fetch("osv-debian", FetchProgress::default(), ACTOR).await
}

async fn state(feeds: &Feeds) -> FeedState {
    feeds.states().await.expect("states").remove(0)
}

fn document() -> Vec<u8> {
    zip(&[("X-1.json", osv("X-1", "Debian:12", "expat", "2").as_bytes())])
}

#[test]
fn every_feed_of_the_catalogue_is_https_and_has_its_own_name() {
    let feeds = catalogue();
    assert!(feeds.iter().all(|feed| feed.url.starts_with("https://") && !feed.licence.is_empty()));
    let mut names: Vec<_> = feeds.iter().map(|feed| &feed.name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), feeds.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_fetched_once_and_then_asked_for_with_its_marks() {
    both_engines(schemas(), |stores, env| async move {
        let publisher = Publisher::start().await;
        let feeds = open(&stores, &env, &publisher).await;
        assert_eq!((state(&feeds).await.condition, state(&feeds).await.enabled), (FeedCondition::Never, true));

        publisher.answer("200 OK\r\netag: \"v1\"\r\nlast-modified: Sat, 21 Nov 2026 10:00:00 GMT", &document());
        let FetchOutcome::Imported(report) = fetch(&feeds).await.expect("fetched") else { panic!("a document came") };
        assert_eq!((report.added, report.document_sha256), (1, seal::hash::sha256(&document())));
        let after = state(&feeds).await;
        assert_eq!((after.condition, after.records, after.document_sha256), (FeedCondition::Ok, Some(1), Some(report.document_sha256)));

        env.clock_hand.advance(Duration::from_secs(60));
        publisher.answer("304 Not Modified", b"");
        assert_eq!(fetch(&feeds).await.expect("asked"), FetchOutcome::Unchanged);
        assert_eq!(state(&feeds).await.last_success_at, Some(env.clock.now()));
        let requests = publisher.requests();
        assert!(!requests[0].to_lowercase().contains("if-none-match"), "{}", requests[0]);
        assert!(requests[1].contains("if-none-match: \"v1\"") && requests[1].contains("Sat, 21 Nov 2026 10:00:00 GMT"), "{}", requests[1]);
        assert!(requests.iter().all(|request| request.contains("user-agent: purser\r\n")), "no version, no host: {requests:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_is_said_and_what_was_there_stays() {
    both_engines(schemas(), |stores, env| async move {
        let publisher = Publisher::start().await;
        let feeds = open(&stores, &env, &publisher).await;
        publisher.answer("200 OK", &document());
        fetch(&feeds).await.expect("fetched");
        let generation = feeds.master().generation;
        let host = format!("localhost:{}", publisher.port);
        let expect = async |what: &str| {
            let error = fetch(&feeds).await.expect_err(what);
            let state = state(&feeds).await;
            assert_eq!(state.condition, FeedCondition::Failed, "{what}");
            assert_eq!((feeds.master().generation, state.records), (generation, Some(1)), "{what}");
            println!("{what}: {}", state.error.clone().unwrap_or_default());
            (error, state.error.expect("a reason"))
        };

        publisher.answer("404 Not Found", b"nothing");
        assert!(expect("404").await.1.ends_with(&format!("{host} answered 404")));
        publisher.answer("301 Moved\r\nlocation: https://elsewhere.example/all.zip", b"");
        assert!(expect("another host").await.1.contains("sends us elsewhere"));
        publisher.answer("301 Moved\r\nlocation: http://localhost/all.zip", b"");
        let _ = expect("no TLS").await;
        publisher.answer("200 OK", b"<html>maintenance</html>");
        assert!(expect("a page").await.1.contains("an HTML page"));
        publisher.answer_raw(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nPK\x03\x04");
        let _ = expect("cut short").await;
        publisher.answer_raw(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 600_u64 << 20).as_bytes());
        assert!(matches!(expect("too large").await.0, VulnerabilitiesError::Fetch(FetchError::TooLarge)));

        publisher.answer(&format!("302 Found\r\nlocation: https://{host}/Debian/dated.zip"), b"");
        publisher.answer("200 OK", &document());
        assert!(matches!(fetch(&feeds).await, Ok(FetchOutcome::Imported(_))), "the same host may send us on");
        assert_eq!(state(&feeds).await.condition, FeedCondition::Ok);
        assert!(publisher.requests().last().is_some_and(|request| request.starts_with("GET /Debian/dated.zip ")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_be_trusted_or_reached_gets_no_request() {
    both_engines(schemas(), |stores, env| async move {
        let publisher = Publisher::start().await;
        let stranger = Publisher::start().await;
        let open = async |url: String| {
            let roots = Roots::File(publisher.roots.clone());
            Feeds::open(stores.clone(), env.keys.clone(), vec![feed(url)], roots).await.expect("the feeds open")
        };
        let feeds = open(format!("https://localhost:{}/all.zip", stranger.port)).await;
        let error = fetch(&feeds).await.expect_err("its certificate is not trusted");
        assert!(matches!(error, VulnerabilitiesError::Fetch(FetchError::Network { .. })), "{error:?}");
        assert_eq!(stranger.requests(), Vec::<String>::new());

        let feeds = open(format!("http://localhost:{}/all.zip", publisher.port)).await;
        assert!(matches!(fetch(&feeds).await, Err(VulnerabilitiesError::Fetch(FetchError::NotHttps { .. }))));

        let port = publisher.port;
        let feeds = open(format!("https://localhost:{port}/all.zip")).await;
        drop(publisher.requests());
        assert!(matches!(feeds.fetch("unknown", FetchProgress::default(), ACTOR).await, Err(VulnerabilitiesError::NotFound)));
    })
    .await;
}

/// What the instance's ledger tells of refusals: whose feed, and why.
async fn refusals(stores: &Stores, env: &TestEnv) -> Vec<(String, String)> {
    let keys = env.keys.clone();
    let read = move |tx: &mut Tx<'_>| -> Result<Vec<Leaf>, StoreError> {
        let rows = tx.query(&INSTANCE_LEAVES, &[])?;
        let ids = rows.iter().map(|row| row.get(0)).collect::<Result<Vec<LeafId>, _>>()?;
        let leaves = ids.into_iter().map(|id| read_instance(tx, &*keys, id)).collect::<Result<Vec<_>, _>>()?;
        Ok(leaves.into_iter().flatten().collect())
    };
    let leaves = stores.system().read(read).await.expect("read");
    let refused = leaves.into_iter().filter(|leaf| leaf.kind == LeafKind::FeedRefused);
    let text = |leaf: &Leaf, field: &str| leaf.entry.as_ref().expect("not erased")["payload"][field].as_str().expect("a text").to_owned();
    refused.map(|leaf| (text(&leaf, "feed"), text(&leaf, "reason"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_op_18_what_is_not_a_listed_publishers_own_document_is_refused_and_stands_in_the_ledger() {
    both_engines(schemas(), |stores, env| async move {
        let publisher = Publisher::start().await;
        let feeds = open(&stores, &env, &publisher).await;
        let with_digest = |algorithm: &str, bytes: &[u8]| format!("200 OK\r\n{algorithm}=:{}:", STANDARD.encode(seal::hash::sha256(bytes)));
        publisher.answer(&with_digest("repr-digest: sha-512=:AAAA:, sha-256", &document()), &document());
        assert!(matches!(fetch(&feeds).await, Ok(FetchOutcome::Imported(_))), "the control: the document that its publisher names");
        assert_eq!(refusals(&stores, &env).await, []);
        let generation = feeds.master().generation;

        let mut expected = Vec::new();
        let mut refuse = async |what: &str, feed: &str, refused: Result<(), VulnerabilitiesError>| {
            assert!(refused.is_err(), "{what} is taken");
            expected.push(feed.to_owned());
            let told = refusals(&stores, &env).await;
            assert_eq!(told.iter().map(|(feed, _)| feed.clone()).collect::<Vec<_>>(), expected, "{what}");
            assert_eq!(feeds.master().generation, generation, "{what}");
            println!("{what}: {}", told.last().expect("it was told").1);
            env.clock_hand.advance(Duration::from_secs(1)); // so that the next one is the last
        };
        let other = zip(&[("X-2.json", osv("X-2", "Debian:12", "zlib", "2").as_bytes())]);
        publisher.answer(&with_digest("repr-digest: sha-256", &document()), &other);
        refuse("another digest", "osv-debian", fetch(&feeds).await.map(drop)).await;
        publisher.answer(&with_digest("content-digest: sha-256", &document()), &other);
        refuse("another digest of the content", "osv-debian", fetch(&feeds).await.map(drop)).await;
        publisher.answer("200 OK\r\nrepr-digest: sha-256=nonsense", &document());
        refuse("a digest that is none", "osv-debian", fetch(&feeds).await.map(drop)).await;
        publisher.answer("200 OK", b"<html>maintenance</html>");
        refuse("a page", "osv-debian", fetch(&feeds).await.map(drop)).await;
        publisher.answer("301 Moved\r\nlocation: https://elsewhere.example/all.zip", b"");
        refuse("another host", "osv-debian", fetch(&feeds).await.map(drop)).await;

        let asked = publisher.requests().len();
        let unlisted = feeds.fetch("our-own", FetchProgress::default(), ACTOR).await.map(drop);
        refuse("a feed that is not listed", "our-own", unlisted).await;
        refuse("switching it on", "our-own", feeds.switch("our-own", true, ACTOR).await).await;
        let plain = vec![feed(format!("http://localhost:{}/all.zip", publisher.port))];
        let plain =
            Feeds::open(stores.clone(), env.keys.clone(), plain, Roots::File(publisher.roots.clone())).await.expect("the feeds open");
        refuse("an address without TLS", "osv-debian", fetch(&plain).await.map(drop)).await;
        assert_eq!(publisher.requests().len(), asked, "nobody was asked");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offline_installation_asks_nobody_and_its_feeds_keep_their_state() {
    both_engines(schemas(), |stores, env| async move {
        let publisher = Publisher::start().await;
        let feeds = open(&stores, &env, &publisher).await;
        feeds.go_offline();
        assert!(matches!(fetch(&feeds).await, Err(VulnerabilitiesError::Offline)));
        assert_eq!(feeds.fetch_due().await.expect("nothing is due"), 0);
        let state = state(&feeds).await;
        assert_eq!((state.condition, state.offline, state.enabled, state.last_attempt_at), (FeedCondition::Never, true, true, None));
        assert_eq!(publisher.requests(), Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_are_fetched_when_their_time_has_come() {
    both_engines(schemas(), |stores, env| async move {
        let publisher = Publisher::start().await;
        let feeds = open(&stores, &env, &publisher).await;
        let due = async || feeds.fetch_due().await.expect("tried");

        publisher.answer("503 Busy", b"");
        assert_eq!((due().await, due().await), (1, 0));
        env.clock_hand.advance(RETRY_INTERVAL);
        publisher.answer("503 Busy", b"");
        assert_eq!(due().await, 1);
        env.clock_hand.advance(RETRY_INTERVAL);
        assert_eq!(due().await, 0, "the wait doubles");
        env.clock_hand.advance(RETRY_INTERVAL);
        publisher.answer("200 OK", &document());
        assert_eq!((due().await, state(&feeds).await.condition), (1, FeedCondition::Ok));
        env.clock_hand.advance(FETCH_INTERVAL - Duration::from_secs(1));
        assert_eq!(due().await, 0);
        env.clock_hand.advance(Duration::from_secs(1));
        feeds.switch("osv-debian", false, ACTOR).await.expect("switched");
        assert_eq!(due().await, 0, "it is switched off");
        feeds.switch("osv-debian", true, ACTOR).await.expect("switched");
        publisher.answer("200 OK", &document());
        assert_eq!(due().await, 1);
    })
    .await;
}
