//! Devices: who a device is.
//!
//! # A device joins and comes back
//! 1. It asks for a [`challenge`], which the server signs and forgets; so it knows whom it talks to.
//! 2. It [`enrol`]s: with a token it becomes a device of the token's tenant, with its own key. The same system enrolled
//!    again is the same device with a new key; the same system on other hardware is a copy and becomes a second device.
//! 3. It signs a challenge and gets an [`access_token`] for a quarter of an hour, which carries tenant and device, so that
//!    checking it takes no look-up: only whether the device is barred, in memory.
//!
//! # A list is read
//! Names and labels are sealed, so no database can filter by them. The first read of a tenant opens its rows into the
//! `roster`, through the sealed `name_card` where that is fresh; every later change is applied to it after its
//! transaction has committed. A [`selector`] is `evaluate`d to a bitmap of [`ordinals`], AND-ed with what the scope may
//! see, and the page is cut from that.
//!
//! * [`device`]: reading one, labels, retiring and restoring. [`list`]: many. [`groups`]: named sets.
//! * [`seen_by`]: who may see one, and why.
//! * [`status`]: fresh, stale, lost, retired. [`touch`]: what `inventory` writes when a report arrives.
//! * `erase`: what memory and caches hold goes. [`api`]: the endpoints. `store`: all SQL. `committed`: rows and memory together. [`data_map`]: what lies in the tables.

pub mod access_token;
pub mod api;
mod authenticate;
mod barred;
pub mod challenge;
mod committed;
pub mod data_map;
pub mod device;
pub mod enrol;
mod erase;
pub mod error;
mod evaluate;
mod external;
mod group;
pub mod groups;
pub mod list;
mod name_card;
pub mod ordinals;
mod record;
mod roster;
mod rosters;
pub mod seen_by;
pub mod selector;
pub mod status;
mod store;
pub mod touch;

use std::sync::Arc;

use ::store::Stores;
use identity::Identity;
use kernel::{Clock, KeyRing, ScopeMint};
use trust::Trust;
use wire::report::Digest;

pub use self::device::Device;
pub use self::error::{DEVICE_KINDS, DeviceError};
pub use self::evaluate::{EvaluateError, GROUP_DEPTH_MAX};
pub use self::external::EXTERNAL_NAME_CHARS_MAX;
pub use self::group::{GROUP_MEMBERS_MAX, GROUPS_MAX};
pub use self::list::{DeviceFilter, Sort, Summary};
pub use self::name_card::NAME_CARD_BLOCK_DEVICES;
pub use self::ordinals::Ordinals;
pub use self::record::{DEVICE_NAME_BYTES_MAX, OS_PRETTY_NAME_BYTES_MAX, OS_TEXT_BYTES_MAX};
pub use self::selector::Selector;
pub use self::status::{Status, Thresholds};
pub use self::store::SCHEMAS;
pub use self::touch::{DeviceFacts, ReportedOs, TouchReport, Touched};

use self::barred::Barred;
use self::rosters::Rosters;

/// The SHA-256 of each certificate under which the server may be met now; `app` fills it from the TLS listener.
pub type CertificateDigests = Arc<dyn Fn() -> Vec<Digest> + Send + Sync>;

/// The facade. Cloning shares it.
#[derive(Clone)]
pub struct Devices(Arc<Inner>);

struct Inner {
    stores: Stores,
    trust: Trust,
    keys: Arc<dyn KeyRing>,
    identity: Identity,
    certificates: CertificateDigests,
    rosters: Rosters,
    barred: Barred,
}

impl Devices {
    /// Devices over these stores.
    #[must_use]
    pub fn new(stores: &Stores, trust: &Trust, identity: &Identity, certificates: CertificateDigests) -> Self {
        Self(Arc::new(Inner {
            stores: stores.clone(),
            keys: trust.keyring(),
            trust: trust.clone(),
            identity: identity.clone(),
            certificates,
            rosters: Rosters::default(),
            barred: Barred::default(),
        }))
    }

    fn clock(&self) -> &Clock {
        self.0.stores.clock()
    }

    fn keys(&self) -> Arc<dyn KeyRing> {
        Arc::clone(&self.0.keys)
    }

    fn mint(&self) -> &ScopeMint {
        self.0.identity.mint()
    }
}

impl std::fmt::Debug for Devices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Devices")
    }
}
