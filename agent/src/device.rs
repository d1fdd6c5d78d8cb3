//! What this device keeps of its enrolment: its key, its names, and whom it trusts.

use std::fmt;

use seal::sign::SigningKey;
use serde::{Deserialize, Serialize};
use wire::enrol::InstanceKeys;
use wire::ids::{DeviceId, TenantId};

use crate::host_identity::HostIdentity;
use crate::server_url::ServerUrl;
use crate::state_dir::{StateDir, StateDirError};

/// The file's name in the agent's folder.
pub const DEVICE_FILE: &str = "device.json";
/// Name of the file of a key that is not known to be enrolled, in the agent's folder.
pub const NEW_KEY_FILE: &str = "new-key.json";

/// An enrolled device.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Where it reports.
    pub server: ServerUrl,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its id.
    pub device: DeviceId,
    /// The host that was enrolled.
    pub host: HostIdentity,
    /// The server's keys that it has pinned.
    pub instance_keys: InstanceKeys,
    key_seed: wire::report::Digest,
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("device", &self.device).finish_non_exhaustive()
    }
}

/// What enrolment gives a device.
pub struct Enrolment {
    /// The server that enrolled it.
    pub server: ServerUrl,
    /// The tenant.
    pub tenant: TenantId,
    /// The id.
    pub device: DeviceId,
    /// The host.
    pub host: HostIdentity,
    /// The keys to pin.
    pub instance_keys: InstanceKeys,
}

impl Device {
    /// The device of an enrolment, with the key that was made on it.
    #[must_use]
    pub fn new(enrolment: Enrolment, key: &SigningKey) -> Self {
        let Enrolment { server, tenant, device, host, instance_keys } = enrolment;
        Self { server, tenant, device, host, instance_keys, key_seed: wire::report::Digest(*key.seed()) }
    }

    /// The key that was made on this device and has never left it.
    #[must_use]
    pub fn key(&self) -> SigningKey {
        SigningKey::from_seed(self.key_seed.0)
    }

    /// Reads the enrolment; nothing where this host is not enrolled.
    ///
    /// # Errors
    /// [`StateDirError`].
    pub fn load(dir: &StateDir) -> Result<Option<Self>, StateDirError> {
        dir.read_json(DEVICE_FILE)
    }

    /// Writes the enrolment; the key belongs to it from now on.
    ///
    /// # Errors
    /// [`StateDirError`].
    pub fn save(&self, dir: &StateDir) -> Result<(), StateDirError> {
        dir.write_json(DEVICE_FILE, self)?;
        dir.remove(NEW_KEY_FILE)
    }
}
