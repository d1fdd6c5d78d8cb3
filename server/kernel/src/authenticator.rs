//! The handle by which `web` turns a credential into a scope: `identity` and `devices` own the credentials.

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use crate::{Permission, Scope, SecretText};

/// Which credentials a route takes. A route cannot be mounted without saying it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Anybody: sign-in, challenge, health, static assets. Each use is listed in the route table's snapshot.
    Public,
    /// A person's session or an API token, with this permission.
    Person(Permission),
    /// An API token with this permission, and never a person's session: what another program does by itself.
    Program(Permission),
    /// A device's own access token.
    Device,
    /// A device's access token or a telemetry token: the report routes.
    Report,
}

/// The credential that a request presents.
#[derive(Clone, Debug)]
pub enum Presented {
    /// None.
    Nothing,
    /// `Authorization: Bearer …`.
    Bearer(SecretText),
    /// The session cookie.
    Session(SecretText),
}

/// Where a request comes from, as lists of addresses see it. It prints as `[redacted]` and is never logged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The network: whoever is at its other end, seen through a proxy only where that is listed.
    Network(IpAddr),
    /// The host itself, by whoever may read the data folder: no list holds it back.
    Host,
    /// Nobody can say: a list of addresses that is not empty has it not.
    Unknown,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The client certificate of the connection by which a request came, as its SHA-256: whoever is at the other end has proven in the
/// handshake to hold its key, and nothing else is known of it yet. It prints as `[redacted]` and is never logged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientCertificate([u8; 32]);

impl ClientCertificate {
    /// The certificate of this SHA-256.
    #[must_use]
    pub const fn of_digest(sha256: [u8; 32]) -> Self {
        Self(sha256)
    }

    /// Its SHA-256.
    #[must_use]
    pub const fn digest(self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// From where.
    pub source: Source,
    /// With which certificate; none but on the listener that demands one.
    pub certificate: Option<ClientCertificate>,
}

impl From<Source> for Origin {
    fn from(source: Source) -> Self {
        Self { source, certificate: None }
    }
}

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// No credential, or one that is not valid (any more): 401.
    Unauthenticated,
    /// A valid credential of a kind, or with a permission, that does not fit: 403.
    Forbidden,
    /// A credential that exists, from an address at which it opens nothing: 403, whatever else is true of it.
    Source,
    /// A credential that exists, with another certificate than it asks for, or without the one that it asks for: 403, whatever else is
    /// true of it.
    Certificate,
    /// The credentials' store cannot be reached: 503.
    Unavailable,
}

/// The future that [`Authenticator::authenticate`] returns.
pub type Authenticated<'a> = Pin<Box<dyn Future<Output = Result<Scope, Denied>> + Send + 'a>>;

/// Turns credentials into scopes.
pub trait Authenticator: Send + Sync + 'static {
    /// The scope of a credential for a route of this access; never called for [`Access::Public`].
    fn authenticate<'a>(&'a self, presented: &'a Presented, access: Access, origin: Origin) -> Authenticated<'a>;
}
