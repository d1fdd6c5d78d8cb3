//! The way out to a provider: HTTPS, one exchange, bounds on all of it.
//!
//! A tenant types the address, so the server must not become its hand inside the operator's network: only public addresses are
//! connected to, and what was checked is what is connected to, since the names are resolved here and nowhere else. Nothing
//! that a provider answers leads anywhere: redirects are not followed, and every page that it names goes through the same
//! door. Issuers that the operator names ([`SignOnConfig::inside_issuers`]) may lie inside, each at its own host and port only.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kernel::SecretText;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio::sync::Semaphore;
use ureq::config::Config;
use ureq::http::{StatusCode, Uri, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use super::address::{Issuer, SecureAddress};

/// How long one exchange with a provider may take, from the name's look-up to the last byte.
pub const EXCHANGE_TIME_MAX: Duration = Duration::from_secs(10);
/// Largest answer of a provider, in bytes.
pub const ANSWER_BYTES_MAX: u64 = 256 * 1_024;
/// Exchanges at one moment, of all tenants.
pub const EXCHANGES_MAX: usize = 16;

/// What the host says about providers.
#[derive(Clone, Debug, Default)]
pub struct SignOnConfig {
    /// Issuers that may lie on addresses that are not public.
    pub inside_issuers: Vec<Issuer>,
    /// Authorities that may have signed a provider's certificate (PEM), in the place of those that the system trusts.
    pub authorities: Option<PathBuf>,
    /// Whether nothing is fetched from elsewhere: then only the issuers that the host names are asked.
    pub is_offline: bool,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ExchangeFault {
    #[error("the server is set up to fetch nothing")]
    Offline,
    #[error("the address is not a public one")]
    NotPublic,
    #[error("the host cannot be reached")]
    Unreachable,
    #[error("the host's certificate is not one to trust")]
    Certificate,
    #[error("the host took too long")]
    TooSlow,
    #[error("the answer is too large")]
    TooLarge,
    #[error("the host sends us elsewhere")]
    Redirect,
    #[error("the host answered with a failure")]
    Status,
    #[error("too much is asked of providers at this moment")]
    Busy,
    #[error("there are no authorities to trust")]
    NoAuthorities,
}

impl ExchangeFault {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::NotPublic => "not-public",
            Self::Unreachable => "unreachable",
            Self::Certificate => "certificate",
            Self::TooSlow => "too-slow",
            Self::TooLarge => "too-large",
            Self::Redirect => "redirect",
            Self::Status => "status",
            Self::Busy => "busy",
            Self::NoAuthorities => "no-authorities",
        }
    }
}

/// What an exchange carries besides its address.
#[derive(Clone, Debug)]
pub(crate) enum Carrying {
    Nothing,
    /// An access token.
    Bearer(SecretText),
    /// A form, and where that is how we show who we are, a name with its secret.
    Form {
        fields: Vec<(&'static str, SecretText)>,
        basic: Option<(SecretText, SecretText)>,
    },
}

/// What a provider answered.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) is_ok: bool,
    pub(crate) body: Vec<u8>,
}

/// The way out.
pub(crate) struct Outbound {
    config: SignOnConfig,
    authorities: OnceLock<RootCerts>,
    turns: Arc<Semaphore>,
}

impl Outbound {
    pub(crate) fn new(config: SignOnConfig) -> Self {
        Self { config, authorities: OnceLock::new(), turns: Arc::new(Semaphore::new(EXCHANGES_MAX)) }
    }

    /// Asks a page of a provider. What it answers with a failure is told by [`Answered::is_ok`].
    pub(crate) async fn ask(&self, issuer: &Issuer, address: &SecureAddress, carrying: Carrying) -> Result<Answered, ExchangeFault> {
        let is_named = self.config.inside_issuers.iter().any(|named| named.as_text() == issuer.as_text());
        if self.config.is_offline && !is_named {
            return Err(ExchangeFault::Offline);
        }
        let may_be_inside = is_named && address.origin() == issuer.origin();
        let turn = Arc::clone(&self.turns).try_acquire_owned().map_err(|_| ExchangeFault::Busy)?;
        let (authorities, address) = (self.authorities()?, address.clone());
        let asked = tokio::task::spawn_blocking(move || {
            let _held_until_the_answer = turn;
            exchange(&agent(authorities, may_be_inside), address.uri(), &carrying)
        });
        asked.await.unwrap_or(Err(ExchangeFault::Unreachable))
    }

    fn authorities(&self) -> Result<RootCerts, ExchangeFault> {
        if let Some(known) = self.authorities.get() {
            return Ok(known.clone());
        }
        let found = match &self.config.authorities {
            Some(path) => of_file(path),
            None => rustls_native_certs::load_native_certs().certs,
        };
        if found.is_empty() {
            return Err(ExchangeFault::NoAuthorities);
        }
        let found: Vec<_> = found.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        Ok(self.authorities.get_or_init(|| RootCerts::new_with_certs(&found)).clone())
    }
}

fn of_file(path: &Path) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(path).map(|found| found.flatten().collect()).unwrap_or_default()
}

fn agent(authorities: RootCerts, may_be_inside: bool) -> ureq::Agent {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .root_certs(authorities)
        .build();
    let config = ureq::Agent::config_builder()
        .https_only(true)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        // A proxy would resolve the name by itself, and connect to what nobody checked.
        .proxy(None)
        .user_agent("purser")
        .timeout_global(Some(EXCHANGE_TIME_MAX))
        .tls_config(tls)
        .build();
    ureq::Agent::with_parts(config, DefaultConnector::default(), CheckedNames { may_be_inside })
}

fn exchange(agent: &ureq::Agent, uri: &Uri, carrying: &Carrying) -> Result<Answered, ExchangeFault> {
    let answered = match carrying {
        Carrying::Nothing => agent.get(uri).header(header::ACCEPT, "application/json").call(),
        Carrying::Bearer(token) => {
            let bearer = SecretText::new(format!("Bearer {}", token.expose()));
            agent.get(uri).header(header::ACCEPT, "application/json").header(header::AUTHORIZATION, bearer.expose()).call()
        }
        Carrying::Form { fields, basic } => {
            let mut call = agent.post(uri).header(header::ACCEPT, "application/json");
            if let Some((name, secret)) = basic {
                // RFC 6749, 2.3.1: each is encoded as a form's value first.
                let both = SecretText::new(format!("{}:{}", of_form(name), of_form(secret)));
                call = call.header(header::AUTHORIZATION, format!("Basic {}", BASE64_STANDARD.encode(both.expose())));
            }
            call.send_form(fields.iter().map(|(name, value)| (*name, value.expose())))
        }
    };
    let mut response = answered.map_err(|error| fault_of(&error))?;
    let status = response.status();
    if status.is_redirection() {
        return Err(ExchangeFault::Redirect);
    }
    let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec().map_err(|error| fault_of(&error))?;
    Ok(Answered { is_ok: status == StatusCode::OK, body })
}

fn of_form(text: &SecretText) -> String {
    form_urlencoded::byte_serialize(text.expose().as_bytes()).collect()
}

fn fault_of(error: &ureq::Error) -> ExchangeFault {
    match error {
        ureq::Error::Timeout(_) => ExchangeFault::TooSlow,
        ureq::Error::BodyExceedsLimit(_) => ExchangeFault::TooLarge,
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => ExchangeFault::Certificate,
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => ExchangeFault::NotPublic,
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => ExchangeFault::Certificate,
        _ => ExchangeFault::Unreachable,
    }
}

/// Resolves names to the addresses that may be connected to.
#[derive(Debug)]
struct CheckedNames {
    may_be_inside: bool,
}

impl Resolver for CheckedNames {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = DefaultResolver::default().resolve(uri, config, timeout)?;
        let mut checked = self.empty();
        for address in found.iter().filter(|address| self.may_be_inside || is_public(address.ip())) {
            checked.push(*address);
        }
        if checked.is_empty() {
            return Err(ureq::Error::Io(io::Error::new(io::ErrorKind::PermissionDenied, "no public address")));
        }
        Ok(checked)
    }
}

/// Whether an address belongs to the open network. What is reserved, for whatever reason, does not.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_reserved = first == 0
        || first >= 224
        || (first == 100 && (64..128).contains(&second))
        || (first == 192 && second == 0 && third == 0)
        || (first == 192 && second == 88 && third == 99)
        || (first == 198 && (18..20).contains(&second));
    !(is_reserved || address.is_private() || address.is_loopback() || address.is_link_local() || address.is_documentation())
}

/// Only what is given out as global unicast (2000::/3), without the ways in which an address of the other family lies inside.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_global = first & 0xe000 == 0x2000;
    // 2001::/23 (Teredo and other protocols), 2001:db8::/32 and 3fff::/20 (documentation), 2002::/16 (6to4).
    let is_special = match first {
        0x2001 => second < 0x200 || second == 0xdb8,
        0x2002 => true,
        0x3fff => second < 0x1000,
        _ => false,
    };
    is_global && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promise_or_11_only_public_addresses_are_connected_to() {
        for (address, public) in [
            ("8.8.8.8", true),
            ("127.0.0.1", false),
            ("127.255.255.254", false),
            ("10.0.0.1", false),
            ("172.16.0.1", false),
            ("172.32.0.1", true),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("0.0.0.0", false),
            ("192.0.0.192", false),
            ("198.18.0.1", false),
            ("203.0.113.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700::1111", true),
            ("::1", false),
            ("::", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:8.8.8.8", true),
            ("64:ff9b::a00:1", false),
            ("fe80::1", false),
            ("fd00:ec2::254", false),
            ("2001:db8::1", false),
            ("2001::1", false),
            ("2002:7f00:1::", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }
}
