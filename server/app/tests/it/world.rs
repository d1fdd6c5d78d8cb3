//! A whole server in this process, without a network: its stores, its router, its clock.
//!
//! Copy this file, `client.rs` and `totp.rs` where another crate's stories need a whole server.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use app::{Clock, Config, DataFolder, MailSettings, Opened, Rng, SecretText, Wishes};
use kernel::ManualClock;
use serde_json::{Value, json};
use store::testing::TestDatabase;
use web::WebApp;
use wire::Timestamp;

use crate::client::{Answer, Credential, send};
use crate::routes::CERTIFICATE_REQUEST;
use crate::totp;

/// When the tests' clock starts: 2026-01-01T00:00:00Z.
const START_SECONDS: i64 = 1_767_225_600;

/// The server, opened but not listening.
pub(crate) struct World {
    pub(crate) opened: Opened,
    pub(crate) site: WebApp,
    /// Moves the server's clock.
    pub(crate) hand: ManualClock,
    pub(crate) clock: Clock,
    pub(crate) data: PathBuf,
    /// Absent: embedded.
    pub(crate) database_url: Option<String>,
}

/// A tenant with an owner who is signed in, and a token of every kind.
pub(crate) struct Tenant {
    pub(crate) number: String,
    pub(crate) owner: Credential,
    pub(crate) api: Credential,
    pub(crate) telemetry: Credential,
    pub(crate) enrolment_secret: String,
    pub(crate) email: String,
    pub(crate) totp_secret: String,
}

/// After this long an authenticator shows another code.
pub(crate) const A_CODE: Duration = Duration::from_secs(30);

pub(crate) const PASSWORD: &str = "correct horse battery staple 7";

/// Runs a test on SQLite, and on a fresh PostgreSQL database where `PURSER_TEST_DATABASE_URL` names a server (`CI=true`
/// demands one).
pub(crate) async fn on_both_engines<T: Future>(test: impl Fn(Arc<World>) -> T) {
    let folder = tempfile::tempdir().expect("a folder");
    run(folder.path().join("data"), None, &test).await;
    let Some(database) = TestDatabase::make().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    run(folder.path().join("data"), Some(database.url.clone()), &test).await;
    database.remove().await;
}

/// As [`on_both_engines`], with mail.
pub(crate) async fn on_both_engines_with_mail<T: Future>(mail: MailSettings, test: impl Fn(Arc<World>) -> T) {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let world = World::set_up(data, None, Wishes::default(), Rng::seeded(11), |config| config.mail = Some(mail.clone())).await;
    run_in(world, &test).await;
    let Some(database) = TestDatabase::make().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let world =
        World::set_up(data, Some(database.url.clone()), Wishes::default(), Rng::seeded(11), |config| config.mail = Some(mail)).await;
    run_in(world, &test).await;
    database.remove().await;
}

async fn run<T: Future>(data: PathBuf, database_url: Option<String>, test: &impl Fn(Arc<World>) -> T) {
    run_in(World::new(data, database_url).await, test).await;
}

async fn run_in<T: Future>(world: World, test: &impl Fn(Arc<World>) -> T) {
    let world = Arc::new(world);
    let opened = world.opened.clone();
    test(world).await;
    opened.close().await;
}

impl World {
    pub(crate) async fn new(data: PathBuf, database_url: Option<String>) -> Self {
        Self::wishing(data, database_url, Wishes::default(), Rng::seeded(11)).await
    }

    /// A server whose keys and ids are others' than those of [`World::new`].
    pub(crate) async fn of_chance(data: PathBuf, database_url: Option<String>, rng: Rng) -> Self {
        Self::wishing(data, database_url, Wishes::default(), rng).await
    }

    /// An embedded one that names whom to ask.
    pub(crate) async fn with_contacts(data: PathBuf, privacy: &str, security: &str) -> Self {
        let contact = |text: &str| Some(text.parse().expect("a contact"));
        let wishes = Wishes { privacy_contact: contact(privacy), security_contact: contact(security), ..Wishes::default() };
        Self::wishing(data, None, wishes, Rng::seeded(11)).await
    }

    /// An embedded one that keeps its access log for so many days.
    pub(crate) async fn with_access_log_days(data: PathBuf, days: u16) -> Self {
        Self::set_up(data, None, Wishes::default(), Rng::seeded(11), |config| config.access_log_days = days).await
    }

    async fn wishing(data: PathBuf, database_url: Option<String>, wishes: Wishes, rng: Rng) -> Self {
        Self::set_up(data, database_url, wishes, rng, |_config| {}).await
    }

    async fn set_up(data: PathBuf, database_url: Option<String>, wishes: Wishes, rng: Rng, setting: impl FnOnce(&mut Config)) -> Self {
        let database = database_url.clone().map(SecretText::new);
        let wishes = Wishes { database, listen: "127.0.0.1:0".parse().ok(), ..wishes };
        // Nothing leaves a test: no name is looked up, no feed is fetched.
        let wishes = Wishes { public_url: Some("https://localhost:8443".into()), offline: true, ..wishes };
        let mut config = Config::create(DataFolder::new(data.clone()), wishes).expect("a data folder");
        setting(&mut config);
        let (clock, hand) = Clock::manual(Timestamp::from_seconds(START_SECONDS));
        let opened = Opened::create(config, clock.clone(), rng).await.expect("a new installation");
        opened.access_log().prepare().await.expect("the day has a key");
        Self { site: app::site(&opened), opened, hand, clock, data, database_url }
    }

    /// Asks as whoever may read the data folder.
    pub(crate) async fn as_host(&self, request: app::host::Request) -> Value {
        let body = serde_json::to_value(request).expect("JSON");
        let mut door = self.site.clone();
        door.router = door.admin.clone().expect("a door");
        let answer = send(&door, &Credential::None, "POST", web::admin::ADMIN_PATH, Some(body)).await.json();
        assert!(answer.get("error").is_none(), "{answer}");
        answer["ok"].clone()
    }

    /// As [`World::as_host`], where it is refused: why, in English.
    pub(crate) async fn refused_as_host(&self, request: app::host::Request) -> String {
        let body = serde_json::to_value(request).expect("JSON");
        let mut door = self.site.clone();
        door.router = door.admin.clone().expect("a door");
        let answer = send(&door, &Credential::None, "POST", web::admin::ADMIN_PATH, Some(body)).await.json();
        answer["error"].to_string()
    }

    /// Sends a request by this credential.
    pub(crate) async fn send(&self, credential: &Credential, method: &str, path: &str, body: Option<Value>) -> Answer {
        send(&self.site, credential, method, path, body).await
    }

    /// As [`World::send`], and what it answers must be good.
    pub(crate) async fn done(&self, credential: &Credential, method: &str, path: &str, body: Option<Value>) -> Value {
        let answer = self.send(credential, method, path, body).await;
        assert!(answer.status < 300, "{method} {path}: {} {}", answer.status, answer.text());
        answer.json()
    }

    /// Somebody whom a tenant's owner invited, signed in, with these roles; and the account's id. A code of the second factor is
    /// good once, so that the clock goes on.
    pub(crate) async fn person(&self, tenant: &Tenant, email: &str, roles: Value) -> (Credential, String) {
        let (credential, user, _) = self.person_with_secret(tenant, email, roles).await;
        (credential, user)
    }

    async fn person_with_secret(&self, tenant: &Tenant, email: &str, roles: Value) -> (Credential, String, String) {
        let invited = self.invite(tenant, roles).await;
        let link = invited["url"].as_str().and_then(|url| url.split_once('#')).expect("a link").1.to_owned();
        let offer = self.done(&Credential::None, "POST", "/api/v1/setup/begin", Some(json!({ "link": link }))).await;
        let totp_secret = offer["totp_secret"].as_str().expect("a secret").to_owned();
        let account =
            json!({ "link": link, "email": email, "password": PASSWORD, "totp_code": totp::code(&totp_secret, self.clock.now()) });
        let signed_in = self.send(&Credential::None, "POST", "/api/v1/setup/finish", Some(account)).await;
        assert_eq!(signed_in.status, 204, "{}", signed_in.text());
        (Credential::Session(signed_in.session()), invited["user"].as_str().expect("an id").to_owned(), totp_secret)
    }

    /// A row of everything that people of a tenant have: roles on devices, invitations, former passwords, recovery codes, and
    /// programs' keys that work on some devices from some networks.
    pub(crate) async fn people_and_keys(&self, tenant: &Tenant, mark: &str) {
        let preset = async |preset: &str| {
            self.done(&tenant.owner, "PATCH", "/api/v1/settings", Some(json!({ "preset": preset }))).await;
        };
        preset("pci").await;
        let expires_at = self.clock.now().plus(Duration::from_secs(30 * 86_400));
        let mut users = Vec::new();
        for place in ["north", "south"] {
            let roles = json!([{ "role": "technician", "devices": format!("label:site={place}-{mark}") }]);
            let (person, user, secret) = self.person_with_secret(tenant, &format!("{place}@{mark}.example"), roles.clone()).await;
            self.invite(tenant, roles).await;
            self.hand.advance(A_CODE);
            let code = totp::code(&secret, self.clock.now());
            let asked = json!({ "password": PASSWORD, "new_password": format!("vexing {place} lanepid 7"), "totp_code": code });
            let changed = self.send(&person, "PUT", "/api/v1/account/password", Some(asked)).await;
            assert!(changed.status < 300, "{}", changed.text());
            let person = Credential::Session(changed.session());
            self.hand.advance(A_CODE);
            let code = totp::code(&secret, self.clock.now());
            self.done(&person, "POST", "/api/v1/account/recovery-codes", Some(json!({ "totp_code": code }))).await;
            self.hand.advance(A_CODE);
            self.add_passkey(&person, &totp::code(&secret, self.clock.now()), &format!("passkey-{mark}")).await;
            let key = json!({
                "name": format!("key-{mark}"), "kind": "api", "permissions": ["devices:read"], "expires_at": expires_at,
                "devices": [format!("label:site={place}-{mark}")], "networks": ["2001:db8::/32"],
            });
            let key = self.done(&tenant.owner, "POST", "/api/v1/tokens", Some(key)).await;
            let certificates = format!("/api/v1/tokens/{}/certificates", key["token"].as_str().expect("an id"));
            self.done(&tenant.owner, "POST", &certificates, Some(json!({ "certificate_request": CERTIFICATE_REQUEST }))).await;
            let key = Credential::Bearer(key["secret"].as_str().expect("a secret").to_owned());
            self.done(&key, "GET", "/api/v1/devices", None).await;
            users.push(user.parse().expect("an id"));
        }
        self.signed_on(tenant, &users, mark).await;
        preset("nist").await;
        let lists = json!({ "people": ["2001:db8::/32"], "api": [], "agents": [] });
        let policy = json!({ "token_days_max": 90, "networks": lists, "totp_code": self.next_code(tenant) });
        self.done(&tenant.owner, "PUT", "/api/v1/access-policy", Some(policy)).await;
    }

    /// Invites somebody.
    pub(crate) async fn invite(&self, tenant: &Tenant, roles: Value) -> Value {
        let invitation = json!({ "note": "Bob of the night shift", "roles": roles, "totp_code": self.next_code(tenant) });
        self.done(&tenant.owner, "POST", "/api/v1/invitations", Some(invitation)).await
    }

    /// A code of the owner's second factor that was not used.
    pub(crate) fn next_code(&self, tenant: &Tenant) -> String {
        self.hand.advance(A_CODE);
        totp::code(&tenant.totp_secret, self.clock.now())
    }

    /// A tenant with everything that people can make.
    pub(crate) async fn tenant(&self, name: &str) -> Tenant {
        let made = self.opened.identity().create_tenant(name).await.expect("a tenant");
        let link = made.link.secret.expose();
        let offer = self.done(&Credential::None, "POST", "/api/v1/setup/begin", Some(json!({ "link": link }))).await;
        let totp_secret = offer["totp_secret"].as_str().expect("a secret").to_owned();
        let email = format!("owner@{}.example", name.to_lowercase().replace(' ', "-"));
        let code = totp::code(&totp_secret, self.clock.now());
        let account = json!({ "link": link, "email": email, "password": PASSWORD, "totp_code": code });
        let signed_in = self.send(&Credential::None, "POST", "/api/v1/setup/finish", Some(account)).await;
        assert_eq!(signed_in.status, 204, "{}", signed_in.text());
        let owner = Credential::Session(signed_in.session());
        // One's own session is for people who sign in; everything else a program may do too.
        let permissions = kernel::Permission::ALL.iter().filter(|permission| !permission.is_for_people() && !permission.stands_alone());
        let permissions: Vec<&str> = permissions.map(|permission| permission.text()).collect();
        let end = self.clock.now().plus(std::time::Duration::from_secs(365 * 86_400));
        let api = json!({ "name": "Everything", "kind": "api", "permissions": permissions, "expires_at": end });
        let api = self.done(&owner, "POST", "/api/v1/tokens", Some(api)).await;
        let telemetry = self.done(&owner, "POST", "/api/v1/tokens", Some(json!({ "name": "Script", "kind": "telemetry" }))).await;
        let expires_at = self.clock.now().plus(std::time::Duration::from_secs(3_600));
        let enrolment = json!({ "name": "Servers", "expires_at": expires_at, "labels": { "env": "prod" } });
        let enrolment = self.done(&owner, "POST", "/api/v1/enrolment-tokens", Some(enrolment)).await;
        let secret = |made: &Value| made["secret"].as_str().expect("a secret").to_owned();
        Tenant {
            number: made.tenant.to_string(),
            api: Credential::Bearer(secret(&api)),
            telemetry: Credential::Bearer(secret(&telemetry)),
            enrolment_secret: secret(&enrolment),
            owner,
            email,
            totp_secret,
        }
    }
}
