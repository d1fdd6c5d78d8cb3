//! The relay: the SMTP server that takes our mail and carries it on.
//!
//! A relay gets addresses and texts. So it is reached by TLS with a certificate that is trusted, from the first byte
//! (`tls`) or after STARTTLS (`starttls`, refused where the relay does not offer it); only one on this very host may be
//! reached in clear. What it answers is kept as a number, never as a text: relays repeat addresses in what they say.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kernel::{SecretText, Timestamp};
use lettre::address::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, CertificateStore, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::error::{MailFailure, RelayError, RelayFailure};
use crate::letter::Written;

/// Longest wait for the relay: for its connection, and for each answer but the last.
pub const RELAY_WAIT_MAX: Duration = Duration::from_secs(30);
/// Longest wait for its word that it took a mail. Whoever hangs up earlier sends again what may have been taken (RFC 5321 section
/// 4.5.3.2.6).
pub const TAKING_WAIT_MAX: Duration = Duration::from_secs(600);

/// How the way to the relay is kept from others' eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS after the greeting, or nothing is sent.
    StartTls,
    /// None, for a relay on this very host.
    Loopback,
}

/// With what one signs in to a relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password, which is replayed and so cannot be kept as a hash.
    pub password: SecretText,
}

/// How a relay is reached.
#[derive(Clone, Debug)]
pub struct RelayConfig {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is kept.
    pub security: Security,
    /// Who the mail is from: `purser@example.org`, or with a name before it.
    pub sender: String,
    /// With what one signs in.
    pub login: Option<Login>,
    /// The authorities that may have signed its certificate (PEM); the system's where absent.
    pub authorities: Option<PathBuf>,
    /// How long one waits for its connection, and for each answer but the last ([`RELAY_WAIT_MAX`]).
    pub wait: Duration,
}

/// A relay that may be used. Cloning shares it.
#[derive(Clone)]
pub struct Relay(Arc<Inner>);

struct Inner {
    config: RelayConfig,
    sender: Mailbox,
    tls: Option<TlsParameters>,
}

/// A connection to a relay that takes mail.
pub(crate) struct Session {
    connection: SmtpConnection,
    sender: Mailbox,
    wait: Duration,
}

/// Whether a host is this very one, so that nobody else sees what is sent there.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Relay {
    /// The relay of these settings. Reads the authorities; does not connect.
    ///
    /// # Errors
    /// [`RelayError`].
    pub fn new(config: RelayConfig) -> Result<Self, RelayError> {
        let Mailbox { name, email } = config.sender.parse().map_err(|_no_address| RelayError::Sender)?;
        let email = in_ascii(email.as_ref()).filter(|email| email.user().is_ascii()).ok_or(RelayError::Sender)?;
        let sender = Mailbox::new(name, email);
        let tls = match config.security {
            Security::Loopback if is_loopback(&config.host) => None,
            Security::Loopback => return Err(RelayError::InClear(config.host)),
            Security::Tls | Security::StartTls => Some(tls(&config.host, config.authorities.as_deref())?),
        };
        Ok(Self(Arc::new(Inner { config, sender, tls })))
    }

    /// Whether it is on this very host.
    #[must_use]
    pub fn is_on_this_host(&self) -> bool {
        is_loopback(&self.0.config.host)
    }

    /// Its name and port, as they are shown.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}:{}", self.0.config.host, self.0.config.port)
    }

    /// Connects, signs in and leaves: whether it takes mail. Blocks.
    ///
    /// # Errors
    /// [`RelayFailure`].
    pub fn probe(&self) -> Result<(), RelayFailure> {
        self.connect().map(Session::end)
    }

    /// Sends one letter to one address at once, beside the outbox: for trying a relay out. Blocks.
    ///
    /// # Errors
    /// The relay's failure; the mail's within.
    pub fn try_out(&self, to: &str, written: &Written, message_id: &str, now: Timestamp) -> Result<Result<u16, MailFailure>, RelayFailure> {
        let mut session = self.connect()?;
        let sent = session.send(to, written, message_id, now);
        session.end();
        Ok(sent)
    }

    /// Blocks.
    pub(crate) fn connect(&self) -> Result<Session, RelayFailure> {
        let Inner { config, sender, tls } = &*self.0;
        let hello = ClientId::Domain(sender.email.domain().to_owned());
        let host = config.host.trim_start_matches('[').trim_end_matches(']');
        let from_the_start = tls.as_ref().filter(|_| config.security == Security::Tls);
        let connected = SmtpConnection::connect((host, config.port), Some(config.wait), &hello, from_the_start, None);
        let mut connection = connected.map_err(|error| failure(&error))?;
        if let (Some(tls), Security::StartTls) = (tls, config.security) {
            if !connection.can_starttls() {
                connection.abort();
                return Err(RelayFailure::Untrusted("it offers no STARTTLS".to_owned()));
            }
            connection.starttls(tls, &hello).map_err(|error| untrusted(&error))?;
        }
        if let Some(Login { user, password }) = &config.login {
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            let signed_in = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials);
            signed_in.map_err(|error| RelayFailure::Login(error.status().map(u16::from)))?;
        }
        Ok(Session { connection, sender: sender.clone(), wait: config.wait })
    }
}

impl Session {
    /// Hands one mail over; what the relay answered when it took it. Blocks.
    pub(crate) fn send(&mut self, to: &str, written: &Written, message_id: &str, now: Timestamp) -> Result<u16, MailFailure> {
        let to = in_ascii(to).ok_or(MailFailure::NoAddress)?;
        let message = self.compose(&to, written, message_id, now).ok_or(MailFailure::NoAddress)?;
        let mut options = Vec::new();
        if !to.user().is_ascii() {
            if !self.connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(MailFailure::NeedsUtf8);
            }
            // A server that has the one has the other too (RFC 6531 section 3.1).
            options = vec![MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)];
        }
        self.talk(to, options, &message).map_err(|error| {
            // What it expects next, nobody knows.
            self.connection.abort();
            error.and_then(|error| error.status()).map_or(MailFailure::Broken, |code| MailFailure::Refused(code.into()))
        })
    }

    /// The conversation about one mail (RFC 5321 section 3.3); no error of SMTP where the connection itself fails.
    fn talk(&mut self, to: Address, options: Vec<MailParameter>, message: &[u8]) -> Result<u16, Option<smtp::Error>> {
        self.connection.command(Mail::new(Some(self.sender.email.clone()), options))?;
        self.connection.command(Rcpt::new(to, Vec::new()))?;
        self.connection.command(Data)?;
        self.connection.set_timeout(Some(TAKING_WAIT_MAX)).map_err(|_closed| None)?;
        let taken = self.connection.message(message)?;
        self.connection.set_timeout(Some(self.wait)).map_err(|_closed| None)?;
        Ok(taken.code().into())
    }

    fn compose(&self, to: &Address, written: &Written, message_id: &str, now: Timestamp) -> Option<Vec<u8>> {
        // The protocol ends the last line by itself.
        let body = written.body.strip_suffix('\n').unwrap_or(&written.body);
        let seconds = u64::try_from(now.seconds()).unwrap_or_default();
        let message = Message::builder()
            .from(self.sender.clone())
            .to(Mailbox::new(None, to.clone()))
            .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
            .message_id(Some(format!("<{message_id}@{}>", self.sender.email.domain())))
            // No machine answers it (RFC 3834).
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .subject(written.subject.as_str())
            .header(ContentType::TEXT_PLAIN)
            .body(body.to_owned());
        message.ok().map(|message| message.formatted())
    }

    /// Whether nothing more can be sent by it.
    pub(crate) fn is_over(&self) -> bool {
        self.connection.has_broken()
    }

    /// Says goodbye, where anybody listens.
    pub(crate) fn end(mut self) {
        let _ = self.connection.quit();
    }
}

/// An address as any server can read it: the domain by its A-labels (RFC 5890).
fn in_ascii(address: &str) -> Option<Address> {
    let (local, domain) = address.rsplit_once('@')?;
    Address::new(local, idna::domain_to_ascii(domain).ok()?).ok()
}

fn tls(host: &str, authorities: Option<&Path>) -> Result<TlsParameters, RelayError> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(path) = authorities {
        parameters = parameters.certificate_store(CertificateStore::None);
        for der in roots(path)? {
            let certificate = Certificate::from_der(der.to_vec()).map_err(|error| RelayError::Tls(error.to_string()))?;
            parameters = parameters.add_root_certificate(certificate);
        }
    }
    parameters.build_rustls().map_err(|error| RelayError::Tls(error.to_string()))
}

fn roots(path: &Path) -> Result<Vec<CertificateDer<'static>>, RelayError> {
    let none = || RelayError::Authorities(path.to_owned());
    let found: Vec<_> = CertificateDer::pem_file_iter(path).map_err(|_unreadable| none())?.flatten().collect();
    if found.is_empty() { Err(none()) } else { Ok(found) }
}

fn failure(error: &smtp::Error) -> RelayFailure {
    match error.status() {
        Some(code) => RelayFailure::Refused(code.into()),
        None if is_about_trust(error) => untrusted(error),
        None => RelayFailure::Unreachable(error.to_string()),
    }
}

/// A handshake that fails comes as an error of the network, since it is made by the first byte that is read.
fn is_about_trust(error: &smtp::Error) -> bool {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    error.is_tls() || causes.into_iter().any(|cause| cause.to_string().contains("certificate"))
}

fn untrusted(error: &smtp::Error) -> RelayFailure {
    RelayFailure::Untrusted(error.to_string())
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Relay").field(&self.address()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(host: &str, security: Security) -> RelayConfig {
        let sender = "Purser <purser@example.org>".to_owned();
        RelayConfig { host: host.to_owned(), port: 25, security, sender, login: None, authorities: None, wait: RELAY_WAIT_MAX }
    }

    #[test]
    fn only_this_very_host_is_reached_in_clear() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]"] {
            assert!(Relay::new(config(host, Security::Loopback)).is_ok_and(|relay| relay.is_on_this_host()), "{host}");
        }
        for host in ["10.0.0.1", "smtp.example.org", "localhost.example.org", "0.0.0.0", "::ffff:10.0.0.1"] {
            let refused = Relay::new(config(host, Security::Loopback));
            assert_eq!(refused.err(), Some(RelayError::InClear(host.to_owned())), "{host}");
        }
    }

    #[test]
    fn a_sender_is_an_address() {
        for sender in ["", "purser", "a@b@c", "purser@example.org, other@example.org"] {
            let refused = Relay::new(RelayConfig { sender: sender.to_owned(), ..config("localhost", Security::Loopback) });
            assert_eq!(refused.err(), Some(RelayError::Sender), "{sender}");
        }
    }

    #[test]
    fn a_senders_domain_may_have_other_letters_and_what_is_before_it_may_not() {
        let relay = |sender: &str| Relay::new(RelayConfig { sender: sender.to_owned(), ..config("localhost", Security::Loopback) });
        let sender = relay("Purser <purser@żółw.example>").expect("a relay").0.sender.clone();
        assert_eq!(sender.to_string(), "Purser <purser@xn--w-uga1v8h.example>");
        assert_eq!(relay("żółw@example.org").err(), Some(RelayError::Sender), "every relay is to take it");
    }

    #[test]
    fn a_password_does_not_print() {
        let login = Login { user: "purser".into(), password: SecretText::new("hunter2".into()) };
        let config = RelayConfig { login: Some(login), ..config("localhost", Security::Loopback) };
        assert!(!format!("{config:?}").contains("hunter2"));
        assert!(!format!("{:?}", Relay::new(config).expect("a relay")).contains("hunter2"));
    }
}
