//! For which origin passkeys work: that of the server's public address, where it is a name.

use std::net::Ipv4Addr;

use seal::hash::sha256;

/// Why passkeys do not work at the server's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPasskeys {
    /// It is an IP address: a passkey is bound to a name.
    IpAddress,
    /// It does not begin with `https://`.
    NotHttps,
}

/// Who asks for passkeys: one origin, and its host's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RelyingParty {
    origin: String,
    id: String,
    id_hash: [u8; 32],
}

impl RelyingParty {
    /// That of a public address. The origin is as browsers write it: in small letters, without the port that is meant anyway.
    pub(crate) fn of(public_url: &str) -> Result<Self, NoPasskeys> {
        let url = public_url.to_ascii_lowercase();
        let authority = url.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next()).ok_or(NoPasskeys::NotHttps)?;
        if authority.starts_with('[') {
            return Err(NoPasskeys::IpAddress);
        }
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) if port != "443" => (host, format!(":{port}")),
            Some((host, _)) => (host, String::new()),
            None => (authority, String::new()),
        };
        if host.parse::<Ipv4Addr>().is_ok() {
            return Err(NoPasskeys::IpAddress);
        }
        Ok(Self { origin: format!("https://{host}{port}"), id: host.to_owned(), id_hash: sha256(host.as_bytes()) })
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(super) const fn id_hash(&self) -> &[u8; 32] {
        &self.id_hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_that_of_the_public_address_as_browsers_write_it() {
        for (url, origin, id) in [
            ("https://purser.example", "https://purser.example", "purser.example"),
            ("https://Purser.Example:443", "https://purser.example", "purser.example"),
            ("https://purser.example:8443/", "https://purser.example:8443", "purser.example"),
            ("https://localhost:8443", "https://localhost:8443", "localhost"),
        ] {
            let party = RelyingParty::of(url).unwrap();
            assert_eq!((party.origin(), party.id()), (origin, id), "{url}");
        }
    }

    #[test]
    fn an_address_that_is_no_name_has_no_passkeys() {
        for (url, why) in [
            ("https://192.0.2.7:8443", NoPasskeys::IpAddress),
            ("https://[2001:db8::7]", NoPasskeys::IpAddress),
            ("http://purser.example", NoPasskeys::NotHttps),
        ] {
            assert_eq!(RelyingParty::of(url), Err(why), "{url}");
        }
    }
}
