//! Operating system, kernel, hardware and network of made-up hosts.

use wire::state::{BlindSpot, BlindSpotReason, Kind, State};

use crate::image::Image;

fn spots(state: &State, kind: Kind) -> Vec<(&str, BlindSpotReason)> {
    state.blind_spots.iter().filter(|spot: &&BlindSpot| spot.kind == kind).map(|spot| (spot.subject.as_str(), spot.reason)).collect()
}

#[test]
fn a_host_without_kernel_package_and_without_dmi_says_so() {
    let state = Image::debian().collect();
    let kernel = state.kernel.as_ref().unwrap();
    assert_eq!((kernel.release.as_str(), kernel.machine.as_str(), kernel.package.as_deref()), ("6.1.0-18-amd64", "x86_64", None));
    assert_eq!(spots(&state, Kind::Kernel), [("package", BlindSpotReason::NotPresent)]);
    assert_eq!(spots(&state, Kind::Hardware), [("dmi", BlindSpotReason::NotPresent)]);
}

#[test]
fn disks_that_hold_data_are_reported_and_loops_and_drives_are_not() {
    let hardware = Image::debian().collect().hardware.unwrap();
    assert_eq!((hardware.cpu_model.as_deref(), hardware.cpu_count, hardware.memory_bytes), (Some("Example CPU"), Some(2), Some(1_048_576)));
    let disks: Vec<_> =
        hardware.disks.iter().map(|disk| (disk.name.as_str(), disk.size_bytes, disk.model.as_deref(), disk.rotational)).collect();
    assert_eq!(disks, [("sda", 1_048_576, Some("Example Disk"), true)]);
}

#[test]
fn dmi_is_read_and_its_placeholders_are_not_taken_for_answers() {
    let host = Image::debian()
        .with("sys/class/dmi/id/sys_vendor", "Example Corp\n")
        .with("sys/class/dmi/id/product_name", "Server 9\n")
        .with("sys/class/dmi/id/bios_version", "1.2\n")
        .with("sys/class/dmi/id/product_serial", "To be filled by O.E.M.\n");
    let state = host.collect();
    let hardware = state.hardware.as_ref().unwrap();
    let model = [&hardware.vendor, &hardware.model, &hardware.firmware_version].map(|text| text.as_deref());
    assert_eq!(model, [Some("Example Corp"), Some("Server 9"), Some("1.2")]);
    assert_eq!(hardware.serial_number, None);
    assert_eq!(spots(&state, Kind::Hardware), [("serial_number", BlindSpotReason::NotPresent)]);
}

#[test]
fn the_loopback_interface_is_left_out_and_an_image_has_no_addresses() {
    let state = Image::debian().collect();
    let network = state.network.as_ref().unwrap();
    assert_eq!(network.interfaces.len(), 1);
    assert!(network.interfaces[0].up && network.interfaces[0].name == "eth0" && network.interfaces[0].addresses.is_empty());
    assert_eq!(spots(&state, Kind::Network), [("addresses", BlindSpotReason::NotPresent)]);
}

#[test]
fn an_empty_directory_is_all_blind_spots_and_no_error() {
    let state = Image::empty().collect();
    let hardware_is_empty = state.hardware.as_ref().is_some_and(|hardware| *hardware == wire::state::Hardware::default());
    assert!(hardware_is_empty && state.packages.is_none() && state.os.is_none() && state.updates.is_none());
    for kind in Kind::ALL {
        assert!(!spots(&state, kind).is_empty(), "{kind:?} is neither there nor explained");
    }
}

#[test]
fn equal_hosts_have_equal_bytes() {
    let host = Image::debian();
    assert_eq!(serde_json::to_vec(&host.collect()).unwrap(), serde_json::to_vec(&host.collect()).unwrap());
}
