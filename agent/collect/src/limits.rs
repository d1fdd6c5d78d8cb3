//! Brings a state under the limits of [`wire::state`], and says what was left out.

use wire::Identifying;
use wire::state::{
    BlindSpot, BlindSpotReason, Hardware, Kind, Network, Os, Package, STATE_LIST_MAX, STATE_PACKAGES_MAX, STATE_TEXT_BYTES_MAX, State,
};

/// Leaves out every text and entry past its limit; each kind that lost something gets a blind spot.
pub fn apply(state: &mut State) {
    let mut cut = Cut { blind_spots: Vec::new() };
    if let Some(os) = &mut state.os {
        cut.os(os);
    }
    if state.os.as_ref().is_some_and(|os| is_long(&os.id)) {
        state.os = None;
    }
    let kernel = state.kernel.as_ref();
    if kernel.is_some_and(|kernel| [&kernel.name, &kernel.release, &kernel.version, &kernel.machine].into_iter().any(|text| is_long(text)))
    {
        cut.note(Kind::Kernel, "release");
        state.kernel = None;
    }
    if state.host_name.as_ref().is_some_and(|name| is_long(name.reveal())) {
        cut.note(Kind::HostName, "host_name");
        state.host_name = None;
    }
    if let Some(hardware) = &mut state.hardware {
        cut.hardware(hardware);
    }
    if let Some(network) = &mut state.network {
        cut.network(network);
    }
    if let Some(packages) = &mut state.packages {
        cut.list(Kind::Packages, "packages", packages, STATE_PACKAGES_MAX, |package| !is_long_package(package));
        packages.iter_mut().for_each(|package| cut.text(Kind::Packages, "vendor", &mut package.vendor));
    }
    if let Some(updates) = &mut state.updates {
        let fits = |update: &wire::state::PendingUpdate| {
            ![&update.name, &update.architecture, &update.installed, &update.candidate].into_iter().any(|text| is_long(text))
        };
        cut.list(Kind::Updates, "pending", &mut updates.pending, STATE_PACKAGES_MAX, fits);
        updates.pending.iter_mut().for_each(|update| cut.text(Kind::Updates, "archive", &mut update.archive));
    }
    state.blind_spots.append(&mut cut.blind_spots);
}

fn is_long(text: &str) -> bool {
    text.len() > STATE_TEXT_BYTES_MAX
}

fn is_long_package(package: &Package) -> bool {
    let optional = [&package.source, &package.source_version];
    [&package.name, &package.architecture, &package.version].into_iter().any(|text| is_long(text))
        || optional.into_iter().flatten().any(|text| is_long(text))
}

struct Cut {
    blind_spots: Vec<BlindSpot>,
}

impl Cut {
    fn note(&mut self, kind: Kind, subject: &str) {
        let spot = BlindSpot { kind, subject: subject.to_owned(), reason: BlindSpotReason::TooLarge };
        if !self.blind_spots.contains(&spot) {
            self.blind_spots.push(spot);
        }
    }

    fn text(&mut self, kind: Kind, subject: &str, text: &mut Option<String>) {
        if text.as_deref().is_some_and(is_long) {
            *text = None;
            self.note(kind, subject);
        }
    }

    fn list<T>(&mut self, kind: Kind, subject: &str, list: &mut Vec<T>, limit: usize, fits: impl FnMut(&T) -> bool) {
        let count = list.len();
        list.retain(fits);
        list.truncate(limit);
        if list.len() < count {
            self.note(kind, subject);
        }
    }

    fn os(&mut self, os: &mut Os) {
        if is_long(&os.id) {
            self.note(Kind::Os, "id");
        }
        self.text(Kind::Os, "version_id", &mut os.version_id);
        self.text(Kind::Os, "codename", &mut os.codename);
        self.text(Kind::Os, "pretty_name", &mut os.pretty_name);
        self.list(Kind::Os, "id_like", &mut os.id_like, STATE_LIST_MAX, |text| !is_long(text));
    }

    fn hardware(&mut self, hardware: &mut Hardware) {
        self.text(Kind::Hardware, "cpu", &mut hardware.cpu_model);
        self.text(Kind::Hardware, "vendor", &mut hardware.vendor);
        self.text(Kind::Hardware, "model", &mut hardware.model);
        self.text(Kind::Hardware, "firmware_version", &mut hardware.firmware_version);
        if hardware.serial_number.as_ref().is_some_and(|serial| is_long(serial.reveal())) {
            hardware.serial_number = None;
            self.note(Kind::Hardware, "serial_number");
        }
        self.list(Kind::Hardware, "disks", &mut hardware.disks, STATE_LIST_MAX, |disk| !is_long(&disk.name));
        hardware.disks.iter_mut().for_each(|disk| self.text(Kind::Hardware, "disks", &mut disk.model));
    }

    fn network(&mut self, network: &mut Network) {
        self.list(Kind::Network, "interfaces", &mut network.interfaces, STATE_LIST_MAX, |interface| !is_long(&interface.name));
        for interface in &mut network.interfaces {
            let fits = |address: &Identifying<String>| !is_long(address.reveal());
            self.list(Kind::Network, "addresses", &mut interface.addresses, STATE_LIST_MAX, fits);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_at_the_limit_stays_and_one_byte_more_is_left_out_and_said() {
        let os = |length: usize| Os {
            id: "x".into(),
            version_id: None,
            codename: None,
            pretty_name: Some("y".repeat(length)),
            id_like: Vec::new(),
        };
        let mut state = State { os: Some(os(STATE_TEXT_BYTES_MAX)), ..State::default() };
        apply(&mut state);
        assert!(state.os.as_ref().unwrap().pretty_name.is_some() && state.blind_spots.is_empty());
        state.os = Some(os(STATE_TEXT_BYTES_MAX + 1));
        apply(&mut state);
        assert_eq!(state.os.as_ref().unwrap().pretty_name, None);
        assert_eq!(state.blind_spots, [BlindSpot { kind: Kind::Os, subject: "pretty_name".into(), reason: BlindSpotReason::TooLarge }]);
    }

    #[test]
    fn interfaces_past_the_limit_are_left_out_and_said() {
        let interface =
            |number: usize| wire::state::Interface { name: format!("eth{number}"), up: true, mac_address: None, addresses: Vec::new() };
        let mut state = State { network: Some(Network { interfaces: (0..=STATE_LIST_MAX).map(interface).collect() }), ..State::default() };
        apply(&mut state);
        assert_eq!(state.network.unwrap().interfaces.len(), STATE_LIST_MAX);
        assert_eq!(state.blind_spots.len(), 1);
    }
}
