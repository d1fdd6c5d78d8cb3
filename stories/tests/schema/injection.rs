//! sqlmap on every route: what schemathesis sent last to each, and was answered well where it ever was, with each text, number and id of it
//! tried for SQL injection.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

use serde_json::Value;
use stories::installation::{Installation, text};
use stories::person::Person;
use stories::repository;

use crate::{fuzzer, in_a_browser};

/// Requests of each kind for each operation, from which the best is taken.
const EXAMPLES_MAX: &str = "4";
/// What sqlmap puts its payloads in the place of.
const MARK: char = '*';
/// What sqlmap tries: conditions, errors, joined and stacked statements, and inline questions. Not pauses: a busy machine has its own.
const TECHNIQUES: &str = "BEUSQ";
/// Between the requests of a proxy's log, as sqlmap reads them.
const LINE: &str = "======================================================";

/// A request to be tried.
struct Target {
    method: String,
    path: String,
    body: Option<String>,
}

#[test]
#[ignore = "ten minutes: cargo test -p stories --test schema injection -- --ignored"]
fn no_part_of_any_request_reaches_a_statement() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let (tenant, link) = installation.tenant("Story");
    let device = installation.join(&tenant, "agent", "");
    let owner = Person::set_up(&installation, &link, "owner@example.org");
    std::fs::write(installation.folder().join("schemathesis.toml"), format!("[parameters]\n\"path.device\" = \"{device}\"\n"))
        .expect("a file");
    let (har, log) = (installation.folder().join("sent.har"), installation.folder().join("proxy.log"));
    let headers = in_a_browser(&installation, &owner);
    fuzzer::record(&installation, &headers, EXAMPLES_MAX, &har);
    let sent = serde_json::from_slice(&std::fs::read(&har).expect("what was sent")).expect("HAR");
    let document = std::fs::read(repository().join("docs/openapi.json")).expect("the document");
    let document = serde_json::from_slice(&document).expect("JSON");
    let targets = targets(&sent, &document, &installation.url());
    std::fs::write(&log, proxy_log(&targets, &headers, installation.port)).expect("a log");

    let mut sqlmap = Command::new("sqlmap");
    sqlmap.args(["--batch", "--ignore-stdin", "--level", "1", "--risk", "1", "--technique", TECHNIQUES]);
    sqlmap.args(["--force-ssl", "--skip-waf", "--ignore-code", "*", "--threads", "4"]);
    sqlmap.arg("-l").arg(&log).arg("--output-dir").arg(installation.folder().join("sqlmap")).current_dir(installation.folder());
    let output = sqlmap.output().expect("sqlmap runs: Debian's package sqlmap");
    let said = text(&output.stdout);
    let tried = said.matches("all tested parameters do not appear to be injectable").count();
    println!("{tried} of {} targets tried, {} parameters", targets.len(), said.matches("does not seem to be injectable").count());
    assert!(!said.contains("identified the following injection point"), "{said}");
    assert_eq!(tried, targets.len(), "{said}");
    assert!(owner.session(&installation).is_object(), "the session lasted");
    assert!(server.end(rustix::process::Signal::TERM).success());
}

/// The best request to each operation that takes anything, marked.
fn targets(sent: &Value, document: &Value, origin: &str) -> Vec<Target> {
    let templates: Vec<&str> = document["paths"].as_object().expect("paths").keys().map(String::as_str).collect();
    let mut best: BTreeMap<(&str, &str), (bool, Target)> = BTreeMap::new();
    for entry in sent["log"]["entries"].as_array().expect("entries") {
        let (request, status) = (&entry["request"], entry["response"]["status"].as_u64().unwrap_or_default());
        let method = request["method"].as_str().unwrap_or_default();
        let Some(target) = request["url"].as_str().and_then(|url| url.strip_prefix(origin)) else { continue };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        // Of two that fit, the one with fewer parameters is meant.
        let fitting = templates.iter().filter(|template| fits(template, path)).min_by_key(|template| template.matches('{').count());
        let Some(template) = fitting else { continue };
        let Some(target) = marked(method, (template, path), query, request["postData"]["text"].as_str()) else { continue };
        let is_good = status < 400;
        if best.get(&(*template, method)).is_none_or(|(was_good, _)| is_good || !was_good) {
            best.insert((template, method), (is_good, target));
        }
    }
    println!("{} operations, {} of them answered well", best.len(), best.values().filter(|(is_good, _)| *is_good).count());
    best.into_values().map(|(_, target)| target).collect()
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{')
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len() && template.iter().zip(path).all(|(wanted, given)| is_parameter(wanted) || *wanted == given)
}

/// A request with a mark behind each value that it has; none where it has none.
fn marked(method: &str, (template, path): (&str, &str), query: &str, body: Option<&str>) -> Option<Target> {
    // What is a mark for itself would be tried twice.
    if path.contains(MARK) || query.contains(MARK) || body.is_some_and(|body| body.contains(MARK)) {
        return None;
    }
    let segments = template.split('/').zip(path.split('/'));
    let segments = segments.map(|(wanted, given)| if is_parameter(wanted) { format!("{given}{MARK}") } else { given.to_owned() });
    let path = segments.collect::<Vec<_>>().join("/");
    let pairs: Vec<_> = query.split('&').filter(|pair| pair.contains('=')).map(|pair| format!("{pair}{MARK}")).collect();
    let body = body.and_then(|body| serde_json::from_str::<Value>(body).ok()).filter(Value::is_object).map(|mut body| {
        mark(&mut body);
        body.to_string()
    });
    let path = if pairs.is_empty() { path } else { format!("{path}?{}", pairs.join("&")) };
    let is_marked = path.contains(MARK) || body.as_ref().is_some_and(|body| body.contains(MARK));
    is_marked.then(|| Target { method: method.to_owned(), path, body })
}

fn mark(value: &mut Value) {
    match value {
        Value::String(text) => text.push(MARK),
        Value::Array(items) => items.iter_mut().for_each(mark),
        Value::Object(fields) => fields.values_mut().for_each(mark),
        _ => {}
    }
}

/// As a proxy logs requests.
fn proxy_log(targets: &[Target], headers: &[String], port: u16) -> String {
    let mut log = String::new();
    for Target { method, path, body } in targets {
        let _infallible = write!(log, "{LINE}\n12:00:00  https://localhost:{port}  [127.0.0.1]\n{LINE}\n");
        let _infallible = write!(log, "{method} {path} HTTP/1.1\nHost: localhost:{port}\n{}\n", headers.join("\n"));
        if let Some(body) = body {
            let _infallible = write!(log, "Content-Type: application/json\nContent-Length: {}\n\n{body}\n", body.len());
        }
        let _infallible = write!(log, "\n{LINE}\n\n\n");
    }
    log
}
