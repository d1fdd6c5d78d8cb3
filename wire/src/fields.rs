//! Every field that an agent may collect, with what it tells: the whole of it, closed (promise OP-1).
//!
//! A test compares the list with the types of [`state`](crate::state), both ways: a field that is added there does not
//! pass until it stands here with its class. There is no field of class [`FieldClass::Personal`], and a test keeps it
//! so: whoever wants to collect the name or address of a person has to change more than a type.

use crate::identifying::IdentifyingClass;
use crate::state::Kind;

/// What a field tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldClass {
    /// What is the same on many machines: names and versions of software and hardware.
    Public,
    /// How this machine is set up.
    Configuration,
    /// What names this machine.
    Identifying(IdentifyingClass),
    /// What tells of a person.
    Personal,
}

/// A field of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Where it is: names of fields from the outside in, `[]` for each entry of a list.
    pub path: &'static str,
    /// The kind with which it is switched off; none of what tells about the collection itself.
    pub kind: Option<Kind>,
    /// What it tells.
    pub class: FieldClass,
}

const fn of(kind: Kind, path: &'static str, class: FieldClass) -> Field {
    Field { path, kind: Some(kind), class }
}

const fn about(path: &'static str) -> Field {
    Field { path, kind: None, class: FieldClass::Configuration }
}

use FieldClass::{Configuration, Identifying, Public};
use IdentifyingClass::{HostName, IpAddress, MacAddress, SerialNumber};

/// Every field that is collected, in the order of the state.
pub const FIELDS: &[Field] = &[
    of(Kind::HostName, "host_name", Identifying(HostName)),
    of(Kind::Os, "os.id", Public),
    of(Kind::Os, "os.version_id", Public),
    of(Kind::Os, "os.codename", Public),
    of(Kind::Os, "os.pretty_name", Public),
    of(Kind::Os, "os.id_like[]", Public),
    of(Kind::Kernel, "kernel.name", Public),
    of(Kind::Kernel, "kernel.release", Public),
    of(Kind::Kernel, "kernel.version", Public),
    of(Kind::Kernel, "kernel.machine", Public),
    of(Kind::Kernel, "kernel.package", Public),
    of(Kind::Hardware, "hardware.cpu_model", Public),
    of(Kind::Hardware, "hardware.cpu_count", Configuration),
    of(Kind::Hardware, "hardware.memory_bytes", Configuration),
    of(Kind::Hardware, "hardware.disks[].name", Configuration),
    of(Kind::Hardware, "hardware.disks[].size_bytes", Configuration),
    of(Kind::Hardware, "hardware.disks[].model", Public),
    of(Kind::Hardware, "hardware.disks[].rotational", Configuration),
    of(Kind::Hardware, "hardware.vendor", Public),
    of(Kind::Hardware, "hardware.model", Public),
    of(Kind::Hardware, "hardware.firmware_version", Public),
    of(Kind::Hardware, "hardware.serial_number", Identifying(SerialNumber)),
    of(Kind::Network, "network.interfaces[].name", Configuration),
    of(Kind::Network, "network.interfaces[].up", Configuration),
    of(Kind::Network, "network.interfaces[].mac_address", Identifying(MacAddress)),
    of(Kind::Network, "network.interfaces[].addresses[]", Identifying(IpAddress)),
    of(Kind::Packages, "packages[].manager", Public),
    of(Kind::Packages, "packages[].name", Public),
    of(Kind::Packages, "packages[].architecture", Public),
    of(Kind::Packages, "packages[].version", Public),
    of(Kind::Packages, "packages[].source", Public),
    of(Kind::Packages, "packages[].source_version", Public),
    of(Kind::Packages, "packages[].held", Configuration),
    of(Kind::Packages, "packages[].incomplete", Configuration),
    of(Kind::Packages, "packages[].installed_at", Configuration),
    of(Kind::Packages, "packages[].vendor", Public),
    of(Kind::Updates, "updates.lists_updated_at", Configuration),
    of(Kind::Updates, "updates.pending[].manager", Public),
    of(Kind::Updates, "updates.pending[].name", Public),
    of(Kind::Updates, "updates.pending[].architecture", Public),
    of(Kind::Updates, "updates.pending[].installed", Public),
    of(Kind::Updates, "updates.pending[].candidate", Public),
    of(Kind::Updates, "updates.pending[].security", Public),
    of(Kind::Updates, "updates.pending[].archive", Public),
    about("switched_off[]"),
    about("blind_spots[].kind"),
    about("blind_spots[].subject"),
    about("blind_spots[].reason"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::Timestamp;
    use crate::identifying;
    use crate::state::*;

    /// A state with every field in it. Without `..`: a new field does not compile until it is here, and then not pass until
    /// it is in the list.
    fn whole() -> State {
        let name = |text: &str| Some(identifying::Identifying::new(text.to_owned()));
        let text = || Some("text".to_owned());
        let time = || Some(Timestamp::from_seconds(1));
        State {
            host_name: name("HostName"),
            os: Some(Os { id: "debian".into(), version_id: text(), codename: text(), pretty_name: text(), id_like: vec!["debian".into()] }),
            kernel: Some(Kernel {
                name: "Linux".into(),
                release: "6".into(),
                version: "1".into(),
                machine: "x86_64".into(),
                package: text(),
            }),
            hardware: Some(Hardware {
                cpu_model: text(),
                cpu_count: Some(1),
                memory_bytes: Some(1),
                disks: vec![Disk { name: "sda".into(), size_bytes: 1, model: text(), rotational: true }],
                vendor: text(),
                model: text(),
                firmware_version: text(),
                serial_number: name("SerialNumber"),
            }),
            network: Some(Network {
                interfaces: vec![Interface {
                    name: "eth0".into(),
                    up: true,
                    mac_address: name("MacAddress"),
                    addresses: name("IpAddress").into_iter().collect(),
                }],
            }),
            packages: Some(vec![Package {
                manager: PackageManager::Dpkg,
                name: "bash".into(),
                architecture: "amd64".into(),
                version: "1".into(),
                source: text(),
                source_version: text(),
                held: true,
                incomplete: true,
                installed_at: time(),
                vendor: text(),
            }]),
            updates: Some(Updates {
                lists_updated_at: time(),
                pending: vec![PendingUpdate {
                    manager: PackageManager::Dpkg,
                    name: "bash".into(),
                    architecture: "amd64".into(),
                    installed: "1".into(),
                    candidate: "2".into(),
                    security: true,
                    archive: text(),
                }],
            }),
            switched_off: vec![Kind::Os],
            blind_spots: vec![BlindSpot { kind: Kind::Os, subject: "os_release".into(), reason: BlindSpotReason::NotPresent }],
        }
    }

    /// The paths of all values, each with its text where it is one.
    fn leaves(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                leaves(value, &path, found);
            }),
            Value::Array(entries) => entries.iter().for_each(|entry| leaves(entry, &format!("{path}[]"), found)),
            value => found.push((path.to_owned(), value.as_str().unwrap_or_default().to_owned())),
        }
    }

    fn whole_leaves() -> Vec<(String, String)> {
        let mut found = Vec::new();
        leaves(&serde_json::to_value(whole()).expect("JSON"), "", &mut found);
        found
    }

    #[test]
    fn promise_op_1_every_field_of_a_state_is_in_the_list_and_no_other() {
        let listed: BTreeSet<_> = FIELDS.iter().map(|field| field.path.to_owned()).collect();
        assert_eq!(listed.len(), FIELDS.len(), "no field twice");
        assert_eq!(whole_leaves().into_iter().map(|(path, _)| path).collect::<BTreeSet<_>>(), listed);
    }

    #[test]
    fn promise_op_1_no_field_tells_of_a_person() {
        let personal: Vec<_> = FIELDS.iter().filter(|field| field.class == FieldClass::Personal).map(|field| field.path).collect();
        assert_eq!(personal, Vec::<&str>::new(), "collected unless somebody switches it off");
        // Whoever calls a field so means it: none of these words is another class's either.
        let of_persons = ["user", "login", "mail", "owner", "person", "card", "phone", "account", "home"];
        for field in FIELDS {
            assert!(of_persons.iter().all(|word| !field.path.contains(word)), "{}", field.path);
        }
    }

    #[test]
    fn what_names_a_machine_is_marked_in_the_type_as_it_is_in_the_list() {
        let mut marked = BTreeSet::new();
        whole().visit_identifying(&mut |class, value| {
            assert_eq!(format!("{class:?}"), *value.reveal(), "the value says which class it was planted for");
            marked.insert(value.reveal().clone());
        });
        let listed = FIELDS.iter().filter_map(|field| match field.class {
            FieldClass::Identifying(class) => Some((field.path.to_owned(), format!("{class:?}"))),
            _ => None,
        });
        let listed: BTreeSet<_> = listed.collect();
        assert_eq!(listed.iter().map(|(_, class)| class.clone()).collect::<BTreeSet<_>>(), marked);
        let planted: BTreeSet<_> = whole_leaves().into_iter().filter(|(_, text)| marked.contains(text)).collect();
        assert_eq!(planted, listed);
    }

    #[test]
    fn each_field_goes_with_its_kind() {
        for kind in Kind::ALL {
            let mut without = whole();
            without.clear(kind);
            let mut left = Vec::new();
            leaves(&serde_json::to_value(without).expect("JSON"), "", &mut left);
            let left: BTreeSet<_> = left.into_iter().map(|(path, _)| path).collect();
            for field in FIELDS.iter().filter(|field| field.kind.is_some()) {
                assert_eq!(left.contains(field.path), field.kind != Some(kind), "{} without {kind:?}", field.path);
            }
        }
    }
}
