use super::*;

fn folder() -> (tempfile::TempDir, DataFolder) {
    let dir = tempfile::tempdir().unwrap();
    let data = DataFolder::new(dir.path().join("data"));
    (dir, data)
}

#[test]
fn what_init_was_told_counts_later_and_a_later_word_counts_more() {
    let (_dir, data) = folder();
    let told = Wishes { public_url: Some("https://purser.example/".into()), listen: "0.0.0.0:443".parse().ok(), ..Wishes::default() };
    Config::create(data.clone(), told).unwrap();
    let config = Config::load(data.clone(), Wishes::default()).unwrap();
    assert_eq!((config.public_url.as_str(), config.listen.port()), ("https://purser.example", 443));
    assert_eq!(config.root, RootSource::PassphraseFile { path: data.passphrase() });
    let config = Config::load(data, Wishes { listen: "127.0.0.1:9".parse().ok(), ..Wishes::default() }).unwrap();
    assert_eq!((config.public_url.as_str(), config.listen.port()), ("https://purser.example", 9));
}

#[test]
fn without_a_word_the_server_is_for_this_host_only() {
    let (_dir, data) = folder();
    let config = Config::create(data, Wishes::default()).unwrap();
    assert_eq!((config.public_url.as_str(), config.listen.to_string().as_str()), ("https://localhost:8443", "127.0.0.1:8443"));
}

#[test]
fn a_folder_without_an_installation_says_how_to_make_one() {
    let (_dir, data) = folder();
    let error = Config::load(data, Wishes::default()).unwrap_err().to_string();
    assert!(error.contains("purser init --data"), "{error}");
}

#[test]
fn settings_and_folder_are_their_owners_alone_and_a_wrong_setting_does_not_repeat_a_password() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_dir, data) = folder();
    let database = Some(SecretText::new("postgres://a:hunter2@localhost/x".into()));
    Config::create(data.clone(), Wishes { database, ..Wishes::default() }).unwrap();
    for (path, mode) in [(data.path().to_owned(), 0o700), (data.settings(), 0o600)] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, mode);
    }
    fs::write(data.settings(), "databse = \"postgres://a:hunter2@localhost/x\"").unwrap();
    let error = Config::load(data, Wishes::default()).unwrap_err().to_string();
    assert!(error.contains("databse") && !error.contains("hunter2"), "{error}");
}

#[test]
fn the_access_log_is_kept_for_a_month_unless_the_settings_say_otherwise_within_limits() {
    let (_dir, data) = folder();
    assert_eq!(Config::create(data.clone(), Wishes::default()).unwrap().access_log_days, RETENTION_DAYS_DEFAULT);
    for (days, is_taken) in [(0, false), (RETENTION_DAYS_MIN, true), (RETENTION_DAYS_MAX, true), (RETENTION_DAYS_MAX + 1, false)] {
        fs::write(data.settings(), format!("access_log_days = {days}")).unwrap();
        match Config::load(data.clone(), Wishes::default()) {
            Ok(config) => assert!(is_taken && config.access_log_days == days, "{days}"),
            Err(error) => assert!(!is_taken && error.to_string().contains("1 to 400 days"), "{error}"),
        }
    }
}

fn on(database: &str) -> Wishes {
    Wishes { database: Some(SecretText::new(database.into())), ..Wishes::default() }
}

#[test]
fn where_data_are_is_decided_once_and_another_database_later_is_refused_without_repeating_a_password() {
    let (_dir, data) = folder();
    Config::create(data.clone(), Wishes::default()).unwrap();
    let error = Config::load(data, on("postgres://a:hunter2@localhost/x")).unwrap_err();
    assert!(matches!(error, ConfigError::EmbeddedStorage(_)) && !error.to_string().contains("hunter2"), "{error}");

    let (_dir, data) = folder();
    let remembered = "postgres://a:hunter2@localhost/x";
    Config::create(data.clone(), on(remembered)).unwrap();
    assert!(Config::load(data.clone(), on(remembered)).is_ok(), "the same word twice is no contradiction");
    assert_eq!(Config::load(data.clone(), Wishes::default()).unwrap().database.unwrap().expose(), remembered);
    let error = Config::load(data, on("postgres://a:hunter3@localhost/x")).unwrap_err();
    assert!(matches!(error, ConfigError::OtherDatabase(_)) && !error.to_string().contains("hunter"), "{error}");
}

#[test]
fn an_attempt_that_came_to_nothing_does_not_bind_the_next_one() {
    let (_dir, data) = folder();
    Config::create(data.clone(), on("postgres://wrong/x")).unwrap();
    Config::create(data.clone(), on("postgres://right/x")).unwrap();
    fs::write(data.passphrase(), "there is an installation now").unwrap();
    let config = Config::create(data, on("postgres://late/x")).unwrap();
    assert_eq!(config.database.unwrap().expose(), "postgres://right/x");
}

fn token() -> RootSource {
    RootSource::Pkcs11(trust::TokenKey {
        module: "/usr/lib/module.so".into(),
        token: "purser".into(),
        key: "root".into(),
        pin_file: "/etc/purser/pin".into(),
    })
}

#[test]
fn where_the_root_key_comes_from_is_remembered_and_changed_without_losing_another_setting() {
    let (_dir, data) = folder();
    let credential = RootSource::SystemdCredential { name: "purser-root".into() };
    let tls = Some(TlsFiles { certificate: "/c.pem".into(), key: "/k.pem".into() });
    let wishes = Wishes { root: Some(credential.clone()), tls: tls.clone(), offline: true, ..Wishes::default() };
    Config::create(data.clone(), wishes).unwrap();
    let config = Config::load(data.clone(), Wishes::default()).unwrap();
    assert_eq!(config.root, credential);
    config.remember_root(&token()).unwrap();
    config.remember_second_copy(Path::new("/mnt/copy")).unwrap();
    let config = Config::load(data, Wishes::default()).unwrap();
    assert_eq!(config.second_copy.as_deref(), Some(Path::new("/mnt/copy")));
    assert_eq!((config.root, config.tls, config.offline), (token(), tls, true));
}

#[test]
fn settings_of_before_there_were_other_providers_name_their_passphrase_file() {
    let (_dir, data) = folder();
    Config::create(data.clone(), Wishes::default()).unwrap();
    fs::write(data.settings(), "passphrase_file = \"/etc/purser/passphrase\"\n").unwrap();
    let config = Config::load(data, Wishes::default()).unwrap();
    assert_eq!(config.root, RootSource::PassphraseFile { path: "/etc/purser/passphrase".into() });
}

#[test]
fn an_installation_without_a_passphrase_file_is_not_made_a_second_time() {
    let (_dir, data) = folder();
    let wishes = || Wishes { root: Some(token()), ..Wishes::default() };
    Config::create(data.clone(), wishes()).unwrap();
    Config::create(data.clone(), wishes()).expect("nothing came of the first attempt");
    fs::write(data.path().join("keyring.db"), "").unwrap();
    assert!(matches!(Config::create(data, wishes()), Err(ConfigError::Made(_))));
}

#[test]
fn everything_that_init_was_told_is_read_again() {
    let (_dir, data) = folder();
    let tls = Some(TlsFiles { certificate: "/c.pem".into(), key: "/k.pem".into() });
    let front_certificates = vec!["/balancer.pem".to_owned(), "0a".repeat(32)];
    let trusted_proxies: Vec<TrustedProxy> = ["10.0.0.0/8", "unix"].map(|text| text.parse().unwrap()).to_vec();
    let listed = TrustedProxies::new(trusted_proxies.clone());
    let (listen_mtls, listen_operator) = ("0.0.0.0:9443".parse().ok(), "127.0.0.1:9444".parse().ok());
    let request_filter = Some(FilterMode::Block);
    let wishes = Wishes {
        tls: tls.clone(),
        listen_mtls,
        listen_operator,
        front_certificates,
        trusted_proxies,
        request_filter,
        offline: true,
        ..Wishes::default()
    };
    Config::create(data.clone(), wishes).unwrap();
    let config = Config::load(data, Wishes::default()).unwrap();
    assert_eq!((config.listen_mtls, config.listen_operator), (listen_mtls, listen_operator));
    assert_eq!((Some(config.trusted_proxies), Some(config.request_filter)), (listed, request_filter));
    let fronts = [FrontCertificate::File("/balancer.pem".into()), FrontCertificate::Digest(wire::report::Digest([10; 32]))];
    assert_eq!((config.tls, config.offline, config.front_certificates.as_slice()), (tls, true, fronts.as_slice()));
}

#[test]
fn a_public_url_that_no_certificate_can_name_is_refused_before_anything_is_written() {
    let (_dir, data) = folder();
    let wishes = Wishes { public_url: Some("http://purser.example".into()), ..Wishes::default() };
    assert!(matches!(Config::create(data.clone(), wishes), Err(ConfigError::PublicUrl(_))));
    assert!(!data.path().exists());
}
