//! Pending updates of made-up hosts, from lists in each form that apt leaves behind.

use std::io::Write as _;

use wire::state::{BlindSpotReason, Kind, State};

use crate::image::Image;

const MAIN: &str = "var/lib/apt/lists/deb.example.org_debian_dists_bookworm";
const SECURITY: &str = "var/lib/apt/lists/deb.example.org_security_dists_bookworm-security";
const SECURITY_RELEASE: &str = "Origin: Debian\nLabel: Debian-Security\nSuite: oldstable-security\nCodename: bookworm-security\n";

fn stanza(name: &str, version: &str, architecture: &str) -> String {
    format!("Package: {name}\nVersion: {version}\nArchitecture: {architecture}\nDescription: x\n y\n\n")
}

fn host() -> Image {
    Image::debian()
        .with(&format!("{MAIN}_InRelease"), "Origin: Debian\nLabel: Debian\nSuite: oldstable\nCodename: bookworm\n")
        .with(&format!("{SECURITY}_InRelease"), SECURITY_RELEASE)
}

fn pending(state: &State) -> Vec<(&str, &str, bool)> {
    state.updates.iter().flat_map(|updates| &updates.pending).map(|u| (u.name.as_str(), u.candidate.as_str(), u.security)).collect()
}

#[test]
fn the_newest_version_of_all_lists_is_the_candidate_and_a_held_package_has_none() {
    let state = host()
        .with(
            &format!("{MAIN}_main_binary-amd64_Packages"),
            &[
                stanza("bash", "5.2.15-2+b2", "amd64"),
                stanza("libc6", "2.36-9+deb12u9", "amd64"),
                stanza("tzdata", "2025b-0+deb12u1", "all"),
            ]
            .concat(),
        )
        .with(
            &format!("{SECURITY}_main_binary-amd64_Packages"),
            &[stanza("libc6", "2.36-9+deb12u13", "amd64"), stanza("libc6", "2.36-9+deb12u99", "i386")].concat(),
        )
        .collect();
    assert_eq!(pending(&state), [("libc6", "2.36-9+deb12u13", true)]);
    let updates = state.updates.as_ref().unwrap();
    assert_eq!(updates.pending[0].archive.as_deref(), Some("Debian-Security:bookworm-security"));
    assert!(updates.lists_updated_at.is_some());
}

#[test]
fn vendor_is_the_origin_of_the_list_that_carries_exactly_this_version() {
    let list = [stanza("bash", "5.2.15-2+b2", "amd64"), stanza("libc6", "2.36-9+deb12u9", "amd64")].concat();
    let state = host().with(&format!("{MAIN}_main_binary-amd64_Packages"), &list).collect();
    let vendors: Vec<_> = state.packages.iter().flatten().map(|package| (package.name.as_str(), package.vendor.as_deref())).collect();
    assert_eq!(vendors, [("bash", Some("Debian")), ("libc6", None), ("tzdata", None)]);
}

#[test]
fn a_list_is_read_plain_and_as_lz4_xz_and_gzip() {
    let plain = stanza("bash", "6.0-1", "amd64").into_bytes();
    let lz4 = {
        let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
        encoder.write_all(&plain).unwrap();
        encoder.finish().unwrap()
    };
    let xz = {
        let mut writer = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::default()).unwrap();
        writer.write_all(&plain).unwrap();
        writer.finish().unwrap()
    };
    let gzip = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&plain).unwrap();
        encoder.finish().unwrap()
    };
    for (ending, bytes) in [("", plain.clone()), (".lz4", lz4), (".xz", xz), (".gz", gzip)] {
        let state = host().with_bytes(&format!("{MAIN}_main_binary-amd64_Packages{ending}"), &bytes).collect();
        assert_eq!(pending(&state), [("bash", "6.0-1", false)], "Packages{ending}");
    }
}

#[test]
fn a_broken_list_is_a_blind_spot_and_the_others_still_count() {
    let state = host()
        .with(&format!("{MAIN}_main_binary-amd64_Packages.lz4"), "this is not LZ4")
        .with(&format!("{SECURITY}_main_binary-amd64_Packages"), &stanza("bash", "6.0-1", "amd64"))
        .collect();
    assert_eq!(pending(&state), [("bash", "6.0-1", true)]);
    assert!(state.blind_spots.iter().any(|spot| spot.kind == Kind::Updates && spot.subject == "lists"));
}

#[test]
fn without_lists_there_is_no_answer_rather_than_no_updates() {
    let state = Image::debian().collect();
    assert_eq!(state.updates, None);
    let spot = state.blind_spots.iter().find(|spot| spot.kind == Kind::Updates).unwrap();
    assert_eq!((spot.subject.as_str(), spot.reason), ("lists", BlindSpotReason::NotPresent));
}

#[test]
fn backports_are_offered_only_to_what_came_from_them() {
    let backports = "var/lib/apt/lists/deb.example.org_debian_dists_bookworm-backports";
    let release = "Origin: Debian\nSuite: stable-backports\nNotAutomatic: yes\nButAutomaticUpgrades: yes\n";
    let host = |in_main: &str| {
        host()
            .with(&format!("{MAIN}_main_binary-amd64_Packages"), &stanza("bash", in_main, "amd64"))
            .with(&format!("{backports}_InRelease"), release)
            .with(&format!("{backports}_main_binary-amd64_Packages"), &stanza("bash", "6.0-1~bpo12+1", "amd64"))
            .collect()
    };
    assert_eq!(pending(&host("5.2.15-2+b2")), []);
    assert_eq!(pending(&host("5.1-1")), [("bash", "6.0-1~bpo12+1", false)]);
}

#[test]
fn a_pin_of_the_administrator_is_followed() {
    let host = host()
        .with(&format!("{MAIN}_main_binary-amd64_Packages"), &stanza("bash", "6.0-1", "amd64"))
        .with("etc/apt/preferences.d/keep-bash", "Package: bash\nPin: release o=Debian\nPin-Priority: -1\n");
    assert_eq!(pending(&host.collect()), []);
    let host = host.without("etc/apt/preferences.d");
    assert_eq!(pending(&host.collect()), [("bash", "6.0-1", false)]);
}

#[test]
fn a_package_that_turned_architecture_independent_has_a_candidate() {
    let dpkg = "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.21.22\n\n\
                Package: tool\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n\
                Package: lib\nStatus: install ok installed\nArchitecture: i386\nVersion: 1\n";
    let lists = [stanza("tool", "2", "all"), stanza("lib", "2", "all")].concat();
    let state = host().with("var/lib/dpkg/status", dpkg).with(&format!("{MAIN}_main_binary-amd64_Packages"), &lists).collect();
    assert_eq!(pending(&state), [("tool", "2", false)]);
}
