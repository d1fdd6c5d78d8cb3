//! The device as collected: the canonical state.
//!
//! The canonical form is compact JSON in the order of the fields below, lists sorted as each field says, absent
//! values left out. The same bytes are the inspection copy on the host, the input of the state digest, and what a
//! full report carries. Unknown fields are refused everywhere (promise OP-1): what is not listed here is not
//! collected.

use serde::{Deserialize, Serialize};

use crate::identifying::{Identifying, IdentifyingClass};
use crate::time::Timestamp;

/// Most packages in one state.
pub const STATE_PACKAGES_MAX: usize = 50_000;
/// Longest text in one field, in bytes of UTF-8.
pub const STATE_TEXT_BYTES_MAX: usize = 1_024;
/// Most entries in any other list of a state (disks, interfaces, addresses, blind spots, updates are under the package limit).
pub const STATE_LIST_MAX: usize = 1_000;

/// A kind of data that a host can switch off. The host's own file always beats the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The host's name.
    HostName,
    /// The operating system and its release.
    Os,
    /// The booted kernel.
    Kernel,
    /// Processor, memory, disks, model.
    Hardware,
    /// Network interfaces and their addresses.
    Network,
    /// Installed packages.
    Packages,
    /// Pending updates.
    Updates,
}

impl Kind {
    /// Every kind, in the order of the state's fields.
    pub const ALL: [Self; 7] = [Self::HostName, Self::Os, Self::Kernel, Self::Hardware, Self::Network, Self::Packages, Self::Updates];

    /// The kind's name in configuration, JSON and the console.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HostName => "host-name",
            Self::Os => "os",
            Self::Kernel => "kernel",
            Self::Hardware => "hardware",
            Self::Network => "network",
            Self::Packages => "packages",
            Self::Updates => "updates",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A device as collected. A kind that is absent is either in `switched_off` or explained in `blind_spots`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The host's name as the kernel knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_name: Option<Identifying<String>>,
    /// Operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<Os>,
    /// Booted kernel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<Kernel>,
    /// Hardware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware: Option<Hardware>,
    /// Network interfaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// Installed packages, sorted by [`Package::key`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packages: Option<Vec<Package>>,
    /// Pending updates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updates: Option<Updates>,
    /// Kinds that the host's own file switches off, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub switched_off: Vec<Kind>,
    /// What the agent could not see and why, sorted by kind, then subject.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blind_spots: Vec<BlindSpot>,
}

/// The operating system, from `os-release(5)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Os {
    /// `ID`, as in `debian`.
    pub id: String,
    /// `VERSION_ID`, as in `12`; absent on rolling distributions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// `VERSION_CODENAME`, as in `bookworm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codename: Option<String>,
    /// `PRETTY_NAME`, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pretty_name: Option<String>,
    /// `ID_LIKE`, split at spaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_like: Vec<String>,
}

/// The kernel that runs now, from `uname(2)`; not the newest one installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kernel {
    /// System name, as in `Linux`.
    pub name: String,
    /// Release, as in `6.1.0-18-amd64`.
    pub release: String,
    /// Version text; on Debian it carries the package version.
    pub version: String,
    /// Machine, as in `x86_64`.
    pub machine: String,
    /// Name of the installed package that this kernel came from, where one owns it, as in `linux-image-6.1.0-18-amd64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
}

/// Hardware.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hardware {
    /// Processor model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_model: Option<String>,
    /// Logical processors online.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_count: Option<u32>,
    /// Memory that the kernel manages, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Block devices that hold data, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disks: Vec<Disk>,
    /// Manufacturer, from DMI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Model, from DMI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Firmware version, from DMI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware_version: Option<String>,
    /// Serial number, from DMI; readable by root only on most hosts. Never sent with an own `system_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<Identifying<String>>,
}

/// A block device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disk {
    /// Kernel name, as in `sda`.
    pub name: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Model as the device says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether it spins.
    pub rotational: bool,
}

/// Network interfaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Interfaces but the loopback one, sorted by name.
    pub interfaces: Vec<Interface>,
}

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interface {
    /// Kernel name, as in `eth0`.
    pub name: String,
    /// Whether the link is up.
    pub up: bool,
    /// Hardware address. Never sent with an own `system_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac_address: Option<Identifying<String>>,
    /// Addresses without prefix length, sorted as text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Identifying<String>>,
}

/// The tool that installed a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackageManager {
    /// Alpine's apk.
    Apk,
    /// Debian's dpkg.
    Dpkg,
    /// Arch Linux's pacman.
    Pacman,
    /// RPM.
    Rpm,
}

fn is_false(value: &bool) -> bool {
    !*value
}

/// An installed package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The tool that installed it.
    pub manager: PackageManager,
    /// Binary package name.
    pub name: String,
    /// Architecture, as the tool writes it.
    pub architecture: String,
    /// Version with epoch and release, as the tool writes it.
    pub version: String,
    /// Source package, where its name differs from `name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Source version, where it differs from `version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_version: Option<String>,
    /// Whether the administrator holds it at this version.
    #[serde(default, skip_serializing_if = "is_false")]
    pub held: bool,
    /// Whether unpacking or configuring it did not finish.
    #[serde(default, skip_serializing_if = "is_false")]
    pub incomplete: bool,
    /// When it was last installed or upgraded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installed_at: Option<Timestamp>,
    /// Who publishes it (origin of the archive, or vendor); absent means unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
}

impl Package {
    /// What tells installed packages apart, and their order in a state.
    #[must_use]
    pub fn key(&self) -> PackageKey<'_> {
        PackageKey { manager: self.manager, name: &self.name, architecture: &self.architecture, version: &self.version }
    }

    /// The source package's name.
    #[must_use]
    pub fn source_name(&self) -> &str {
        self.source.as_deref().unwrap_or(&self.name)
    }

    /// The source package's version.
    #[must_use]
    pub fn source_version(&self) -> &str {
        self.source_version.as_deref().unwrap_or(&self.version)
    }
}

/// The identity of an installed package: several versions of one name can be installed at a time (kernels on RPM systems).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageKey<'a> {
    /// Tool.
    pub manager: PackageManager,
    /// Name.
    pub name: &'a str,
    /// Architecture.
    pub architecture: &'a str,
    /// Version.
    pub version: &'a str,
}

/// Pending updates, as far as the host's own package lists know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Updates {
    /// When the newest of the host's lists was fetched: "no updates" from a stale list is not an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lists_updated_at: Option<Timestamp>,
    /// Installed packages with a newer candidate, sorted by tool, name, architecture.
    pub pending: Vec<PendingUpdate>,
}

/// A newer version that the host could install now.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PendingUpdate {
    /// Tool.
    pub manager: PackageManager,
    /// Binary package name.
    pub name: String,
    /// Architecture.
    pub architecture: String,
    /// Installed version.
    pub installed: String,
    /// Version that would be installed.
    pub candidate: String,
    /// Whether the candidate comes from a security archive.
    pub security: bool,
    /// The archive, as in `Debian-Security:bookworm-security`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<String>,
}

/// Something that the agent could not see.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlindSpot {
    /// The kind it belongs to.
    pub kind: Kind,
    /// What is missing, as in `serial_number`.
    pub subject: String,
    /// Why.
    pub reason: BlindSpotReason,
}

/// Why something could not be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlindSpotReason {
    /// The agent's user may not read it.
    PermissionDenied,
    /// This host has no such thing.
    NotPresent,
    /// It is there, but not in a form that the agent understands.
    NotUnderstood,
    /// It is past a limit of [`crate::state`].
    TooLarge,
    /// The tool that lists it failed.
    ToolFailed,
    /// It is left out because the host uses its own `system_id`.
    OwnSystemId,
}

impl State {
    /// Sorts every list, so that equal states have equal bytes.
    pub fn canonicalise(&mut self) {
        if let Some(packages) = &mut self.packages {
            packages.sort();
            packages.dedup();
        }
        if let Some(updates) = &mut self.updates {
            updates.pending.sort();
        }
        if let Some(hardware) = &mut self.hardware {
            hardware.disks.sort();
        }
        if let Some(network) = &mut self.network {
            for interface in &mut network.interfaces {
                interface.addresses.sort();
            }
            network.interfaces.sort();
        }
        self.switched_off.sort();
        self.switched_off.dedup();
        self.blind_spots.sort();
        self.blind_spots.dedup();
    }

    /// Removes everything of a kind.
    pub fn clear(&mut self, kind: Kind) {
        match kind {
            Kind::HostName => self.host_name = None,
            Kind::Os => self.os = None,
            Kind::Kernel => self.kernel = None,
            Kind::Hardware => self.hardware = None,
            Kind::Network => self.network = None,
            Kind::Packages => self.packages = None,
            Kind::Updates => self.updates = None,
        }
        self.blind_spots.retain(|spot| spot.kind != kind);
    }

    /// Whether anything of a kind is present.
    #[must_use]
    pub const fn has(&self, kind: Kind) -> bool {
        match kind {
            Kind::HostName => self.host_name.is_some(),
            Kind::Os => self.os.is_some(),
            Kind::Kernel => self.kernel.is_some(),
            Kind::Hardware => self.hardware.is_some(),
            Kind::Network => self.network.is_some(),
            Kind::Packages => self.packages.is_some(),
            Kind::Updates => self.updates.is_some(),
        }
    }

    /// Shows every identifying value to `visitor`, which may replace it by a token.
    pub fn visit_identifying(&mut self, visitor: &mut dyn FnMut(IdentifyingClass, &mut Identifying<String>)) {
        if let Some(name) = &mut self.host_name {
            visitor(IdentifyingClass::HostName, name);
        }
        if let Some(serial) = self.hardware.as_mut().and_then(|hardware| hardware.serial_number.as_mut()) {
            visitor(IdentifyingClass::SerialNumber, serial);
        }
        for interface in self.network.iter_mut().flat_map(|network| &mut network.interfaces) {
            if let Some(mac) = &mut interface.mac_address {
                visitor(IdentifyingClass::MacAddress, mac);
            }
            for address in &mut interface.addresses {
                visitor(IdentifyingClass::IpAddress, address);
            }
        }
    }
}
