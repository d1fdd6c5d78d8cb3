//! Where a request comes from, for whoever lists addresses.

use kernel::Source;

use crate::PeerInfo;

impl From<PeerInfo> for Source {
    fn from(peer: PeerInfo) -> Self {
        match peer {
            // A mapped address is the IPv4 one that it stands for, however the listener was bound.
            PeerInfo::Network(address) => Self::Network(address.ip().to_canonical()),
            PeerInfo::Local => Self::Host,
            PeerInfo::Unknown => Self::Unknown,
        }
    }
}
