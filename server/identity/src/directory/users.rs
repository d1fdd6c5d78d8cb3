//! Accounts that a directory keeps: made, changed, shut out and removed by it.
//!
//! Each is an account of its own from the start: it takes the place of none that is there already, whatever address the directory
//! tells, so a directory comes into nobody's account. Who is removed keeps a row that says so and an account that nothing opens, until
//! an owner has it erased: a stolen credential of a directory destroys nothing.

use std::collections::BTreeSet;

use kernel::{KeyRef, KeyRing, PeopleGroupId, Scope, TenantId, UserId};
use serde_json::{Map, Value, json};
use store::{Row, Sealed, StoreError, Tx, params};
use trust::{LeafKind, Recorded};
use zeroize::Zeroizing;

use super::attribute::{ResourceKind, USER_SCHEMA};
use super::fault::Fault;
use super::groups::group_told;
use super::{State, Times, external_index, name_index, patch, resource};
use crate::data_map::place;
use crate::email::Email;
use crate::setup::Language;
use crate::single_sign_on::flow::STEP_OF_NOBODY;
use crate::store as accounts;
use crate::store::directory as sql;
use crate::store::single_sign_on::DELETE_LINK;
use crate::totp::Secret;
use crate::{Identity, IdentityError, new_password, people};

/// Most people whom a tenant's directory keeps.
pub const DIRECTORY_USERS_MAX: i64 = 10_000;

/// Somebody as the directory keeps them.
#[derive(Clone)]
pub(crate) struct KeptUser {
    pub(crate) user: UserId,
    /// What was told, without whether they are active.
    pub(crate) told: Map<String, Value>,
    pub(crate) state: State,
    pub(crate) times: Times,
    pub(crate) groups: Vec<(PeopleGroupId, String)>,
    version: i64,
}

/// What is to be kept of somebody.
#[derive(Clone)]
struct Checked {
    told: Map<String, Value>,
    name: String,
    external: Option<String>,
    address: Email,
    state: State,
}

impl Checked {
    /// What a directory told, where it is enough for an account.
    fn of(mut told: Map<String, Value>, otherwise: State) -> Result<Self, Fault> {
        let text = |told: &Map<String, Value>, name: &str| told.get(name).and_then(Value::as_str).map(str::to_owned);
        let state = match told.remove("active") {
            None => otherwise,
            Some(Value::Bool(false)) => State::Inactive,
            Some(_) => State::Active,
        };
        let name = text(&told, "userName").ok_or_else(|| Fault::Value("a person has a userName".to_owned()))?;
        if !told.contains_key("emails") && name.parse::<Email>().is_ok() {
            told.insert("emails".to_owned(), json!([{ "value": name, "primary": true }]));
        }
        let emails = told.get("emails").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let is_primary = |email: &&Value| email["primary"] == Value::Bool(true);
        let address = emails.iter().find(is_primary).or(emails.first()).and_then(|email| email["value"].as_str());
        let address = address.ok_or_else(|| Fault::Value("a person has an address in emails, or one for a userName".to_owned()))?;
        let address = address.parse().map_err(|error| Fault::Value(format!("emails: {error}")))?;
        let external = text(&told, "externalId");
        Ok(Self { told, name, external, address, state })
    }
}

impl KeptUser {
    /// What is kept, as the directory told it.
    fn fields(&self) -> Map<String, Value> {
        let mut fields = self.told.clone();
        fields.insert("active".to_owned(), (self.state == State::Active).into());
        fields
    }
}

/// The names of what is told otherwise, for the ledger: of the values nothing.
fn differing<'a>(before: &'a Map<String, Value>, after: &'a Map<String, Value>) -> Vec<&'a str> {
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).map(String::as_str).collect();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).collect()
}

impl Identity {
    /// A person as a resource.
    pub(crate) fn user_resource(&self, kept: &KeptUser) -> Map<String, Value> {
        let id = kept.user.to_string();
        let group = |(group, name): &(PeopleGroupId, String)| {
            let id = group.to_string();
            json!({ "value": id, "$ref": self.resource_url(ResourceKind::Group, &id), "display": name })
        };
        let mut resource = kept.fields();
        resource.insert("schemas".to_owned(), json!([USER_SCHEMA]));
        if !kept.groups.is_empty() {
            resource.insert("groups".to_owned(), kept.groups.iter().map(group).collect());
        }
        resource.insert("meta".to_owned(), self.meta(ResourceKind::User, &id, kept.times));
        resource.insert("id".to_owned(), id.into());
        resource
    }

    pub(crate) fn meta(&self, kind: ResourceKind, id: &str, times: Times) -> Value {
        json!({
            "resourceType": kind.name(),
            "created": times.created_at.to_string(),
            "lastModified": times.changed_at.to_string(),
            "location": self.resource_url(kind, id),
        })
    }

    /// Somebody whom the directory keeps.
    pub(crate) async fn directory_user(&self, scope: &Scope, user: UserId) -> Result<KeptUser, IdentityError> {
        let (keys, tenant) = (self.keys(), scope.tenant());
        let read = self.db().read(move |tx| kept_of_id(tx, keys.as_ref(), tenant, user));
        read.await?.ok_or(IdentityError::NotFound)
    }

    /// Adds somebody: from now on they may sign in by the directory's provider.
    pub(crate) async fn add_directory_user(&self, scope: &Scope, body: &Map<String, Value>) -> Result<KeptUser, IdentityError> {
        let checked = Checked::of(resource::told(ResourceKind::User, body)?, State::Active)?;
        let (tenant, user) = (scope.tenant(), UserId::from_random(self.rng().bits()));
        let (keys, asked) = (self.keys(), checked.clone());
        self.db().read(move |tx| check_new(tx, keys.as_ref(), tenant, &asked)).await?;
        let payload = json!({ "act": "added", "active": checked.state == State::Active });
        let told = self.record(scope, LeafKind::DirectoryUserChanged, Some(user.number()), payload).await?;
        self.keys().ensure(KeyRef::User(tenant, user))?;
        let stand_ins = StandIns {
            password: Zeroizing::new(self.0.hasher.decoy().to_owned()),
            totp: Secret::random(self.rng()),
            email_index: self.rng().bytes(),
        };
        let keys = self.keys();
        let write = self.db().write(move |tx| {
            people::take_turn(tx, tenant)?;
            check_new(tx, keys.as_ref(), tenant, &checked)?;
            insert(tx, &told, keys.as_ref(), ((tenant, user), &checked), &stand_ins)
        });
        write.await?;
        self.directory_user(scope, user).await
    }

    /// Puts what a body tells of somebody in the place of what was told before. Whether they are active stays where it says nothing.
    pub(crate) async fn replace_directory_user(
        &self,
        scope: &Scope,
        user: UserId,
        body: &Map<String, Value>,
    ) -> Result<KeptUser, IdentityError> {
        let kept = self.directory_user(scope, user).await?;
        let checked = Checked::of(resource::told(ResourceKind::User, body)?, kept.state)?;
        self.change_directory_user(scope, kept, checked).await
    }

    /// Changes in part what was told of somebody.
    pub(crate) async fn patch_directory_user(
        &self,
        scope: &Scope,
        user: UserId,
        body: &Map<String, Value>,
    ) -> Result<KeptUser, IdentityError> {
        let kept = self.directory_user(scope, user).await?;
        let changed = patch::patched(ResourceKind::User, &kept.fields(), body)?;
        let checked = Checked::of(changed, kept.state)?;
        self.change_directory_user(scope, kept, checked).await
    }

    /// Removes somebody: for the directory they are there no more, and nothing opens their account.
    pub(crate) async fn remove_directory_user(&self, scope: &Scope, user: UserId) -> Result<(), IdentityError> {
        let kept = self.directory_user(scope, user).await?;
        let told = self.record(scope, LeafKind::DirectoryUserChanged, Some(user.number()), json!({ "act": "removed" })).await?;
        let (keys, tenant, nobody) = (self.keys(), scope.tenant(), self.rng().bytes::<32>());
        let write = self.db().write(move |tx| {
            people::take_turn(tx, tenant)?;
            remove(tx, &told, keys.as_ref(), (tenant, &kept), nobody)
        });
        write.await
    }

    async fn change_directory_user(&self, scope: &Scope, kept: KeptUser, checked: Checked) -> Result<KeptUser, IdentityError> {
        let (tenant, user) = (scope.tenant(), kept.user);
        let attributes = differing(&kept.told, &checked.told);
        if attributes.is_empty() && kept.state == checked.state {
            return Ok(kept);
        }
        let (keys, asked, before) = (self.keys(), checked.clone(), kept.clone());
        self.db().read(move |tx| check_name(tx, keys.as_ref(), (tenant, Some(before.user)), &asked)).await?;
        let act = match (kept.state, checked.state) {
            (State::Active, State::Inactive) => "shut-out",
            (State::Inactive, State::Active) => "let-in",
            _ => "changed",
        };
        let payload = json!({ "act": act, "attributes": attributes });
        let told = self.record(scope, LeafKind::DirectoryUserChanged, Some(user.number()), payload).await?;
        let keys = self.keys();
        let write = self.db().write(move |tx| {
            people::take_turn(tx, tenant)?;
            check_name(tx, keys.as_ref(), (tenant, Some(user)), &checked)?;
            update(tx, &told, keys.as_ref(), (tenant, &kept), &checked)
        });
        write.await?;
        self.directory_user(scope, user).await
    }
}

/// What lies where other accounts have what they sign in with: nobody knows it.
struct StandIns {
    password: Zeroizing<String>,
    totp: Secret,
    email_index: [u8; 32],
}

fn check_new(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, checked: &Checked) -> Result<(), IdentityError> {
    if tx.query_one(&sql::COUNT_USERS, &params![tenant])?.get::<i64>(0)? >= DIRECTORY_USERS_MAX {
        let limit = usize::try_from(DIRECTORY_USERS_MAX).unwrap_or(usize::MAX);
        return Err(Fault::TooMany { what: "people of a directory", limit }.into());
    }
    check_name(tx, keys, (tenant, None), checked)
}

/// Refuses a name that somebody else of the tenant has, and a number of the directory's that stands for somebody else already: the
/// provider's word for it opens one account.
fn check_name(
    tx: &mut Tx<'_>,
    keys: &dyn KeyRing,
    (tenant, user): (TenantId, Option<UserId>),
    checked: &Checked,
) -> Result<(), IdentityError> {
    let index = name_index(keys, tenant, ResourceKind::User, &checked.name)?;
    let holder = tx.query_optional(&sql::USER_BY_NAME, &params![index])?.map(|row| row.get::<UserId>(0)).transpose()?;
    if holder.is_some() && holder != user {
        return Err(Fault::Uniqueness("userName").into());
    }
    let Some(external) = &checked.external else { return Ok(()) };
    let index = external_index(keys, tenant, external)?;
    let holders = tx.query(&sql::USERS_BY_EXTERNAL, &params![tenant, index])?;
    let holders = holders.iter().map(|row| row.get::<UserId>(0)).collect::<Result<Vec<_>, _>>()?;
    if holders.iter().all(|holder| Some(*holder) == user) { Ok(()) } else { Err(Fault::Uniqueness("externalId").into()) }
}

fn insert(
    tx: &mut Tx<'_>,
    _told: &Recorded,
    keys: &dyn KeyRing,
    ((tenant, user), checked): ((TenantId, UserId), &Checked),
    stand_ins: &StandIns,
) -> Result<(), IdentityError> {
    let (key, number, now) = (KeyRef::User(tenant, user), user.number(), tx.now());
    let email = Sealed::seal(keys, key, place::user_email(number), &checked.address.as_text().to_owned())?;
    let hash = new_password::seal(keys, (tenant, user), &stand_ins.password)?;
    let totp = Sealed::seal(keys, key, place::user_totp_secret(number), &stand_ins.totp)?;
    let language = Language::default().text();
    let account = params![user, tenant, stand_ins.email_index, email, hash, totp, STEP_OF_NOBODY, language, now];
    tx.execute(&accounts::INSERT_USER, &account)?;
    let name = name_index(keys, tenant, ResourceKind::User, &checked.name)?;
    let external = checked.external.as_deref().map(|external| external_index(keys, tenant, external)).transpose()?;
    let told = Sealed::seal(keys, key, place::directory_told(number), &checked.told)?;
    let row = params![user, tenant, name, external, told, checked.state.text(), now];
    if tx.execute(&sql::INSERT_USER, &row)? == 1 { Ok(()) } else { Err(Fault::Uniqueness("userName").into()) }
}

fn update(
    tx: &mut Tx<'_>,
    _told: &Recorded,
    keys: &dyn KeyRing,
    (tenant, kept): (TenantId, &KeptUser),
    checked: &Checked,
) -> Result<(), IdentityError> {
    let (user, now) = (kept.user, tx.now());
    let (key, number) = (KeyRef::User(tenant, user), user.number());
    let name = name_index(keys, tenant, ResourceKind::User, &checked.name)?;
    let external = checked.external.as_deref().map(|external| external_index(keys, tenant, external)).transpose()?;
    let told = Sealed::seal(keys, key, place::directory_told(number), &checked.told)?;
    let row = params![tenant, user, kept.version, name, external, told, checked.state.text(), now];
    if tx.execute(&sql::UPDATE_USER, &row)? != 1 {
        return Err(IdentityError::ChangedMeanwhile);
    }
    let email = Sealed::seal(keys, key, place::user_email(number), &checked.address.as_text().to_owned())?;
    tx.execute(&sql::SET_EMAIL, &params![tenant, user, email])?;
    // A record that is taken over for somebody else lets the one before in no more: the new number is tied at its own first sign-in.
    let is_somebody_else = kept.told.get("externalId") != checked.told.get("externalId");
    if is_somebody_else {
        tx.execute(&DELETE_LINK, &params![tenant, user])?;
    }
    if is_somebody_else || checked.state == State::Inactive {
        tx.execute(&accounts::DELETE_SESSIONS_OF_USER, &params![user])?;
    }
    Ok(())
}

fn remove(
    tx: &mut Tx<'_>,
    _told: &Recorded,
    keys: &dyn KeyRing,
    (tenant, kept): (TenantId, &KeptUser),
    nobody: [u8; 32],
) -> Result<(), IdentityError> {
    let (user, now) = (kept.user, tx.now());
    let nothing = Sealed::seal(keys, KeyRef::User(tenant, user), place::directory_told(user.number()), &Map::<String, Value>::new())?;
    let row = params![tenant, user, kept.version, nobody, None::<[u8; 32]>, nothing, State::Removed.text(), now];
    if tx.execute(&sql::UPDATE_USER, &row)? != 1 {
        return Err(IdentityError::ChangedMeanwhile);
    }
    tx.execute(&sql::DELETE_MEMBERSHIPS, &params![tenant, user])?;
    tx.execute(&accounts::DELETE_SESSIONS_OF_USER, &params![user])?;
    Ok(())
}

fn kept_of_id(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, user: UserId) -> Result<Option<KeptUser>, StoreError> {
    let row = tx.query_optional(&sql::USER, &params![tenant, user])?;
    Ok(row.map(|row| kept_of(tx, keys, tenant, &row)).transpose()?.flatten())
}

/// Those of these whom the directory keeps.
pub(crate) fn kept_of_ids(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, users: &[UserId]) -> Result<Vec<KeptUser>, StoreError> {
    let kept = users.iter().map(|user| kept_of_id(tx, keys, tenant, *user)).collect::<Result<Vec<_>, _>>()?;
    Ok(kept.into_iter().flatten().collect())
}

/// A row of [`sql::USER`] or [`sql::USERS`]; nothing of somebody who is being erased.
pub(crate) fn kept_of(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, row: &Row) -> Result<Option<KeptUser>, StoreError> {
    let user: UserId = row.get(0)?;
    let told: Sealed<Map<String, Value>> = row.get(1)?;
    let told = match told.open(keys, KeyRef::User(tenant, user), place::directory_told(user.number())) {
        Err(error) if Sealed::<String>::is_erased(&error) => return Ok(None),
        opened => opened?,
    };
    let groups = groups_of(tx, keys, tenant, user)?;
    let times = Times { created_at: row.get(3)?, changed_at: row.get(4)? };
    Ok(Some(KeptUser { user, told, state: State::from_text(&row.get::<String>(2)?), times, groups, version: row.get(5)? }))
}

/// The groups that somebody is in, by their names.
pub(crate) fn groups_of(
    tx: &mut Tx<'_>,
    keys: &dyn KeyRing,
    tenant: TenantId,
    user: UserId,
) -> Result<Vec<(PeopleGroupId, String)>, StoreError> {
    let rows = tx.query(&sql::GROUPS_OF_USER, &params![tenant, user])?;
    let mut groups = Vec::with_capacity(rows.len());
    for row in rows {
        let group: PeopleGroupId = row.get(0)?;
        let told = group_told(keys, tenant, group, row.get(1)?)?;
        groups.push((group, told.get("displayName").and_then(Value::as_str).unwrap_or_default().to_owned()));
    }
    Ok(groups)
}
