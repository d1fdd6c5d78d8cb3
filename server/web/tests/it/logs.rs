//! What is logged of a request, and what is not.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use crate::world::{app, ask};

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
    let _until_the_end = tracing::subscriber::set_default(subscriber);
    let app = app();
    let planted = ask("GET", "/api/v1/things/dev_0planted00000?q=planted-query").token("api").with("user-agent", "planted-agent");
    let answer = planted.with("cookie", "planted=cookie").of(&app).await;
    ask("GET", "/planted/path").token("planted-token").of(&app).await;
    ask("POST", "/api/v1/things").session().json(r#"{"name":"planted-body","planted-field":1}"#).of(&app).await;
    ask("GET", "/api/v1/fails").of(&app).await;
    let text = written.text();
    // The control: the failure's cause is logged, so a planted text would be found.
    assert_eq!(text.matches("planted").count(), text.matches("the disk of planted-host is full").count(), "{text}");
    assert!(text.contains("the disk of planted-host is full"));
    let line: serde_json::Value = text.lines().next().and_then(|line| serde_json::from_str(line).ok()).expect("a line of JSON");
    assert_eq!(line["fields"]["http.route"], "/api/v1/things/{thing}");
    assert_eq!(line["fields"]["status"], 422);
    assert_eq!(line["fields"]["request.id"], answer.header("x-request-id"));
    assert!(line["fields"]["duration_ms"].is_number());
}
