//! What is logged of a request, and what is not.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use crate::world::{Answered, app_with_own_ids, ask};

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
    let first = planted.with("cookie", "planted=cookie").of(&app).await;
    let unknown = ask("GET", "/planted/path").token("planted-token").of(&app).await;
    let refused = ask("POST", "/api/v1/things").session().json(r#"{"name":"planted-body","planted-field":1}"#).of(&app).await;
    let failed = ask("GET", "/api/v1/fails").of(&app).await;
    let text = written.text();
    let lines_of = |answer: &Answered| -> Vec<String> {
        let id = answer.header("x-request-id");
        text.lines().filter(|line| line.contains(id)).map(str::to_owned).collect()
    };
    for answer in [&first, &unknown, &refused] {
        let lines = lines_of(answer);
        assert!(lines.len() == 1 && !lines[0].contains("planted"), "{lines:?}");
    }
    // The control: the failure's cause is logged, so that a planted text would be found.
    assert!(lines_of(&failed)[0].contains("the disk of planted-host is full"));
    let line: serde_json::Value = serde_json::from_str(&lines_of(&first)[0]).expect("a line of JSON");
    assert_eq!(line["fields"]["http.route"], "/api/v1/things/{thing}");
    assert_eq!(line["fields"]["status"], 422);
    assert!(line["fields"]["duration_ms"].is_number());
}
