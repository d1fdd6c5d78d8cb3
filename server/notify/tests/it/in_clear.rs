//! Nothing crosses the way to the relay in clear, and nobody but the relay gets it.

use std::path::PathBuf;
use std::sync::Arc;

use kernel::{SecretText, Timestamp};
use notify::{Login, MailFailure, Relay, RelayConfig, RelayFailure, Security, Written};
use rustls::pki_types::PrivatePkcs8KeyDer;

use crate::world::config;
use notify::testing::{Manners, Sink};

struct Trusted {
    sink: Sink,
    authorities: PathBuf,
    _folder: tempfile::TempDir,
}

/// A sink with a certificate, and a file by which it is trusted.
fn sink_with_tls() -> Trusted {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let folder = tempfile::tempdir().expect("a folder");
    let authorities = folder.path().join("authority.pem");
    std::fs::write(&authorities, made.cert.pem()).expect("written");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let server = server.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key.into()).expect("a pair");
    Trusted { sink: Sink::start_with(Some(Arc::new(server))), authorities, _folder: folder }
}

fn over_tls(trusted: &Trusted, authorities: Option<PathBuf>) -> Relay {
    let login = Login { user: "purser".to_owned(), password: SecretText::new("canary-password".to_owned()) };
    let wanted = RelayConfig {
        host: "localhost".to_owned(),
        security: Security::StartTls,
        login: Some(login),
        authorities,
        ..config(&trusted.sink)
    };
    Relay::new(wanted).expect("a relay")
}

fn try_out(relay: &Relay) -> Result<Result<u16, MailFailure>, RelayFailure> {
    let written = Written { subject: "Trial".to_owned(), body: "canary-body\n".to_owned() };
    relay.try_out("anna@reader.example", &written, "0123", Timestamp::from_seconds(0))
}

/// What was said before TLS began.
fn is_silent_about_us(sink: &Sink) -> bool {
    sink.commands().iter().all(|command| command.starts_with("EHLO") || command == "STARTTLS" || command == "QUIT")
}

#[test]
fn user_password_and_mail_go_by_tls_to_a_relay_that_is_trusted() {
    let trusted = sink_with_tls();
    assert_eq!(try_out(&over_tls(&trusted, Some(trusted.authorities.clone()))), Ok(Ok(250)));
    let received = trusted.sink.received();
    assert_eq!((received.len(), received[0].by_tls, received[0].body().as_str()), (1, true, "canary-body\n"));
}

#[test]
fn a_relay_whose_certificate_is_not_trusted_gets_nothing() {
    let (trusted, other) = (sink_with_tls(), sink_with_tls());
    let refused = try_out(&over_tls(&trusted, Some(other.authorities.clone())));
    assert!(matches!(refused, Err(RelayFailure::Untrusted(_))), "{refused:?}");
    assert!(is_silent_about_us(&trusted.sink), "{:?}", trusted.sink.commands());
    assert_eq!(trusted.sink.received().len(), 0);
}

#[test]
fn a_relay_that_takes_starttls_out_of_its_offer_gets_nothing() {
    let stripped = Trusted { sink: Sink::start(), ..sink_with_tls() };
    let refused = try_out(&over_tls(&stripped, Some(stripped.authorities.clone())));
    assert_eq!(refused, Err(RelayFailure::Untrusted("it offers no STARTTLS".to_owned())));
    assert!(is_silent_about_us(&stripped.sink), "{:?}", stripped.sink.commands());
}

#[test]
fn a_password_that_is_not_taken_is_the_relays_failure_and_no_mails() {
    let trusted = sink_with_tls();
    trusted.sink.behave(Manners::Answers("AUTH", "535 no"));
    assert_eq!(try_out(&over_tls(&trusted, Some(trusted.authorities.clone()))), Err(RelayFailure::Login(Some(535))));
}
