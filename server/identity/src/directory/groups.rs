//! Groups of people: the directory says who is in one, a person says which roles it gives.

use std::collections::BTreeSet;

use kernel::{KeyRef, KeyRing, PeopleGroupId, Scope, TenantId, UserId};
use serde_json::{Map, Value, json};
use store::{Row, Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};

use super::attribute::{GROUP_SCHEMA, ResourceKind};
use super::fault::Fault;
use super::{State, Times, name_index, patch, resource, state_of};
use crate::data_map::place;
use crate::grant::{Grant, Held};
use crate::store::directory as sql;
use crate::{Identity, IdentityError, people};

/// Most groups of people of a tenant.
pub const PEOPLE_GROUPS_MAX: i64 = 1_000;
/// Most people that one entry of the ledger names: a change of more has several.
const NAMED_AT_ONCE: usize = 100;

/// A group as it is kept.
#[derive(Clone)]
pub(crate) struct KeptGroup {
    pub(crate) group: PeopleGroupId,
    /// What was told, without its members.
    pub(crate) told: Map<String, Value>,
    pub(crate) members: BTreeSet<UserId>,
    pub(crate) held: Held,
    pub(crate) times: Times,
    version: i64,
}

/// What is to be kept of a group.
#[derive(Clone)]
struct Checked {
    told: Map<String, Value>,
    name: String,
    members: BTreeSet<UserId>,
}

impl Checked {
    fn of(mut told: Map<String, Value>) -> Result<Self, Fault> {
        let name = told.get("displayName").and_then(Value::as_str).map(str::to_owned);
        let name = name.ok_or_else(|| Fault::Value("a group has a displayName".to_owned()))?;
        let members = match told.remove("members") {
            Some(Value::Array(members)) => members,
            _ => Vec::new(),
        };
        let id = |member: &Value| member["value"].as_str().and_then(|text| text.parse::<UserId>().ok()).ok_or_else(no_such_member);
        let members = members.iter().map(id).collect::<Result<_, _>>()?;
        Ok(Self { told, name, members })
    }
}

/// The same of a text that is no id, of one that is nobody's, and of another tenant's.
fn no_such_member() -> Fault {
    Fault::Value("members: one of them is nobody whom this directory keeps".to_owned())
}

impl KeptGroup {
    pub(crate) fn name(&self) -> &str {
        self.told.get("displayName").and_then(Value::as_str).unwrap_or_default()
    }
}

impl Identity {
    /// A group as a resource.
    pub(crate) fn group_resource(&self, kept: &KeptGroup) -> Map<String, Value> {
        let id = kept.group.to_string();
        let mut resource = self.fields_of(kept);
        resource.insert("schemas".to_owned(), json!([GROUP_SCHEMA]));
        resource.insert("meta".to_owned(), self.meta(ResourceKind::Group, &id, kept.times));
        resource.insert("id".to_owned(), id.into());
        resource
    }

    /// What is kept, as the directory told it.
    fn fields_of(&self, kept: &KeptGroup) -> Map<String, Value> {
        let mut fields = kept.told.clone();
        let member = |user: &UserId| {
            let id = user.to_string();
            json!({ "value": id, "$ref": self.resource_url(ResourceKind::User, &id), "type": "User" })
        };
        if !kept.members.is_empty() {
            fields.insert("members".to_owned(), kept.members.iter().map(member).collect());
        }
        fields
    }

    /// A group of the scope's tenant.
    pub(crate) async fn people_group(&self, scope: &Scope, group: PeopleGroupId) -> Result<KeptGroup, IdentityError> {
        let (keys, tenant) = (self.keys(), scope.tenant());
        let read = self.db().read(move |tx| kept_of_id(tx, keys.as_ref(), tenant, group));
        read.await?.ok_or(IdentityError::NotFound)
    }

    /// Makes a group, which gives no role until a person says so.
    pub(crate) async fn add_people_group(&self, scope: &Scope, body: &Map<String, Value>) -> Result<KeptGroup, IdentityError> {
        let checked = Checked::of(resource::told(ResourceKind::Group, body)?)?;
        let (tenant, group) = (scope.tenant(), PeopleGroupId::from_random(self.rng().bits()));
        let (keys, asked) = (self.keys(), checked.clone());
        self.db().read(move |tx| check_new(tx, keys.as_ref(), tenant, &asked)).await?;
        let told = self.tell_of_group(scope, group, "added", (&BTreeSet::new(), &checked.members)).await?;
        let keys = self.keys();
        let write = self.db().write(move |tx| {
            people::take_turn(tx, tenant)?;
            check_new(tx, keys.as_ref(), tenant, &checked)?;
            insert(tx, &told, keys.as_ref(), (tenant, group), &checked)
        });
        write.await?;
        self.people_group(scope, group).await
    }

    /// Puts what a body tells of a group in the place of what was told before. Its roles stay.
    pub(crate) async fn replace_people_group(
        &self,
        scope: &Scope,
        group: PeopleGroupId,
        body: &Map<String, Value>,
    ) -> Result<KeptGroup, IdentityError> {
        let kept = self.people_group(scope, group).await?;
        let checked = Checked::of(resource::told(ResourceKind::Group, body)?)?;
        self.change_people_group(scope, kept, checked).await
    }

    /// Changes in part what was told of a group.
    pub(crate) async fn patch_people_group(
        &self,
        scope: &Scope,
        group: PeopleGroupId,
        body: &Map<String, Value>,
    ) -> Result<KeptGroup, IdentityError> {
        let kept = self.people_group(scope, group).await?;
        let checked = Checked::of(patch::patched(ResourceKind::Group, &self.fields_of(&kept), body)?)?;
        self.change_people_group(scope, kept, checked).await
    }

    /// Removes a group: what it gave, its people hold no more.
    pub(crate) async fn remove_people_group(&self, scope: &Scope, group: PeopleGroupId) -> Result<(), IdentityError> {
        let kept = self.people_group(scope, group).await?;
        let told = self.tell_of_group(scope, group, "removed", (&kept.members, &BTreeSet::new())).await?;
        let tenant = scope.tenant();
        let write = self.db().write(move |tx| {
            people::take_turn(tx, tenant)?;
            remove(tx, &told, tenant, group)
        });
        write.await?;
        Ok(())
    }

    async fn change_people_group(&self, scope: &Scope, kept: KeptGroup, checked: Checked) -> Result<KeptGroup, IdentityError> {
        let (tenant, group) = (scope.tenant(), kept.group);
        if kept.told == checked.told && kept.members == checked.members {
            return Ok(kept);
        }
        let (keys, asked, before) = (self.keys(), checked.clone(), kept.clone());
        self.db().read(move |tx| check_change(tx, keys.as_ref(), (tenant, &before), &asked)).await?;
        let told = self.tell_of_group(scope, group, "changed", (&kept.members, &checked.members)).await?;
        let keys = self.keys();
        let write = self.db().write(move |tx| {
            people::take_turn(tx, tenant)?;
            check_change(tx, keys.as_ref(), (tenant, &kept), &checked)?;
            update(tx, &told, keys.as_ref(), (tenant, &kept), &checked)
        });
        write.await?;
        self.people_group(scope, group).await
    }

    /// Tells the ledger of a group: who comes into it, and who leaves it.
    async fn tell_of_group(
        &self,
        scope: &Scope,
        group: PeopleGroupId,
        act: &str,
        (before, after): (&BTreeSet<UserId>, &BTreeSet<UserId>),
    ) -> Result<Recorded, IdentityError> {
        let came = after.difference(before).map(|user| ("came", user.number()));
        let left = before.difference(after).map(|user| ("left", user.number()));
        let moved: Vec<(&str, i64)> = came.chain(left).collect();
        let of = |named: &[(&str, i64)], how: &str| {
            named.iter().filter(|(as_it_is, _)| *as_it_is == how).map(|(_, user)| *user).collect::<Vec<_>>()
        };
        let (first, rest) = moved.split_at(moved.len().min(NAMED_AT_ONCE));
        for named in rest.chunks(NAMED_AT_ONCE) {
            let payload = json!({ "act": act, "came": of(named, "came"), "left": of(named, "left") });
            self.record(scope, LeafKind::PeopleGroupChanged, Some(group.number()), payload).await?;
        }
        let payload = json!({ "act": act, "came": of(first, "came"), "left": of(first, "left") });
        self.record(scope, LeafKind::PeopleGroupChanged, Some(group.number()), payload).await
    }
}

fn check_new(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, checked: &Checked) -> Result<(), IdentityError> {
    if tx.query_one(&sql::COUNT_GROUPS, &params![tenant])?.get::<i64>(0)? >= PEOPLE_GROUPS_MAX {
        let limit = usize::try_from(PEOPLE_GROUPS_MAX).unwrap_or(usize::MAX);
        return Err(Fault::TooMany { what: "groups of people", limit }.into());
    }
    check_name(tx, keys, (tenant, None), checked)?;
    check_members(tx, tenant, checked.members.iter())
}

fn check_change(
    tx: &mut Tx<'_>,
    keys: &dyn KeyRing,
    (tenant, kept): (TenantId, &KeptGroup),
    checked: &Checked,
) -> Result<(), IdentityError> {
    check_name(tx, keys, (tenant, Some(kept.group)), checked)?;
    check_members(tx, tenant, checked.members.difference(&kept.members))
}

fn check_name(
    tx: &mut Tx<'_>,
    keys: &dyn KeyRing,
    (tenant, group): (TenantId, Option<PeopleGroupId>),
    checked: &Checked,
) -> Result<(), IdentityError> {
    let index = name_index(keys, tenant, ResourceKind::Group, &checked.name)?;
    let holder = tx.query_optional(&sql::GROUP_BY_NAME, &params![index])?.map(|row| row.get::<PeopleGroupId>(0)).transpose()?;
    if holder.is_some() && holder != group { Err(Fault::Uniqueness("displayName").into()) } else { Ok(()) }
}

/// Only people whom the directory keeps come into a group: a directory gives nobody else a role.
fn check_members<'a>(tx: &mut Tx<'_>, tenant: TenantId, users: impl Iterator<Item = &'a UserId>) -> Result<(), IdentityError> {
    for user in users {
        if !matches!(state_of(tx, tenant, *user)?, Some(State::Active | State::Inactive)) {
            return Err(no_such_member().into());
        }
    }
    Ok(())
}

fn insert(
    tx: &mut Tx<'_>,
    _told: &Recorded,
    keys: &dyn KeyRing,
    (tenant, group): (TenantId, PeopleGroupId),
    checked: &Checked,
) -> Result<(), IdentityError> {
    let now = tx.now();
    let name = name_index(keys, tenant, ResourceKind::Group, &checked.name)?;
    let told = Sealed::seal(keys, KeyRef::Tenant(tenant), place::group_told(group.number()), &checked.told)?;
    if tx.execute(&sql::INSERT_GROUP, &params![group, tenant, name, told, now])? != 1 {
        return Err(Fault::Uniqueness("displayName").into());
    }
    for user in &checked.members {
        tx.execute(&sql::INSERT_MEMBER, &params![group, *user, tenant])?;
    }
    Ok(())
}

fn update(
    tx: &mut Tx<'_>,
    _told: &Recorded,
    keys: &dyn KeyRing,
    (tenant, kept): (TenantId, &KeptGroup),
    checked: &Checked,
) -> Result<(), IdentityError> {
    let (group, now) = (kept.group, tx.now());
    let name = name_index(keys, tenant, ResourceKind::Group, &checked.name)?;
    let told = Sealed::seal(keys, KeyRef::Tenant(tenant), place::group_told(group.number()), &checked.told)?;
    if tx.execute(&sql::UPDATE_GROUP, &params![tenant, group, kept.version, name, told, now])? != 1 {
        return Err(IdentityError::ChangedMeanwhile);
    }
    for user in checked.members.difference(&kept.members) {
        tx.execute(&sql::INSERT_MEMBER, &params![group, *user, tenant])?;
    }
    for user in kept.members.difference(&checked.members) {
        tx.execute(&sql::DELETE_MEMBER, &params![tenant, group, *user])?;
    }
    Ok(())
}

fn remove(tx: &mut Tx<'_>, _told: &Recorded, tenant: TenantId, group: PeopleGroupId) -> Result<(), StoreError> {
    tx.execute(&sql::DELETE_MEMBERS, &params![tenant, group])?;
    tx.execute(&sql::DELETE_GROUP, &params![tenant, group]).map(|_| ())
}

pub(crate) fn kept_of_id(
    tx: &mut Tx<'_>,
    keys: &dyn KeyRing,
    tenant: TenantId,
    group: PeopleGroupId,
) -> Result<Option<KeptGroup>, StoreError> {
    let row = tx.query_optional(&sql::GROUP, &params![tenant, group])?;
    row.map(|row| kept_of(tx, keys, (tenant, true), &row)).transpose()
}

/// Those of these that there are, with their members where they are wanted.
pub(crate) fn kept_of_ids(
    tx: &mut Tx<'_>,
    keys: &dyn KeyRing,
    (tenant, with_members): (TenantId, bool),
    groups: &[PeopleGroupId],
) -> Result<Vec<KeptGroup>, StoreError> {
    let mut kept = Vec::with_capacity(groups.len());
    for group in groups {
        if let Some(row) = tx.query_optional(&sql::GROUP, &params![tenant, *group])? {
            kept.push(kept_of(tx, keys, (tenant, with_members), &row)?);
        }
    }
    Ok(kept)
}

/// A row of [`sql::GROUP`] or [`sql::GROUPS`], with its members where they are wanted.
pub(crate) fn kept_of(
    tx: &mut Tx<'_>,
    keys: &dyn KeyRing,
    (tenant, with_members): (TenantId, bool),
    row: &Row,
) -> Result<KeptGroup, StoreError> {
    let group: PeopleGroupId = row.get(0)?;
    let told = group_told(keys, tenant, group, row.get(1)?)?;
    let members = if with_members { tx.query(&sql::MEMBERS, &params![tenant, group])? } else { Vec::new() };
    let members = members.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    let grants: Option<Sealed<Vec<Grant>>> = row.get(2)?;
    let open = |grants: Sealed<Vec<Grant>>| grants.open(keys, KeyRef::Tenant(tenant), place::group_grants(group.number()));
    let held = Held(grants.map(open).transpose()?.unwrap_or_default());
    let times = Times { created_at: row.get(3)?, changed_at: row.get(4)? };
    Ok(KeptGroup { group, told, members, held, times, version: row.get(5)? })
}

pub(crate) fn group_told(
    keys: &dyn KeyRing,
    tenant: TenantId,
    group: PeopleGroupId,
    told: Sealed<Map<String, Value>>,
) -> Result<Map<String, Value>, StoreError> {
    told.open(keys, KeyRef::Tenant(tenant), place::group_told(group.number()))
}
