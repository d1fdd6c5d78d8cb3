//! The names under which a server is reached: those of its public addresses, and this host's own.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rustls_pki_types::DnsName;
use words::{Sentence, Speaks, sentence};

/// A name or address that a certificate can carry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServedName {
    /// A DNS name, in lower case.
    Dns(String),
    /// An address.
    Address(IpAddr),
}

impl fmt::Display for ServedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// Why a public URL names no server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicUrlError {
    /// It is not HTTPS.
    #[error("{}", self.sentence())]
    NotHttps(String),
    /// It has more than scheme, host and port.
    #[error("{}", self.sentence())]
    MoreThanHost(String),
    /// Its host is no DNS name and no address.
    #[error("{}", self.sentence())]
    NoHost(String),
}

impl Speaks for PublicUrlError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::NotHttps(url) => sentence!(
                "the public URL {url} must begin with https:// (Purser serves nothing without encryption)",
                "adres publiczny {url} musi zaczynać się od https:// (Purser niczego nie udostępnia bez szyfrowania)"
            ),
            Self::MoreThanHost(url) => sentence!(
                "the public URL {url} may have a host and a port, and nothing after them",
                "adres publiczny {url} może zawierać host i port, a po nich nic więcej"
            ),
            Self::NoHost(url) => sentence!(
                "the public URL {url} has no host that a certificate can name (an international name needs its xn-- form)",
                "adres publiczny {url} nie ma nazwy hosta, którą można wpisać do certyfikatu (nazwa z literami spoza ASCII wymaga postaci xn--)"
            ),
        }
    }
}

/// The host of a public URL.
///
/// # Errors
/// [`PublicUrlError`].
pub fn host_of(public_url: &str) -> Result<ServedName, PublicUrlError> {
    let rest = public_url.strip_prefix("https://").ok_or_else(|| PublicUrlError::NotHttps(public_url.to_owned()))?;
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if authority.contains(['/', '?', '#', '@']) {
        return Err(PublicUrlError::MoreThanHost(public_url.to_owned()));
    }
    let no_host = || PublicUrlError::NoHost(public_url.to_owned());
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or_else(no_host)?,
        None => authority.split_once(':').map_or((authority, ""), |(host, port)| (host, port)),
    };
    let port = port.strip_prefix(':').unwrap_or(port);
    if !port.is_empty() && port.parse::<u16>().is_err() {
        return Err(no_host());
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(ServedName::Address(address));
    }
    let host = host.to_ascii_lowercase();
    // `1.2.3` is no address and, by its last label, no name either.
    let is_name = DnsName::try_from(host.as_str()).is_ok() && !host.ends_with('.') && !host.rsplit('.').next().is_some_and(is_number);
    if is_name { Ok(ServedName::Dns(host)) } else { Err(no_host()) }
}

fn is_number(label: &str) -> bool {
    label.bytes().all(|byte| byte.is_ascii_digit())
}

/// Every name that the certificate carries: the public URLs' hosts, `localhost`, `127.0.0.1` and `::1`; sorted, each once.
///
/// # Errors
/// [`PublicUrlError`].
pub fn served_names<'a>(public_urls: impl IntoIterator<Item = &'a str>) -> Result<Vec<ServedName>, PublicUrlError> {
    let mut names = vec![
        ServedName::Dns("localhost".into()),
        ServedName::Address(Ipv4Addr::LOCALHOST.into()),
        ServedName::Address(Ipv6Addr::LOCALHOST.into()),
    ];
    for url in public_urls {
        names.push(host_of(url)?);
    }
    names.sort();
    names.dedup();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_gives_its_host() {
        let dns = |name: &str| Ok(ServedName::Dns(name.into()));
        assert_eq!(host_of("https://Purser.Example.org"), dns("purser.example.org"));
        assert_eq!(host_of("https://purser.example.org:8443/"), dns("purser.example.org"));
        assert_eq!(host_of("https://192.0.2.7:8443"), Ok(ServedName::Address("192.0.2.7".parse().expect("an address"))));
        assert_eq!(host_of("https://[2001:db8::7]:8443/"), Ok(ServedName::Address("2001:db8::7".parse().expect("an address"))));
    }

    #[test]
    fn what_no_certificate_can_name_is_refused() {
        for url in [
            "http://a.example",
            "https://",
            "https://a.example/path",
            "https://u@a.example",
            "https://[::1",
            "https://a b",
            "https://1.2.3",
            "https://a.example:99999",
            "https://żuraw.example",
            "https://*.example",
        ] {
            assert!(host_of(url).is_err(), "{url}");
        }
    }

    #[test]
    fn this_hosts_own_names_are_always_served() {
        let names: Vec<_> =
            served_names(["https://localhost:8443", "https://a.example"]).expect("both are URLs").iter().map(ToString::to_string).collect();
        assert_eq!(names, ["a.example", "localhost", "127.0.0.1", "::1"]);
    }
}
