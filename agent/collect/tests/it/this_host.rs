//! Promise OP-2 on the host that runs the tests: the same set as the host's own tools, field by field.

use std::collections::BTreeMap;
use std::process::Command;

use collect::Options;
use wire::state::{Package, PackageManager, State};

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).env("LC_ALL", "C").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn dpkg_packages(state: &State) -> impl Iterator<Item = &Package> {
    state.packages.iter().flatten().filter(|package| package.manager == PackageManager::Dpkg)
}

#[test]
fn promise_op_2_every_field_of_every_package_is_what_dpkg_query_says() {
    const FORMAT: &str = "${Package}\t${Architecture}\t${Version}\t${source:Package}\t${source:Version}\t${db:Status-Want}\t${db:Status-Eflag}\t${db:Status-Status}\n";
    let Some(expected) = output("dpkg-query", &["-W", "-f", FORMAT]) else {
        println!("skipped: this host has no dpkg-query");
        return;
    };
    let state = collect::collect(&Options::default()).unwrap();
    let is_there = |line: &&str| !line.ends_with("\tnot-installed") && !line.ends_with("\tconfig-files");
    // Purser knows two conditions where dpkg knows many: done, and not done.
    let condition = |line: &str| {
        let (fields, status) = line.rsplit_once('\t').unwrap();
        let (fields, flag) = fields.rsplit_once('\t').unwrap();
        let is_done = flag == "ok" && matches!(status, "installed" | "triggers-awaited" | "triggers-pending");
        format!("{fields}\t{}", if is_done { "done" } else { "incomplete" }).replace("\tdeinstall\t", "\tinstall\t")
    };
    let mut expected: Vec<String> = expected.lines().filter(is_there).map(condition).collect();
    expected.sort_unstable();
    let row = |package: &Package| {
        let want = if package.held { "hold" } else { "install" };
        let condition = if package.incomplete { "incomplete" } else { "done" };
        [&package.name, &package.architecture, &package.version, package.source_name(), package.source_version(), want, condition]
            .join("\t")
    };
    let mut found: Vec<String> = dpkg_packages(&state).map(row).collect();
    found.sort_unstable();
    println!("{} packages compared in 7 fields", found.len());
    assert_eq!(found, expected);
}

#[test]
fn promise_op_2_the_installed_date_is_that_of_the_list_of_files() {
    if !std::path::Path::new("/var/lib/dpkg/status").exists() {
        println!("skipped: this host has no dpkg database");
        return;
    }
    let state = collect::collect(&Options::default()).unwrap();
    assert!(dpkg_packages(&state).count() > 0);
    for package in dpkg_packages(&state) {
        let name = format!("{}:{}", package.name, package.architecture);
        let plain = format!("/var/lib/dpkg/info/{}.list", package.name);
        let qualified = format!("/var/lib/dpkg/info/{name}.list");
        let path = if std::path::Path::new(&qualified).exists() { qualified } else { plain };
        let modified = std::fs::metadata(path).unwrap().modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(package.installed_at.map(|time| time.seconds().cast_unsigned()), Some(modified.as_secs()), "{name}");
    }
}

#[test]
fn pending_updates_and_their_security_are_what_apt_says() {
    let Some(expected) = output("apt", &["list", "--upgradable"]) else {
        println!("skipped: this host has no apt");
        return;
    };
    let state = collect::collect(&Options::default()).unwrap();
    let Some(updates) = &state.updates else {
        println!("skipped: this host has no package lists: {:?}", state.blind_spots);
        return;
    };
    // bash/oldstable,oldstable-security 5.2.15-2+b13 amd64 [upgradable from: 5.2.15-2+b8]
    let row = |line: &str| {
        let (name, rest) = line.split_once('/')?;
        let mut words = rest.split_whitespace();
        let (suites, candidate) = (words.next()?, words.next()?.to_owned());
        let installed = rest.rsplit_once(": ")?.1.trim_end_matches(']').to_owned();
        Some((name.to_owned(), (installed, candidate, suites.split(',').any(|suite| suite.ends_with("-security")))))
    };
    let held: Vec<_> = dpkg_packages(&state).filter(|package| package.held).map(|package| package.name.as_str()).collect();
    let expected: BTreeMap<_, _> = expected.lines().filter_map(row).filter(|(name, _)| !held.contains(&name.as_str())).collect();
    let found: BTreeMap<_, _> = updates
        .pending
        .iter()
        .map(|update| (update.name.clone(), (update.installed.clone(), update.candidate.clone(), update.security)))
        .collect();
    println!("{} pending updates compared", found.len());
    assert_eq!(found, expected);
}

#[test]
fn addresses_lie_on_the_interface_that_has_them() {
    let Some(expected) = output("ip", &["-o", "address", "show", "scope", "global"]) else {
        println!("skipped: this host has no ip(8)");
        return;
    };
    let state = collect::collect(&Options::default()).unwrap();
    // 4: eth0    inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0
    let row = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        let (interface, _family, address) = (words.next()?, words.next()?, words.next()?);
        let is_of_the_loopback_or_temporary = interface == "lo" || line.contains(" temporary ");
        (!is_of_the_loopback_or_temporary).then(|| (interface.to_owned(), address.split('/').next().unwrap_or(address).to_owned()))
    };
    let mut expected: Vec<_> = expected.lines().filter_map(row).collect();
    expected.sort();
    let interfaces = state.network.iter().flat_map(|network| &network.interfaces);
    let mut found: Vec<_> = interfaces
        .flat_map(|interface| interface.addresses.iter().map(|address| (interface.name.clone(), address.reveal().clone())))
        .collect();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn the_booted_kernel_is_the_one_that_uname_names() {
    let Some(expected) = output("uname", &["-srm"]) else {
        println!("skipped: this host has no uname(1)");
        return;
    };
    let kernel = collect::collect(&Options::default()).unwrap().kernel.unwrap();
    assert_eq!(format!("{} {} {}", kernel.name, kernel.release, kernel.machine), expected.trim());
}
