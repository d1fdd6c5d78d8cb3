//! The mark on every value that names a machine, a person or their property.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of thing an [`Identifying`] value names. Each class has its own token prefix at the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentifyingClass {
    /// A host name or fully qualified domain name.
    HostName,
    /// An IPv4 or IPv6 address.
    IpAddress,
    /// A network interface's hardware address.
    MacAddress,
    /// A serial number or asset tag of hardware.
    SerialNumber,
}

/// A value that names a machine, a person or their property.
///
/// It travels as its bare text, so that the inspection copy shows what is sent, and prints as its class in every log.
/// The one way to the text is [`Identifying::reveal`], which makes each use easy to find. Agent (omit), gateway
/// (tokenise) and server (class) reach all of a state's marks through `State::visit_identifying`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Identifying<T>(T);

impl<T> Identifying<T> {
    /// Marks a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself.
    pub const fn reveal(&self) -> &T {
        &self.0
    }

    /// The value itself, to be replaced by its token.
    pub const fn reveal_mut(&mut self) -> &mut T {
        &mut self.0
    }

    /// Takes the mark off.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Identifying<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[identifying]")
    }
}
