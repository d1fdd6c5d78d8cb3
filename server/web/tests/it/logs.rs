//! What is logged of a request, and what is not.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use kernel::{Actor, TenantId, Timestamp, UserId};
use web::{AccessLog, Accessed, PeerInfo};

use crate::world::{Answered, app_with_own_ids, ask, builder};

const PLANTED_ADDRESS: &str = "203.0.113.77:40404";

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no writer panicked")).into_owned()
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no writer panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Written {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_request_is_logged_by_its_route_and_id_and_by_nothing_that_it_carried() {
    let written = Written::default();
    let subscriber = tracing_subscriber::fmt().json().with_max_level(tracing::Level::TRACE).with_writer(written.clone()).finish();
    // For the whole program: one of this thread only would miss what other tests' threads have met before it.
    tracing::subscriber::set_global_default(subscriber).expect("no other test sets one");
    let app = app_with_own_ids();
    let planted = ask("GET", "/api/v1/things/dev_0planted00000?q=planted-query").token("api").with("user-agent", "planted-agent");
    let first = planted.with("cookie", "planted=cookie").from(PLANTED_ADDRESS).of(&app).await;
    let unknown = ask("GET", "/planted/path").token("planted-token").of(&app).await;
    let refused = ask("POST", "/api/v1/things").session().json(r#"{"name":"planted-body","planted-field":1}"#).of(&app).await;
    let failed = ask("GET", "/api/v1/fails").of(&app).await;
    let own_method = ask("PLANTED-METHOD", "/api/v1/things").from(PLANTED_ADDRESS).of(&app).await;
    let text = written.text();
    let lines_of = |answer: &Answered| -> Vec<String> {
        let id = answer.header("x-request-id");
        text.lines().filter(|line| line.contains(id)).map(str::to_owned).collect()
    };
    for answer in [&first, &unknown, &refused, &own_method] {
        let lines = lines_of(answer);
        assert!(lines.len() == 1 && !lines[0].to_lowercase().contains("planted"), "{lines:?}");
    }
    assert!(!text.contains("203.0.113"), "no address is logged");
    // The control: the failure's cause is logged, so that a planted text would be found.
    assert!(lines_of(&failed)[0].contains("the disk of planted-host is full"));
    let line: serde_json::Value = serde_json::from_str(&lines_of(&first)[0]).expect("a line of JSON");
    assert_eq!(line["fields"]["http.route"], "/api/v1/things/{thing}");
    assert_eq!(line["fields"]["status"], 422);
    assert!(line["fields"]["duration_ms"].is_number());
}

#[tokio::test]
async fn the_access_log_is_told_of_every_request_once_by_its_template_and_with_whose_credential_it_was() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let (telling, peers) = (Arc::clone(&told), Arc::new(Mutex::new(Vec::new())));
    let met = Arc::clone(&peers);
    let access_log: AccessLog = Arc::new(move |accessed: &Accessed<'_>| {
        assert_eq!(accessed.at, Timestamp::from_seconds(1_795_327_200));
        assert_eq!(format!("{accessed:?}"), "[redacted]");
        let agent = accessed.user_agent.map(|text| String::from_utf8_lossy(text).into_owned());
        let line = (accessed.method, accessed.route.to_owned(), accessed.status, accessed.bytes, accessed.tenant, accessed.actor, agent);
        telling.lock().expect("no writer panicked").push(line);
        met.lock().expect("no writer panicked").push(accessed.peer);
    });
    let app = builder().access_log(access_log).build();
    ask("GET", "/api/v1/things?q=x").token("api").with("user-agent", "agent/1").from(PLANTED_ADDRESS).of(&app).await;
    ask("GET", "/api/v1/things").of(&app).await;
    ask("DELETE", "/api/v1/kinds/a/b").session().of(&app).await;
    ask("GET", "/planted/path").of(&app).await;
    ask("PLANTED", "/api/v1/things").of(&app).await;
    ask("GET", "/api/v1/panics").of(&app).await;
    ask("GET", "/api/v1/slow").of(&app).await;

    let told = told.lock().expect("no writer panicked").clone();
    let lines: Vec<_> = told.iter().map(|(method, route, status, ..)| (*method, route.as_str(), *status)).collect();
    let expected = [
        ("GET", "/api/v1/things", 200),
        ("GET", "/api/v1/things", 401),
        ("DELETE", "/api/v1/kinds/{kind}/{name}", 403),
        ("GET", "none", 404),
        ("other", "none", 405),
        ("GET", "/api/v1/panics", 500),
        ("GET", "/api/v1/slow", 503),
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:?}");
    for (line, expected) in lines.iter().zip(expected) {
        assert_eq!((line.0, line.1), (expected.0, expected.1), "{lines:?}");
    }
    let (_, _, status, bytes, tenant, actor, agent) = &told[0];
    assert_eq!((*status, *tenant, *actor), (200, Some(TenantId::from_random(2)), Some(Actor::User(UserId::from_random(4)))));
    assert!(bytes.is_some_and(|bytes| bytes > 10), "{bytes:?}");
    assert_eq!(agent.as_deref(), Some("agent/1"));
    assert_eq!((told[1].4, told[1].5), (None, None), "nobody's credential");
    let peers = peers.lock().expect("no writer panicked").clone();
    assert!(peers[0] == PeerInfo::Network(PLANTED_ADDRESS.parse().expect("an address")) && peers[1] == PeerInfo::Unknown);
}
