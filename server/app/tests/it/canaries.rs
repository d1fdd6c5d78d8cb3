//! Names, addresses, serial numbers and secrets are planted everywhere that a request can carry them; then every byte that
//! was stored or logged is searched for them. A control shows that the search would have found them.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Read as _, Write};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, Once, PoisonError};

use app::logging;
use kernel::{Actor, SystemWork};
use serde_json::json;
use tokio_postgres::NoTls;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use trust::Day;
use trust::access_log::AccessQuery;
use wire::Identifying;
use wire::state::{Disk, Hardware, Interface, Kernel, Network, State};

use crate::client::{Credential, PEER, USER_AGENT, send_bytes};
use crate::device::{Device, full, state};
use crate::totp;
use crate::world::{PASSWORD, World, on_both_engines};

/// Everything that this process logs, at the finest level that there is.
#[derive(Clone, Default)]
pub(crate) struct Log(pub(crate) Arc<Mutex<Vec<u8>>>);

pub(crate) static LOG: LazyLock<Log> = LazyLock::new(Log::default);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

pub(crate) fn listen_to_the_log() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        tracing::subscriber::set_global_default(logging::json(LOG.clone(), EnvFilter::new("trace"))).expect("nobody else logs");
    });
}

/// What was planted: a name for people, and the text.
#[derive(Default)]
pub(crate) struct Canaries(pub(crate) Vec<(&'static str, String)>);

impl Canaries {
    pub(crate) fn plant(&mut self, what: &'static str, text: &str) -> String {
        self.0.push((what, text.to_owned()));
        text.to_owned()
    }

    /// Which of them are in these bytes: as they are, in hexadecimal, in base 64 at any offset, percent-encoded, in UTF-16, in
    /// another case, or within a zstd or gzip frame.
    pub(crate) fn found_in(&self, bytes: &[u8]) -> BTreeSet<&'static str> {
        let needles: Vec<(&'static str, Vec<u8>)> =
            self.0.iter().flat_map(|(what, text)| needles(text).into_iter().map(|needle| (*what, needle))).collect();
        // One pass for all of them: by their first bytes.
        let mut by_beginning: HashMap<&[u8], Vec<(&'static str, &[u8])>> = HashMap::new();
        for (what, needle) in &needles {
            by_beginning.entry(&needle[..BEGINNING_BYTES]).or_default().push((*what, needle));
        }
        let mut found = BTreeSet::new();
        for haystack in std::iter::once(bytes.to_vec()).chain(unpacked(bytes)) {
            let haystack = haystack.to_ascii_lowercase();
            for (at, beginning) in haystack.windows(BEGINNING_BYTES).enumerate() {
                let candidates = by_beginning.get(beginning).into_iter().flatten();
                found.extend(candidates.filter(|(_, needle)| haystack[at..].starts_with(needle)).map(|(what, _)| *what));
            }
        }
        found
    }
}

/// Every needle is longer than this.
const BEGINNING_BYTES: usize = 6;

/// The forms of a text, in lower case as the haystack is.
fn needles(text: &str) -> Vec<Vec<u8>> {
    let hexadecimal: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let mut needles =
        vec![text.as_bytes().to_vec(), hexadecimal.into_bytes(), percent(text), wide(u16::to_le_bytes), wide(u16::to_be_bytes)];
    // An offset of one or two bytes gives another base 64; its ends depend on the neighbours and are left out.
    for offset in 0..3 {
        let padded = [vec![0; offset], text.as_bytes().to_vec()].concat();
        let encoded = base64(&padded[..padded.len() / 3 * 3]);
        needles.push(encoded.as_bytes()[(offset * 8).div_ceil(6)..].to_vec());
    }
    needles.into_iter().map(|needle| needle.to_ascii_lowercase()).collect()
}

/// As in an address (RFC 3986): what is not unreserved is encoded.
fn percent(text: &str) -> Vec<u8> {
    let encoded = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    encoded.collect::<String>().into_bytes()
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = bytes.chunks_exact(3).flat_map(|chunk| {
        let bits = u32::from(chunk[0]) << 16 | u32::from(chunk[1]) << 8 | u32::from(chunk[2]);
        [18, 12, 6, 0].map(|shift| char::from(ALPHABET[(bits >> shift & 63) as usize]))
    });
    digits.collect()
}

/// What every zstd and gzip frame in these bytes holds.
fn unpacked(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut unpacked = Vec::new();
    for (at, window) in bytes.windows(4).enumerate() {
        let mut inner = Vec::new();
        if window == [0x28, 0xb5, 0x2f, 0xfd] {
            if let Ok(decoder) = zstd::Decoder::new(&bytes[at..]) {
                // A frame that ends in foreign bytes still gives what came before them.
                let _foreign_bytes_follow = decoder.take(1 << 26).read_to_end(&mut inner);
            }
        } else if window.starts_with(&[0x1f, 0x8b, 0x08]) {
            let _foreign_bytes_follow = flate2::read::GzDecoder::new(&bytes[at..]).take(1 << 26).read_to_end(&mut inner);
        }
        if !inner.is_empty() {
            unpacked.push(inner);
        }
    }
    unpacked
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_names_a_machine_or_a_person_or_opens_something_is_stored_or_logged_in_clear() {
    listen_to_the_log();
    on_both_engines(async |world| {
        let canaries = live(&world).await;
        world.opened.inventory().fold().await.expect("it folds");
        the_access_log_knows_them_by_pseudonyms(&world).await;
        let saved = world.opened.inventory().save_snapshots().await.expect("snapshots");
        assert_eq!(saved, 1, "the tenant's fleet is in memory and saved");

        let stored = stored_bytes(&world).await;
        let places: Vec<_> =
            stored.iter().map(|(place, bytes)| (place, canaries.found_in(bytes))).filter(|(_, found)| !found.is_empty()).collect();
        assert!(places.is_empty(), "stored in clear: {places:#?}");
        let log = LOG.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        assert!(log.len() > 1_000, "there is a log");
        assert_eq!(canaries.found_in(&log), BTreeSet::new(), "logged in clear");
        println!(
            "{} canaries, {} bytes stored in {} places, {} bytes logged: 0 hits",
            canaries.0.len(),
            total(&stored),
            stored.len(),
            log.len()
        );

        control(&world, &canaries).await;
    })
    .await;
}

fn total(stored: &[(String, Vec<u8>)]) -> usize {
    stored.iter().map(|(_, bytes)| bytes.len()).sum()
}

/// Does everything that a user, a device and an attacker do, with canaries wherever text goes.
async fn live(world: &World) -> Canaries {
    let mut canaries = Canaries::default();
    let tenant = world.tenant("Kanarienvogel Werke").await;
    canaries.plant("tenant name", "Kanarienvogel Werke");
    // Whatever people, devices and attackers do here comes from one address and one program.
    canaries.plant("address of origin", PEER);
    canaries.plant("program", USER_AGENT);
    canaries.plant("password", PASSWORD);
    canaries.plant("e-mail address", &tenant.email);
    canaries.plant("second factor", &tenant.totp_secret);
    canaries.plant("enrolment token", &tenant.enrolment_secret);
    for (what, credential) in [("session", &tenant.owner), ("api token", &tenant.api), ("telemetry token", &tenant.telemetry)] {
        if let Credential::Session(secret) | Credential::Bearer(secret) = credential {
            canaries.plant(what, secret);
        }
    }

    let host_name = canaries.plant("host name", "db-kanarie-17.intern.example");
    let mut device = world.enrol(&tenant, &host_name).await;
    let mut reported = state(&host_name, &[("openssl", "3.0.14-1~deb12u2"), ("bash", "5.2.15-2")]);
    let package = canaries.plant("unknown package", "kanarie-private-tool");
    reported.packages.as_mut().expect("packages").extend(state("", &[(&package, "1.0-1")]).packages.expect("packages"));
    reported.kernel = Some(Kernel {
        name: "Linux".into(),
        release: "6.1.0-18-amd64".into(),
        version: "#1 SMP Debian 6.1.76-1".into(),
        machine: "x86_64".into(),
        package: None,
    });
    reported.hardware = Some(Hardware {
        cpu_model: Some("Example CPU".into()),
        serial_number: Some(Identifying::new(canaries.plant("serial number", "SN-KANARIE-9F3X7"))),
        disks: vec![Disk { name: "sda".into(), size_bytes: 512_110_190_592, model: Some("Example Disk".into()), rotational: false }],
        ..Hardware::default()
    });
    let address = |text: &str| Identifying::new(text.to_owned());
    reported.network = Some(Network {
        interfaces: vec![Interface {
            name: "eth0".into(),
            up: true,
            mac_address: Some(address(&canaries.plant("hardware address", "02:ca:4a:21:e9:17"))),
            addresses: vec![
                address(&canaries.plant("IPv4 address", "198.51.100.217")),
                address(&canaries.plant("IPv6 address", "2001:db8:ca4a:21e9::17")),
            ],
        }],
    });
    reported.canonicalise();
    world.report(&device, 1, &reported).await;
    world.check_in(&device, 2, &reported).await;
    let moved = canaries.plant("new host name", "db-kanarie-18.intern.example");
    reported.host_name = Some(Identifying::new(moved.clone()));
    world.report(&device, 3, &reported).await;
    world.sign_in(&mut device).await;
    if let Credential::Bearer(secret) = &device.credential {
        canaries.plant("access token", secret);
    }
    report_more_than_there_is_room_for(world, &mut canaries, &device, &reported).await;
    // What was planted can be read by its owner, so it was in fact stored.
    let shown = world.done(&tenant.owner, "GET", &format!("/api/v1/devices/{}/state", device.device), None).await.to_string();
    for text in [&moved, "SN-KANARIE-9F3X7", "198.51.100.217", "2001:db8:ca4a:21e9::17", "02:ca:4a:21:e9:17", &package] {
        assert!(shown.contains(text), "{text} is in the state: {shown}");
    }

    let label = canaries.plant("label", "kanarie-standort-zug");
    let path = format!("/api/v1/devices/{}", device.device);
    world.done(&tenant.owner, "PATCH", &path, Some(json!({ "labels": { "site": label } }))).await;
    let group = canaries.plant("group name", "Kanarien im Keller");
    let query = json!({ "name": group, "kind": "query", "selector": format!("label:site={label}") });
    world.done(&tenant.owner, "POST", "/api/v1/groups", Some(query)).await;
    world.done(&tenant.owner, "GET", &format!("/api/v1/devices?q={moved}"), None).await;
    world.done(&tenant.owner, "GET", &format!("/api/v1/packages?q={package}"), None).await;
    world.done(&tenant.owner, "GET", "/api/v1/vulnerabilities", None).await;
    let token = canaries.plant("token name", "Kanarien-Dashboard");
    world.done(&tenant.owner, "POST", "/api/v1/tokens", Some(json!({ "name": token, "kind": "telemetry" }))).await;

    sign_in_and_out(world, &mut canaries, &tenant.email, &tenant.totp_secret).await;
    attack(world, &mut canaries, &device.credential).await;
    let link = world.opened.identity().recover_user(tenant.number.parse().expect("a tenant"), &tenant.email).await.expect("a link");
    canaries.plant("recovery link", link.secret.expose());
    let passphrase = std::fs::read_to_string(world.opened.config().data.passphrase()).expect("the passphrase");
    canaries.plant("passphrase", passphrase.trim());
    canaries
}

/// All that was asked is in the access log, and is found by who knows the address, as long as the day's key is there.
async fn the_access_log_knows_them_by_pseudonyms(world: &World) {
    let access_log = world.opened.access_log();
    let stored = access_log.flush().await.expect("it is stored");
    assert!(stored > 30, "{stored} requests");
    let by_peer = AccessQuery { day: Day::of(world.clock.now()), peer: PEER.parse().ok(), user: None, tenant: None };
    let found = access_log.page(Actor::System(SystemWork::HostAdministration), by_peer, None).await.expect("a page");
    assert_eq!((found.records.len(), found.dropped), (stored, 0));
    let devices = found.records.iter().filter(|record| record.actor_kind.as_deref() == Some("device")).count();
    assert!(devices >= 3, "an agent's reports are among them: {devices}");
}

async fn sign_in_and_out(world: &World, canaries: &mut Canaries, email: &str, totp_secret: &str) {
    world.hand.advance(std::time::Duration::from_secs(60));
    let wrong = canaries.plant("wrong password", "kanarie-falsches-passwort-3");
    let stranger = canaries.plant("stranger's address", "niemand@kanarie.example");
    for (email, password) in [(email, wrong.as_str()), (stranger.as_str(), PASSWORD)] {
        let body = json!({ "email": email, "password": password, "totp_code": "000000" });
        assert_eq!(world.send(&Credential::None, "POST", "/api/v1/session", Some(body)).await.status, 401);
    }
    let code = totp::code(totp_secret, world.clock.now());
    let body = json!({ "email": email, "password": PASSWORD, "totp_code": code });
    let signed_in = world.send(&Credential::None, "POST", "/api/v1/session", Some(body)).await;
    assert_eq!(signed_in.status, 204, "{}", signed_in.text());
    let session = canaries.plant("second session", &signed_in.session());
    assert_eq!(world.send(&Credential::Session(session), "DELETE", "/api/v1/session", None).await.status, 204);
}

/// Reports that are right but for one field more, which tells of a person (promise OP-1).
async fn report_more_than_there_is_room_for(world: &World, canaries: &mut Canaries, device: &Device, state: &State) {
    let person = canaries.plant("person in a report", "katharina.kanarie@mensch.example");
    let report = json!(full(4, state, world.clock.now()));
    for place in ["", "/content/full", "/content/full/os", "/content/full/packages/0", "/content/full/network/interfaces/0"] {
        let mut more = report.clone();
        more.pointer_mut(place).unwrap_or_else(|| panic!("{place} in {report}"))["logged_in_user"] = json!(person);
        let refused = world.send(&device.credential, "POST", "/api/v1/agent/reports", Some(more)).await;
        assert_eq!(refused.status, 422, "promise_op_1: one field more at {place:?}: {}", refused.text());
        assert!(refused.text().contains("logged_in_user"), "it is named: {}", refused.text());
    }
}

/// Requests that are refused, with canaries in every part of them.
async fn attack(world: &World, canaries: &mut Canaries, device: &Credential) {
    let text = canaries.plant("part of a refused request", "kanarie-4c1d-im-angriff");
    let credential = Credential::Bearer(canaries.plant("made-up token", "prs_api_kanarie5678kanarie5678kanarie5678kan"));
    for path in [
        format!("/{text}"),
        format!("/api/v1/devices/{text}"),
        format!("/api/v1/devices?{text}={text}"),
        format!("/api/v1/devices?q={text}"),
    ] {
        world.send(&credential, "GET", &path, None).await;
        world.send(device, "GET", &path, None).await;
    }
    for body in [format!("{{\"{text}\": 1}}"), format!("{{\"schema\": \"{text}\"}}"), format!("{text} is no JSON")] {
        for path in ["/api/v1/agent/reports", "/api/v1/agent/enrol", "/api/v1/session", "/api/v1/setup/begin"] {
            let answer = send_bytes(&world.site, device, "POST", path, Some("application/json"), body.clone().into_bytes()).await;
            assert!((400..500).contains(&answer.status), "{path}: {}", answer.text());
        }
        send_bytes(&world.site, device, "POST", "/api/v1/agent/reports", Some(&format!("text/{text}")), body.into_bytes()).await;
    }
}

/// Every byte that is stored, by its place: each file of the data folder; on PostgreSQL also each table of each schema.
pub(crate) async fn stored_bytes(world: &World) -> Vec<(String, Vec<u8>)> {
    let mut stored = Vec::new();
    files(&world.data, &world.opened.config().data.passphrase(), &mut stored);
    if let Some(url) = &world.database_url {
        tables(url, &mut stored).await;
    }
    stored
}

fn files(folder: &Path, but: &Path, stored: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, but, stored);
        } else if path.is_file() && path != but {
            stored.push((path.display().to_string(), std::fs::read(&path).expect("a file")));
        }
    }
}

/// Row-level security holds for the owner too, so it is lifted first: in a transaction that is undone.
async fn tables(url: &str, stored: &mut Vec<(String, Vec<u8>)>) {
    let (mut client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the database answers");
    tokio::spawn(connection);
    let sql = "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
               WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema)'";
    let names: Vec<String> = client.query(sql, &[]).await.expect("tables").iter().map(|row| row.get(0)).collect();
    assert!(names.len() > 20, "the tables are found: {names:?}");
    let transaction = client.transaction().await.expect("a transaction");
    for name in names {
        transaction.batch_execute(&format!("ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY")).await.expect("the owner may");
        // Texts come as text and blobs as hexadecimal, which the search knows too; blobs are turned back besides.
        let rows = transaction.simple_query(&format!("SELECT * FROM {name}")).await.expect("rows");
        let mut bytes = Vec::new();
        for row in &rows {
            if let tokio_postgres::SimpleQueryMessage::Row(row) = row {
                for column in 0..row.len() {
                    let text = row.get(column).unwrap_or_default();
                    bytes.extend_from_slice(&text.strip_prefix("\\x").and_then(unhex).unwrap_or_else(|| text.as_bytes().to_vec()));
                    bytes.push(0);
                }
            }
        }
        assert!(!bytes.is_empty() || !name.ends_with(".device_state"), "tenants' rows are seen");
        stored.push((name, bytes));
    }
    transaction.rollback().await.expect("it is undone");
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// The same search finds every canary that is stored the way everything is stored, only unsealed; and that is logged.
async fn control(world: &World, canaries: &Canaries) {
    let everything: BTreeSet<&str> = canaries.0.iter().map(|(what, _)| *what).collect();
    let payload: String = canaries.0.iter().map(|(_, text)| format!("{text}\n")).collect();
    let (stores, stored) = (world.opened.stores().clone(), payload.clone());
    let written = stores.system().write({
        let stores = stores.clone();
        move |tx| stores.jobs().enqueue(tx, "control", &stored).map(|_| ())
    });
    written.await.map_err(|error: store::StoreError| error).expect("it is stored");
    let found: BTreeSet<&str> = stored_bytes(world).await.iter().flat_map(|(_, bytes)| canaries.found_in(bytes)).collect();
    assert_eq!(found, everything, "the control is found where it is stored");

    let packed = zstd::encode_all(payload.as_bytes(), 3).expect("it can be packed");
    assert_eq!(canaries.found_in(&[b"before".as_slice(), &packed, b"after"].concat()), everything, "within a packed frame");
    let encoded = base64(&[b"x".as_slice(), payload.as_bytes(), b"xx"].concat());
    assert_eq!(canaries.found_in(encoded.as_bytes()), everything, "in base 64");
    assert_eq!(canaries.found_in(&percent(&payload)), everything, "percent-encoded");
    let wide: Vec<u8> = payload.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(canaries.found_in(&wide), everything, "in UTF-16");

    tracing::trace!(target: "app", payload, "control");
    let mut log = LOG.0.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(canaries.found_in(&log), everything, "the control is found where it is logged");
    // The other engine's run searches the same log.
    log.clear();
}
