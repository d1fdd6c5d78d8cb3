//! Making, changing and removing groups.
//!
//! Roles are given on groups, so that whoever changes one changes what somebody sees. It takes a scope that reaches every
//! device. Who reaches some of them sees the groups that have one of those.

use std::collections::{BTreeSet, HashMap};

use identity::Name;
use kernel::{DeviceId, DeviceScope, GroupId, KeyRef, KeyRing, Page, PageRequest, Scope, TenantId, Timestamp};
use roaring::RoaringBitmap;
use serde_json::json;
use store::{Row, Sealed, StoreError, Tx, params};
use trust::{LeafEntry, LeafKind, ledger};

use crate::data_map::place;
use crate::evaluate::{EvaluateError, Evaluation, GROUP_DEPTH_MAX, View};
use crate::group::{GROUP_MEMBERS_MAX, GROUPS_MAX, GroupKind, GroupRecord};
use crate::roster::Roster;
use crate::roster::{Change, Group as RosterGroup};
use crate::selector::Selector;
use crate::store as sql;
use crate::{DeviceError, Devices};

/// A group as it is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub group: GroupId,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// How it gets its devices.
    pub content: GroupContent,
    /// How many of its devices are in service and in the scope's sight.
    pub devices: u64,
    /// Whether the scope may read the selector, which can name what is out of its sight.
    pub shows_selector: bool,
}

/// How a group gets its devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupContent {
    /// Listed by hand.
    Manual {
        /// The devices; read back by listing the devices of the group.
        members: Vec<DeviceId>,
    },
    /// Chosen by a selector.
    Query {
        /// The selector.
        selector: Selector,
    },
}

/// A change of a group: what is absent stays. A group never changes its kind.
#[derive(Clone, Default)]
pub struct GroupChange {
    /// What people call it.
    pub name: Option<Name>,
    /// Its members, of a manual group.
    pub members: Option<Vec<DeviceId>>,
    /// Its selector, of a query group.
    pub selector: Option<Selector>,
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Group({})", self.group)
    }
}

impl From<GroupContent> for GroupKind {
    fn from(content: GroupContent) -> Self {
        match content {
            GroupContent::Manual { members } => Self::Manual { members },
            GroupContent::Query { selector } => Self::Query { selector },
        }
    }
}

impl Devices {
    /// Makes a group.
    ///
    /// # Errors
    /// [`DeviceError::NotOnAllDevices`]; [`DeviceError::Invalid`] at `selector` or `members`, [`DeviceError::LimitReached`]; keys and
    /// store.
    pub async fn create_group(&self, scope: &Scope, name: Name, content: GroupContent) -> Result<Group, DeviceError> {
        check_reach(scope)?;
        let group = GroupId::from_random(self.0.stores.rng().bits());
        let kind = GroupKind::from(content);
        self.check_content(scope, group, &kind).await?;
        let (keys, tenant, tx_scope) = (self.keys(), scope.tenant(), scope.clone());
        self.write(
            scope,
            move |tx| {
                let keys = keys.as_ref();
                let groups: i64 = tx.query_one(&sql::COUNT_GROUPS, &params![tenant])?.get(0)?;
                if groups >= i64::try_from(GROUPS_MAX).unwrap_or(i64::MAX) {
                    return Err(DeviceError::LimitReached { what: "groups", limit: GROUPS_MAX });
                }
                let (sealed_name, selector) = seal(keys, tenant, group, name.as_text(), &kind)?;
                let now = tx.now();
                tx.execute(&sql::INSERT_GROUP, &params![tenant, group, kind.name(), sealed_name, selector, now])?;
                write_members(tx, tenant, group, &kind)?;
                record_act(tx, keys, &tx_scope, group, "made")?;
                read_back(tx, keys, tenant, group)
            },
            move |devices, change| devices.apply(tenant, vec![change]),
        )
        .await?;
        self.group(scope, group).await
    }

    /// Changes a group.
    ///
    /// # Errors
    /// [`DeviceError::NotOnAllDevices`]; [`DeviceError::NotFound`]; [`DeviceError::Invalid`] at `selector` or `members`;
    /// [`DeviceError::Conflict`] where it was changed at the same time; keys and store.
    pub async fn change_group(&self, scope: &Scope, group: GroupId, change: GroupChange) -> Result<Group, DeviceError> {
        check_reach(scope)?;
        let known = self.view(scope, |view| view.roster.groups().get(&group).map(|known| known.record.clone())).await?;
        let known = known.ok_or(DeviceError::NotFound)?;
        let changes_content = change.members.is_some() || change.selector.is_some();
        let kind = changed_kind(known.kind.clone(), &change)?;
        if changes_content {
            self.check_content(scope, group, &kind).await?;
        }
        let name = change.name.map_or(known.name, Name::into_text);
        let (keys, tenant, tx_scope, version) = (self.keys(), scope.tenant(), scope.clone(), known.version);
        self.write(
            scope,
            move |tx| {
                let keys = keys.as_ref();
                let (sealed_name, selector) = seal(keys, tenant, group, &name, &kind)?;
                if tx.execute(&sql::UPDATE_GROUP, &params![tenant, group, version, sealed_name, selector])? != 1 {
                    return Err(DeviceError::Conflict("The group was changed at the same time. Read it again, then try again."));
                }
                if changes_content {
                    tx.execute(&sql::DELETE_MEMBERS, &params![tenant, group])?;
                    write_members(tx, tenant, group, &kind)?;
                }
                record_act(tx, keys, &tx_scope, group, "changed")?;
                read_back(tx, keys, tenant, group)
            },
            move |devices, change| devices.apply(tenant, vec![change]),
        )
        .await?;
        self.group(scope, group).await
    }

    /// Removes a group. Its devices stay.
    ///
    /// # Errors
    /// [`DeviceError::NotOnAllDevices`]; [`DeviceError::NotFound`]; [`DeviceError::Conflict`] where another group's selector names it;
    /// keys and store.
    pub async fn delete_group(&self, scope: &Scope, group: GroupId) -> Result<(), DeviceError> {
        check_reach(scope)?;
        let is_named = self
            .view(scope, |view| view.roster.groups().contains_key(&group).then(|| is_named_by_another(view.roster, group)))
            .await?
            .ok_or(DeviceError::NotFound)?;
        if is_named {
            return Err(DeviceError::Conflict("Another group's selector names this group. Change that one first."));
        }
        let (keys, tenant, tx_scope) = (self.keys(), scope.tenant(), scope.clone());
        self.write(
            scope,
            move |tx| {
                tx.execute(&sql::DELETE_MEMBERS, &params![tenant, group])?;
                if tx.execute(&sql::DELETE_GROUP, &params![tenant, group])? == 1 {
                    record_act(tx, keys.as_ref(), &tx_scope, group, "removed")?;
                }
                Ok::<_, DeviceError>(())
            },
            move |devices, ()| devices.apply(tenant, vec![Change::GroupDeleted(group)]),
        )
        .await
    }

    /// One group.
    ///
    /// # Errors
    /// [`DeviceError::NotFound`]; keys and store.
    pub async fn group(&self, scope: &Scope, group: GroupId) -> Result<Group, DeviceError> {
        self.view(scope, |view| {
            let visible = view.visible(scope.devices());
            view.roster.groups().get(&group).and_then(|known| shown(known, &view, &mut view.evaluation(), (scope, &visible)))
        })
        .await?
        .ok_or(DeviceError::NotFound)
    }

    /// A page of groups, by id.
    ///
    /// # Errors
    /// [`DeviceError::Invalid`] for the cursor; keys and store.
    pub async fn list_groups(&self, scope: &Scope, page: PageRequest) -> Result<Page<Group>, DeviceError> {
        let after =
            page.cursor.map(|cursor| cursor.parse::<GroupId>()).transpose().map_err(|error| DeviceError::invalid("cursor", &error))?;
        let rows = self
            .view(scope, |view| {
                let later = view.roster.groups().values().filter(|known| after.is_none_or(|after| known.record.group > after));
                let visible = view.visible(scope.devices());
                let mut evaluation = view.evaluation();
                let seen = later.filter_map(|known| shown(known, &view, &mut evaluation, (scope, &visible)));
                seen.take(page.limit as usize + 1).collect::<Vec<_>>()
            })
            .await?;
        Ok(Page::of_one_more(rows, page.limit, |row| row.group.to_string()))
    }

    async fn check_content(&self, scope: &Scope, group: GroupId, kind: &GroupKind) -> Result<(), DeviceError> {
        match kind {
            GroupKind::Manual { members } if members.len() > GROUP_MEMBERS_MAX => {
                Err(DeviceError::Invalid { field: "members", detail: format!("a group has at most {GROUP_MEMBERS_MAX} members") })
            }
            GroupKind::Manual { members } => {
                let wanted: BTreeSet<_> = members.iter().copied().collect();
                let unknown = self
                    .view(scope, |view| {
                        let visible = view.visible(scope.devices());
                        wanted
                            .into_iter()
                            .find(|device| !view.roster.ordinals().of(*device).is_some_and(|ordinal| visible.contains(ordinal)))
                    })
                    .await?;
                match unknown {
                    Some(device) => Err(DeviceError::Invalid { field: "members", detail: format!("there is no device {device}") }),
                    None => Ok(()),
                }
            }
            GroupKind::Query { selector } => {
                self.view(scope, |view| levels_below(view.roster, group, selector, 1, &mut HashMap::new())).await??;
                Ok(())
            }
        }
    }
}

fn changed_kind(kind: GroupKind, change: &GroupChange) -> Result<GroupKind, DeviceError> {
    match (kind, &change.members, &change.selector) {
        (GroupKind::Manual { .. }, _, Some(_)) => {
            Err(DeviceError::Invalid { field: "selector", detail: "this group is listed by hand and has no selector".to_owned() })
        }
        (GroupKind::Query { .. }, Some(_), _) => {
            Err(DeviceError::Invalid { field: "members", detail: "this group is chosen by a selector and has no members".to_owned() })
        }
        (GroupKind::Manual { .. }, Some(members), None) => Ok(GroupKind::Manual { members: members.clone() }),
        (GroupKind::Query { .. }, None, Some(selector)) => Ok(GroupKind::Query { selector: selector.clone() }),
        (kind, None, None) => Ok(kind),
    }
}

/// How many levels of groups are below a group's selector, which must name only groups that exist, not itself, and not too
/// deep. Each group is looked at once and then `known`.
fn levels_below(
    roster: &Roster,
    own: GroupId,
    selector: &Selector,
    depth: usize,
    known: &mut HashMap<GroupId, usize>,
) -> Result<usize, EvaluateError> {
    let mut deepest = 0;
    for named in selector.groups() {
        if named == own || depth >= GROUP_DEPTH_MAX {
            return Err(EvaluateError::TooDeep);
        }
        let levels = match (known.get(&named).copied(), roster.groups().get(&named).map(|group| &group.record.kind)) {
            (Some(levels), _) => levels,
            (None, None) => return Err(EvaluateError::UnknownGroup(named)),
            (None, Some(GroupKind::Manual { .. })) => 1,
            (None, Some(GroupKind::Query { selector })) => levels_below(roster, own, selector, depth + 1, known)? + 1,
        };
        if depth + levels > GROUP_DEPTH_MAX {
            return Err(EvaluateError::TooDeep);
        }
        known.insert(named, levels);
        deepest = deepest.max(levels);
    }
    Ok(deepest)
}

fn is_named_by_another(roster: &Roster, group: GroupId) -> bool {
    let names_it = |kind: &GroupKind| matches!(kind, GroupKind::Query { selector } if selector.groups().contains(&group));
    roster.groups().values().any(|known| known.record.group != group && names_it(&known.record.kind))
}

/// Whether a scope may say what groups have.
fn check_reach(scope: &Scope) -> Result<(), DeviceError> {
    if *scope.devices() == DeviceScope::All { Ok(()) } else { Err(DeviceError::NotOnAllDevices) }
}

/// A group as a scope sees it: one that reaches some devices only sees no group that has none of them.
fn shown(
    known: &RosterGroup,
    view: &View<'_>,
    evaluation: &mut Evaluation<'_>,
    (scope, visible): (&Scope, &RoaringBitmap),
) -> Option<Group> {
    let seen = evaluation.group(known.record.group).map(|devices| &*devices & visible).unwrap_or_default();
    if seen.is_empty() && *scope.devices() != DeviceScope::All {
        return None;
    }
    let content = match known.record.kind.clone() {
        GroupKind::Manual { members } => GroupContent::Manual { members },
        GroupKind::Query { selector } => GroupContent::Query { selector },
    };
    let (record, devices) = (&known.record, (seen - view.roster.retired()).len());
    let shows_selector = *scope.devices() == DeviceScope::All;
    Some(Group { group: record.group, name: record.name.clone(), created_at: record.created_at, content, devices, shows_selector })
}

fn record_act(tx: &mut Tx<'_>, keys: &dyn KeyRing, scope: &Scope, group: GroupId, act: &str) -> Result<(), StoreError> {
    let entry = LeafEntry { kind: LeafKind::GroupChanged, subject: Some(group.number()), payload: json!({ "act": act }) };
    ledger::record(tx, keys, scope, entry).map(|_leaf| ())
}

type SealedTexts = (Sealed<String>, Option<Sealed<String>>);

fn seal(keys: &dyn KeyRing, tenant: TenantId, group: GroupId, name: &str, kind: &GroupKind) -> Result<SealedTexts, StoreError> {
    let key = KeyRef::Tenant(tenant);
    let name = Sealed::seal(keys, key, place::group_name(group.number()), &name.to_owned())?;
    let selector = match kind {
        GroupKind::Manual { .. } => None,
        GroupKind::Query { selector } => Some(Sealed::seal(keys, key, place::group_selector(group.number()), &selector.text().to_owned())?),
    };
    Ok((name, selector))
}

fn write_members(tx: &mut Tx<'_>, tenant: TenantId, group: GroupId, kind: &GroupKind) -> Result<(), StoreError> {
    if let GroupKind::Manual { members } = kind {
        let members: BTreeSet<_> = members.iter().collect();
        tx.execute_many(&sql::INSERT_MEMBER, members.into_iter().map(|device| params![tenant, group, *device]))?;
    }
    Ok(())
}

fn read_back(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, group: GroupId) -> Result<Change, DeviceError> {
    let row = tx.query_one(&sql::GROUP_BY_ID, &params![tenant, group])?;
    let members = tx.query(&sql::MEMBERS_OF_GROUP, &params![tenant, group])?;
    let members = members.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    Ok(Change::Group(Box::new(record_of(&row, keys, tenant, members)?)))
}

/// Every group of a tenant.
pub(crate) fn read_all(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId) -> Result<Vec<GroupRecord>, StoreError> {
    let mut members: HashMap<GroupId, Vec<DeviceId>> = HashMap::new();
    tx.query_each(&sql::ALL_MEMBERS, &params![tenant], |row| {
        members.entry(row.get(0)?).or_default().push(row.get(1)?);
        Ok::<(), StoreError>(())
    })?;
    let rows = tx.query(&sql::ALL_GROUPS, &params![tenant])?;
    rows.iter().map(|row| record_of(row, keys, tenant, members.remove(&row.get(0)?).unwrap_or_default())).collect()
}

fn record_of(row: &Row, keys: &dyn KeyRing, tenant: TenantId, members: Vec<DeviceId>) -> Result<GroupRecord, StoreError> {
    let group: GroupId = row.get(0)?;
    let (key, corrupt) = (KeyRef::Tenant(tenant), || StoreError::Corrupt(format!("the selector of {group}")));
    let kind = match (row.get::<String>(2)?.as_str(), row.get::<Option<Sealed<String>>>(4)?) {
        ("query", Some(sealed)) => {
            let text = sealed.open(keys, key, place::group_selector(group.number()))?;
            GroupKind::Query { selector: text.parse().map_err(|_| corrupt())? }
        }
        ("manual", None) => GroupKind::Manual { members },
        _ => return Err(corrupt()),
    };
    let name: Sealed<String> = row.get(3)?;
    let name = name.open(keys, key, place::group_name(group.number()))?;
    Ok(GroupRecord { group, version: row.get(1)?, name, created_at: row.get(5)?, kind })
}
