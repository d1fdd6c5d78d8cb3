//! Arrows point down: which crate may call which, as the table of `ARCHITECTURE.md` says.
//!
//! A forbidden arrow between two crates cannot compile while it is not in a `Cargo.toml`; this check keeps it out of there.
//! A new crate or a new arrow is a decision: write an ADR, then add the row here and in `ARCHITECTURE.md`.

use super::Finding;
use crate::manifests::{Manifest, Purpose, members};
use crate::tree::Tree;
use std::collections::BTreeMap;

/// A crate's place. Floors are tenfold, since `devices` lives on 4½.
struct Room {
    name: &'static str,
    floor: u8,
    may_call: &'static [&'static [&'static str]],
}

const PURE: &[&str] = &["kernel", "seal", "versions", "wire", "words"];
const GROUND: &[&str] = &["store", "web"];
const TRUST: &[&str] = &["notify", "trust"];
const IDENTITY: &[&str] = &["identity"];
const DEVICES: &[&str] = &["devices"];
const DETECTORS: &[&str] = &["files", "telemetry", "updates", "vulnerabilities"];
const DOMAINS: &[&str] = &["desk", "inventory", "operations"];

#[rustfmt::skip]
const HOUSE: &[Room] = &[
    Room { name: "purser",          floor: 90, may_call: &[PURE, &["app", "collect", "gateway"]] },
    Room { name: "app",             floor: 80, may_call: &[PURE, GROUND, TRUST, IDENTITY, DEVICES, DOMAINS, DETECTORS, &["console", "insights"]] },
    Room { name: "insights",        floor: 70, may_call: &[PURE, GROUND, TRUST, IDENTITY, DEVICES, &["inventory", "updates", "vulnerabilities"]] },
    Room { name: "files",           floor: 60, may_call: &[PURE, GROUND, TRUST, IDENTITY, DEVICES, &["desk"]] },
    Room { name: "telemetry",       floor: 60, may_call: &[PURE, GROUND, TRUST, IDENTITY, DEVICES, &["desk", "inventory"]] },
    Room { name: "updates",         floor: 60, may_call: &[PURE, GROUND, TRUST, IDENTITY, DEVICES, &["desk", "inventory"]] },
    Room { name: "vulnerabilities", floor: 60, may_call: &[PURE, GROUND, TRUST, IDENTITY, DEVICES, &["desk", "inventory"]] },
    Room { name: "desk",            floor: 50, may_call: &[PURE, GROUND, TRUST, IDENTITY, DEVICES] },
    Room { name: "inventory",       floor: 50, may_call: &[PURE, GROUND, TRUST, IDENTITY, DEVICES] },
    Room { name: "operations",      floor: 50, may_call: &[PURE, GROUND, TRUST, IDENTITY, DEVICES] },
    Room { name: "devices",         floor: 45, may_call: &[PURE, GROUND, TRUST, IDENTITY] },
    Room { name: "identity",        floor: 40, may_call: &[PURE, GROUND, TRUST] },
    Room { name: "notify",          floor: 30, may_call: &[PURE, GROUND] },
    Room { name: "trust",           floor: 30, may_call: &[PURE, GROUND] },
    Room { name: "agent",           floor: 20, may_call: &[PURE, &["collect"]] },
    Room { name: "gateway",         floor: 20, may_call: &[PURE, &["console", "web"]] },
    Room { name: "store",           floor: 20, may_call: &[PURE] },
    Room { name: "web",             floor: 20, may_call: &[PURE] },
    Room { name: "collect",         floor: 10, may_call: &[&["versions", "wire"]] },
    Room { name: "console",         floor: 10, may_call: &[&["wire"]] },
    Room { name: "kernel",          floor: 10, may_call: &[&["wire"]] },
    Room { name: "seal",            floor: 10, may_call: &[&["wire"]] },
    Room { name: "versions",        floor: 10, may_call: &[&["wire"]] },
    Room { name: "wire",            floor: 10, may_call: &[] },
    Room { name: "words",           floor: 10, may_call: &[] },
];

/// Outside the house: they ship nothing. `stories` drives everything, `xtask` nothing at all.
const OUTSIDE: [&str; 2] = ["stories", "xtask"];

/// Crates from outside that only some of ours may take.
const RESERVED: [(&str, &[&str], &str); 4] = [
    ("anyhow", &["purser", "xtask"], "libraries have error enums; only the programs' outermost layer uses anyhow"),
    ("rusqlite", &["store"], "the storage engines stay behind `store`"),
    ("tokio-postgres", &["store"], "the storage engines stay behind `store`"),
    ("tracing-subscriber", &["app", "purser"], "a library logs; the program decides where logs go"),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let members = members(tree);
    members.values().flat_map(|manifest| check_member(manifest, &members)).collect()
}

fn check_member(manifest: &Manifest, members: &BTreeMap<String, Manifest>) -> Vec<Finding> {
    let mut findings = reserved(manifest);
    let Some(room) = room(&manifest.name) else {
        if OUTSIDE.contains(&manifest.name.as_str()) {
            findings.extend(outside(manifest, members));
        } else {
            findings.push(Finding::at(
                &manifest.path,
                format!("crate `{}` has no floor; a new crate needs an ADR and a row in xtask/src/tidy/floors.rs", manifest.name),
            ));
        }
        return findings;
    };
    for dependency in manifest.dependencies.iter().filter(|dependency| members.contains_key(&dependency.name)) {
        let complaint = match dependency.purpose {
            Purpose::Shipped if room.may_call.iter().any(|group| group.contains(&dependency.name.as_str())) => continue,
            Purpose::Shipped => "may not call",
            Purpose::Test if dependency.name == room.name || floor(&dependency.name) <= Some(room.floor) => continue,
            Purpose::Test => "may not test itself by way of the floor above:",
        };
        findings.push(Finding::at(&manifest.path, format!("`{}` {complaint} `{}`", room.name, dependency.name)));
    }
    findings
}

/// `stories` is test support from its library on, so it may take everything; `xtask` is built before all else and takes nothing.
fn outside(manifest: &Manifest, members: &BTreeMap<String, Manifest>) -> Vec<Finding> {
    if manifest.name == "stories" {
        return Vec::new();
    }
    let shipped = manifest.dependencies.iter().filter(|d| d.purpose == Purpose::Shipped && members.contains_key(&d.name));
    shipped
        .map(|d| Finding::at(&manifest.path, format!("`{}` is built before all else, so it may not call `{}`", manifest.name, d.name)))
        .collect()
}

fn reserved(manifest: &Manifest) -> Vec<Finding> {
    let shipped = manifest.dependencies.iter().filter(|dependency| dependency.purpose == Purpose::Shipped);
    let rules = shipped.filter_map(|dependency| RESERVED.iter().find(|(name, ..)| *name == dependency.name));
    let broken = rules.filter(|(_, takers, _)| !takers.contains(&manifest.name.as_str()));
    broken.map(|(name, _, reason)| Finding::at(&manifest.path, format!("`{}` may not take `{name}`: {reason}", manifest.name))).collect()
}

fn room(name: &str) -> Option<&'static Room> {
    HOUSE.iter().find(|room| room.name == name)
}

fn floor(name: &str) -> Option<u8> {
    room(name).map(|room| room.floor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, rest: &str) -> String {
        format!("[package]\nname = \"{name}\"\n{rest}")
    }

    fn findings(crates: &[(&str, &str)]) -> Vec<String> {
        let texts: Vec<_> = crates.iter().map(|(name, rest)| (format!("{name}/Cargo.toml"), manifest(name, rest))).collect();
        let tree = Tree::of(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        check(&tree).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_call_down_is_fine_and_a_call_up_is_found() {
        assert!(findings(&[("devices", "[dependencies]\nidentity.workspace = true"), ("identity", "")]).is_empty());
        assert_eq!(
            findings(&[("devices", ""), ("identity", "[dependencies]\ndevices.workspace = true")]),
            ["`identity` may not call `devices`"]
        );
    }

    #[test]
    fn siblings_may_not_call_each_other() {
        assert_eq!(findings(&[("inventory", "[dependencies]\ndesk.workspace = true"), ("desk", "")]), ["`inventory` may not call `desk`"]);
        assert_eq!(
            findings(&[("files", "[dependencies]\ninventory.workspace = true"), ("inventory", "")]),
            ["`files` may not call `inventory`"]
        );
    }

    #[test]
    fn a_build_dependency_is_an_arrow_too() {
        assert_eq!(
            findings(&[("wire", "[build-dependencies]\nkernel.workspace = true"), ("kernel", "")]),
            ["`wire` may not call `kernel`"]
        );
    }

    #[test]
    fn tests_may_use_siblings_but_not_the_floor_above() {
        assert!(findings(&[("vulnerabilities", "[dev-dependencies]\nupdates.workspace = true"), ("updates", "")]).is_empty());
        assert_eq!(findings(&[("store", "[dev-dependencies]\napp.workspace = true"), ("app", "")]).len(), 1);
    }

    #[test]
    fn a_crate_without_a_floor_is_found() {
        assert_eq!(findings(&[("gadgets", "")]).len(), 1);
    }

    #[test]
    fn stories_calls_everything_and_xtask_nothing() {
        assert!(findings(&[("stories", "[dependencies]\napp.workspace = true"), ("app", "")]).is_empty());
        assert_eq!(findings(&[("xtask", "[dependencies]\napp.workspace = true"), ("app", "")]).len(), 1);
    }

    #[test]
    fn storage_engines_stay_behind_store() {
        assert!(findings(&[("store", "[dependencies]\nrusqlite.workspace = true")]).is_empty());
        assert_eq!(findings(&[("trust", "[dependencies]\nrusqlite.workspace = true")]).len(), 1);
        assert!(findings(&[("stories", "[dev-dependencies]\nrusqlite.workspace = true")]).is_empty());
    }

    #[test]
    fn the_table_itself_points_down() {
        for room in HOUSE {
            for called in room.may_call.iter().copied().flatten() {
                let called_floor = floor(called).unwrap_or_else(|| panic!("{called} has no row"));
                let beside =
                    [("gateway", "web"), ("collect", "versions"), ("collect", "wire"), ("console", "wire")].contains(&(room.name, called));
                let ground = *called == "wire" && room.floor == 10;
                assert!(called_floor < room.floor || beside || ground, "{} -> {called}", room.name);
            }
        }
    }
}
