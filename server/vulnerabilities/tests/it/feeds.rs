//! Fetching: what is asked, what is taken, and what a feed's state says afterwards.

use std::time::Duration;

use store::Stores;
use store::testing::{TestEnv, both_engines};
use vulnerabilities::VulnerabilitiesError;
use vulnerabilities::feeds::{FETCH_INTERVAL, Feed, FeedCondition, FeedState, Feeds, FetchOutcome, RETRY_INTERVAL, catalogue};
use vulnerabilities::fetch::{FetchError, FetchProgress, Roots};

use crate::importing::{ACTOR, schemas};
use crate::support::{osv, zip};
use crate::tls_server::Publisher;

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
