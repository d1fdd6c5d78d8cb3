//! The stored form of a device's state: an image that many share, and one sealed body with the rest.
//!
//! An image is a sorted list of packages without what differs between devices (dates, holds). A body says which
//! positions of the image the device lacks, which packages it has besides, and the dates and marks of those it shares.
//! Image and body together give back the state exactly.

use serde::{Deserialize, Serialize};
use wire::Timestamp;
use wire::state::{Package, State};

/// Compression of bodies and images: fast, as every report pays for it.
const ZSTD_LEVEL: i32 = 1;
/// Largest body or image after decompression, in bytes: the limits of a state, with room.
const UNPACKED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A stored body does not open.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// Compression or JSON is broken.
    #[error("a stored state does not unpack")]
    Broken(#[source] std::io::Error),
    /// Image and body do not fit each other.
    #[error("a stored state points outside its image")]
    Misfit,
}

/// A package set that devices share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredImage {
    /// `ID` of the operating system.
    pub os_id: String,
    /// `VERSION_ID` of the operating system.
    pub os_version_id: Option<String>,
    /// Sorted, without dates and marks.
    pub packages: Vec<Package>,
}

/// What a device's row holds sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredBody {
    /// The state without packages.
    pub state: State,
    /// The packages, where they are collected.
    pub packages: Option<StoredPackages>,
}

/// Packages as drift from an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPackages {
    /// Positions of the image that the device has not, sorted.
    pub removed: Vec<u32>,
    /// Packages that the image has not.
    pub added: Vec<Package>,
    /// Installation times of the shared packages in image order, in microseconds, each less the one before; absent ones as `null`.
    pub installed: Vec<Option<i64>>,
    /// Positions among the shared packages that are on hold.
    pub held: Vec<u32>,
    /// Positions among the shared packages that are incomplete.
    pub incomplete: Vec<u32>,
}

/// A package as an image holds it.
#[must_use]
pub fn shared(package: &Package) -> Package {
    Package { held: false, incomplete: false, installed_at: None, ..package.clone() }
}

/// What of `packages` an image does not already say. A package counts as shared if the image has it, dates and marks apart.
///
/// `image` and `keys` name what is shared, in the order of the image and of `packages`; a number for each distinct
/// [`shared`] package spares comparing a thousand texts.
#[must_use]
pub fn split<Key: Ord + Copy>(image: &[Key], keys: &[Key], packages: &[Package]) -> StoredPackages {
    let mut stored = StoredPackages::default();
    let mut places: Vec<(Key, usize)> = keys.iter().copied().zip(0..).collect();
    places.sort_unstable();
    let mut is_shared = vec![false; packages.len()];
    let (mut last, mut kept) = (0, 0_u32);
    for (position, key) in (0..).zip(image) {
        let place = places.partition_point(|(other, _)| other < key);
        let of_device = places.get(place).filter(|(found, at)| found == key && !is_shared[*at]).map(|(_, of_device)| *of_device);
        let Some((of_device, package)) = of_device.and_then(|place| Some((place, packages.get(place)?))) else {
            stored.removed.push(position);
            continue;
        };
        is_shared[of_device] = true;
        stored.installed.push(package.installed_at.map(|time| {
            let difference = time.micros() - last;
            last = time.micros();
            difference
        }));
        if package.held {
            stored.held.push(kept);
        }
        if package.incomplete {
            stored.incomplete.push(kept);
        }
        kept += 1;
    }
    stored.added = packages.iter().zip(&is_shared).filter(|(_, is_shared)| !**is_shared).map(|(package, _)| package.clone()).collect();
    stored
}

/// The packages of an image and what a device's body adds, sorted.
///
/// # Errors
/// [`StoredError::Misfit`].
pub fn join(image: &[Package], stored: &StoredPackages) -> Result<Vec<Package>, StoredError> {
    let mut packages = Vec::with_capacity(image.len() + stored.added.len());
    let mut removed = stored.removed.iter().peekable();
    let mut installed = stored.installed.iter();
    let mut last = 0_i64;
    for (position, package) in (0..).zip(image) {
        if removed.next_if_eq(&&position).is_some() {
            continue;
        }
        let installed_at = installed.next().ok_or(StoredError::Misfit)?.map(|difference| {
            last = last.wrapping_add(difference);
            Timestamp::from_micros(last)
        });
        packages.push(Package { installed_at, ..package.clone() });
    }
    for position in &stored.held {
        packages.get_mut(*position as usize).ok_or(StoredError::Misfit)?.held = true;
    }
    for position in &stored.incomplete {
        packages.get_mut(*position as usize).ok_or(StoredError::Misfit)?.incomplete = true;
    }
    packages.extend(stored.added.iter().cloned());
    packages.sort();
    Ok(packages)
}

/// JSON, compressed.
///
/// # Errors
/// Where memory for the result cannot be had.
pub fn pack<T: Serialize>(value: &T) -> Result<Vec<u8>, StoredError> {
    let json = serde_json::to_vec(value).map_err(|error| StoredError::Broken(error.into()))?;
    zstd::bulk::compress(&json, ZSTD_LEVEL).map_err(StoredError::Broken)
}

/// The value of compressed JSON.
///
/// # Errors
/// [`StoredError::Broken`].
pub fn unpack<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, StoredError> {
    let json = zstd::stream::Decoder::new(bytes).map_err(StoredError::Broken)?;
    let limited = std::io::Read::take(json, UNPACKED_BYTES_MAX as u64);
    serde_json::from_reader(std::io::BufReader::new(limited)).map_err(|error| StoredError::Broken(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use wire::state::PackageManager;

    fn any_packages() -> impl Strategy<Value = Vec<Package>> {
        let attributes = (0..3_u8, any::<bool>(), any::<bool>(), proptest::option::of(0..9_i64));
        proptest::collection::btree_map(0..30_u8, attributes, 0..30).prop_map(|map| {
            let package = |(name, (version, held, incomplete, installed)): (u8, (u8, bool, bool, Option<i64>))| Package {
                manager: PackageManager::Dpkg,
                name: format!("p{name}"),
                architecture: "all".into(),
                version: version.to_string(),
                source: None,
                source_version: None,
                held,
                incomplete,
                installed_at: installed.map(Timestamp::from_seconds),
                vendor: None,
            };
            let mut packages: Vec<_> = map.into_iter().map(package).collect();
            packages.sort();
            packages
        })
    }

    proptest! {
        #[test]
        fn image_and_body_give_back_the_packages(base in any_packages(), packages in any_packages()) {
            let image: Vec<_> = base.iter().map(shared).collect();
            let keys: Vec<_> = packages.iter().map(shared).collect();
            let drift = split(&image.iter().collect::<Vec<_>>(), &keys.iter().collect::<Vec<_>>(), &packages);
            let stored: StoredPackages = unpack(&pack(&drift).expect("packs")).expect("unpacks");
            prop_assert_eq!(join(&image, &stored).expect("fits"), packages);
        }

        #[test]
        fn a_package_that_is_there_twice_with_two_dates_comes_back_twice(packages in any_packages()) {
            let later = packages.iter().map(|package| Package { installed_at: Some(Timestamp::from_seconds(99)), ..package.clone() });
            let mut twice: Vec<_> = packages.iter().cloned().chain(later).collect();
            twice.sort();
            let image: Vec<_> = packages.iter().map(shared).collect();
            let keys: Vec<_> = twice.iter().map(shared).collect();
            let drift = split(&image.iter().collect::<Vec<_>>(), &keys.iter().collect::<Vec<_>>(), &twice);
            prop_assert_eq!(join(&image, &drift).expect("fits"), twice);
        }

        #[test]
        fn broken_bytes_are_an_error(bytes: Vec<u8>) {
            prop_assert!(unpack::<StoredBody>(&bytes).is_err());
        }
    }
}
