//! Operators: what opens their door, what it opens, and that theirs opens nothing of a tenant's.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use app::host::{OperatorCertificateIssued, OperatorLine, OperatorRequest, Request, ask as ask_host};
use app::{Clock, Config, DataFolder, Opened, Rng, Running, Wishes};
use axum::Extension;
use identity::operator::OperatorAction;
use kernel::{Access, ClientCertificate};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use store::params;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use web::WebApp;
use web::operators::OPERATOR_PATH;

use crate::client::{Answer, Credential, send};
use crate::routes::{CERTIFICATE_REQUEST, Furnished, NOT_ASKED, ask_at, furnished};
use crate::world::{World, on_both_engines};

store::statements! {
    store = System;
    /// What operators did.
    ACTED = "SELECT actor_id FROM instance_ledger_leaf WHERE kind = 'operator-acted' AND actor_kind = $1" (Text) -> (actor_id: BigInt);
}

/// After this long a peer may be refused once more, without a ban for it.
const A_POINT: Duration = Duration::from_secs(1);

/// A request of each kind that is the host's alone.
fn on_the_host(first: &Furnished) -> Vec<Value> {
    let tenant = &first.tenant.number;
    let operator = |what: Value| json!({ "do": "operator", "asked": what });
    vec![
        json!({ "do": "tenant-link", "tenant": tenant }),
        json!({ "do": "user-recover", "tenant": tenant, "email": first.tenant.email }),
        json!({ "do": "enrolment-create", "tenant": tenant, "name": "x", "labels": {}, "lifetime_seconds": 60, "uses_max": null }),
        json!({ "do": "token-create", "tenant": tenant, "name": "x", "kind": "api", "permissions": ["devices:read"], "devices": [],
            "networks": [], "lifetime_seconds": 60 }),
        json!({ "do": "certificate-issue", "tenant": tenant, "token": first.ids["token"], "request": CERTIFICATE_REQUEST, "days": 1 }),
        json!({ "do": "certificate-list", "tenant": tenant }),
        json!({ "do": "certificate-revoke", "tenant": tenant, "certificate": first.ids["certificate"] }),
        json!({ "do": "keys-status" }),
        json!({ "do": "keys-copy", "folder": "/nowhere" }),
        json!({ "do": "keys-drill", "folder": "/nowhere" }),
        json!({ "do": "keys-roll", "tenant": tenant }),
        json!({ "do": "ledger-succeed", "tenant": tenant, "checkpoint": null }),
        json!({ "do": "ledger-file", "tenant": tenant, "from": 0 }),
        json!({ "do": "access-log-page", "day": null, "peer": null, "user": null, "tenant": tenant, "cursor": null }),
        json!({ "do": "access-log-days" }),
        json!({ "do": "export", "tenant": tenant, "device": null, "user": null, "folder": "/nowhere", "ticket": 1 }),
        json!({ "do": "export-progress", "ticket": 1 }),
        json!({ "do": "import", "folder": "/nowhere", "key": null }),
        json!({ "do": "store-accept", "tenant": tenant, "tables": [], "reason": "x" }),
        json!({ "do": "verify-backup", "folder": "/nowhere" }),
        json!({ "do": "feeds-import", "path": "/nowhere", "ticket": 1 }),
        json!({ "do": "feeds-progress", "ticket": 1 }),
        operator(json!({ "what": "add", "name": "Mallory", "actions": ["tenants:list"] })),
        operator(json!({ "what": "list" })),
        operator(json!({ "what": "allow", "operator": "Ada Lovelace", "actions": ["tenants:list"] })),
        operator(json!({ "what": "certificate", "operator": "Ada Lovelace", "request": CERTIFICATE_REQUEST, "days": 1 })),
        operator(json!({ "what": "revoke-certificate", "certificate": first.ids["certificate"] })),
        operator(json!({ "what": "remove", "operator": "Ada Lovelace" })),
    ]
}

/// A request of each action's, which changes nothing.
fn by_listener(first: &Furnished) -> Vec<(OperatorAction, Value)> {
    let tenant = &first.tenant.number;
    vec![
        (OperatorAction::BansManage, json!({ "do": "bans-list" })),
        (OperatorAction::BreachManage, json!({ "do": "breach", "asked": { "act": "list" } })),
        (OperatorAction::DoctorRun, json!({ "do": "doctor-checks" })),
        (OperatorAction::ErasureManage, json!({ "do": "erasure-list", "tenant": tenant })),
        (OperatorAction::FeedsManage, json!({ "do": "feeds-list" })),
        (OperatorAction::LogRead, json!({ "do": "instance-log-checkpoint" })),
        (OperatorAction::MailManage, json!({ "do": "mail-status" })),
        (OperatorAction::RegistersManage, json!({ "do": "sub-processor-list" })),
        (OperatorAction::RetentionManage, json!({ "do": "retention-show", "tenant": tenant })),
        (OperatorAction::StoreVerify, json!({ "do": "verify-store", "tenant": tenant })),
        (OperatorAction::TenantsCreate, json!({ "do": "tenant-create", "name": "" })),
        (OperatorAction::TenantsList, json!({ "do": "tenant-list" })),
        (OperatorAction::TenantsRelease, json!({ "do": "tenant-clear-networks", "tenant": tenant })),
    ]
}

/// Ada, an operator with these actions, and what her connection shows.
async fn ada(world: &World, actions: &[OperatorAction]) -> (String, ClientCertificate) {
    let actions = actions.iter().map(|action| action.text().to_owned()).collect();
    let add = OperatorRequest::Add { name: "Ada Lovelace".into(), actions };
    let added = world.as_host(Request::Operator { asked: add }).await;
    let certificate = OperatorRequest::Certificate { operator: "Ada Lovelace".into(), request: CERTIFICATE_REQUEST.into(), days: None };
    let issued = world.as_host(Request::Operator { asked: certificate }).await;
    (added["operator"].as_str().expect("a number").to_owned(), shown(issued["certificate_pem"].as_str().expect("PEM")))
}

fn shown(pem: &str) -> ClientCertificate {
    ClientCertificate::of_digest(seal::hash::sha256(&CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM")))
}

/// The same door, by connections that show this certificate.
fn showing(site: &WebApp, certificate: ClientCertificate) -> WebApp {
    let mut shown = site.clone();
    shown.router = shown.router.layer(Extension(certificate));
    shown
}

/// The operators' door.
fn operators(world: &World) -> WebApp {
    let mut door = world.site.clone();
    door.router = app::operators(&world.opened, &world.site).router;
    door
}

async fn asked(site: &WebApp, credential: &Credential, request: &Value) -> Answer {
    send(site, credential, "POST", OPERATOR_PATH, Some(request.clone())).await
}

async fn acts(world: &World) -> Vec<i64> {
    let rows = world.opened.stores().system().read(|tx| tx.query(&ACTED, &params!["operator"])).await.expect("read");
    rows.iter().map(|row| row.get(0).expect("an id")).collect()
}

/// An access token of a quarter of an hour, for a program's key.
async fn short_lived(world: &World, first: &Furnished) -> Credential {
    let Credential::Bearer(secret) = &first.tenant.api else { panic!("a key") };
    let asked = json!({ "token": api_token(world, first).await, "secret": secret });
    let given = world.done(&Credential::None, "POST", "/api/v1/access-tokens", Some(asked)).await;
    Credential::Bearer(given["access_token"].as_str().unwrap_or_else(|| panic!("{given}")).to_owned())
}

async fn api_token(world: &World, first: &Furnished) -> String {
    let tokens = world.done(&first.tenant.owner, "GET", "/api/v1/tokens", None).await;
    let api = tokens["items"].as_array().expect("a page").iter().find(|token| token["name"] == "Everything").expect("it is there");
    api["token"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_md_13_no_password_session_token_or_tenants_certificate_opens_what_is_the_operators() {
    on_both_engines(async |world| {
        let first = furnished(&world, "First").await;
        let (door, (_, adas)) = (operators(&world), ada(&world, OperatorAction::ALL).await);
        let credentials = [
            Credential::None,
            first.tenant.owner.clone(),
            first.tenant.api.clone(),
            first.tenant.telemetry.clone(),
            first.device.credential.clone(),
            short_lived(&world, &first).await,
        ];
        let issue = json!({ "certificate_request": CERTIFICATE_REQUEST });
        let path = format!("/api/v1/tokens/{}/certificates", api_token(&world, &first).await);
        let issued = world.done(&first.tenant.owner, "POST", &path, Some(issue)).await;
        let by_tenants = showing(&door, shown(issued["certificate_pem"].as_str().expect("PEM")));
        let requests: Vec<Value> = by_listener(&first).into_iter().map(|(_, request)| request).chain(on_the_host(&first)).collect();
        for credential in &credentials {
            for request in &requests {
                for site in [&door, &by_tenants] {
                    world.hand.advance(A_POINT);
                    let answer = asked(site, credential, request).await;
                    assert_eq!(answer.status, 403, "{request} {credential:?}: {}", answer.text());
                    assert!(answer.text().contains("certificate-not-accepted"), "{request}: {}", answer.text());
                }
                // On the public listeners, there is no such address: not even for an operator.
                for site in [&world.site, &showing(&world.site, adas)] {
                    for path in [OPERATOR_PATH, web::admin::ADMIN_PATH] {
                        world.hand.advance(A_POINT);
                        let answer = send(site, credential, "POST", path, Some(request.clone())).await;
                        assert!(matches!(answer.status, 404 | 405), "{path} {request} {credential:?}: {}", answer.text());
                    }
                }
            }
        }
        assert!(acts(&world).await.is_empty());
        let password = json!({ "email": first.tenant.email, "password": crate::world::PASSWORD, "totp_code": "000000" });
        assert_eq!(send(&door, &Credential::None, "POST", "/api/v1/sign-in", Some(password)).await.status, 404, "nobody signs in there");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_md_13_a_new_operator_gets_nothing_and_each_action_opens_its_requests_and_no_other() {
    on_both_engines(async |world| {
        let first = furnished(&world, "First").await;
        let (number, certificate) = ada(&world, &[]).await;
        let door = showing(&operators(&world), certificate);
        let samples = by_listener(&first);
        assert!(OperatorAction::ALL.iter().all(|action| samples.iter().any(|(sample, _)| sample == action)), "one of each action");
        for (_, request) in &samples {
            let answer = asked(&door, &Credential::None, request).await;
            assert!(answer.status == 403 && answer.text().contains("/forbidden"), "{request}: {}", answer.text());
        }
        assert!(acts(&world).await.is_empty());
        let mut done = 0;
        for given in OperatorAction::ALL {
            let actions = vec![given.text().to_owned()];
            let allow = OperatorRequest::Allow { operator: number.clone(), actions };
            world.as_host(Request::Operator { asked: allow }).await;
            for (action, request) in &samples {
                let answer = asked(&door, &Credential::None, request).await;
                assert_eq!(answer.status, if action == given { 200 } else { 403 }, "{given:?} {request}: {}", answer.text());
                done += usize::from(action == given);
            }
        }
        let number: kernel::OperatorId = number.parse().expect("a number");
        assert_eq!(acts(&world).await, vec![number.number(); done], "each act is in the instance's ledger, by number");
        let about_first = samples.iter().filter(|(_, request)| request["tenant"] == first.tenant.number.as_str()).count();
        let leaves = world.done(&first.tenant.owner, "GET", "/api/v1/ledger/leaves?limit=200", None).await;
        let told = leaves["items"].as_array().expect("a page").iter().filter(|leaf| leaf["kind"] == "operator-acted");
        let told: Vec<&Value> = told.map(|leaf| &leaf["entry"]["actor"]["kind"]).collect();
        assert!(told.len() == about_first && told.iter().all(|actor| **actor == "operator"), "and in that of whom it is about: {leaves}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_gl_10_what_opens_a_tenants_data_and_who_the_operators_are_stays_on_the_host() {
    on_both_engines(async |world| {
        let first = furnished(&world, "First").await;
        let (_, certificate) = ada(&world, OperatorAction::ALL).await;
        let door = showing(&operators(&world), certificate);
        for request in on_the_host(&first) {
            serde_json::from_value::<Request>(request.clone()).unwrap_or_else(|error| panic!("{request} is one: {error}"));
            let answer = asked(&door, &Credential::None, &request).await;
            assert!(answer.status == 403 && answer.text().contains("on the host only"), "{request}: {}", answer.text());
        }
        assert!(acts(&world).await.is_empty());
        let unknown = asked(&door, &Credential::None, &json!({ "do": "everything" })).await.json();
        assert!(unknown["error"]["en"].as_str().is_some_and(|why| why.contains("does not know this request")), "{unknown}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_certificate_opens_no_route_of_a_tenants() {
    on_both_engines(async |world| {
        let first = furnished(&world, "First").await;
        let (_, certificate) = ada(&world, OperatorAction::ALL).await;
        let (public, door) = (showing(&world.site, certificate), showing(&operators(&world), certificate));
        let mut asked = 0;
        for route in world.site.route_table.iter().filter(|route| !NOT_ASKED.contains(&route.id)) {
            world.hand.advance(4 * A_POINT);
            let at_door = ask_at(&door, &Credential::None, route, &first.ids).await;
            assert_eq!(at_door.status, 404, "{} {}: {}", route.method.name(), route.path, at_door.text());
            if route.access == Access::Public {
                continue;
            }
            let alone = ask_at(&public, &Credential::None, route, &first.ids).await;
            assert_eq!(alone.status, 401, "{} {}: {}", route.method.name(), route.path, alone.text());
            // Nor does it make anything of a tenant's credential that somebody got hold of.
            for credential in [&first.tenant.owner, &first.tenant.api] {
                let stolen = ask_at(&public, credential, route, &first.ids).await;
                assert!(matches!(stolen.status, 401 | 403), "{} {}: {}", route.method.name(), route.path, stolen.text());
            }
            asked += 1;
        }
        assert!(asked > 60, "the routes are found: {asked}");
    })
    .await;
}

/// A running server with an operators' address, and Ada's key.
struct Served {
    running: Running,
    config: Config,
    key: rcgen::KeyPair,
    certificate_pem: String,
    _folder: tempfile::TempDir,
}

async fn served() -> Served {
    let folder = tempfile::tempdir().expect("a folder");
    let any: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 0));
    let wishes = Wishes { listen: Some(any), listen_mtls: Some(any), listen_operator: Some(any), offline: true, ..Wishes::default() };
    let config = Config::create(DataFolder::new(folder.path().join("data")), wishes).expect("a data folder");
    let opened = Opened::create(config.clone(), Clock::system(), Rng::system()).await.expect("a new installation");
    let running = app::start(opened).await.expect("it starts");
    let add = OperatorRequest::Add { name: "Ada Lovelace".into(), actions: vec!["doctor:run".into()] };
    let _added: OperatorLine = ask_host(&config, Request::Operator { asked: add }).await.expect("added");
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
    let request = rcgen::CertificateParams::default().serialize_request(&key).expect("a request").pem().expect("PEM");
    let certificate = OperatorRequest::Certificate { operator: "Ada Lovelace".into(), request, days: None };
    let issued: OperatorCertificateIssued = ask_host(&config, Request::Operator { asked: certificate }).await.expect("issued");
    Served { running, config, key, certificate_pem: issued.certificate_pem, _folder: folder }
}

impl Served {
    async fn connect(&self, shows: bool, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        let authority = self.running.opened().certificates().authority_pem().expect("readable").expect("an own authority");
        roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).expect("PEM")).expect("an authority");
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots);
        let config = if shows {
            let certificate = CertificateDer::from_pem_slice(self.certificate_pem.as_bytes()).expect("PEM");
            config
                .with_client_auth_cert(vec![certificate], PrivateKeyDer::try_from(self.key.serialize_der()).expect("a key"))
                .expect("a pair")
        } else {
            config.with_no_client_auth()
        };
        let name = ServerName::try_from("localhost").expect("a name");
        TlsConnector::from(Arc::new(config)).connect(name, TcpStream::connect(address).await?).await
    }
}

/// Asks for the doctor's checks, on a connection that goes on: the status.
async fn checks(stream: &mut TlsStream<TcpStream>) -> std::io::Result<u16> {
    let body = json!({ "do": "doctor-checks" }).to_string();
    let head =
        format!("POST {OPERATOR_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}", body.len());
    stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await?;
    let mut answer = Vec::new();
    loop {
        let mut buffer = [0; 4_096];
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        answer.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&answer).to_ascii_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        if body.len() >= length.parse::<usize>().expect("a number") {
            return Ok(head.split(' ').nth(1).expect("a status").parse().expect("a number"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_gl_10_over_tls_a_named_certificate_opens_the_operators_address_alone_until_its_holder_leaves() {
    let served = served().await;
    let address = served.running.operator_address().expect("an address of the operators'");
    let mut standing = served.connect(true, address).await.expect("a handshake");
    assert_eq!(checks(&mut standing).await.expect("an answer"), 200);
    let unshown = async { checks(&mut served.connect(false, address).await?).await };
    assert!(unshown.await.is_err(), "nobody is answered there without a certificate");
    for public in [served.running.address(), served.running.mutual_address().expect("a second address")] {
        let mut stream = served.connect(true, public).await.expect("a handshake");
        assert_eq!(checks(&mut stream).await.expect("an answer"), 404, "the other addresses have no such door");
    }
    let remove = OperatorRequest::Remove { operator: "Ada Lovelace".into() };
    let gone: OperatorLine = ask_host(&served.config, Request::Operator { asked: remove }).await.expect("removed");
    assert!(gone.removed_at.is_some() && gone.certificates.is_empty());
    assert_eq!(checks(&mut standing).await.expect("an answer"), 403, "on the connection that stands");
    let mut again = served.connect(true, address).await.expect("a handshake proves the key, and nothing else");
    assert_eq!(checks(&mut again).await.expect("an answer"), 403);
    served.running.stop().await;
}
