//! Addresses of a provider: over TLS, and nothing in them that another reader would take for something else.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ureq::http::Uri;

/// Longest address, in bytes.
pub const ADDRESS_BYTES_MAX: usize = 1_024;

/// An `https` address without user, password and fragment, whose host is a name or an address.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecureAddress(Uri);

/// A provider's issuer: an `https` address without query and fragment, kept as it was written, since it is compared byte for
/// byte.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Issuer {
    text: String,
    address: SecureAddress,
}

/// The text is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address of a provider is https://HOST[:PORT][/PATH], without user, query and fragment, in at most {ADDRESS_BYTES_MAX} bytes")]
pub struct AddressError;

impl FromStr for SecureAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let is_plain = text.len() <= ADDRESS_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains(['#', '\\']);
        let uri: Uri = text.parse().map_err(|_| AddressError)?;
        let authority = uri.authority().ok_or(AddressError)?;
        let is_https = uri.scheme_str() == Some("https") && !authority.host().is_empty() && !authority.as_str().contains('@');
        if is_plain && is_https { Ok(Self(uri)) } else { Err(AddressError) }
    }
}

impl SecureAddress {
    pub(crate) const fn uri(&self) -> &Uri {
        &self.0
    }

    /// Host and port.
    pub(crate) fn origin(&self) -> (String, u16) {
        (self.0.host().unwrap_or_default().to_ascii_lowercase(), self.0.port_u16().unwrap_or(443))
    }

    /// With these parameters behind those that it has.
    pub(crate) fn with(&self, parameters: &[(&str, &str)]) -> String {
        let text = self.0.to_string();
        let between = if self.0.query().is_some() { '&' } else { '?' };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters);
        format!("{text}{between}{}", query.finish())
    }
}

impl FromStr for Issuer {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let address: SecureAddress = text.parse()?;
        if address.0.query().is_some() {
            return Err(AddressError);
        }
        Ok(Self { text: text.to_owned(), address })
    }
}

impl TryFrom<String> for Issuer {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl From<Issuer> for String {
    fn from(issuer: Issuer) -> Self {
        issuer.text
    }
}

impl Issuer {
    /// As it was written.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.text
    }

    pub(crate) fn origin(&self) -> (String, u16) {
        self.address.origin()
    }

    /// Where the provider says what it is: behind the issuer, without doubling a slash at its end (Discovery 4).
    pub(crate) fn discovery(&self) -> Result<SecureAddress, AddressError> {
        format!("{}/.well-known/openid-configuration", self.text.trim_end_matches('/')).parse()
    }
}

impl fmt::Debug for SecureAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[address]")
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[issuer]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_address_over_tls_without_user_query_and_fragment() {
        for (text, is_one) in [
            ("https://id.example.org", true),
            ("https://id.example.org/tenant/", true),
            ("https://id.example.org:8443/tenant", true),
            ("http://id.example.org", false),
            ("https://user@id.example.org", false),
            ("https://id.example.org?tenant=1", false),
            ("https://id.example.org/#a", false),
            ("https://id.example.org\\@evil.example", false),
            ("https://", false),
            ("id.example.org", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(text.parse::<Issuer>().is_ok(), is_one, "{text}");
        }
        let longest = format!("https://id.example.org/{}", "a".repeat(ADDRESS_BYTES_MAX - 23));
        assert!(longest.parse::<Issuer>().is_ok());
        assert!(format!("{longest}a").parse::<Issuer>().is_err());
    }

    #[test]
    fn what_a_provider_says_of_itself_lies_behind_its_issuer() {
        for (issuer, address) in [
            ("https://id.example.org", "https://id.example.org/.well-known/openid-configuration"),
            ("https://id.example.org/", "https://id.example.org/.well-known/openid-configuration"),
            ("https://id.example.org/a", "https://id.example.org/a/.well-known/openid-configuration"),
        ] {
            let issuer: Issuer = issuer.parse().unwrap();
            assert_eq!(issuer.discovery().unwrap().uri().to_string(), address);
        }
    }
}
