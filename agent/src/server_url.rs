//! The server's address: `https://` and nothing else (promise OP-13).

use std::fmt;
use std::str::FromStr;

use rustls_pki_types::ServerName;
use serde::{Deserialize, Serialize};
use words::{Sentence, Speaks, sentence};

/// Longest address, in bytes.
pub const SERVER_URL_BYTES_MAX: usize = 512;

/// The server's address without a path, as in `https://purser.example.org:8443`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServerUrl {
    text: String,
    host: String,
}

/// Why a text is no server address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerUrlError {
    /// It would send data in the clear.
    #[error("{}", self.sentence())]
    Plaintext,
    /// It does not begin with `https://`.
    #[error("{}", self.sentence())]
    Scheme,
    /// It has more than a host and a port.
    #[error("{}", self.sentence())]
    Shape,
}

impl Speaks for ServerUrlError {
    fn sentence(&self) -> Sentence {
        match self {
            Self::Plaintext => sentence!(
                "the address begins with http://, which anybody on the way can read and change; there is no switch to allow it: use https://",
                "adres zaczyna się od http://, a takie połączenie każdy po drodze może odczytać i zmienić; żaden przełącznik na to nie pozwala: użyj https://"
            ),
            Self::Scheme => sentence!(
                "the address must begin with https://, as in https://purser.example.org",
                "adres musi zaczynać się od https://, na przykład https://purser.example.org"
            ),
            Self::Shape => sentence!(
                "the address must be a host and an optional port only, as in https://purser.example.org:8443",
                "adres może zawierać tylko host i opcjonalnie port, na przykład https://purser.example.org:8443"
            ),
        }
    }
}

impl ServerUrl {
    /// The whole address of one of the server's paths.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// The host, as TLS names it.
    ///
    /// # Errors
    /// Never for a value that was parsed.
    pub fn tls_name(&self) -> Result<ServerName<'static>, ServerUrlError> {
        ServerName::try_from(self.host.clone()).map_err(|_| ServerUrlError::Shape)
    }
}

impl FromStr for ServerUrl {
    type Err = ServerUrlError;

    fn from_str(text: &str) -> Result<Self, ServerUrlError> {
        let lower = text.trim().to_ascii_lowercase();
        if lower.starts_with("http://") {
            return Err(ServerUrlError::Plaintext);
        }
        let authority = lower.strip_prefix("https://").ok_or(ServerUrlError::Scheme)?;
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        if authority.len() > SERVER_URL_BYTES_MAX || authority.contains(['/', '@', '?', '#', ' ']) {
            return Err(ServerUrlError::Shape);
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        if port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return Err(ServerUrlError::Shape);
        }
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).to_owned();
        let url = Self { text: format!("https://{authority}"), host };
        url.tls_name()?;
        Ok(url)
    }
}

impl TryFrom<String> for ServerUrl {
    type Error = ServerUrlError;

    fn try_from(text: String) -> Result<Self, ServerUrlError> {
        text.parse()
    }
}

impl From<ServerUrl> for String {
    fn from(url: ServerUrl) -> Self {
        url.text
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_plaintext_address_is_refused_by_name() {
        assert_eq!("http://purser.example.org".parse::<ServerUrl>(), Err(ServerUrlError::Plaintext));
        assert_eq!("HTTP://purser.example.org".parse::<ServerUrl>(), Err(ServerUrlError::Plaintext));
        assert_eq!("purser.example.org".parse::<ServerUrl>(), Err(ServerUrlError::Scheme));
    }

    #[test]
    fn hosts_ports_and_addresses_are_read() {
        for text in ["https://purser.example.org", "https://localhost:8443/", "https://[::1]:8443", "https://192.0.2.1"] {
            assert_eq!(text.parse::<ServerUrl>().unwrap().to_string(), text.trim_end_matches('/'));
        }
        for text in ["https://", "https://a/b", "https://u@a", "https://a:99999", "https://a b", "https://a?x"] {
            assert!(text.parse::<ServerUrl>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _is_read_or_refused = text.parse::<ServerUrl>();
        }
    }
}
