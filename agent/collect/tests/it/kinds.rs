//! Promise OP-3: each kind can be switched off, and then nothing of it is there.

use wire::state::{BlindSpotReason, Kind};

use crate::image::Image;

/// What each kind of the made-up host gives away.
const TRACES: [(Kind, &[&str]); 7] = [
    (Kind::HostName, &["canary-host", "host_name"]),
    (Kind::Os, &["bookworm", "\"os\":{"]),
    (Kind::Kernel, &["6.1.0-18-amd64", "\"kernel\":{"]),
    (Kind::Hardware, &["Example CPU", "\"hardware\":{"]),
    (Kind::Network, &["02:00:5e", "\"network\":{"]),
    (Kind::Packages, &["glibc", "\"packages\":["]),
    (Kind::Updates, &["lists_updated_at", "\"updates\":{"]),
];

fn host() -> Image {
    Image::debian()
        .with("var/lib/apt/lists/h_dists_x_InRelease", "Origin: Debian\nSuite: stable\n")
        .with("var/lib/apt/lists/h_dists_x_main_binary-amd64_Packages", "Package: bash\nVersion: 6\nArchitecture: amd64\n")
}

#[test]
fn promise_op_3_each_kind_switched_off_in_turn_leaves_no_trace_in_the_state() {
    let host = host();
    let whole = serde_json::to_string(&host.collect()).unwrap();
    for (kind, traces) in TRACES {
        let state = host.collect_with(|options| options.kinds_off.push(kind));
        let json = serde_json::to_string(&state).unwrap();
        assert!(!state.has(kind) && state.switched_off.contains(&kind), "{kind:?}");
        assert!(!state.blind_spots.iter().any(|spot| spot.kind == kind), "{kind:?} is switched off, not unseen");
        for trace in traces {
            assert!(whole.contains(trace), "the control does not find {trace}");
            assert!(!json.contains(trace), "{trace} is still in {json}");
        }
        let others = Kind::ALL.into_iter().filter(|other| *other != kind && !(kind == Kind::Packages && *other == Kind::Updates));
        others.for_each(|other| assert!(state.has(other), "{other:?} went with {kind:?}"));
    }
}

#[test]
fn without_packages_no_update_and_no_kernel_package_names_one() {
    let host = host().with(
        "var/lib/dpkg/status",
        "Package: linux-image-6.1.0-18-amd64\nStatus: install ok installed\nArchitecture: amd64\nVersion: 6.1.76-1\n",
    );
    let state = host.collect();
    assert_eq!(state.kernel.unwrap().package.as_deref(), Some("linux-image-6.1.0-18-amd64"));
    let state = host.collect_with(|options| options.kinds_off.push(Kind::Packages));
    assert_eq!(state.switched_off, [Kind::Packages, Kind::Updates]);
    assert_eq!(state.kernel.unwrap().package, None);
}

#[test]
fn promise_op_11_with_an_own_system_id_machine_id_serial_and_hardware_address_are_not_there() {
    let host = host().with("sys/class/dmi/id/product_serial", "CANARY-SERIAL\n").with("sys/class/dmi/id/sys_vendor", "Example\n");
    let canaries = ["canary0machine0id0canary00000000", "CANARY-SERIAL", "02:00:5e:10:00:01"];
    let usual = serde_json::to_string(&host.collect()).unwrap();
    assert!(
        !usual.contains(canaries[0]) && usual.contains(canaries[1]) && usual.contains(canaries[2]),
        "the control does not find them: {usual}"
    );
    let state = host.collect_with(|options| options.own_system_id = true);
    let json = serde_json::to_string(&state).unwrap();
    assert!(!canaries.into_iter().any(|canary| json.contains(canary)), "{json}");
    let own: Vec<_> =
        state.blind_spots.iter().filter(|spot| spot.reason == BlindSpotReason::OwnSystemId).map(|spot| spot.subject.as_str()).collect();
    assert_eq!(own, ["serial_number", "mac_address"]);
}
