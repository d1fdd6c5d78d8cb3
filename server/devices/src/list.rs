//! Many devices: sets of them, filtered pages, counts.

use std::cmp::Ordering;
use std::sync::Arc;

use kernel::{DeviceId, GroupId, Page, PageRequest, Scope, Timestamp};
use roaring::RoaringBitmap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evaluate::{EvaluateError, View};
use crate::roster::{Entry, Roster};
use crate::selector::Selector;
use crate::status::Status;
use crate::{Device, DeviceError, Devices, Ordinals};

/// Longest text to search names for, in bytes.
pub const SEARCH_BYTES_MAX: usize = 255;

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
        self.view(scope, |view| {
            let after = page.cursor.as_deref().map(|cursor| Position::of_cursor(cursor, sort, view.roster)).transpose()?;
            let mut rows: Vec<&Entry> = matching(&view, scope, filter)?
                .iter()
                .filter_map(|ordinal| view.roster.entry(ordinal))
                .filter(|entry| after.as_ref().is_none_or(|after| Position::of(entry, sort) > *after))
                .collect();
            let wanted = page.limit as usize + 1;
            // Only the page is sorted, not the fleet.
            if rows.len() > wanted {
                rows.select_nth_unstable_by(wanted - 1, |left, right| Position::of(left, sort).cmp(&Position::of(right, sort)));
                rows.truncate(wanted);
            }
            rows.sort_unstable_by(|left, right| Position::of(left, sort).cmp(&Position::of(right, sort)));
            let page = Page::of_one_more(rows, page.limit, |entry| Position::of(entry, sort).to_cursor());
            Ok(page.map(|entry| Device::of(entry, &view)))
        })
        .await?
    }

    /// How many devices the scope may see, by status and operating system.
    ///
    /// # Errors
    /// Keys and store.
    pub async fn summary(&self, scope: &Scope) -> Result<Summary, DeviceError> {
        self.view(scope, |view| {
            let visible = view.visible(scope.devices());
            let count = |status: Status| view.with_status(status).intersection_len(&visible);
            let in_service = &visible - view.roster.retired();
            let by_os = view.roster.count_by_os(&in_service).into_iter();
            Summary {
                total: in_service.len(),
                fresh: count(Status::Fresh),
                stale: count(Status::Stale),
                lost: count(Status::Lost),
                retired: count(Status::Retired),
                by_os: by_os.map(|(os, count)| OsCount { os: os.to_string(), count }).collect(),
            }
        })
        .await
    }
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
        devices &= view.group(group).map_err(|error: EvaluateError| DeviceError::invalid("group", &error))?;
    }
    if let Some((key, value)) = &filter.label {
        devices &= view.roster.with_label(key, value.as_deref());
    }
    if let Some((os, version)) = &filter.os {
        devices &= view.roster.with_os(os, version.as_deref());
    }
    if let Some(selector) = &filter.selector {
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
#[derive(PartialEq, Eq)]
enum Position<'a> {
    Name(Option<&'a str>, DeviceId),
    LastSeen(Option<Timestamp>, DeviceId),
}

impl<'a> Position<'a> {
    fn of(entry: &'a Entry, sort: Sort) -> Self {
        match sort {
            Sort::Name => Self::Name(entry.name_folded(), entry.device),
            Sort::LastSeen => Self::LastSeen(entry.last_seen_at, entry.device),
        }
    }

    fn of_cursor(cursor: &str, sort: Sort, roster: &'a Roster) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::Invalid { field: "cursor", detail: "this is not the next of a page in this order".to_owned() };
        match sort {
            Sort::Name => {
                let device: DeviceId = cursor.parse().map_err(|_| unknown())?;
                roster.device(device).map(|entry| Self::of(entry, sort)).ok_or_else(unknown)
            }
            Sort::LastSeen => {
                let (micros, device) = cursor.split_once('.').ok_or_else(unknown)?;
                let at = if micros.is_empty() { None } else { Some(Timestamp::from_micros(micros.parse().map_err(|_| unknown())?)) };
                Ok(Self::LastSeen(at, device.parse().map_err(|_| unknown())?))
            }
        }
    }

    fn to_cursor(&self) -> String {
        match self {
            Self::Name(_, device) => device.to_string(),
            Self::LastSeen(at, device) => format!("{}.{device}", at.map(|at| at.micros().to_string()).unwrap_or_default()),
        }
    }
}

impl Ord for Position<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Name(left, left_device), Self::Name(right, right_device)) => {
                // `false` sorts first: devices with a name come before those without.
                (left.is_none(), left, left_device).cmp(&(right.is_none(), right, right_device))
            }
            (Self::LastSeen(left, left_device), Self::LastSeen(right, right_device)) => {
                right.cmp(left).then_with(|| left_device.cmp(right_device))
            }
            (Self::Name(..), Self::LastSeen(..)) => Ordering::Less,
            (Self::LastSeen(..), Self::Name(..)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Position<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
