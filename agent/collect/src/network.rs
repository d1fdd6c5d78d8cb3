//! Network interfaces and their addresses.
//!
//! Interfaces come from `/sys/class/net`; which address belongs to which is known to the kernel alone ([`addresses`]),
//! so an image has interfaces at most.
//!
//! What is left out: the loopback interface; link-local and temporary addresses, which say nothing about the fleet and
//! change by themselves; and with an own system id every hardware address, also where an IPv6 address spells it
//! (RFC 4291, appendix A).

pub mod addresses;

use std::io;
use std::net::IpAddr;

use wire::Identifying;
use wire::state::{BlindSpotReason, Interface, Kind, Network};

use crate::blind_spots::BlindSpots;
use crate::root::Root;

/// `ARPHRD_LOOPBACK`, the loopback interface's hardware type.
const TYPE_LOOPBACK: &str = "772";
/// `IFF_UP`, in an interface's flags.
const FLAG_UP: u32 = 1;

/// Reads the interfaces.
///
/// # Errors
/// Where `/sys/class/net` cannot be listed.
pub fn collect(root: &Root, own_system_id: bool, blind_spots: &mut BlindSpots) -> io::Result<Network> {
    let names = root.names("/sys/class/net")?;
    let addresses = if root.is_live() { addresses::read() } else { Err(io::ErrorKind::NotFound.into()) };
    let addresses = blind_spots.see(Kind::Network, "addresses", addresses).unwrap_or_default();
    if own_system_id {
        blind_spots.add(Kind::Network, "mac_address", BlindSpotReason::OwnSystemId);
    }
    let interfaces = names.into_iter().filter_map(|name| interface(root, name, own_system_id, &addresses)).collect();
    Ok(Network { interfaces })
}

fn interface(root: &Root, name: String, own_system_id: bool, addresses: &[(u32, IpAddr)]) -> Option<Interface> {
    let attribute = |attribute: &str| root.text(&format!("/sys/class/net/{name}/{attribute}")).ok();
    // What has no type is no interface: bonding keeps a plain file in that directory.
    if attribute("type")? == TYPE_LOOPBACK {
        return None;
    }
    let flags = attribute("flags").and_then(|text| u32::from_str_radix(text.trim_start_matches("0x"), 16).ok()).unwrap_or(0);
    let state = attribute("operstate").unwrap_or_default();
    let index = attribute("ifindex").and_then(|text| text.parse::<u32>().ok());
    let mut own: Vec<_> = addresses
        .iter()
        .filter(|(of, address)| Some(*of) == index && !(own_system_id && spells_hardware_address(*address)))
        .map(|(_, address)| Identifying::new(address.to_string()))
        .collect();
    own.sort();
    own.dedup();
    let mac_address = if own_system_id { None } else { attribute("address").filter(|address| is_hardware_address(address)) };
    Some(Interface {
        // Tunnels and the like have no carrier to speak of and say "unknown".
        up: state == "up" || (state == "unknown" && flags & FLAG_UP != 0),
        mac_address: mac_address.map(Identifying::new),
        addresses: own,
        name,
    })
}

fn is_hardware_address(text: &str) -> bool {
    text.split(':').count() == 6 && text.bytes().any(|byte| byte != b'0' && byte != b':')
}

/// Whether an IPv6 address was made of the interface's hardware address: `ff:fe` in its middle.
fn spells_hardware_address(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if matches!(v6.octets(), [.., _, _, _, 0xFF, 0xFE, _, _, _]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_made_of_the_hardware_address_is_recognised() {
        assert!(spells_hardware_address("2001:db8::fc:ff:fe00:1".parse().unwrap()));
        assert!(!spells_hardware_address("2001:db8::1".parse().unwrap()));
        assert!(!is_hardware_address("00:00:00:00:00:00"));
    }
}
