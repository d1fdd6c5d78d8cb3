//! The program itself.

use std::collections::BTreeSet;
use std::process::{Command, Output};

fn agent(arguments: &[&str]) -> Output {
    agent_where(arguments, "C")
}

fn agent_where(arguments: &[&str], locale: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_purser-agent")).args(arguments).env("LC_ALL", locale).output().unwrap()
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn promise_op_13_a_plaintext_address_is_refused_with_a_clear_error() {
    let scratch = tempfile::tempdir().unwrap();
    let token = crate::fake_server::FakeServer::enrolment_token();
    let key = "0".repeat(64);
    let dir = scratch.path().to_str().unwrap();
    let output = agent(&["enrol", "--server", "http://localhost:1", "--token", &token, "--server-key", &key, "--state-dir", dir]);
    assert_eq!(output.status.code(), Some(2));
    assert!(error(&output).contains("http://") && error(&output).contains("use https://"), "{}", error(&output));
}

#[test]
fn promise_or_6_there_is_no_switch_that_turns_trust_off() {
    let help = String::from_utf8(agent(&["--help"]).stdout).unwrap().to_lowercase();
    for word in ["insecure", "--skip", "no-verify", "allow-http"] {
        assert!(!help.contains(word), "{word}");
    }
    assert_eq!(agent(&["run", "--insecure"]).status.code(), Some(2));
    let binary = std::fs::read(env!("CARGO_BIN_EXE_purser-agent")).unwrap();
    for word in ["--insecure", "PURSER_INSECURE", "SSLKEYLOGFILE"] {
        assert!(!binary.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
}

#[test]
fn each_kind_of_failure_has_its_exit_code() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path().to_str().unwrap();
    let config = scratch.path().join("config.toml");
    std::fs::write(&config, "kind_off = []\n").unwrap();
    let config = config.to_str().unwrap();
    let token = crate::fake_server::FakeServer::enrolment_token();
    let key = "0".repeat(64);
    assert_eq!(agent(&["fly"]).status.code(), Some(2));
    assert_eq!(agent(&["enrol", "--server", "https://localhost:1"]).status.code(), Some(2));
    assert_eq!(agent(&["once", "--config", config, "--state-dir", dir]).status.code(), Some(3));
    assert_eq!(agent(&["once", "--state-dir", dir]).status.code(), Some(6));
    assert_eq!(agent(&["status", "--state-dir", dir]).status.code(), Some(6));
    let output = agent(&["enrol", "--server", "https://localhost:1", "--token", &token, "--server-key", &key, "--state-dir", dir]);
    // Without a machine-id the host fails before the server does.
    assert!(matches!(output.status.code(), Some(4 | 1)), "{}", error(&output));
    let output = agent(&["enrol", "--server", "https://localhost:1", "--token", "prs_enr_typo", "--server-key", &key, "--state-dir", dir]);
    assert_eq!(output.status.code(), Some(2), "{}", error(&output));
    assert!(!error(&output).contains("typo"), "a token is never printed");
}

#[test]
fn every_exit_code_of_the_help_is_explained() {
    let help = String::from_utf8(agent(&["--help"]).stdout).unwrap();
    for code in 0..=8 {
        assert!(help.lines().any(|line| line.starts_with(&format!("  {code}  "))), "{code}");
    }
    assert!(String::from_utf8(agent(&["--version"]).stdout).unwrap().starts_with("purser-agent "));
}

#[test]
fn collect_print_shows_the_canonical_state_and_an_image_can_be_named() {
    let image = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(image.path().join("etc")).unwrap();
    std::fs::write(image.path().join("etc/os-release"), "ID=example\n").unwrap();
    let output = agent(&["collect", "--print", "--root", image.path().to_str().unwrap()]);
    let mut state: wire::state::State = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(state.os.as_ref().unwrap().id, "example");
    state.canonicalise();
    assert_eq!(agent::outbox::canonical(&state), output.stdout.trim_ascii_end());
    assert_eq!(agent(&["collect"]).status.code(), Some(2));
}

/// What both helps must name: commands, options, keys of the file, exit codes.
fn names(help: &str) -> BTreeSet<String> {
    let words = help.split(|character: char| character.is_whitespace() || "(),;:".contains(character));
    let options = words.filter(|word| word.starts_with("--")).map(ToOwned::to_owned);
    let leading = |line: &str| {
        let mut words = line.strip_prefix("  ")?.split_whitespace();
        let (first, second) = (words.next()?, words.next());
        let is_command = first == "purser-agent";
        let is_key = second == Some("=");
        let is_code = first.len() == 1 && first.chars().all(|character| character.is_ascii_digit());
        if is_command { second.map(ToOwned::to_owned) } else { (is_key || is_code).then(|| first.to_owned()) }
    };
    options.chain(help.lines().filter_map(leading)).collect()
}

#[test]
fn both_helps_name_the_same_commands_options_keys_and_exit_codes() {
    let help = |language| String::from_utf8(agent(&["--help", "--language", language]).stdout).unwrap();
    let (english, polish) = (help("en"), help("pl"));
    assert_eq!(names(&english), names(&polish));
    for name in ["enrol", "run", "once", "collect", "status", "--server-key", "--language", "kinds_off", "8"] {
        assert!(names(&english).contains(name), "{name}");
    }
    assert!(polish.lines().all(|line| line.chars().count() <= 124), "it fits where the English does");
}

#[test]
fn the_language_is_the_one_asked_for_else_that_of_the_environment() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path().to_str().unwrap();
    let said = |arguments: &[&str], locale| error(&agent_where(&[&["once", "--state-dir", dir], arguments].concat(), locale));
    let english = "purser-agent: this host is not enrolled; the console's settings show the command for it\n";
    let polish = "purser-agent: ten host nie jest dołączony; potrzebne polecenie pokazują ustawienia w konsoli\n";
    assert_eq!(said(&[], "C"), english);
    assert_eq!(said(&[], "pl_PL.UTF-8"), polish);
    assert_eq!(said(&["--language", "en"], "pl_PL.UTF-8"), english);
    assert_eq!(said(&["--language=pl"], "C"), polish);
    let unknown = agent(&["once", "--language", "tlh"]);
    assert_eq!(
        (unknown.status.code(), error(&unknown).as_str()),
        (Some(2), "purser-agent: --language is en or pl, not tlh; see purser-agent --help\n")
    );
}

#[test]
fn a_wrong_command_line_a_wrong_file_and_a_missing_one_are_said_in_polish() {
    let scratch = tempfile::tempdir().unwrap();
    let said = |arguments: &[&str]| error(&agent_where(arguments, "pl_PL.UTF-8"));
    assert_eq!(said(&["fly"]), "purser-agent: nie ma polecenia \"fly\"; zob. purser-agent --help\n");
    assert_eq!(said(&["run", "--fast"]), "purser-agent: nieznana opcja --fast; zob. purser-agent --help\n");
    assert_eq!(said(&["enrol", "--server"]), "purser-agent: opcja --server wymaga wartości; zob. purser-agent --help\n");
    let config = scratch.path().join("config.toml");
    let path = config.to_str().unwrap();
    let missing =
        format!("purser-agent: nie można odczytać pliku konfiguracyjnego {path}: nie ma takiego pliku ani katalogu (os error 2)\n");
    assert_eq!(said(&["status", "--config", path]), missing);
    std::fs::write(&config, "interval_seconds = 1\n").unwrap();
    let wrong = format!("purser-agent: plik konfiguracyjny {path} jest niezrozumiały: interval_seconds musi być liczbą od 60 do 604800\n");
    assert_eq!(said(&["status", "--config", path]), wrong);
}

#[test]
fn what_programs_read_is_the_same_in_every_language() {
    let image = tempfile::tempdir().unwrap();
    let collected = |locale| agent_where(&["collect", "--print", "--root", image.path().to_str().unwrap()], locale).stdout;
    assert_eq!(collected("C"), collected("pl_PL.UTF-8"));
}
