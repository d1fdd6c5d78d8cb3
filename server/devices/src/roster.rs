//! The roster: all of a tenant's devices and groups in memory, opened, with the bitmaps that selectors are made of.
//!
//! Names and labels are sealed at rest, so no database can filter or sort by them; the roster can, in memory. It is a
//! cache: the rows are the truth, [`Roster::apply`] takes each changed row after its transaction has committed, and a
//! row's version keeps an older copy from replacing a newer one, so that the order of the calls does not matter.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use kernel::{DeviceId, GroupId, Timestamp};
use roaring::RoaringBitmap;
use wire::state::Kind;

use crate::group::{GroupKind, GroupRecord};
use crate::ordinals::Ordinals;
use crate::record::{Record, Service};

/// When a device reported that has not yet.
const NEVER: i64 = i64::MIN;

/// A tenant's devices and groups.
#[derive(Debug)]
pub(crate) struct Roster {
    ordinals: Arc<Ordinals>,
    /// By ordinal; nothing where an ordinal was given to a device whose row was not read yet.
    entries: Vec<Option<Entry>>,
    /// By ordinal, in microseconds: when a device was last heard of. Apart from the entries, so that the status of a
    /// million devices is one pass over eight megabytes.
    heard_at: Vec<i64>,
    /// By ordinal, in microseconds: when a device last reported; [`NEVER`] where it has not.
    seen_at: Vec<i64>,
    /// In the order of names, so that a page of a large fleet is read off and not sorted out.
    by_name: BTreeMap<NameKey, u32>,
    present: RoaringBitmap,
    retired: RoaringBitmap,
    by_os: HashMap<Arc<str>, RoaringBitmap>,
    by_os_version: HashMap<(Arc<str>, Arc<str>), RoaringBitmap>,
    by_label: HashMap<Arc<str>, HashMap<Arc<str>, RoaringBitmap>>,
    groups: BTreeMap<GroupId, Group>,
    deleted_groups: HashSet<GroupId>,
    /// By ordinal: devices that never come back.
    erased: RoaringBitmap,
    texts: HashSet<Arc<str>>,
}

/// A device in memory.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) device: DeviceId,
    pub(crate) version: i64,
    pub(crate) service: Service,
    pub(crate) enrolled_at: Timestamp,
    pub(crate) last_seen_at: Option<Timestamp>,
    pub(crate) cloned_from: Option<DeviceId>,
    pub(crate) os: Option<EntryOs>,
    pub(crate) packages: Option<i64>,
    pub(crate) updates_pending: Option<i64>,
    pub(crate) updates_security: Option<i64>,
    pub(crate) kinds_off: Box<[Kind]>,
    pub(crate) labels: Box<[(Arc<str>, Arc<str>)]>,
    name: Option<Arc<str>>,
    /// The name in lower case; the same text where that is the same.
    name_folded: Option<Arc<str>>,
}

/// Where a device stands in the order of names: by name in any case, devices without one last, then by id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NameKey {
    // The derived order compares the fields as they stand; `false` comes first.
    is_nameless: bool,
    folded: Option<Arc<str>>,
    device: DeviceId,
}

impl NameKey {
    /// The device that stands there.
    pub(crate) const fn device(&self) -> DeviceId {
        self.device
    }
}

impl std::fmt::Debug for NameKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NameKey({})", self.device)
    }
}

/// A device's operating system in memory.
#[derive(Clone)]
pub(crate) struct EntryOs {
    pub(crate) id: Arc<str>,
    pub(crate) version_id: Option<Arc<str>>,
    pub(crate) pretty_name: Option<Arc<str>>,
}

/// A group in memory.
#[derive(Clone)]
pub(crate) struct Group {
    pub(crate) record: GroupRecord,
    /// The members of a manual group.
    pub(crate) members: RoaringBitmap,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entry({})", self.device)
    }
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Group({})", self.record.group)
    }
}

impl Entry {
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The name in lower case, for search and order.
    pub(crate) fn name_folded(&self) -> Option<&str> {
        self.name_folded.as_deref()
    }

    /// Where it stands in the order of names.
    pub(crate) fn name_key(&self) -> NameKey {
        NameKey { is_nameless: self.name.is_none(), folded: self.name_folded.clone(), device: self.device }
    }
}

/// A change to the roster, made of what a transaction has committed.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Device(Box<Record>),
    Group(Box<GroupRecord>),
    GroupDeleted(GroupId),
    Erased(DeviceId),
    Seen(DeviceId, Timestamp),
}

impl Roster {
    pub(crate) fn new(ordinals: Arc<Ordinals>) -> Self {
        Self {
            ordinals,
            entries: Vec::new(),
            heard_at: Vec::new(),
            seen_at: Vec::new(),
            by_name: BTreeMap::new(),
            present: RoaringBitmap::new(),
            retired: RoaringBitmap::new(),
            by_os: HashMap::new(),
            by_os_version: HashMap::new(),
            by_label: HashMap::new(),
            groups: BTreeMap::new(),
            deleted_groups: HashSet::new(),
            erased: RoaringBitmap::new(),
            texts: HashSet::new(),
        }
    }

    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Device(record) => self.set_device(*record),
            Change::Group(group) => self.set_group(*group),
            Change::GroupDeleted(group) => {
                self.groups.remove(&group);
                self.deleted_groups.insert(group);
            }
            Change::Erased(device) => self.erase(device),
            Change::Seen(device, at) => self.set_seen(device, at),
        }
    }

    pub(crate) const fn ordinals(&self) -> &Arc<Ordinals> {
        &self.ordinals
    }

    pub(crate) fn entry(&self, ordinal: u32) -> Option<&Entry> {
        self.entries.get(ordinal as usize)?.as_ref()
    }

    pub(crate) fn device(&self, device: DeviceId) -> Option<&Entry> {
        self.entry(self.ordinals.of(device)?)
    }

    pub(crate) const fn groups(&self) -> &BTreeMap<GroupId, Group> {
        &self.groups
    }

    /// Every device that has a row.
    pub(crate) const fn present(&self) -> &RoaringBitmap {
        &self.present
    }

    pub(crate) const fn retired(&self) -> &RoaringBitmap {
        &self.retired
    }

    pub(crate) fn with_os(&self, id: &str, version: Option<&str>) -> RoaringBitmap {
        let found = match version {
            None => self.by_os.get(id),
            Some(version) => match (self.texts.get(id), self.texts.get(version)) {
                (Some(id), Some(version)) => self.by_os_version.get(&(Arc::clone(id), Arc::clone(version))),
                _ => None,
            },
        };
        found.cloned().unwrap_or_default()
    }

    /// How many devices in `among` have each operating system, by its id.
    pub(crate) fn count_by_os(&self, among: &RoaringBitmap) -> Vec<(Arc<str>, u64)> {
        let counted = self.by_os.iter().map(|(id, devices)| (Arc::clone(id), devices.intersection_len(among)));
        let mut counts: Vec<_> = counted.filter(|(_, count)| *count > 0).collect();
        counts.sort_by(|(left, left_count), (right, right_count)| right_count.cmp(left_count).then_with(|| left.cmp(right)));
        counts
    }

    pub(crate) fn with_label(&self, key: &str, value: Option<&str>) -> RoaringBitmap {
        let Some(values) = self.by_label.get(key) else { return RoaringBitmap::new() };
        match value {
            Some(value) => values.get(value).cloned().unwrap_or_default(),
            None => values.values().fold(RoaringBitmap::new(), |union, devices| union | devices),
        }
    }

    /// The devices in service that were last heard of at or after `from` and before `to`, in microseconds.
    pub(crate) fn heard_between(&self, from: i64, to: i64) -> RoaringBitmap {
        let heard = ordinals_where(&self.heard_at, |at| (from..to).contains(at));
        (heard & &self.present) - &self.retired
    }

    /// The devices whose name has this lower-case text in it.
    pub(crate) fn named(&self, text: &str) -> RoaringBitmap {
        ordinals_where(&self.entries, |entry| entry.as_ref().and_then(Entry::name_folded).is_some_and(|name| name.contains(text)))
    }

    /// Ordinals in the order of names, from behind a place on.
    pub(crate) fn in_order_of_names(&self, after: Option<NameKey>) -> impl Iterator<Item = u32> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.by_name.range((from, Bound::Unbounded)).map(|(_, ordinal)| *ordinal)
    }

    /// Those of some devices among which the first `wanted` rows in the order of last reports are, a few more where times
    /// are equal. Behind a row, given by its time, all of its own time are among them: which of these come first, ids tell.
    pub(crate) fn seen_last(&self, devices: &RoaringBitmap, behind: Option<Option<Timestamp>>, wanted: usize) -> RoaringBitmap {
        let behind = behind.map(micros_of);
        let seen_at = |ordinal: u32| self.seen_at.get(ordinal as usize).copied().unwrap_or(NEVER);
        let mut earlier: Vec<i64> = devices.iter().map(seen_at).filter(|at| behind.is_none_or(|behind| *at < behind)).collect();
        let from = match earlier.len() {
            few if few <= wanted => NEVER,
            _ => *earlier.select_nth_unstable_by(wanted.saturating_sub(1), |left, right| right.cmp(left)).1,
        };
        devices.iter().filter(|ordinal| (from..=behind.unwrap_or(i64::MAX)).contains(&seen_at(*ordinal))).collect()
    }

    /// Nothing of the device stays but its ordinal, which no other gets.
    fn erase(&mut self, device: DeviceId) {
        let ordinal = self.ordinals.ensure(device);
        self.erased.insert(ordinal);
        self.present.remove(ordinal);
        if let Some(entry) = self.entries.get_mut(ordinal as usize).and_then(Option::take) {
            self.unindex(ordinal, &entry);
            self.heard_at[ordinal as usize] = 0;
            self.seen_at[ordinal as usize] = NEVER;
        }
        self.groups.values_mut().for_each(|group| _ = group.members.remove(ordinal));
        // Labels and names of the device may have been the last use of their texts.
        self.texts.retain(|text| Arc::strong_count(text) > 1);
    }

    fn set_device(&mut self, record: Record) {
        let ordinal = self.ordinals.ensure(record.device);
        if self.erased.contains(ordinal) {
            return;
        }
        let index = ordinal as usize;
        if index >= self.entries.len() {
            self.entries.resize(index + 1, None);
            self.heard_at.resize(index + 1, 0);
            self.seen_at.resize(index + 1, NEVER);
        }
        if let Some(known) = self.entries[index].take() {
            if known.version >= record.version {
                self.entries[index] = Some(known);
                return;
            }
            self.unindex(ordinal, &known);
            let last_seen_at = record.last_seen_at.max(known.last_seen_at);
            self.insert(ordinal, Record { last_seen_at, ..record });
        } else {
            self.insert(ordinal, record);
        }
    }

    fn insert(&mut self, ordinal: u32, record: Record) {
        let entry = self.entry_of(record);
        if entry.service == Service::Retired {
            self.retired.insert(ordinal);
        }
        self.present.insert(ordinal);
        if let Some(os) = &entry.os {
            self.by_os.entry(Arc::clone(&os.id)).or_default().insert(ordinal);
            if let Some(version) = &os.version_id {
                self.by_os_version.entry((Arc::clone(&os.id), Arc::clone(version))).or_default().insert(ordinal);
            }
        }
        for (key, value) in &entry.labels {
            self.by_label.entry(Arc::clone(key)).or_default().entry(Arc::clone(value)).or_default().insert(ordinal);
        }
        self.by_name.insert(entry.name_key(), ordinal);
        self.heard_at[ordinal as usize] = entry.last_seen_at.unwrap_or(entry.enrolled_at).micros();
        self.seen_at[ordinal as usize] = micros_of(entry.last_seen_at);
        self.entries[ordinal as usize] = Some(entry);
    }

    fn unindex(&mut self, ordinal: u32, entry: &Entry) {
        self.retired.remove(ordinal);
        self.by_name.remove(&entry.name_key());
        if let Some(os) = &entry.os {
            remove_from(&mut self.by_os, &os.id, ordinal);
            if let Some(version) = &os.version_id {
                remove_from(&mut self.by_os_version, &(Arc::clone(&os.id), Arc::clone(version)), ordinal);
            }
        }
        for (key, value) in &entry.labels {
            if let Some(values) = self.by_label.get_mut(key) {
                remove_from(values, value, ordinal);
                if values.is_empty() {
                    self.by_label.remove(key);
                }
            }
        }
    }

    fn entry_of(&mut self, record: Record) -> Entry {
        let name: Option<Arc<str>> = record.card.name.map(Into::into);
        let name_folded = name.as_ref().map(|name| {
            let folded = name.to_lowercase();
            if *folded == **name { Arc::clone(name) } else { folded.into() }
        });
        let labels: Vec<_> = record.card.labels.iter().map(|(key, value)| (self.text(key), self.text(value))).collect();
        let os = record.os.map(|os| EntryOs {
            id: self.text(&os.id),
            version_id: os.version_id.map(|version| self.text(&version)),
            pretty_name: record.card.os_pretty_name.as_deref().map(|pretty| self.text(pretty)),
        });
        Entry {
            device: record.device,
            version: record.version,
            service: record.service,
            enrolled_at: record.enrolled_at,
            last_seen_at: record.last_seen_at,
            cloned_from: record.cloned_from,
            os,
            packages: record.packages,
            updates_pending: record.updates_pending,
            updates_security: record.updates_security,
            kinds_off: record.kinds_off.into(),
            labels: labels.into(),
            name,
            name_folded,
        }
    }

    /// One copy of each text: a million devices have a few operating systems and labels.
    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&new));
        new
    }

    fn set_group(&mut self, record: GroupRecord) {
        let is_older = self.groups.get(&record.group).is_some_and(|known| known.record.version >= record.version);
        if is_older || self.deleted_groups.contains(&record.group) {
            return;
        }
        let members = match &record.kind {
            GroupKind::Manual { members } => members.iter().map(|device| self.ordinals.ensure(*device)).collect(),
            GroupKind::Query { .. } => RoaringBitmap::new(),
        };
        self.groups.insert(record.group, Group { record, members });
    }

    fn set_seen(&mut self, device: DeviceId, at: Timestamp) {
        let Some(ordinal) = self.ordinals.of(device) else { return };
        let Some(Some(entry)) = self.entries.get_mut(ordinal as usize) else { return };
        if entry.last_seen_at.is_none_or(|known| known < at) {
            entry.last_seen_at = Some(at);
            self.heard_at[ordinal as usize] = at.micros();
            self.seen_at[ordinal as usize] = at.micros();
        }
    }
}

fn micros_of(seen_at: Option<Timestamp>) -> i64 {
    seen_at.map_or(NEVER, Timestamp::micros)
}

/// The ordinals of the values that fit, by way of plain bits: a million tests, and then as many containers as needed.
fn ordinals_where<T>(values: &[T], fits: impl Fn(&T) -> bool) -> RoaringBitmap {
    let byte = |eight: &[T]| eight.iter().enumerate().fold(0_u8, |byte, (bit, value)| byte | u8::from(fits(value)) << bit);
    let bits: Vec<u8> = values.chunks(8).map(byte).collect();
    RoaringBitmap::from_lsb0_bytes(0, &bits)
}

fn remove_from<K: std::hash::Hash + Eq>(index: &mut HashMap<K, RoaringBitmap>, key: &K, ordinal: u32) {
    if let Some(devices) = index.get_mut(key) {
        devices.remove(ordinal);
        if devices.is_empty() {
            index.remove(key);
        }
    }
}
