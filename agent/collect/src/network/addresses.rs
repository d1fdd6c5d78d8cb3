//! Asks the kernel for its addresses over a netlink socket (`rtnetlink(7)`, `RTM_GETADDR`).
//!
//! `/proc/net/fib_trie` lists the same addresses without their interface, and guessing it from the routes fails for the
//! /32 addresses that clouds hand out.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink::SocketAddrNetlink, sockopt};

/// Most messages' bytes that are read for one answer: about 10,000 addresses.
pub const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// How long the kernel may take for a part of its answer.
const ANSWER_SECONDS_MAX: Duration = Duration::from_secs(2);

const HEADER_BYTES: usize = 16;
const ADDRESS_MESSAGE_BYTES: usize = 8;
const MESSAGE_ERROR: u16 = 2;
const MESSAGE_DONE: u16 = 3;
const MESSAGE_ADDRESS: u16 = 20;
const ATTRIBUTE_ADDRESS: u16 = 1;
const ATTRIBUTE_LOCAL: u16 = 2;
const FAMILY_IPV6: u8 = 10;
/// `IFA_F_TEMPORARY`; the same bit means "secondary" on an IPv4 address.
const FLAG_TEMPORARY: u8 = 1;
/// `RT_SCOPE_LINK`; scopes from here on do not leave the link.
const SCOPE_LINK: u8 = 253;

/// Every address that is reachable from beyond its link, with its interface's index.
///
/// # Errors
/// Where the socket is refused, or the answer cannot be understood.
pub fn read() -> io::Result<Vec<(u32, IpAddr)>> {
    let socket = rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(ANSWER_SECONDS_MAX))?;
    rustix::net::sendto(&socket, &request(), SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut addresses = Vec::new();
    let mut buffer = vec![0_u8; 32 * 1024];
    let mut total = 0;
    loop {
        let (filled, length) = rustix::net::recv(&socket, buffer.as_mut_slice(), RecvFlags::empty())?;
        total += length;
        if filled == 0 || total > ANSWER_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if parse(buffer.split_at(filled).0, &mut addresses)? {
            return Ok(addresses);
        }
    }
}

fn request() -> [u8; HEADER_BYTES + ADDRESS_MESSAGE_BYTES] {
    const MESSAGE_GET_ADDRESS: u16 = 22;
    const REQUEST_AND_DUMP: u16 = 0x1 | 0x300;
    let mut message = [0; HEADER_BYTES + ADDRESS_MESSAGE_BYTES];
    message[0..4].copy_from_slice(&24_u32.to_ne_bytes());
    message[4..6].copy_from_slice(&MESSAGE_GET_ADDRESS.to_ne_bytes());
    message[6..8].copy_from_slice(&REQUEST_AND_DUMP.to_ne_bytes());
    message[8..12].copy_from_slice(&1_u32.to_ne_bytes());
    message
}

/// Reads the messages of one datagram; true where the answer ends with it.
///
/// # Errors
/// `InvalidData` where it is cut short or an error message.
pub fn parse(datagram: &[u8], addresses: &mut Vec<(u32, IpAddr)>) -> io::Result<bool> {
    let cut = || io::Error::from(io::ErrorKind::InvalidData);
    let mut rest = datagram;
    while !rest.is_empty() {
        let header: &[u8; HEADER_BYTES] = rest.first_chunk().ok_or_else(cut)?;
        let length = usize::try_from(u32::from_ne_bytes([header[0], header[1], header[2], header[3]])).map_err(|_| cut())?;
        let body = rest.get(HEADER_BYTES..length).ok_or_else(cut)?;
        match u16::from_ne_bytes([header[4], header[5]]) {
            MESSAGE_DONE => return Ok(true),
            MESSAGE_ERROR => return Err(cut()),
            MESSAGE_ADDRESS => addresses.extend(address(body)),
            _ => {}
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or(&[]);
    }
    Ok(false)
}

fn address(body: &[u8]) -> Option<(u32, IpAddr)> {
    let (message, mut attributes) = body.split_first_chunk::<ADDRESS_MESSAGE_BYTES>()?;
    let [family, _prefix, flags, scope, index @ ..] = *message;
    if scope >= SCOPE_LINK || (family == FAMILY_IPV6 && flags & FLAG_TEMPORARY != 0) {
        return None;
    }
    let (mut remote, mut local) = (None, None);
    while let Some((header, _)) = attributes.split_first_chunk::<4>() {
        let length = usize::from(u16::from_ne_bytes([header[0], header[1]]));
        let value = ip(attributes.get(4..length)?);
        match u16::from_ne_bytes([header[2], header[3]]) {
            ATTRIBUTE_ADDRESS => remote = value,
            ATTRIBUTE_LOCAL => local = value,
            _ => {}
        }
        attributes = attributes.get(length.next_multiple_of(4)..).unwrap_or(&[]);
    }
    // On a point-to-point link ADDRESS is the other end and LOCAL ours.
    Some((u32::from_ne_bytes(index), local.or(remote)?))
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(v4).into());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|v6| Ipv6Addr::from(v6).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(family: u8, flags: u8, scope: u8, attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut body = vec![family, 24, flags, scope, 4, 0, 0, 0];
        for (kind, value) in attributes {
            body.extend((u16::try_from(value.len()).unwrap() + 4).to_ne_bytes());
            body.extend(kind.to_ne_bytes());
            body.extend(*value);
        }
        let mut message = u32::try_from(HEADER_BYTES + body.len()).unwrap().to_ne_bytes().to_vec();
        message.extend(MESSAGE_ADDRESS.to_ne_bytes());
        message.extend([0; 10]);
        message.extend(body);
        message
    }

    #[test]
    fn the_local_end_of_a_point_to_point_link_is_reported() {
        let mut found = Vec::new();
        let datagram = message(2, 0, 0, &[(ATTRIBUTE_ADDRESS, &[10, 0, 0, 2]), (ATTRIBUTE_LOCAL, &[10, 0, 0, 1])]);
        assert!(!parse(&datagram, &mut found).unwrap());
        assert_eq!(found, [(u32::from_ne_bytes([4, 0, 0, 0]), "10.0.0.1".parse().unwrap())]);
    }

    #[test]
    fn temporary_and_link_local_addresses_are_left_out() {
        let mut found = Vec::new();
        let global = "2001:db8::1".parse::<Ipv6Addr>().unwrap().octets();
        let datagram = [message(10, 1, 0, &[(1, &global)]), message(10, 0, 253, &[(1, &global)])].concat();
        assert!(!parse(&datagram, &mut found).unwrap());
        assert_eq!(found, []);
    }

    #[test]
    fn the_kernel_of_this_host_answers() {
        let addresses = read().unwrap();
        assert!(!addresses.iter().any(|(_, address)| address.is_loopback()), "loopback addresses have host scope");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _is_read_or_refused = parse(&bytes, &mut Vec::new());
        }
    }
}
