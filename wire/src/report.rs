//! The envelope of what an agent sends, and the receipt that answers it.
//!
//! A transmission is one of three: a *full* state, a *delta* against the state whose digest the server is known to
//! hold, or a *check-in* that says "unchanged" by digest. The server answers each with a [`Receipt`], or asks for a
//! full report where it does not hold the base.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::{DeviceId, ReceiptId};
use crate::state::{Kind, Package, PackageManager, State};
use crate::time::Timestamp;

/// Oldest report schema that this version reads.
pub const SCHEMA_MIN: u16 = 1;
/// Newest report schema that this version reads, and the one it writes.
pub const SCHEMA_MAX: u16 = 1;
/// Largest report body after decompression, in bytes.
pub const REPORT_BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Largest report body before decompression, in bytes.
pub const REPORT_COMPRESSED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A SHA-256 digest, written as 64 lower-case hexadecimal characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

/// The text is not 64 hexadecimal characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestError;

impl fmt::Display for DigestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a SHA-256 digest: 64 characters of 0-9 and a-f")
    }
}

impl std::error::Error for DigestError {}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let mut bytes = [0; 32];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return Err(DigestError);
        }
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            let digit = |character: u8| match character {
                b'0'..=b'9' => Ok(character - b'0'),
                b'a'..=b'f' => Ok(character - b'a' + 10),
                _ => Err(DigestError),
            };
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A transmission: `POST /api/v1/agent/reports`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Schema version, [`SCHEMA_MIN`] to [`SCHEMA_MAX`].
    pub schema: u16,
    /// The device, where the credential does not name one (telemetry tokens); absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<ExternalName>,
    /// Rises with each transmission of a device, by one or more; a number already taken in is answered by its receipt
    /// again and changes nothing, an older one is receipted and changes nothing.
    pub sequence: u64,
    /// Number of the transmission that the host made before this one, whether or not it arrived: by it a missing one is noticed. Absent in
    /// the first of a series, as after a new installation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<u64>,
    /// When the state was collected, by the host's clock.
    pub collected_at: Timestamp,
    /// Transmissions lost since the last one because the spool was full.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub gap: u64,
    /// Digest of the canonical state that the host holds after this transmission.
    pub digest: Digest,
    /// What is sent.
    pub content: Content,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A name by which a telemetry script tells its devices apart: 1 to 128 visible ASCII characters, used one-way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExternalName(pub crate::identifying::Identifying<String>);

/// What a transmission carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Content {
    /// The whole state.
    Full(Box<State>),
    /// The difference to the state with digest `base`.
    Delta(Box<Delta>),
    /// Nothing changed since the last transmission.
    Unchanged {},
}

/// The difference between two states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delta {
    /// Digest of the state that this starts from.
    pub base: Digest,
    /// Every kind but `packages` that changed and is still present, whole; `switched_off` and `blind_spots` are
    /// always given whole.
    pub changed: State,
    /// Kinds that are present no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<Kind>,
    /// Packages that are new or differ from the base in any field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages_set: Vec<Package>,
    /// Packages that are there no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages_removed: Vec<RemovedPackage>,
}

/// The key of a package that is gone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemovedPackage {
    /// Tool.
    pub manager: PackageManager,
    /// Name.
    pub name: String,
    /// Architecture.
    pub architecture: String,
    /// Version.
    pub version: String,
}

/// The answer to a transmission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The receipt's id.
    pub receipt: ReceiptId,
    /// The device.
    pub device: DeviceId,
    /// Sequence number of the transmission that this answers.
    pub sequence: u64,
    /// When it was received, by the server's clock.
    pub received_at: Timestamp,
    /// Size of the body after decompression, in bytes.
    pub size_bytes: u64,
    /// Schema version that was read.
    pub schema: u16,
    /// Digest of the state that the server now holds.
    pub stored: Digest,
    /// SHA-256 of `salt` followed by the digest of the inspection copy: the ledger's leaf commits to this.
    pub commitment: Digest,
    /// The commitment's salt.
    pub salt: Digest,
    /// What the server would like next.
    pub next: Next,
}

/// What the server asks of the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Next {
    /// Nothing; report at the usual time.
    Wait,
    /// Send the whole state: the server does not hold the base, or asks for a fresh copy.
    SendFull,
}

/// What the server takes: `GET /api/v1/agent/schema`, without a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaRange {
    /// Oldest schema version that the server reads.
    pub schema_min: u16,
    /// Newest schema version that the server reads.
    pub schema_max: u16,
}

impl Delta {
    /// The difference from `old` (whose digest is `base`) to `new`; both canonical.
    #[must_use]
    pub fn between(base: Digest, old: &State, new: &State) -> Self {
        let mut changed = new.clone();
        changed.packages = None;
        let mut gone = Vec::new();
        for kind in Kind::ALL {
            if old.has(kind) && !new.has(kind) {
                gone.push(kind);
            }
        }
        keep_if_changed(&mut changed.host_name, &old.host_name);
        keep_if_changed(&mut changed.os, &old.os);
        keep_if_changed(&mut changed.kernel, &old.kernel);
        keep_if_changed(&mut changed.hardware, &old.hardware);
        keep_if_changed(&mut changed.network, &old.network);
        keep_if_changed(&mut changed.updates, &old.updates);
        let (packages_set, packages_removed) = package_changes(old.packages.as_deref().unwrap_or(&[]), new.packages.as_deref());
        Self { base, changed, gone, packages_set, packages_removed }
    }

    /// The state that results from applying this to `base`; canonical where `base` is.
    #[must_use]
    pub fn apply(self, base: State) -> State {
        let mut state = base;
        for kind in self.gone {
            state.clear(kind);
        }
        let changed = self.changed;
        replace_if_present(&mut state.host_name, changed.host_name);
        replace_if_present(&mut state.os, changed.os);
        replace_if_present(&mut state.kernel, changed.kernel);
        replace_if_present(&mut state.hardware, changed.hardware);
        replace_if_present(&mut state.network, changed.network);
        replace_if_present(&mut state.updates, changed.updates);
        state.switched_off = changed.switched_off;
        state.blind_spots = changed.blind_spots;
        if !self.packages_set.is_empty() || !self.packages_removed.is_empty() {
            let removed: std::collections::BTreeSet<_> = self.packages_removed.iter().map(RemovedPackage::key).collect();
            let set: std::collections::BTreeSet<_> = self.packages_set.iter().map(Package::key).collect();
            let mut packages = state.packages.take().unwrap_or_default();
            packages.retain(|package| !removed.contains(&package.key()) && !set.contains(&package.key()));
            packages.extend(self.packages_set.iter().cloned());
            state.packages = Some(packages);
        }
        state.canonicalise();
        state
    }
}

impl RemovedPackage {
    /// The key of the package that is gone.
    #[must_use]
    pub fn key(&self) -> crate::state::PackageKey<'_> {
        crate::state::PackageKey { manager: self.manager, name: &self.name, architecture: &self.architecture, version: &self.version }
    }
}

fn keep_if_changed<T: PartialEq>(new: &mut Option<T>, old: &Option<T>) {
    if new == old {
        *new = None;
    }
}

fn replace_if_present<T>(slot: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *slot = value;
    }
}

fn package_changes(old: &[Package], new: Option<&[Package]>) -> (Vec<Package>, Vec<RemovedPackage>) {
    let Some(new) = new else { return (Vec::new(), Vec::new()) };
    let old_by_key: std::collections::BTreeMap<_, _> = old.iter().map(|package| (package.key(), package)).collect();
    let new_keys: std::collections::BTreeSet<_> = new.iter().map(Package::key).collect();
    let set = new.iter().filter(|package| old_by_key.get(&package.key()) != Some(package)).cloned().collect();
    let removed = old
        .iter()
        .filter(|package| !new_keys.contains(&package.key()))
        .map(|package| RemovedPackage {
            manager: package.manager,
            name: package.name.clone(),
            architecture: package.architecture.clone(),
            version: package.version.clone(),
        })
        .collect();
    (set, removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn package(name: u8, version: u8, held: bool) -> Package {
        Package {
            manager: PackageManager::Dpkg,
            name: format!("p{name}"),
            architecture: "amd64".into(),
            version: format!("{version}"),
            source: None,
            source_version: None,
            held,
            incomplete: false,
            installed_at: None,
            vendor: None,
        }
    }

    fn any_state() -> impl Strategy<Value = State> {
        let packages = proptest::option::of(proptest::collection::btree_map((0..9_u8, 0..3_u8), any::<bool>(), 0..9));
        (packages, proptest::option::of("[a-z]{1,3}"), proptest::option::of("[a-z]{1,3}")).prop_map(|(packages, host, os)| {
            let mut state = State {
                host_name: host.map(crate::Identifying::new),
                os: os.map(|id| crate::state::Os { id, version_id: None, codename: None, pretty_name: None, id_like: Vec::new() }),
                packages: packages.map(|set| set.into_iter().map(|((name, version), held)| package(name, version, held)).collect()),
                ..State::default()
            };
            if state.packages.is_none() {
                state.switched_off.push(Kind::Packages);
            }
            state.canonicalise();
            state
        })
    }

    proptest! {
        #[test]
        fn a_delta_applied_to_its_base_gives_the_new_state(old in any_state(), new in any_state()) {
            // A list that becomes empty or appears empty is sent in full: a delta cannot tell "none" from "not collected".
            prop_assume!(new.packages.as_ref().is_none_or(|list| !list.is_empty()) || old.packages.is_some());
            let delta = Delta::between(Digest([0; 32]), &old, &new);
            prop_assert_eq!(delta.apply(old), new);
        }
    }

    #[test]
    fn a_report_with_an_unknown_field_is_refused_by_name() {
        let zeros = "0".repeat(64);
        let text = format!(
            r#"{{"schema":1,"sequence":1,"collected_at":"2026-01-01T00:00:00Z","digest":"{zeros}","content":{{"full":{{"user_name":"x"}}}}}}"#
        );
        let error = serde_json::from_str::<Report>(&text).unwrap_err().to_string();
        assert!(error.contains("user_name"), "{error}");
    }

    #[test]
    fn a_digest_survives_its_text_form_and_refuses_others() {
        let digest = Digest([0xA7; 32]);
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!("A7".repeat(32).parse::<Digest>(), Err(DigestError));
        assert_eq!("a7".repeat(31).parse::<Digest>(), Err(DigestError));
    }
}
