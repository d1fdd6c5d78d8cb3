//! Proxies that are listed, and so are believed about whom they stand in front of.
//!
//! A load balancer before the network listener says it with PROXY protocol v2 (`proxy_header`): from a listed
//! address the header is required, from any other it is not understood. A reverse proxy on the Unix socket says it with
//! `X-Forwarded-For`, where `unix` is listed: the right-most hop that is no listed proxy itself, since whatever stands left of
//! it is the sender's own word. `Forwarded` (RFC 7239) is never read. What carries either header is a proxy's, not the
//! host's own: it reaches no administration, listed or not.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName, header};
use serde::{Deserialize, Serialize};
use words::{Sentence, Speaks, sentence};

use crate::peer::PeerInfo;

/// Most proxies that can be listed.
pub const TRUSTED_PROXIES_MAX: usize = 64;
/// How the Unix socket is listed.
const SOCKET: &str = "unix";
/// How much of a text that names no proxy is repeated, in characters.
const TEXT_SHOWN_CHARS_MAX: usize = 64;
/// What proxies write the addresses of whom they forward into.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Whoever a listed proxy does not name, or not by an address: one peer, all of them together.
const UNNAMED: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// A proxy as it is listed: `--trusted-proxy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TrustedProxy {
    /// Whoever connects from this network.
    Network {
        /// Its first address.
        first: IpAddr,
        /// How many bits of it count.
        prefix_bits: u8,
    },
    /// Whoever connects to the Unix socket and says for whom.
    Socket,
}

/// The text names no proxy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct TrustedProxyError(String);

impl Speaks for TrustedProxyError {
    fn sentence(&self) -> Sentence {
        sentence!(
            "`{text}` names no proxy: give its address (192.0.2.7), its network by the first address (192.0.2.0/24, 2001:db8::/64), or `unix` for \
             the Unix socket",
            "`{text}` nie wskazuje proxy: podaj jego adres (192.0.2.7), jego sieć z pierwszym adresem (192.0.2.0/24, 2001:db8::/64) albo `unix` dla \
             gniazda Unix",
            text = self.0
        )
    }
}

impl FromStr for TrustedProxy {
    type Err = TrustedProxyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || TrustedProxyError(text.chars().filter(|c| !c.is_control()).take(TEXT_SHOWN_CHARS_MAX).collect());
        if text == SOCKET {
            return Ok(Self::Socket);
        }
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let first: IpAddr = address.parse().map_err(|_no_address| refused())?;
        // Mapped addresses are compared as what they are: a prefix of theirs would count other bits than are meant.
        if first != first.to_canonical() {
            return Err(refused());
        }
        let bits = bits_of(first);
        let prefix_bits = prefix.map_or(Ok(bits), str::parse).map_err(|_no_number| refused())?;
        // A network of everybody would let everybody say who they are; one with bits beyond its prefix is a slip of the pen.
        if prefix_bits == 0 || prefix_bits > bits || leading(first, prefix_bits) != leading(first, bits) {
            return Err(refused());
        }
        Ok(Self::Network { first, prefix_bits })
    }
}

impl fmt::Display for TrustedProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network { first, prefix_bits } => write!(f, "{first}/{prefix_bits}"),
            Self::Socket => f.write_str(SOCKET),
        }
    }
}

impl TryFrom<String> for TrustedProxy {
    type Error = TrustedProxyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TrustedProxy> for String {
    fn from(proxy: TrustedProxy) -> Self {
        proxy.to_string()
    }
}

fn bits_of(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// An address's first bits, at the top of a number; `bits` is not zero.
fn leading(address: IpAddr, bits: u8) -> u128 {
    let all = match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    };
    let rest = 128 - u32::from(bits);
    all >> rest << rest
}

/// The list. Empty unless somebody listed one: then nobody's word counts but the connection's own address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<TrustedProxy>);

impl TrustedProxies {
    /// A list of at most [`TRUSTED_PROXIES_MAX`]; none where it is longer.
    #[must_use]
    pub fn new(listed: Vec<TrustedProxy>) -> Option<Self> {
        (listed.len() <= TRUSTED_PROXIES_MAX).then_some(Self(listed))
    }

    /// Whether whoever connects from this address is believed.
    pub(crate) fn lists(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|proxy| match *proxy {
            TrustedProxy::Network { first, prefix_bits } => {
                bits_of(first) == bits_of(address) && leading(first, prefix_bits) == leading(address, prefix_bits)
            }
            TrustedProxy::Socket => false,
        })
    }

    fn lists_the_socket(&self) -> bool {
        self.0.contains(&TrustedProxy::Socket)
    }

    /// For whom a request over the Unix socket was forwarded; none where no proxy brings it.
    pub(crate) fn forwarded_for(&self, headers: &HeaderMap) -> Option<PeerInfo> {
        if !headers.contains_key(&X_FORWARDED_FOR) && !headers.contains_key(header::FORWARDED) {
            return None;
        }
        if !self.lists_the_socket() {
            return Some(PeerInfo::Unknown);
        }
        let lines = headers.get_all(&X_FORWARDED_FOR).iter().rev();
        let hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')).map(address_of);
        let mut nearest = None;
        // A hop that is no address ends the way: what stands left of it is nobody's word.
        for hop in hops.map_while(|hop| hop) {
            nearest = Some(hop);
            if !self.lists(hop) {
                break;
            }
        }
        Some(PeerInfo::Network(nearest.map_or(UNNAMED, |address| SocketAddr::new(address, 0))))
    }
}

/// `192.0.2.7`, `2001:db8::7`, and either with a port, as some proxies write them.
fn address_of(hop: &[u8]) -> Option<IpAddr> {
    let hop = str::from_utf8(hop).ok()?.trim();
    hop.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn listed(texts: &[&str]) -> TrustedProxies {
        TrustedProxies::new(texts.iter().map(|text| text.parse().expect("a proxy")).collect()).expect("few")
    }

    fn sender(proxies: &TrustedProxies, lines: &[&str]) -> Option<PeerInfo> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(&X_FORWARDED_FOR, HeaderValue::from_str(line).expect("a header"));
        }
        proxies.forwarded_for(&headers)
    }

    fn peer(address: &str) -> Option<PeerInfo> {
        Some(PeerInfo::Network(SocketAddr::new(address.parse().expect("an address"), 0)))
    }

    #[test]
    fn an_address_or_network_is_listed_with_exactly_its_own() {
        let proxies = listed(&["192.0.2.7", "10.16.0.0/12", "2001:db8:1::/48", "unix"]);
        for (address, is_listed) in [
            ("192.0.2.7", true),
            ("::ffff:192.0.2.7", true),
            ("192.0.2.8", false),
            ("10.15.255.255", false),
            ("10.16.0.0", true),
            ("10.31.255.255", true),
            ("10.32.0.0", false),
            ("2001:db8:1:ffff::1", true),
            ("2001:db8:2::", false),
            ("a10::", false),
        ] {
            assert_eq!(proxies.lists(address.parse().expect("an address")), is_listed, "{address}");
        }
        assert!(!TrustedProxies::default().lists("127.0.0.1".parse().expect("an address")));
    }

    #[test]
    fn what_names_no_proxy_is_refused_with_what_to_give() {
        for text in [
            "",
            "all",
            "0.0.0.0/0",
            "::/0",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "::1/129",
            "10.0.0.0/-1",
            "::ffff:10.0.0.0/104",
            "a.example",
            "10.0.0.0/",
        ] {
            let refused = text.parse::<TrustedProxy>().expect_err(text);
            assert!(refused.to_string().starts_with(&format!("`{text}` names no proxy: give its address (192.0.2.7)")), "{refused}");
        }
        for text in ["192.0.2.7/32", "10.0.0.0/8", "2001:db8::/64", "unix"] {
            assert_eq!(String::from(text.parse::<TrustedProxy>().expect(text)), text);
        }
        let many = |count: usize| TrustedProxies::new(vec![TrustedProxy::Socket; count]);
        assert!(many(TRUSTED_PROXIES_MAX).is_some() && many(TRUSTED_PROXIES_MAX + 1).is_none());
    }

    #[test]
    fn the_sender_is_the_rightmost_hop_that_is_no_proxy_of_ours_and_what_it_says_of_itself_counts_nothing() {
        let proxies = listed(&["unix", "10.0.0.0/8"]);
        assert_eq!(sender(&proxies, &["198.51.100.9"]), peer("198.51.100.9"));
        assert_eq!(sender(&proxies, &["203.0.113.1, 198.51.100.9"]), peer("198.51.100.9"), "the left one is the sender's own word");
        assert_eq!(sender(&proxies, &["203.0.113.1", "198.51.100.9,10.1.1.1"]), peer("198.51.100.9"), "lines are one list");
        assert_eq!(sender(&proxies, &["198.51.100.9:4711"]), peer("198.51.100.9"));
        assert_eq!(sender(&proxies, &["[2001:db8::9]:4711"]), peer("2001:db8::9"));
        assert_eq!(sender(&proxies, &["10.2.2.2, 10.1.1.1"]), peer("10.2.2.2"), "a proxy of ours asks for itself");
        assert_eq!(sender(&proxies, &["203.0.113.1, unknown, 10.1.1.1"]), peer("10.1.1.1"));
        let mut headers = HeaderMap::new();
        headers.insert(&X_FORWARDED_FOR, HeaderValue::from_bytes(b"caf\xe9, 198.51.100.9").expect("a header"));
        assert_eq!(proxies.forwarded_for(&headers), peer("198.51.100.9"), "what the sender wrote unreadably hides nobody");
        for unreadable in ["", "unix:", "203.0.113.1, unknown"] {
            assert_eq!(sender(&proxies, &[unreadable]), peer("0.0.0.0"), "{unreadable}");
        }
    }

    #[test]
    fn without_the_socket_on_the_list_the_header_names_nobody() {
        let proxies = listed(&["10.0.0.0/8"]);
        assert_eq!(sender(&proxies, &["203.0.113.1"]), Some(PeerInfo::Unknown), "and the host's rights are not a proxy's");
        assert_eq!(sender(&proxies, &[]), None);
        let mut headers = HeaderMap::new();
        headers.insert(header::FORWARDED, HeaderValue::from_static("for=203.0.113.1"));
        assert_eq!(proxies.forwarded_for(&headers), Some(PeerInfo::Unknown));
        assert_eq!(listed(&["unix"]).forwarded_for(&headers), peer("0.0.0.0"), "the one that is not read names nobody");
    }
}
