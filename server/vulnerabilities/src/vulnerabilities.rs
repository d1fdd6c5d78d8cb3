//! The facade: a tenant's exposure, computed when it is asked for and kept until the fleet or the master changes.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::store::Stores;
use devices::Devices;
use inventory::{EXPOSURE, Fleet, Inventory};
use kernel::{Actor, DeviceScope, Scope, ScopeMint, SystemWork, TenantId, Timestamp};
use roaring::RoaringBitmap;
use tokio::sync::Mutex as AsyncMutex;
use trust::Trust;
use web::Routes;

use crate::error::VulnerabilitiesError;
use crate::exposure::Exposure;
use crate::feeds::{FeedState, Feeds, FetchOutcome, catalogue};
use crate::fetch::{FetchProgress, Roots};
use crate::import::{ImportReport, Progress};
use crate::store as sql;
use crate::store::ExposureDay;

/// After a computation that took a time, its result is used for this many times as long, even where the fleet has changed
/// since: a large fleet changes every second, and must not keep a processor busy with that.
const PATIENCE: u32 = 10;
/// Most tenants that one step of the reconciler looks after.
pub const RECONCILE_TENANTS_MAX: usize = 16;
const MARKS_MAX: usize = 100;
const SECONDS_PER_DAY: i64 = 86_400;

/// The facade. Cloning shares everything.
#[derive(Clone)]
pub struct Vulnerabilities(Arc<Inner>);

struct Inner {
    stores: Stores,
    devices: Devices,
    inventory: Inventory,
    mint: ScopeMint,
    feeds: Feeds,
    exposures: Mutex<HashMap<TenantId, Arc<AsyncMutex<Cached>>>>,
}

#[derive(Default)]
struct Cached {
    exposure: Option<Arc<Exposure>>,
    computed_at: Duration,
    cost: Duration,
    /// The counts that were last written, and so need not be written again.
    written: Option<ExposureDay>,
}

impl std::fmt::Debug for Vulnerabilities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vulnerabilities")
    }
}

impl Cached {
    /// Whether the exposure is of this master and so young that it is used whatever the fleet does.
    fn rests(&self, generation: i64, now: Duration) -> bool {
        let is_of_master = self.exposure.as_ref().is_some_and(|exposure| exposure.master.generation == generation);
        is_of_master && now.saturating_sub(self.computed_at) < self.cost * PATIENCE
    }
}

/// Whether counts are those of the fleet as it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Freshness {
    Now,
    /// The fleet has changed since, and its turn has not come yet.
    Before,
}

/// One look at a tenant: its fleet, its exposure, and what the scope may see of it.
pub(crate) struct Look {
    pub(crate) fleet: Arc<Fleet>,
    pub(crate) exposure: Arc<Exposure>,
    pub(crate) visible: RoaringBitmap,
    /// Whether the scope sees every device: then what was gathered over all of them may be told.
    pub(crate) sees_all: bool,
}

impl Vulnerabilities {
    /// Opens the feeds of the catalogue and the facade over them.
    ///
    /// # Errors
    /// The store's; a stored advisory that is broken.
    pub async fn open(
        stores: &Stores,
        trust: &Trust,
        devices: &Devices,
        inventory: &Inventory,
        mint: ScopeMint,
    ) -> Result<Self, VulnerabilitiesError> {
        let feeds = Feeds::open(stores.clone(), trust.keyring(), catalogue(), Roots::System).await?;
        Ok(Self::new(stores, devices, inventory, feeds, mint))
    }

    /// The facade over the lower floors and these feeds.
    #[must_use]
    pub fn new(stores: &Stores, devices: &Devices, inventory: &Inventory, feeds: Feeds, mint: ScopeMint) -> Self {
        Self(Arc::new(Inner {
            stores: stores.clone(),
            devices: devices.clone(),
            inventory: inventory.clone(),
            mint,
            feeds,
            exposures: Mutex::default(),
        }))
    }

    /// The routes of this crate.
    pub fn routes(&self) -> Routes<Self> {
        crate::api::routes(self.clone())
    }

    /// The feeds and their master.
    #[must_use]
    pub fn feeds(&self) -> &Feeds {
        &self.0.feeds
    }

    pub(crate) fn devices(&self) -> &Devices {
        &self.0.devices
    }

    pub(crate) fn stores(&self) -> &Stores {
        &self.0.stores
    }

    /// How every feed stands.
    ///
    /// # Errors
    /// The store's.
    pub async fn feed_states(&self) -> Result<Vec<FeedState>, VulnerabilitiesError> {
        self.0.feeds.states().await
    }

    /// Imports a file into the master.
    ///
    /// # Errors
    /// As [`Feeds::import_file`].
    pub async fn import_file(&self, path: &Path, progress: Progress) -> Result<ImportReport, VulnerabilitiesError> {
        self.0.feeds.import_file(path, progress).await
    }

    /// Fetches a feed now.
    ///
    /// # Errors
    /// As [`Feeds::fetch`].
    pub async fn fetch(&self, feed: &str, progress: FetchProgress) -> Result<FetchOutcome, VulnerabilitiesError> {
        self.0.feeds.fetch(feed, progress, Actor::System(SystemWork::HostAdministration)).await
    }

    /// Fetches the feeds whose time has come.
    ///
    /// # Errors
    /// As [`Feeds::fetch_due`].
    pub async fn fetch_due(&self) -> Result<usize, VulnerabilitiesError> {
        self.0.feeds.fetch_due().await
    }

    /// The exposure of the scope's tenant: all of it; the caller AND-s it with what the scope may see.
    pub(crate) async fn look(&self, scope: &Scope) -> Result<Look, VulnerabilitiesError> {
        let below = |problem: kernel::Problem| VulnerabilitiesError::Below(Box::new(problem));
        let fleet = self.0.inventory.fleet(scope).await.map_err(|error| below(error.into()))?;
        let visible = self.0.devices.visible(scope).await.map_err(|error| below(error.into()))?;
        let cached = self.cached(scope.tenant());
        let mut cached = cached.lock().await;
        let exposure = self.exposure(&mut cached, &fleet).await?;
        Ok(Look { fleet, exposure, visible, sees_all: *scope.devices() == DeviceScope::All })
    }

    async fn exposure(&self, cached: &mut Cached, fleet: &Arc<Fleet>) -> Result<Arc<Exposure>, VulnerabilitiesError> {
        let clock = self.0.stores.clock();
        let master = self.0.feeds.master();
        if let Some(exposure) = &cached.exposure
            && exposure.master.generation == master.generation
        {
            let is_same = exposure.fleet_generation == fleet.generation();
            if is_same || cached.rests(master.generation, clock.monotonic()) {
                return Ok(Arc::clone(exposure));
            }
        }
        let started = clock.monotonic();
        let fleet = Arc::clone(fleet);
        let computed = tokio::task::spawn_blocking(move || Exposure::of(&fleet, master)).await;
        let exposure = Arc::new(computed.map_err(|_| VulnerabilitiesError::Worker)?);
        cached.computed_at = clock.monotonic();
        cached.cost = cached.computed_at.saturating_sub(started);
        cached.exposure = Some(Arc::clone(&exposure));
        Ok(exposure)
    }

    /// One step: recomputes the exposure of tenants whose packages changed, and of those in memory where the master or the
    /// day changed, and keeps the day's counts. Tells how many tenants it looked after.
    ///
    /// # Errors
    /// The stores'.
    pub async fn reconcile_step(&self) -> Result<usize, VulnerabilitiesError> {
        let marks = self.0.stores.marks();
        let (behind, resting) = self.behind().await?;
        // Those that rest keep their marks, and must not hold up the others.
        let marked: HashSet<TenantId> = marks.tenants_with(EXPOSURE, RECONCILE_TENANTS_MAX + resting).await?.into_iter().collect();
        let mut tenants: Vec<TenantId> = marked.iter().copied().collect();
        tenants.extend(behind.into_iter().filter(|tenant| !marked.contains(tenant)).take(RECONCILE_TENANTS_MAX));
        let mut done = 0;
        for tenant in &tenants {
            let scope = self.0.mint.system(*tenant, SystemWork::Reconciler);
            let seen = marks.pending(&scope, EXPOSURE, MARKS_MAX).await?;
            // The marks stay until the counts are those of a fleet that has all that they announced.
            if self.keep_day(&scope).await? == Freshness::Now {
                marks.clear(&scope, EXPOSURE, &seen).await?;
                done += 1;
            }
        }
        Ok(done)
    }

    /// Tenants in memory whose counts are of another day, master or fleet; and how many wait for their turn, as their
    /// exposure was dear and is not old.
    async fn behind(&self) -> Result<(Vec<TenantId>, usize), VulnerabilitiesError> {
        let all: Vec<_> = self.exposures().iter().map(|(tenant, cached)| (*tenant, Arc::clone(cached))).collect();
        let (today, generation, now) = (self.today(), self.0.feeds.master().generation, self.0.stores.clock().monotonic());
        let (mut behind, mut resting) = (Vec::new(), 0);
        for (tenant, cached) in all {
            let scope = self.0.mint.system(tenant, SystemWork::Reconciler);
            let fleet = self.0.inventory.fleet(&scope).await.map_err(|error| VulnerabilitiesError::Below(Box::new(error.into())))?;
            let cached = cached.lock().await;
            let is_counted = cached.written.is_some_and(|written| written.day == today);
            let is_same = cached
                .exposure
                .as_ref()
                .is_some_and(|exposure| exposure.master.generation == generation && exposure.fleet_generation == fleet.generation());
            let rests = cached.rests(generation, now);
            resting += usize::from(rests && !is_same);
            if !is_counted || !(is_same || rests) {
                behind.push(tenant);
            }
        }
        Ok((behind, resting))
    }

    async fn keep_day(&self, scope: &Scope) -> Result<Freshness, VulnerabilitiesError> {
        let Look { fleet, exposure, visible, .. } = self.look(scope).await?;
        let today = count_day(&exposure, &visible, self.today());
        let cached = self.cached(scope.tenant());
        let mut cached = cached.lock().await;
        if cached.written != Some(today) {
            let writing = scope.clone();
            self.0.stores.tenant(scope).write(move |tx| sql::put_exposure_day(tx, &writing, today)).await?;
            cached.written = Some(today);
        }
        Ok(if exposure.fleet_generation == fleet.generation() { Freshness::Now } else { Freshness::Before })
    }

    /// The counts of the last days, oldest first. A day on which nothing changed has the counts of the one before. They were
    /// taken over every device and cannot be parted, so only who reaches every device sees them.
    ///
    /// # Errors
    /// [`VulnerabilitiesError::NotOnAllDevices`]; the store's.
    pub async fn history(&self, scope: &Scope, days: u32) -> Result<Vec<ExposureDay>, VulnerabilitiesError> {
        if *scope.devices() != DeviceScope::All {
            return Err(VulnerabilitiesError::NotOnAllDevices);
        }
        let today = self.today();
        let first = today - i64::from(days.clamp(1, sql::HISTORY_DAYS_MAX)) + 1;
        let reading = scope.clone();
        // One retention earlier, so that the first day can be filled too.
        let since = first - i64::from(sql::HISTORY_DAYS_MAX);
        let kept = self.0.stores.tenant(scope).read(move |tx| sql::exposure_days(tx, &reading, since)).await?;
        let mut filled = Vec::new();
        let mut kept = kept.into_iter().peekable();
        let mut last: Option<ExposureDay> = None;
        for day in first..=today {
            while let Some(next) = kept.next_if(|next| next.day <= day) {
                last = Some(next);
            }
            filled.extend(last.map(|last| ExposureDay { day, ..last }));
        }
        Ok(filled)
    }

    /// Forgets a tenant that is erased.
    pub fn forget_tenant(&self, tenant: TenantId) {
        self.exposures().remove(&tenant);
    }

    fn cached(&self, tenant: TenantId) -> Arc<AsyncMutex<Cached>> {
        Arc::clone(self.exposures().entry(tenant).or_default())
    }

    fn exposures(&self) -> std::sync::MutexGuard<'_, HashMap<TenantId, Arc<AsyncMutex<Cached>>>> {
        self.0.exposures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn today(&self) -> i64 {
        self.0.stores.clock().now().seconds().div_euclid(SECONDS_PER_DAY)
    }
}

/// Companions are not counted: nobody is exposed by a header.
fn count_day(exposure: &Exposure, visible: &RoaringBitmap, day: i64) -> ExposureDay {
    let mut counts = ExposureDay { day, cves: 0, cves_known_exploited: 0, devices_exposed: 0 };
    let mut exposed = RoaringBitmap::new();
    let mut counted: HashMap<*const RoaringBitmap, bool> = HashMap::new();
    for flaw in &exposure.flaws {
        let devices = &flaw.software.devices;
        let is_exposed = *counted.entry(Arc::as_ptr(devices)).or_insert_with(|| {
            exposed |= &**devices;
            !devices.is_disjoint(visible)
        });
        if is_exposed {
            counts.cves += 1;
            counts.cves_known_exploited += u64::from(is_known_exploited(exposure, &flaw.cve));
        }
    }
    counts.devices_exposed = exposed.intersection_len(visible);
    counts
}

pub(crate) fn is_known_exploited(exposure: &Exposure, cve: &str) -> bool {
    cve.parse().is_ok_and(|cve| exposure.master.known_exploited.contains_key(&cve))
}

/// A day as `YYYY-MM-DD`.
pub(crate) fn date_of(day: i64) -> String {
    let text = Timestamp::from_seconds(day.saturating_mul(SECONDS_PER_DAY)).to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}
