//! How long it takes to ask 230,000 advisories about every distinct version of a large, mixed fleet.
//!
//! `cargo bench -p vulnerabilities`. The bar is one second on one core. The set is made up, with a skew like Debian's: few
//! sources (the kernel, browsers) have thousands of advisories, most have a handful.

use std::hint::black_box;

use kernel::Clock;
use versions::Ecosystem;
use vulnerabilities::advisory::{Advisory, Affected, Event, Range};
use vulnerabilities::flaws::flaws_of_version;
use vulnerabilities::matcher::AdvisorySet;
use vulnerabilities::profile::{Names, Profile};

const ADVISORIES: u32 = 230_000;
const PACKAGES: u32 = 30_000;
/// Distinct versions of each package over the fleet.
const VERSIONS: u32 = 4;

fn main() {
    let clock = Clock::system();
    let started = clock.monotonic();
    let set = AdvisorySet::of((0..ADVISORIES).map(advisory));
    let indexed = clock.monotonic();
    let profile = Profile { ecosystem: "Debian:12".into(), order: Ecosystem::Deb, names: Names::Source };
    let (mut asked, mut found) = (0_u64, 0_u64);
    for package in 0..PACKAGES {
        for version in 0..VERSIONS {
            let version = format!("2.{}.{}-{}+deb12u{version}", package % 7, package % 31, version + 1);
            let flaws = black_box(flaws_of_version(&set, &profile, &format!("source-{package}"), &version));
            asked += 1;
            found += flaws.map_or(0, |flaws| flaws.len() as u64);
        }
    }
    let done = clock.monotonic();
    println!("{} advisories indexed in {:?}", set.len(), indexed - started);
    println!("{asked} distinct versions asked in {:?}; {found} flaws found", done - indexed);
}

/// The square makes low numbers, the large sources, come up far more often.
fn advisory(number: u32) -> Advisory {
    let spread = u64::from(number).wrapping_mul(2_654_435_761) % u64::from(PACKAGES);
    let package = spread * spread / u64::from(PACKAGES);
    let fixed = format!("2.{}.{}-{}+deb12u{}", number % 7, number % 31, number % 5, number % 4);
    Advisory {
        id: format!("DSA-{number}-1"),
        aliases: vec![format!("CVE-{}-{}", 2010 + number % 16, 10_000 + number)],
        affected: vec![Affected {
            ecosystem: "Debian:12".into(),
            package: format!("source-{package}"),
            ranges: vec![Range { events: vec![Event::Introduced("0".into()), Event::Fixed(fixed)] }],
            versions: Vec::new(),
            urgency: None,
        }],
        ..Advisory::default()
    }
}
