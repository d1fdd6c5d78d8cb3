//! Installed packages, one file per tool that installs them.
//!
//! Maintainers and packagers are people, with names and mail addresses, and are never read.

pub mod apk;
pub mod dpkg;
pub mod pacman;
pub mod rpm;

use std::io;

use wire::state::{BlindSpotReason, Kind, Package, STATE_PACKAGES_MAX};

use crate::blind_spots::BlindSpots;
use crate::root::Root;

/// Reads the packages of every tool whose database is there; nothing where no database can be read.
///
/// With `run_tools` unset, databases that only their own tool can read are blind spots.
pub fn collect(root: &Root, run_tools: bool, blind_spots: &mut BlindSpots) -> Option<Vec<Package>> {
    let mut see = |subject: &str, found: Option<io::Result<Vec<Package>>>| {
        let packages = found?;
        blind_spots.see(Kind::Packages, subject, packages)
    };
    let by_tool = [
        see("dpkg", dpkg::collect(root)),
        see("apk", apk::collect(root)),
        see("pacman", pacman::collect(root)),
        rpm::collect(root, run_tools, blind_spots),
    ];
    let is_blind = blind_spots.mentions(Kind::Packages);
    if by_tool.iter().all(Option::is_none) {
        if !is_blind {
            blind_spots.add(Kind::Packages, "database", BlindSpotReason::NotPresent);
        }
        return None;
    }
    Some(by_tool.into_iter().flatten().flatten().collect())
}

/// The error of a database with more packages than a state may have.
fn check_count(packages: &[Package]) -> io::Result<()> {
    if packages.len() > STATE_PACKAGES_MAX { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(()) }
}

/// The text, where it differs from `other` and says something.
fn differing(text: &str, other: &str) -> Option<String> {
    (!text.is_empty() && text != other).then(|| text.to_owned())
}
