//! What people look at: findings by flaw and by package, one device, coverage. Everything is cut to what the scope may see,
//! counts and version lists included.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use inventory::index::ClassId;
use kernel::{DeviceId, Scope};
use roaring::RoaringBitmap;

use crate::advisory::Advisory;
use crate::coverage::Silent;
use crate::error::VulnerabilitiesError;
use crate::exposure::{AffectedVersion, Concern, Exposure, Flaw, installed, profile_of};
use crate::finding::{
    AffectedPackage, AffectedPackageVersion, Coverage, DeviceAnswer, DeviceFinding, DevicePackage, Finding, FindingDetail, FindingFilter,
    FindingKey, FindingSort, PackageFinding, Partly, VulnerableDevice,
};
use crate::kev::KnownExploited;
use crate::master::unpack_advisory;
use crate::matcher::Head;
use crate::package_class::PackageClass;
use crate::profile::NotCovered;
use crate::severity::Rating;
use crate::store as sql;
use crate::store::Provenance;
use crate::vulnerabilities::{Look, Vulnerabilities, is_known_exploited};
use ::store::params;

/// Most advisories of one flaw whose texts are read.
const ADVISORIES_READ_MAX: usize = 20;

fn key_of(look: &Look, flaw: &Flaw, sort: FindingSort, devices: u64) -> FindingKey {
    let exploited = u64::from(is_known_exploited(&look.exposure, &flaw.cve));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a probability is 0 to 1")]
    let epss = score_of(&look.exposure, &flaw.cve).map_or(0, |(epss, _)| (epss * 1e9).round() as u64);
    let rank = match sort {
        FindingSort::Kev => [exploited, epss, devices],
        FindingSort::Epss => [epss, exploited, devices],
        FindingSort::Devices => [devices, exploited, epss],
        FindingSort::Severity => [rating_of(look, flaw) as u64, exploited, epss],
    };
    FindingKey::new(rank, &flaw.cve)
}

fn score_of(exposure: &Exposure, cve: &str) -> Option<(f64, f64)> {
    exposure.master.scores.of(cve.parse().ok()?)
}

impl Vulnerabilities {
    /// The findings after a key, at most `limit`, each with its key.
    ///
    /// # Errors
    /// The lower floors'.
    pub async fn findings(
        &self,
        scope: &Scope,
        filter: &FindingFilter,
        sort: FindingSort,
        after: Option<&FindingKey>,
        limit: usize,
    ) -> Result<Vec<(FindingKey, Finding)>, VulnerabilitiesError> {
        let look = self.look(scope).await?;
        let mut counts = Counts::default();
        let mut found = Vec::new();
        for flaw in &look.exposure.flaws {
            let Some((class, devices)) = class_of(&look, flaw, &mut counts) else { continue };
            let is_wanted = filter.class.is_none_or(|wanted| wanted == class)
                && filter.known_exploited.is_none_or(|wanted| wanted == is_known_exploited(&look.exposure, &flaw.cve))
                && (filter.text.is_empty() || names(&look, flaw, class, &filter.text, &mut counts));
            let key = key_of(&look, flaw, sort, devices);
            if is_wanted && after.is_none_or(|after| key > *after) {
                found.push((key, flaw, class));
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found.truncate(limit);
        Ok(found.into_iter().map(|(key, flaw, class)| (key, finding(&look, flaw, class))).collect())
    }

    /// How much of the visible fleet is compared with advisories.
    ///
    /// # Errors
    /// The lower floors'.
    pub async fn coverage(&self, scope: &Scope) -> Result<Coverage, VulnerabilitiesError> {
        let look = self.look(scope).await?;
        let known = &look.exposure.coverage;
        let mut not_covered: Vec<(NotCovered, u64)> = Vec::new();
        let mut without_report = &look.visible - &known.covered;
        for (reason, devices) in &known.not_covered {
            not_covered.push((reason.clone(), devices.intersection_len(&look.visible)));
            without_report -= devices;
        }
        not_covered.push((NotCovered::NotReported, without_report.len()));
        not_covered.retain(|(_, devices)| *devices > 0);
        let visible = |devices: &RoaringBitmap| devices.intersection_len(&look.visible);
        let seen = known.silent.iter().filter(|(_, silent)| visible(&silent.devices) > 0);
        let partly = seen.map(|(reason, silent)| Partly {
            reason: reason.clone(),
            devices: visible(&silent.devices),
            packages: visible_packages(&look, silent),
        });
        let basis = known.basis.iter().map(|(basis, devices)| (basis.clone(), visible(devices)));
        Ok(Coverage {
            covered_devices: visible(&known.covered),
            not_covered,
            partly: partly.collect(),
            basis: basis.filter(|(_, devices)| *devices > 0).collect(),
        })
    }

    /// What is known of a flaw; of one that concerns no visible device too, where an advisory or CISA names it.
    ///
    /// # Errors
    /// Nobody names it; the lower floors'.
    pub async fn finding(&self, scope: &Scope, cve: &str) -> Result<FindingDetail, VulnerabilitiesError> {
        let look = self.look(scope).await?;
        let concerning = look.exposure.flaw(cve).and_then(|flaw| Some((flaw, class_of(&look, flaw, &mut Counts::default())?.0)));
        let detail = match concerning {
            Some((flaw, class)) => FindingDetail {
                finding: finding(&look, flaw, class),
                advisories: Vec::new(),
                affected: affected(&look, flaw.concern(class)),
                companion_devices: match class {
                    PackageClass::Software => flaw.companions.devices.intersection_len(&look.visible),
                    PackageClass::KernelCompanion => 0,
                },
            },
            None => FindingDetail {
                finding: finding_without_devices(&look, cve)?,
                advisories: Vec::new(),
                affected: Vec::new(),
                companion_devices: 0,
            },
        };
        let advisories = self.read_advisories(&detail.finding.advisories).await?;
        Ok(FindingDetail { advisories, ..detail })
    }

    /// The visible devices that a flaw concerns, after a device, at most `limit`, sorted by id, each with its packages.
    ///
    /// # Errors
    /// It concerns none; the lower floors'.
    pub async fn finding_devices(
        &self,
        scope: &Scope,
        cve: &str,
        after: Option<DeviceId>,
        limit: usize,
    ) -> Result<Vec<VulnerableDevice>, VulnerabilitiesError> {
        let look = self.look(scope).await?;
        let concerning = look.exposure.flaw(cve).and_then(|flaw| Some((flaw, class_of(&look, flaw, &mut Counts::default())?.0)));
        let Some((flaw, class)) = concerning else {
            finding_without_devices(&look, cve)?;
            return Ok(Vec::new());
        };
        let concern = flaw.concern(class);
        let ordinals = self.ordinals(scope).await?;
        let mut devices: Vec<(DeviceId, u32)> = Vec::new();
        for ordinal in &*concern.devices & &look.visible {
            devices.extend(ordinals.device(ordinal).map(|device| (device, ordinal)));
        }
        devices.sort_unstable();
        devices.retain(|(device, _)| after.is_none_or(|after| *device > after));
        devices.truncate(limit);
        let names = self.devices().names(scope, devices.iter().map(|(_, ordinal)| *ordinal).collect()).await;
        let names = names.map_err(|error| VulnerabilitiesError::Below(Box::new(error.into())))?;
        let named = devices.into_iter().zip(names).map(|((device, ordinal), name)| VulnerableDevice {
            device,
            name: name.and_then(|(_, name)| name),
            packages: packages_of(&look, concern, ordinal),
        });
        Ok(named.collect())
    }

    /// A device's vulnerabilities, or why nothing can be said.
    ///
    /// # Errors
    /// There is no such visible device; the lower floors'.
    pub async fn device_findings(&self, scope: &Scope, device: DeviceId) -> Result<Result<DeviceAnswer, NotCovered>, VulnerabilitiesError> {
        let look = self.look(scope).await?;
        let ordinal = self.ordinals(scope).await?.of(device);
        let ordinal = ordinal.filter(|ordinal| look.visible.contains(*ordinal)).ok_or(VulnerabilitiesError::NotFound)?;
        let coverage = &look.exposure.coverage;
        let Some(basis) = coverage.basis_of(ordinal).cloned() else {
            return Ok(Err(coverage.reason(ordinal).unwrap_or(NotCovered::NotReported)));
        };
        let classes: HashSet<ClassId> = look.fleet.classes_of(ordinal).into_iter().collect();
        let mut found = Vec::new();
        for flaw in &look.exposure.flaws {
            for class in [PackageClass::Software, PackageClass::KernelCompanion] {
                let concern = flaw.concern(class);
                if !concern.devices.contains(ordinal) {
                    continue;
                }
                let versions = concern.versions.iter().filter(|version| is_on(version, &classes, ordinal));
                let packages: BTreeSet<_> = versions.filter_map(|version| device_package(&look.exposure, version, ordinal)).collect();
                found.extend(packages.into_iter().map(|package| DeviceFinding {
                    cve: Arc::clone(&flaw.cve),
                    package,
                    rating: rating_of(&look, flaw),
                    known_exploited: is_known_exploited(&look.exposure, &flaw.cve),
                    epss: score_of(&look.exposure, &flaw.cve).map(|(epss, _)| epss),
                    class,
                }));
            }
        }
        let silent = coverage.silent.iter().filter(|(_, silent)| silent.devices.contains(ordinal));
        let count = |silent: &Silent| silent.classes.iter().filter(|class| classes.contains(class)).count() as u64;
        let partly = silent.map(|(reason, silent)| (reason.clone(), count(silent))).collect();
        Ok(Ok(DeviceAnswer { findings: found, partly, basis }))
    }

    /// The packages of the visible fleet that flaws concern, by name and ecosystem, after such a pair, at most `limit`.
    ///
    /// # Errors
    /// The lower floors'.
    pub async fn package_findings(
        &self,
        scope: &Scope,
        after: Option<&(String, String)>,
        limit: usize,
    ) -> Result<Vec<PackageFinding>, VulnerabilitiesError> {
        let look = self.look(scope).await?;
        let mut counts = Counts::default();
        let mut packages: BTreeMap<(String, String), (HashSet<usize>, HashSet<ClassId>)> = BTreeMap::new();
        for (number, flaw) in look.exposure.flaws.iter().enumerate() {
            for version in &flaw.software.versions {
                if counts.of_version(&look, version) == 0 {
                    continue;
                }
                let Some((profile, source, _)) = subject(&look.exposure, version.class) else { continue };
                let key = (source, profile);
                if after.is_none_or(|after| key > *after) {
                    let (flaws, classes) = packages.entry(key).or_default();
                    flaws.insert(number);
                    classes.insert(version.class);
                }
            }
        }
        let page = packages.into_iter().take(limit);
        Ok(page.map(|((source, profile), (flaws, classes))| package_finding(&look, (source, profile), &flaws, classes)).collect())
    }

    async fn ordinals(&self, scope: &Scope) -> Result<Arc<devices::Ordinals>, VulnerabilitiesError> {
        self.devices().ordinals(scope).await.map_err(|error| VulnerabilitiesError::Below(Box::new(error.into())))
    }

    async fn read_advisories(&self, ids: &[Arc<str>]) -> Result<Vec<(Advisory, Provenance)>, VulnerabilitiesError> {
        let ids: Vec<Arc<str>> = ids.iter().take(ADVISORIES_READ_MAX).cloned().collect();
        let read = move |tx: &mut ::store::Tx<'_>| {
            let mut found = Vec::new();
            for id in &ids {
                let Some(row) = tx.query_optional(&sql::ADVISORY_BY_ID, &params![&**id])? else { continue };
                let body: Vec<u8> = row.get(0)?;
                let provenance =
                    Provenance { document: row.get(1)?, feed: row.get(2)?, document_sha256: row.get(3)?, imported_at: row.get(4)? };
                found.push((unpack_advisory(id, &body)?, provenance));
            }
            Ok::<_, VulnerabilitiesError>(found)
        };
        self.stores().master().read(read).await
    }
}

/// The number of versions that lie on visible devices.
fn visible_packages(look: &Look, silent: &Silent) -> u64 {
    let is_visible = |class: &&ClassId| !look.fleet.devices_of(&[**class]).is_disjoint(&look.visible);
    let sees_all = silent.devices.is_subset(&look.visible);
    (if sees_all { silent.classes.len() } else { silent.classes.iter().filter(is_visible).count() }) as u64
}

/// Counts of visible devices, each set counted once: many flaws share one.
#[derive(Default)]
struct Counts {
    sets: HashMap<*const RoaringBitmap, u64>,
    classes: HashMap<ClassId, u64>,
}

impl Counts {
    fn of_set(&mut self, look: &Look, devices: &Arc<RoaringBitmap>) -> u64 {
        *self.sets.entry(Arc::as_ptr(devices)).or_insert_with(|| devices.intersection_len(&look.visible))
    }

    fn of_version(&mut self, look: &Look, version: &AffectedVersion) -> u64 {
        match &version.part {
            Some(part) => self.of_set(look, part),
            None => {
                let count = || look.fleet.devices_of(&[version.class]).intersection_len(&look.visible);
                *self.classes.entry(version.class).or_insert_with(count)
            }
        }
    }
}

/// As what a flaw counts for the scope, and the number of its visible devices; `None` where it concerns none of them.
fn class_of(look: &Look, flaw: &Flaw, counts: &mut Counts) -> Option<(PackageClass, u64)> {
    let of = |class| (class, flaw.concern(class));
    [of(PackageClass::Software), of(PackageClass::KernelCompanion)]
        .into_iter()
        .map(|(class, concern)| (class, counts.of_set(look, &concern.devices)))
        .find(|(_, devices)| *devices > 0)
}

fn names(look: &Look, flaw: &Flaw, class: PackageClass, text: &str, counts: &mut Counts) -> bool {
    let is_named =
        |class: ClassId| look.exposure.class(class).is_some_and(|class| class.source.contains(text) || class.name.contains(text));
    let mut versions = flaw.concern(class).versions.iter();
    flaw.cve.to_lowercase().contains(text) || versions.any(|version| is_named(version.class) && counts.of_version(look, version) > 0)
}

/// The advisories that say something of a flaw. Which of them concern devices is told to who sees every device; to others, all that
/// name the flaw, whoever has it.
fn heads_of<'a>(look: &'a Look, flaw: &'a Flaw) -> Vec<&'a Arc<Head>> {
    if look.sees_all { flaw.advisories.iter().collect() } else { look.exposure.master.advisories.about(&flaw.cve).collect() }
}

/// How grave a flaw is, by [`heads_of`].
fn rating_of(look: &Look, flaw: &Flaw) -> Rating {
    if look.sees_all { flaw.rating } else { heads_of(look, flaw).iter().map(|head| head.rating).max().unwrap_or_default() }
}

fn finding(look: &Look, flaw: &Flaw, class: PackageClass) -> Finding {
    let concern = flaw.concern(class);
    let mut counts = Counts::default();
    let (mut packages, mut fixed_versions) = (BTreeSet::new(), BTreeSet::new());
    for version in &concern.versions {
        if counts.of_version(look, version) > 0 {
            packages.extend(subject(&look.exposure, version.class).map(|(_, source, _)| source));
            fixed_versions.extend(version.fixed_version.as_deref().map(ToOwned::to_owned));
        }
    }
    let known_exploited = flaw.cve.parse().ok().and_then(|cve| look.exposure.master.known_exploited.get(&cve)).cloned();
    let heads = heads_of(look, flaw);
    let summary = heads.iter().find_map(|head| head.summary.as_deref()).map(ToOwned::to_owned);
    Finding {
        cve: Arc::clone(&flaw.cve),
        advisories: heads.iter().map(|head| Arc::clone(&head.id)).collect(),
        summary: summary.or_else(|| known_exploited.as_ref().map(|entry: &KnownExploited| entry.name.clone())),
        rating: rating_of(look, flaw),
        score: score_of(&look.exposure, &flaw.cve),
        known_exploited,
        devices_exposed: concern.devices.intersection_len(&look.visible),
        packages: packages.into_iter().collect(),
        fixed_versions: fixed_versions.into_iter().collect(),
        fix_available_devices: concern.fix_available.intersection_len(&look.visible),
        waits_for_reboot_devices: concern.waits_for_reboot.intersection_len(&look.visible),
        class,
    }
}

fn finding_without_devices(look: &Look, cve: &str) -> Result<Finding, VulnerabilitiesError> {
    let master = &look.exposure.master;
    let heads: Vec<_> = master.advisories.about(cve).collect();
    let known_exploited = cve.parse().ok().and_then(|cve| master.known_exploited.get(&cve)).cloned();
    if heads.is_empty() && known_exploited.is_none() {
        return Err(VulnerabilitiesError::NotFound);
    }
    Ok(Finding {
        cve: cve.into(),
        advisories: heads.iter().map(|head| Arc::clone(&head.id)).collect(),
        summary: heads.iter().find_map(|head| head.summary.as_deref()).map(ToOwned::to_owned),
        rating: heads.iter().map(|head| head.rating).max().unwrap_or_default(),
        score: score_of(&look.exposure, cve),
        known_exploited,
        devices_exposed: 0,
        packages: Vec::new(),
        fixed_versions: Vec::new(),
        fix_available_devices: 0,
        waits_for_reboot_devices: 0,
        class: PackageClass::Software,
    })
}

/// Ecosystem, and the package and version that its advisories speak of.
fn subject(exposure: &Exposure, class: ClassId) -> Option<(String, String, String)> {
    let class = exposure.class(class)?;
    let profile = profile_of(class).ok()?;
    let (source, version) = installed(class).subject(&profile);
    Some((profile.ecosystem, source, version.into_owned()))
}

fn affected(look: &Look, concern: &Concern) -> Vec<AffectedPackage> {
    type Versions = BTreeMap<(String, Option<String>), (RoaringBitmap, RoaringBitmap)>;
    let mut packages: BTreeMap<(String, String), Versions> = BTreeMap::new();
    for version in &concern.versions {
        let mut devices = match &version.part {
            Some(part) => (**part).clone(),
            None => look.fleet.devices_of(&[version.class]),
        };
        devices &= &look.visible;
        let Some((profile, source, source_version)) = subject(&look.exposure, version.class) else { continue };
        if devices.is_empty() {
            continue;
        }
        let key = (source_version, version.fixed_version.as_deref().map(ToOwned::to_owned));
        let (all, able) = packages.entry((profile, source)).or_default().entry(key).or_default();
        *able |= &*version.fix_available & &devices;
        *all |= devices;
    }
    packages
        .into_iter()
        .map(|((profile, source), versions)| AffectedPackage {
            profile,
            source,
            versions: versions
                .into_iter()
                .map(|((source_version, fixed_version), (devices, able))| AffectedPackageVersion {
                    source_version,
                    fixed_version,
                    devices: devices.len(),
                    fix_available_devices: able.len(),
                })
                .collect(),
        })
        .collect()
}

fn packages_of(look: &Look, concern: &Concern, ordinal: u32) -> Vec<DevicePackage> {
    let classes: HashSet<ClassId> = look.fleet.classes_of(ordinal).into_iter().collect();
    let versions = concern.versions.iter().filter(|version| is_on(version, &classes, ordinal));
    let packages: BTreeSet<_> = versions.filter_map(|version| device_package(&look.exposure, version, ordinal)).collect();
    packages.into_iter().collect()
}

/// Whether a version is meant on a device that has these classes. A kernel that runs need not be installed any more.
fn is_on(version: &AffectedVersion, classes: &HashSet<ClassId>, ordinal: u32) -> bool {
    match &version.part {
        Some(part) => part.contains(ordinal),
        None => classes.contains(&version.class),
    }
}

fn device_package(exposure: &Exposure, version: &AffectedVersion, ordinal: u32) -> Option<DevicePackage> {
    let class = exposure.class(version.class)?;
    Some(DevicePackage {
        name: class.name.to_string(),
        version: class.version.to_string(),
        source: class.source.to_string(),
        fixed_version: version.fixed_version.as_deref().map(ToOwned::to_owned),
        fix_available: version.fix_available.contains(ordinal),
        waits_for_reboot: version.waits_for_reboot.contains(ordinal),
    })
}

fn package_finding(look: &Look, (source, profile): (String, String), flaws: &HashSet<usize>, classes: HashSet<ClassId>) -> PackageFinding {
    let flaws: Vec<&Flaw> = flaws.iter().filter_map(|number| look.exposure.flaws.get(*number)).collect();
    let classes: Vec<ClassId> = classes.into_iter().collect();
    let mut devices = RoaringBitmap::new();
    for version in flaws.iter().flat_map(|flaw| &flaw.software.versions).filter(|version| classes.contains(&version.class)) {
        match &version.part {
            Some(part) => devices |= &**part,
            None => continue,
        }
    }
    let whole: Vec<ClassId> = classes.into_iter().filter(|class| !is_partial(&flaws, *class)).collect();
    devices |= look.fleet.devices_of(&whole);
    PackageFinding {
        source,
        profile,
        cves: flaws.len() as u64,
        worst: flaws.iter().map(|flaw| rating_of(look, flaw)).max().unwrap_or_default(),
        known_exploited: flaws.iter().filter(|flaw| is_known_exploited(&look.exposure, &flaw.cve)).count() as u64,
        devices_exposed: devices.intersection_len(&look.visible),
    }
}

fn is_partial(flaws: &[&Flaw], class: ClassId) -> bool {
    flaws.iter().flat_map(|flaw| &flaw.software.versions).any(|version| version.class == class && version.part.is_some())
}
