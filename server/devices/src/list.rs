//! Many devices: sets of them, filtered pages, counts.

use std::cmp::Reverse;
use std::sync::Arc;

use kernel::{DeviceId, GroupId, Page, PageRequest, Scope, Timestamp};
use roaring::RoaringBitmap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evaluate::{EvaluateError, View};
use crate::roster::{Entry, NameKey, Roster};
use crate::selector::Selector;
use crate::status::Status;
use crate::{Device, DeviceError, Devices, Ordinals};

/// Longest text to search names for, in bytes.
pub const SEARCH_BYTES_MAX: usize = 255;

/// Up to so many devices are sorted for a page; more are met in the order of all names.
const SORTED_DIRECTLY_MAX: u64 = 10_000;

/// Which devices a list holds: those that fit every condition given. Without a status, and without a selector that names
/// one, retired devices are left out.
#[derive(Clone, Debug, Default)]
pub struct DeviceFilter {
    /// A part of the name, in any case; or a device's id.
    pub search: Option<String>,
    /// Its status.
    pub status: Option<Status>,
    /// A group that it is in.
    pub group: Option<GroupId>,
    /// A label that it has: key, and value where that matters.
    pub label: Option<(String, Option<String>)>,
    /// Its operating system: id, and version where that matters.
    pub os: Option<(String, Option<String>)>,
    /// A selector that chooses it.
    pub selector: Option<Selector>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// By name in any case, devices without one last.
    #[default]
    Name,
    /// The one that reported last comes first, devices that never did last.
    LastSeen,
}

/// How many devices there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// Devices in service.
    pub total: u64,
    /// Of these: reporting as they should.
    pub fresh: u64,
    /// Of these: have missed reports.
    pub stale: u64,
    /// Of these: silent for long.
    pub lost: u64,
    /// Devices out of service.
    pub retired: u64,
    /// Devices in service by operating system, the most frequent first.
    pub by_os: Vec<OsCount>,
}

/// How many devices have an operating system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OsCount {
    /// The operating system's id.
    pub os: String,
    /// How many.
    pub count: u64,
}

impl Devices {
    /// The tenant's ordinals. They stay the same, and grow, for the life of the process.
    ///
    /// # Errors
    /// Keys and store.
    pub async fn ordinals(&self, scope: &Scope) -> Result<Arc<Ordinals>, DeviceError> {
        self.view(scope, |view| Arc::clone(view.roster.ordinals())).await
    }

    /// The devices in service that the scope may see. Every count and list of other crates is AND-ed with this.
    ///
    /// # Errors
    /// Keys and store.
    pub async fn visible(&self, scope: &Scope) -> Result<RoaringBitmap, DeviceError> {
        self.view(scope, |view| view.visible(scope.devices()) - view.roster.retired()).await
    }

    /// As [`Devices::visible`], with the retired ones.
    ///
    /// # Errors
    /// Keys and store.
    pub async fn visible_with_retired(&self, scope: &Scope) -> Result<RoaringBitmap, DeviceError> {
        self.view(scope, |view| view.visible(scope.devices())).await
    }

    /// The visible devices that a selector chooses; retired ones only where the selector names that status.
    ///
    /// # Errors
    /// [`DeviceError::Invalid`] at `selector`; keys and store.
    pub async fn select(&self, scope: &Scope, selector: &str) -> Result<RoaringBitmap, DeviceError> {
        let filter = DeviceFilter { selector: Some(selector.parse()?), ..DeviceFilter::default() };
        self.matching(scope, &filter).await
    }

    /// The visible devices that fit a filter.
    ///
    /// # Errors
    /// [`DeviceError::Invalid`] with the field; keys and store.
    pub async fn matching(&self, scope: &Scope, filter: &DeviceFilter) -> Result<RoaringBitmap, DeviceError> {
        self.view(scope, |view| matching(&view, scope, filter)).await?
    }

    /// The names of devices, for lists of other crates: in the order asked for, nothing for one out of sight.
    ///
    /// # Errors
    /// Keys and store.
    pub async fn names(&self, scope: &Scope, ordinals: Vec<u32>) -> Result<Vec<Option<(DeviceId, Option<String>)>>, DeviceError> {
        self.view(scope, |view| {
            let visible = view.visible(scope.devices());
            let named = |ordinal: u32| {
                let entry = view.roster.entry(ordinal).filter(|_| visible.contains(ordinal))?;
                Some((entry.device, entry.name().map(str::to_owned)))
            };
            ordinals.into_iter().map(named).collect()
        })
        .await
    }

    /// A page of devices.
    ///
    /// # Errors
    /// [`DeviceError::Invalid`] with the field or for the cursor; keys and store.
    pub async fn list(&self, scope: &Scope, filter: &DeviceFilter, sort: Sort, page: PageRequest) -> Result<Page<Device>, DeviceError> {
        self.view(scope, |view| page_of(&view, scope, filter, sort, &page)).await?
    }

    /// How many devices the scope may see, by status and operating system; of those that a selector chooses, where one is given.
    ///
    /// # Errors
    /// [`DeviceError::Invalid`] at `selector`; keys and store.
    pub async fn summary(&self, scope: &Scope, selector: Option<&Selector>) -> Result<Summary, DeviceError> {
        self.view(scope, |view| {
            let mut visible = view.visible(scope.devices());
            if let Some(selector) = selector {
                view.check_groups(scope.devices(), &selector.groups())?;
                visible &= view.select(selector)?;
            }
            let count = |status: Status| view.with_status(status).intersection_len(&visible);
            let in_service = &visible - view.roster.retired();
            let by_os = view.roster.count_by_os(&in_service).into_iter();
            Ok(Summary {
                total: in_service.len(),
                fresh: count(Status::Fresh),
                stale: count(Status::Stale),
                lost: count(Status::Lost),
                retired: count(Status::Retired),
                by_os: by_os.map(|(os, count)| OsCount { os: os.to_string(), count }).collect(),
            })
        })
        .await?
    }
}

fn page_of(view: &View<'_>, scope: &Scope, filter: &DeviceFilter, sort: Sort, page: &PageRequest) -> Result<Page<Device>, DeviceError> {
    let visible = view.visible(scope.devices());
    let after = page.cursor.as_deref().map(|cursor| Position::of_cursor(cursor, sort, view, &visible)).transpose()?;
    let devices = matching(view, scope, filter)?;
    let wanted = page.limit as usize + 1;
    let rows = match after {
        // So many fit that the next ones are soon met in the order of all.
        None | Some(Position::Name(_)) if sort == Sort::Name && devices.len() > SORTED_DIRECTLY_MAX => {
            let after = after.and_then(Position::into_name);
            let in_order = view.roster.in_order_of_names(after).filter(|ordinal| devices.contains(*ordinal));
            in_order.take(wanted).filter_map(|ordinal| view.roster.entry(ordinal)).collect()
        }
        None | Some(Position::LastSeen(..)) if sort == Sort::LastSeen && devices.len() > SORTED_DIRECTLY_MAX => {
            let devices = view.roster.seen_last(&devices, after.as_ref().and_then(Position::seen_at), wanted);
            first_rows(view.roster, &devices, sort, after.as_ref(), wanted)
        }
        after => first_rows(view.roster, &devices, sort, after.as_ref(), wanted),
    };
    let rows = Page::of_one_more(rows, page.limit, |entry| Position::of(entry, sort).to_cursor());
    Ok(rows.map(|entry| Device::of(entry, view, &visible)))
}

/// The first rows behind a place. Only these are sorted, not the fleet.
fn first_rows<'a>(roster: &'a Roster, devices: &RoaringBitmap, sort: Sort, after: Option<&Position>, wanted: usize) -> Vec<&'a Entry> {
    let placed = devices.iter().filter_map(|ordinal| roster.entry(ordinal)).map(|entry| (Position::of(entry, sort), entry));
    let mut rows: Vec<(Position, &Entry)> = placed.filter(|(position, _)| after.is_none_or(|after| position > after)).collect();
    if rows.len() > wanted {
        rows.select_nth_unstable_by(wanted - 1, |(left, _), (right, _)| left.cmp(right));
        rows.truncate(wanted);
    }
    rows.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    rows.into_iter().map(|(_, entry)| entry).collect()
}

fn matching(view: &View<'_>, scope: &Scope, filter: &DeviceFilter) -> Result<RoaringBitmap, DeviceError> {
    let mut devices = view.visible(scope.devices());
    let names_retired = filter.status == Some(Status::Retired) || filter.selector.as_ref().is_some_and(Selector::names_retired);
    if !names_retired {
        devices -= view.roster.retired();
    }
    if let Some(status) = filter.status {
        devices &= view.with_status(status);
    }
    if let Some(group) = filter.group {
        view.check_groups(scope.devices(), &[group]).map_err(|error| DeviceError::invalid("group", &error))?;
        devices &= view.group(group).map_err(|error: EvaluateError| DeviceError::invalid("group", &error))?;
    }
    if let Some((key, value)) = &filter.label {
        devices &= view.roster.with_label(key, value.as_deref());
    }
    if let Some((os, version)) = &filter.os {
        devices &= view.roster.with_os(os, version.as_deref());
    }
    if let Some(selector) = &filter.selector {
        view.check_groups(scope.devices(), &selector.groups())?;
        devices &= view.select(selector)?;
    }
    if let Some(search) = &filter.search {
        devices &= searched(view.roster, search)?;
    }
    Ok(devices)
}

fn searched(roster: &Roster, search: &str) -> Result<RoaringBitmap, DeviceError> {
    if search.len() > SEARCH_BYTES_MAX {
        return Err(DeviceError::Invalid { field: "q", detail: format!("a search text has at most {SEARCH_BYTES_MAX} bytes") });
    }
    match search.parse::<DeviceId>() {
        Ok(device) => Ok(roster.ordinals().of(device).into_iter().collect()),
        Err(_) => Ok(roster.named(&search.to_lowercase())),
    }
}

/// Where a device stands in an order. The cursor of the order by name holds no name: it names the device, whose name is
/// looked up again.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Position {
    Name(NameKey),
    /// The latest first; devices that never reported last.
    LastSeen(Reverse<Option<Timestamp>>, DeviceId),
}

impl Position {
    fn of(entry: &Entry, sort: Sort) -> Self {
        match sort {
            Sort::Name => Self::Name(entry.name_key()),
            Sort::LastSeen => Self::LastSeen(Reverse(entry.last_seen_at), entry.device),
        }
    }

    fn of_cursor(cursor: &str, sort: Sort, view: &View<'_>, visible: &RoaringBitmap) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::Invalid { field: "cursor", detail: "this is not the next of a page in this order".to_owned() };
        match sort {
            Sort::Name => {
                let device: DeviceId = cursor.parse().map_err(|_| unknown())?;
                // Where one that is out of sight stands is not told either.
                let entry = view.roster.device(device).filter(|_| view.is_among(device, visible));
                entry.map(|entry| Self::of(entry, sort)).ok_or_else(unknown)
            }
            Sort::LastSeen => {
                let (micros, device) = cursor.split_once('.').ok_or_else(unknown)?;
                let at = if micros.is_empty() { None } else { Some(Timestamp::from_micros(micros.parse().map_err(|_| unknown())?)) };
                Ok(Self::LastSeen(Reverse(at), device.parse().map_err(|_| unknown())?))
            }
        }
    }

    fn into_name(self) -> Option<NameKey> {
        match self {
            Self::Name(key) => Some(key),
            Self::LastSeen(..) => None,
        }
    }

    fn seen_at(&self) -> Option<Option<Timestamp>> {
        match self {
            Self::Name(_) => None,
            Self::LastSeen(Reverse(at), _) => Some(*at),
        }
    }

    fn to_cursor(&self) -> String {
        match self {
            Self::Name(key) => key.device().to_string(),
            Self::LastSeen(Reverse(at), device) => format!("{}.{device}", at.map(|at| at.micros().to_string()).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kernel::{Rng, ScopeMint, SystemWork, TenantId};

    use super::*;
    use crate::Thresholds;
    use crate::record::{DeviceCard, Record, Service};
    use crate::roster::Change;

    /// A fleet past [`SORTED_DIRECTLY_MAX`], with many equal names and times, and devices that have neither.
    fn large_roster(devices: u64) -> Roster {
        let rng = Rng::seeded(3);
        let mut roster = Roster::new(Arc::default());
        for number in 0..devices {
            let name = (number % 7 != 0).then(|| format!("Host-{}", rng.below(4_000)));
            let last_seen_at = (number % 11 != 0).then(|| Timestamp::from_seconds(1_000_000 + i64::try_from(rng.below(60)).unwrap_or(0)));
            roster.apply(Change::Device(Box::new(Record {
                device: DeviceId::from_random(rng.bits()),
                version: 1,
                service: Service::Enrolled,
                enrolled_at: Timestamp::from_seconds(1_000_000),
                last_seen_at,
                cloned_from: None,
                os: None,
                packages: None,
                updates_pending: None,
                updates_security: None,
                kinds_off: Vec::new(),
                card: DeviceCard { name, ..DeviceCard::default() },
                card_version: 1,
            })));
        }
        roster
    }

    #[test]
    fn a_large_fleet_is_paged_in_the_same_order_as_if_all_of_it_were_sorted() {
        let count = SORTED_DIRECTLY_MAX + 2_345;
        let roster = large_roster(count);
        let thresholds = Thresholds { stale_after: Duration::from_secs(10_800), lost_after: Duration::from_secs(604_800) };
        let view = View { roster: &roster, now: Timestamp::from_seconds(1_000_100), thresholds };
        let scope = ScopeMint::for_app().system(TenantId::from_random(2), SystemWork::Reconciler);
        for sort in [Sort::Name, Sort::LastSeen] {
            let whole = first_rows(&roster, roster.present(), sort, None, usize::MAX).into_iter().map(|entry| entry.device);
            let mut paged = Vec::new();
            let mut request = PageRequest { cursor: None, limit: 97 };
            loop {
                let page = page_of(&view, &scope, &DeviceFilter::default(), sort, &request).unwrap();
                paged.extend(page.items.iter().map(|device| device.device.0));
                request.cursor = page.next;
                if request.cursor.is_none() {
                    break;
                }
            }
            assert_eq!(paged.len() as u64, count, "{sort:?}");
            assert!(whole.eq(paged), "{sort:?}");
        }
    }

    #[test]
    fn a_renamed_device_moves_in_the_order_of_names() {
        let mut roster = large_roster(20);
        let first = roster.in_order_of_names(None).next().unwrap();
        let entry = roster.entry(first).unwrap();
        let record = Record {
            device: entry.device,
            version: 2,
            service: Service::Enrolled,
            enrolled_at: entry.enrolled_at,
            last_seen_at: None,
            cloned_from: None,
            os: None,
            packages: None,
            updates_pending: None,
            updates_security: None,
            kinds_off: Vec::new(),
            card: DeviceCard { name: Some("zzz".to_owned()), ..DeviceCard::default() },
            card_version: 2,
        };
        let older = Record { version: 1, card: DeviceCard { name: Some("aaa".to_owned()), ..DeviceCard::default() }, ..record.clone() };
        roster.apply(Change::Device(Box::new(record)));
        roster.apply(Change::Device(Box::new(older)));
        let named = roster.in_order_of_names(None).filter(|ordinal| roster.entry(*ordinal).is_some_and(|entry| entry.name().is_some()));
        assert_eq!(named.last(), Some(first), "the older copy came too late to count");
        assert_eq!(roster.in_order_of_names(None).count(), 20);
        assert_eq!(roster.named("zzz").len(), 1);
    }
}
