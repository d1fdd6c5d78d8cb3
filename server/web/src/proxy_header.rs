//! PROXY protocol, version 2: what a load balancer writes before everything else on a connection, to say whose it is.
//!
//! Read byte for byte, so that nothing of what follows (the TLS handshake) is taken along. Version 1 is text without an end
//! that is known beforehand, and is not taken. Extensions (TLVs) are skipped.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

/// How long the header may take to arrive.
pub(crate) const PROXY_HEADER_TIME_MAX: Duration = Duration::from_secs(5);
/// Longest part after its first sixteen bytes, in bytes: addresses and extensions.
pub(crate) const PROXY_HEADER_REST_BYTES_MAX: usize = 2_048;
/// What each header begins with.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// Version 2; the connection is the balancer's own, a check of ours for instance.
const LOCAL: u8 = 0x20;
/// Version 2; the connection is a client's.
const PROXY: u8 = 0x21;
/// TCP over IPv4.
const TCP_4: u8 = 0x11;
/// TCP over IPv6.
const TCP_6: u8 = 0x21;

/// Whose a connection is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Told {
    /// This client's.
    Client(SocketAddr),
    /// The balancer's own.
    Itself,
}

/// Why a connection that began otherwise is closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NoHeader {
    /// It ended, or nothing came in time, before there was anything to judge: checks by bare connections do that.
    Nothing,
    /// What came is no header that names a client of TCP.
    Malformed,
}

/// Takes the header from the beginning of a connection.
pub(crate) async fn take<S: AsyncRead + Unpin>(stream: &mut S, time_max: Duration) -> Result<Told, NoHeader> {
    let mut has_begun = false;
    let told = timeout(time_max, read(stream, &mut has_begun)).await.ok().flatten();
    told.ok_or(if has_begun { NoHeader::Malformed } else { NoHeader::Nothing })
}

async fn read<S: AsyncRead + Unpin>(stream: &mut S, has_begun: &mut bool) -> Option<Told> {
    let mut head = [0; 16];
    head[0] = stream.read_u8().await.ok()?;
    *has_begun = true;
    // The signature first: who speaks something else may never send sixteen bytes.
    stream.read_exact(&mut head[1..12]).await.ok()?;
    if head[..12] != SIGNATURE {
        return None;
    }
    stream.read_exact(&mut head[12..]).await.ok()?;
    let [.., command, family, high, low] = head;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > PROXY_HEADER_REST_BYTES_MAX {
        return None;
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await.ok()?;
    match (command, family) {
        (LOCAL, _) => Some(Told::Itself),
        (PROXY, TCP_4) => client(rest.first_chunk::<4>().copied()?.into(), rest.get(8..10)?),
        (PROXY, TCP_6) => client(rest.first_chunk::<16>().copied()?.into(), rest.get(32..34)?),
        _ => None,
    }
}

fn client(address: IpAddr, port: &[u8]) -> Option<Told> {
    let port = u16::from_be_bytes(port.try_into().ok()?);
    Some(Told::Client(SocketAddr::new(address.to_canonical(), port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Far beyond what a test takes: only one that fails waits for it.
    const PATIENCE: Duration = Duration::from_secs(20);

    fn header(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).expect("short").to_be_bytes();
        [&SIGNATURE[..], &[command, family], &length, rest].concat()
    }

    /// From 198.51.100.9:4711 to 192.0.2.1:443.
    const OVER_4: [u8; 12] = [198, 51, 100, 9, 192, 0, 2, 1, 0x12, 0x67, 0x01, 0xbb];

    async fn told(bytes: &[u8]) -> Result<(Told, usize), NoHeader> {
        let mut rest = bytes;
        take(&mut rest, PATIENCE).await.map(|told| (told, rest.len()))
    }

    #[tokio::test]
    async fn the_client_is_who_the_header_names_and_nothing_after_it_is_taken() {
        let client = Told::Client("198.51.100.9:4711".parse().expect("an address"));
        assert_eq!(told(&[header(PROXY, TCP_4, &OVER_4), b"\x16\x03".to_vec()].concat()).await, Ok((client, 2)));
        assert_eq!(told(&header(PROXY, TCP_4, &[&OVER_4[..], &[4, 0, 1, 0]].concat())).await, Ok((client, 0)), "extensions are skipped");
        let address = |text: &str| text.parse::<std::net::Ipv6Addr>().expect("an address").octets();
        let over_6 = [&address("2001:db8::9")[..], &address("2001:db8::1"), &[0x12, 0x67, 0x01, 0xbb]].concat();
        let client = Told::Client("[2001:db8::9]:4711".parse().expect("an address"));
        assert_eq!(told(&header(PROXY, TCP_6, &over_6)).await, Ok((client, 0)));
        let mapped = [&address("::ffff:198.51.100.9")[..], &address("::ffff:192.0.2.1"), &[0x12, 0x67, 0x01, 0xbb]].concat();
        assert_eq!(told(&header(PROXY, TCP_6, &mapped)).await, Ok((Told::Client("198.51.100.9:4711".parse().expect("an address")), 0)));
    }

    #[tokio::test]
    async fn a_balancers_own_connection_is_its_own_whatever_it_says_of_addresses() {
        assert_eq!(told(&header(LOCAL, 0, &[])).await, Ok((Told::Itself, 0)));
        assert_eq!(told(&header(LOCAL, TCP_4, &OVER_4)).await, Ok((Told::Itself, 0)));
    }

    #[tokio::test]
    async fn what_is_no_header_of_a_client_of_tcp_is_refused() {
        let good = header(PROXY, TCP_4, &OVER_4);
        for (what, bytes) in [
            ("version 1", b"PROXY TCP4 198.51.100.9 192.0.2.1 4711 443\r\n".to_vec()),
            ("a handshake without it", [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 0, 0, 0, 0, 0][..], &[0; 500]].concat()),
            ("half of it", good[..20].to_vec()),
            ("another signature", good.iter().enumerate().map(|(index, byte)| if index == 11 { b' ' } else { *byte }).collect()),
            ("another version", header(0x11, TCP_4, &OVER_4)),
            ("another command", header(0x22, TCP_4, &OVER_4)),
            ("an unknown family", header(PROXY, 0, &OVER_4)),
            ("datagrams", header(PROXY, 0x12, &OVER_4)),
            ("too few bytes of addresses", header(PROXY, TCP_4, &OVER_4[..9])),
            ("too few bytes of long addresses", header(PROXY, TCP_6, &OVER_4)),
        ] {
            assert_eq!(told(&bytes).await, Err(NoHeader::Malformed), "{what}");
        }
        assert_eq!(told(&[]).await, Err(NoHeader::Nothing));
    }

    #[tokio::test]
    async fn a_header_has_its_longest_length_and_not_one_byte_more() {
        let of_length = |length: usize| header(PROXY, TCP_4, &[&OVER_4[..], &vec![0; length - OVER_4.len()]].concat());
        assert!(told(&of_length(PROXY_HEADER_REST_BYTES_MAX)).await.is_ok());
        assert_eq!(told(&of_length(PROXY_HEADER_REST_BYTES_MAX + 1)).await, Err(NoHeader::Malformed));
    }

    #[tokio::test]
    async fn who_sends_part_of_a_header_and_waits_is_not_waited_for() {
        let (mut ours, mut peer) = tokio::io::duplex(64);
        tokio::io::AsyncWriteExt::write_all(&mut peer, &SIGNATURE).await.expect("there is room");
        assert_eq!(take(&mut ours, Duration::from_millis(5)).await, Err(NoHeader::Malformed));
    }
}
