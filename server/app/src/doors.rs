//! Which credential goes to whom: a device's access token to `devices`, everything else to `identity`.

use identity::Identity;
use kernel::authenticator::Authenticated;
use kernel::{Access, Authenticator, Presented};

/// The authenticator of the whole server.
pub(crate) struct Doors {
    pub(crate) identity: Identity,
}

impl Authenticator for Doors {
    fn authenticate<'a>(&'a self, presented: &'a Presented, access: Access) -> Authenticated<'a> {
        self.identity.authenticate(presented, access)
    }
}
