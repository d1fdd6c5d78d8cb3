//! Networks from which something may come: an address, or all that share its first bits.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use kernel::Source;
use serde::{Deserialize, Serialize};

/// Most networks of one list: each request is held against all of them.
pub const NETWORKS_MAX: usize = 64;

/// An address and how many of its first bits count. It prints in full only where it is asked to: a list of addresses tells where
/// somebody sits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    first: IpAddr,
    prefix_bits: u8,
}

/// The text is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// It does not begin with an address, or what follows is no number of bits of it.
    #[error("give an address (192.0.2.7) or a network by its first address (192.0.2.0/24, 2001:db8::/48)")]
    Unreadable,
    /// There are bits behind its prefix: a slip of the pen.
    #[error("the first address of this network is {0}: give that, or the single address without a prefix")]
    NotTheFirst(String),
    /// It is everybody's.
    #[error("a prefix of 0 bits is every address: leave the list empty to take all of them")]
    Everybody,
    /// An IPv4 address in the clothes of an IPv6 one.
    #[error("write this address as the IPv4 address that it is, {0}")]
    Mapped(String),
}

impl Network {
    /// Whether an address is one of its own.
    #[must_use]
    pub fn has(&self, address: IpAddr) -> bool {
        bits_of(address) == bits_of(self.first) && first_of(address, self.prefix_bits) == self.first
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let first: IpAddr = address.parse().map_err(|_| NetworkError::Unreadable)?;
        if first != first.to_canonical() {
            return Err(NetworkError::Mapped(first.to_canonical().to_string()));
        }
        let prefix_bits = prefix.map_or(Ok(bits_of(first)), str::parse).map_err(|_| NetworkError::Unreadable)?;
        if prefix_bits > bits_of(first) {
            return Err(NetworkError::Unreadable);
        }
        if prefix_bits == 0 {
            return Err(NetworkError::Everybody);
        }
        let meant = Self { first: first_of(first, prefix_bits), prefix_bits };
        if meant.first == first { Ok(meant) } else { Err(NetworkError::NotTheFirst(meant.to_string())) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prefix_bits == bits_of(self.first) { self.first.fmt(f) } else { write!(f, "{}/{}", self.first, self.prefix_bits) }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl TryFrom<String> for Network {
    type Error = NetworkError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

/// A list of networks; an empty one takes every address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Networks(Vec<Network>);

/// Why texts are no list of networks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworksError {
    /// There are too many.
    #[error("a list has at most {NETWORKS_MAX} networks: put neighbours together")]
    TooMany,
    /// One of them is none.
    #[error("{error}")]
    At {
        /// The place in the list, from 0.
        index: usize,
        /// What is wrong with it.
        error: NetworkError,
    },
}

impl NetworksError {
    /// The place of the text at fault within a field.
    #[must_use]
    pub fn field(&self, list: &str) -> String {
        match self {
            Self::TooMany => list.to_owned(),
            Self::At { index, .. } => format!("{list}[{index}]"),
        }
    }
}

impl Networks {
    /// Reads a list: sorted, each once.
    ///
    /// # Errors
    /// [`NetworksError`].
    pub fn parse(texts: &[String]) -> Result<Self, NetworksError> {
        if texts.len() > NETWORKS_MAX {
            return Err(NetworksError::TooMany);
        }
        let read = |(index, text): (usize, &String)| text.parse().map_err(|error| NetworksError::At { index, error });
        let mut networks = texts.iter().enumerate().map(read).collect::<Result<Vec<Network>, _>>()?;
        networks.sort();
        networks.dedup();
        Ok(Self(networks))
    }

    /// Whether there is a list at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether what comes from there is taken. The host itself always is; of whom nobody can say where they are, only where
    /// every address is.
    #[must_use]
    pub fn admit(&self, source: Source) -> bool {
        match source {
            Source::Host => true,
            Source::Network(address) => self.is_empty() || self.0.iter().any(|network| network.has(address)),
            Source::Unknown => self.is_empty(),
        }
    }

    /// Whether everything that this takes, another list takes too.
    #[must_use]
    pub fn are_within(&self, other: &Self) -> bool {
        let is_within = |one: &Network| other.0.iter().any(|wide| wide.prefix_bits <= one.prefix_bits && wide.has(one.first));
        other.is_empty() || !self.is_empty() && self.0.iter().all(is_within)
    }

    /// The texts, as they are shown.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(Network::to_string).collect()
    }
}

fn bits_of(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The first address of those that share so many bits with one.
pub(crate) fn first_of(address: IpAddr, prefix_bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix_bits.min(32))).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix_bits.min(128))).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(texts: &[&str]) -> Result<Networks, NetworksError> {
        Networks::parse(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    fn from(address: &str) -> Source {
        Source::Network(address.parse().expect("an address"))
    }

    #[test]
    fn a_list_takes_its_networks_and_no_neighbour_of_theirs() {
        let office = list(&["192.0.2.128/25", "198.51.100.7", "2001:db8:1::/48"]).expect("a list");
        for inside in ["192.0.2.128", "192.0.2.255", "198.51.100.7", "2001:db8:1::", "2001:db8:1:ffff::9"] {
            assert!(office.admit(from(inside)), "{inside}");
        }
        for outside in ["192.0.2.127", "192.0.3.128", "198.51.100.6", "198.51.100.8", "2001:db8:2::", "2001:db8:0:ffff::", "::1"] {
            assert!(!office.admit(from(outside)), "{outside}");
        }
    }

    #[test]
    fn an_empty_list_takes_everybody_and_another_nobody_whose_place_is_not_known() {
        let (everybody, one) = (Networks::default(), list(&["192.0.2.7"]).expect("a list"));
        assert!(everybody.admit(from("203.0.113.9")) && everybody.admit(Source::Unknown) && everybody.admit(Source::Host));
        assert!(!one.admit(Source::Unknown) && one.admit(Source::Host));
    }

    #[test]
    fn what_is_no_network_is_refused_with_what_would_be_one() {
        let why = |text: &str| text.parse::<Network>().expect_err(text);
        for unreadable in ["", "office", "192.0.2", "192.0.2.0/33", "2001:db8::/129", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/24/8"] {
            assert_eq!(why(unreadable), NetworkError::Unreadable, "{unreadable}");
        }
        assert_eq!(why("192.0.2.7/24"), NetworkError::NotTheFirst("192.0.2.0/24".into()));
        assert_eq!(why("0.0.0.0/0"), NetworkError::Everybody);
        assert_eq!(why("::ffff:192.0.2.7"), NetworkError::Mapped("192.0.2.7".into()));
        assert_eq!(" 2001:DB8::/32 ".parse::<Network>().map(|network| network.to_string()), Ok("2001:db8::/32".into()));
    }

    #[test]
    fn a_list_has_so_many_networks_and_no_more() {
        let many = |count: usize| Networks::parse(&(0..count).map(|host| format!("10.0.{host}.0/24")).collect::<Vec<_>>());
        assert!(many(NETWORKS_MAX).is_ok());
        assert_eq!(many(NETWORKS_MAX + 1), Err(NetworksError::TooMany));
        assert_eq!(list(&["192.0.2.7", "there"]).map_err(|error| error.field("addresses")), Err("addresses[1]".into()));
    }

    #[test]
    fn no_address_is_printed_by_mistake() {
        assert!(!format!("{:?} {:?}", list(&["192.0.2.7"]), from("192.0.2.7")).contains("192"));
    }
}
