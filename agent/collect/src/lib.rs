//! Collectors: one file per thing that a host reports.
//!
//! Everything is read from files below a root directory, so that an unpacked image is collected like a live host, and
//! what could not be seen is named in the state's blind spots instead of failing the collection. Nothing needs root's
//! rights; nothing is written.
//!
//! * [`os_release`], [`host_name`], [`kernel`], [`hardware`], [`network`]: one kind each.
//! * [`packages`]: one file per tool; [`updates`]: what [`apt`]'s lists offer.
//! * [`root`], [`lines`], [`deb822`]: how files are read, within their limits.
//! * [`limits`]: brings the result under the limits of the wire.

pub mod apt;
pub mod blind_spots;
pub mod deb822;
pub mod hardware;
pub mod host_name;
pub mod kernel;
pub mod limits;
pub mod lines;
pub mod network;
pub mod os_release;
pub mod packages;
pub mod root;
pub mod updates;

use std::path::PathBuf;

use wire::state::{Kind, State};

use crate::blind_spots::BlindSpots;
use crate::root::Root;

/// What to collect, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// `/`, or the directory of an unpacked image.
    pub root: PathBuf,
    /// Kinds that are not collected. Without packages there are no updates either, whose list would name them.
    pub kinds_off: Vec<Kind>,
    /// Whether the host has an id of its own choice: then no serial number and no hardware address is read.
    pub own_system_id: bool,
    /// Whether tools of the system (`rpm`) may be run.
    pub run_tools: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { root: PathBuf::from("/"), kinds_off: Vec::new(), own_system_id: false, run_tools: true }
    }
}

/// The root directory cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the root directory {path}")]
pub struct RootError {
    /// The directory.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: std::io::Error,
}

/// Collects the canonical state of a host.
///
/// # Errors
/// Where the root directory cannot be opened; everything else that fails is a blind spot.
pub fn collect(options: &Options) -> Result<State, RootError> {
    let root = Root::open(&options.root).map_err(|source| RootError { path: options.root.clone(), source })?;
    let kinds_off = with_dependents(&options.kinds_off);
    let is_on = |kind: Kind| !kinds_off.contains(&kind);
    let mut spots = BlindSpots::default();
    let mut state = State::default();
    if is_on(Kind::HostName) {
        state.host_name = spots.see(Kind::HostName, "host_name", host_name::collect(&root));
    }
    if is_on(Kind::Os) {
        state.os = spots.see(Kind::Os, "os_release", os_release::collect(&root));
    }
    if is_on(Kind::Kernel) {
        state.kernel = spots.see(Kind::Kernel, "kernel", kernel::collect(&root));
    }
    if is_on(Kind::Hardware) {
        state.hardware = Some(hardware::collect(&root, options.own_system_id, &mut spots));
    }
    if is_on(Kind::Network) {
        let network = network::collect(&root, options.own_system_id, &mut spots);
        state.network = spots.see(Kind::Network, "interfaces", network);
    }
    if is_on(Kind::Packages) {
        state.packages = packages::collect(&root, options.run_tools, &mut spots);
        state.updates = collect_updates(&root, &mut state, &mut spots);
        if let Some(kernel) = &mut state.kernel {
            kernel::find_package(&root, kernel, state.packages.as_deref(), &mut spots);
        }
    }
    state.blind_spots = spots.into_inner();
    for kind in kinds_off {
        state.clear(kind);
        state.switched_off.push(kind);
    }
    limits::apply(&mut state);
    state.canonicalise();
    Ok(state)
}

fn collect_updates(root: &Root, state: &mut State, spots: &mut BlindSpots) -> Option<wire::state::Updates> {
    match &mut state.packages {
        Some(packages) => updates::collect(root, packages, spots),
        None => {
            spots.add(Kind::Updates, "packages", wire::state::BlindSpotReason::NotPresent);
            None
        }
    }
}

/// The kinds that are off, and those that would give them away.
fn with_dependents(kinds_off: &[Kind]) -> Vec<Kind> {
    let mut all = kinds_off.to_vec();
    if all.contains(&Kind::Packages) {
        all.push(Kind::Updates);
    }
    all.sort_unstable();
    all.dedup();
    all
}
