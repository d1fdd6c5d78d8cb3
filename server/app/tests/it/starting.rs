//! A server starts, says in one sentence why it cannot, and ends in order.

use std::net::SocketAddr;
use std::path::Path;

use app::host::{FeedLine, FetchLine, Request, TenantLine, ask};
use app::{Clock, Config, DataFolder, Opened, Rng, SecretText, Wishes};

fn config(folder: &Path, listen: SocketAddr) -> Config {
    let wishes = Wishes { listen: Some(listen), public_url: Some("https://localhost:8443".into()), offline: true, ..Wishes::default() };
    Config::create(DataFolder::new(folder.join("data")), wishes).expect("a data folder")
}

fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

async fn created(config: &Config) -> Opened {
    Opened::create(config.clone(), Clock::system(), Rng::system()).await.expect("a new installation")
}

async fn refusal(config: &Config) -> String {
    Opened::open(config.clone(), Clock::system(), Rng::system()).await.err().expect("it does not open").to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn host_side_requests_are_answered_alike_with_and_without_a_running_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(folder.path(), any_port());
    let running = app::start(created(&config).await).await.expect("it starts");
    let list = || async { ask::<Vec<TenantLine>>(&config, Request::TenantList {}).await.expect("a list") };
    let created: app::host::TenantCreated = ask(&config, Request::TenantCreate { name: Some("Example".into()) }).await.expect("a tenant");
    let by_socket = list().await;
    running.stop().await;
    assert!(!config.data.socket().exists(), "the socket is gone with the server");
    let directly = list().await;
    let facts =
        |lines: &[TenantLine]| lines.iter().map(|line| (line.tenant.clone(), line.name.clone(), line.owner.clone())).collect::<Vec<_>>();
    assert_eq!(facts(&by_socket), facts(&directly));
    assert_eq!(facts(&directly), [(created.tenant, "Example".into(), "waiting".into())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_one_sentence_by_socket_and_directly() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(folder.path(), any_port());
    let running = app::start(created(&config).await).await.expect("it starts");
    let refused = || async {
        ask::<serde_json::Value>(&config, Request::TenantLink { tenant: "nonsense".into() }).await.expect_err("refused").to_string()
    };
    let by_socket = refused().await;
    running.stop().await;
    assert_eq!(by_socket, refused().await);
    assert_eq!(by_socket, "nonsense is no tenant's number; `purser tenant list` shows them");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_passphrase_an_installation_does_not_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(folder.path(), any_port());
    created(&config).await.close().await;
    let passphrase = std::fs::read(config.data.passphrase()).expect("the passphrase file");
    std::fs::remove_file(config.data.passphrase()).expect("it can be removed");
    assert!(refusal(&config).await.starts_with("there is no passphrase file at "));
    RootKeyFile(&config).write(b"quite-another-passphrase\n");
    assert!(refusal(&config).await.contains("does not open the keyring"));
    RootKeyFile(&config).write(&passphrase);
    Opened::open(config, Clock::system(), Rng::system()).await.expect("it opens again").close().await;
}

struct RootKeyFile<'a>(&'a Config);

impl RootKeyFile<'_> {
    fn write(&self, bytes: &[u8]) {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        let path = self.0.data.passphrase();
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).expect("the file");
        file.write_all(bytes).expect("it can be written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_is_never_made_over_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(folder.path(), any_port());
    created(&config).await.close().await;
    let again = Opened::create(config, Clock::system(), Rng::system()).await.err().expect("refused").to_string();
    assert!(again.contains("exists already and is not overwritten"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_do_not_work_on_one_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(folder.path(), any_port());
    let opened = created(&config).await;
    assert!(refusal(&config).await.starts_with("another purser works on "));
    opened.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_said_in_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = config(folder.path(), any_port());
    let running = app::start(created(&first).await).await.expect("it starts");
    let other = tempfile::tempdir().expect("a folder");
    let second = config(other.path(), running.address());
    let opened = created(&second).await;
    let refused = app::start(opened.clone()).await.err().expect("the port is taken").to_string();
    assert_eq!(
        refused,
        format!("another program listens on {} already: stop it, or choose another address with --listen", running.address())
    );
    opened.close().await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offline_installation_fetches_nothing_even_when_asked_and_says_so_of_each_feed() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(folder.path(), any_port());
    let running = app::start(created(&config).await).await.expect("it starts");
    let fetched: FetchLine = ask(&config, Request::FeedsFetch { feed: "cisa-kev".into() }).await.expect("an answer");
    assert!(matches!(fetched, FetchLine::Offline {}));
    assert_eq!(running.opened().vulnerabilities().feeds().fetch_due().await.expect("nothing is due"), 0);
    let feeds: Vec<FeedLine> = ask(&config, Request::FeedsList {}).await.expect("a list");
    assert!(!feeds.is_empty() && feeds.iter().all(|feed| feed.offline && feed.state == "never" && feed.error.is_none()));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_init_whose_database_is_away_leaves_nothing_in_the_way_of_the_next() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = DataFolder::new(folder.path().join("data"));
    let away = Some(SecretText::new("postgres://nobody:secret@127.0.0.1:1/nothing".into()));
    let config = Config::create(data.clone(), Wishes { database: away, offline: true, ..Wishes::default() }).expect("a data folder");
    let refused = Opened::create(config, Clock::system(), Rng::system()).await.err().expect("the database is away");
    assert!(!refused.to_string().contains("secret"), "{refused}");
    assert!(!data.passphrase().exists());
    let config = Config::create(data, Wishes { offline: true, ..Wishes::default() }).expect("the same folder");
    assert!(config.database.is_none());
    created(&config).await.close().await;
}
