//! Where a request comes from: the one notion of it that limits, bans and the access log share.
//!
//! Behind a proxy that is listed ([`crate::proxies`]) this is who stands before the proxy.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use aide::OperationInput;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kernel::ClientCertificate;

/// Bits of an IPv6 address that tell its holder's hosts apart.
const IPV6_HOST_BITS: u32 = 64;

/// Who is at the other end. For limits and bans, and for the access log, which keeps a pseudonym of the day: it prints as
/// `[redacted]` and is never logged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PeerInfo {
    /// Over the network, from this address.
    Network(SocketAddr),
    /// Over the Unix socket: whoever may read the data folder.
    Local,
    /// Nobody can say: a reverse proxy that is not listed brings it over the Unix socket, or it was made inside the process.
    Unknown,
}

impl fmt::Debug for PeerInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<S: Sync> FromRequestParts<S> for PeerInfo {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(Self::Unknown))
    }
}

impl OperationInput for PeerInfo {}

/// The client certificate of the connection by which a request came, for public routes that look at it: others have been let in with it.
#[derive(Clone, Copy, Debug)]
pub struct Shown(pub Option<ClientCertificate>);

impl<S: Sync> FromRequestParts<S> for Shown {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<ClientCertificate>().copied()))
    }
}

impl OperationInput for Shown {}

/// Whom an address counts as. A peer that has its own IPv6 network has more addresses than anything here can count: the
/// whole /64 counts as one, by its first address.
pub(crate) fn holder_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> IPV6_HOST_BITS << IPV6_HOST_BITS)),
        address @ IpAddr::V4(_) => address,
    }
}
