//! What an organisation's directory keeps here by SCIM 2.0 (RFC 7642 to 7644): accounts, and groups of people.
//!
//! * [`users`]: accounts that a directory added. They have no password and no code: they sign in by the provider that the directory
//!   belongs to ([`crate::single_sign_on`]), which calls them by the directory's number (`externalId`). Whoever has an account of
//!   another kind is none of the directory's, owners foremost: it neither sees nor changes them.
//! * [`groups`]: groups of people. The directory says who is in one; a person who may says which roles it gives, and it never gives
//!   an owner's. That is read in each request, like what somebody was given.
//! * [`resource`], `attribute`: what of a body is kept. [`filter`], [`patch`], `listed`: asking, changing in part, lists.
//! * `discovery`: what this server tells of itself. [`fault`]: what it refuses. `settings`: which provider is the directory's.
//!
//! Whom a directory calls inactive, or removes, is shut out at once: sessions end, and a request by one that began meanwhile, or by a
//! key of theirs, finds that its person may nothing ([`State`]).
//!
//! The credential is an API token with `directory:write` and nothing else. A person's session opens none of this.

pub(crate) mod attribute;
pub(crate) mod discovery;
pub mod fault;
pub mod filter;
pub mod groups;
pub(crate) mod listed;
pub mod patch;
pub mod resource;
pub mod settings;
pub mod users;

use kernel::{KeyRef, KeyRing, TenantId, Timestamp, UserId};
use store::{Sealed, StoreError, Tx, params};

use crate::data_map::place;
use crate::grant::{Grant, Held};
use crate::store::directory as sql;
use crate::{Identity, IdentityError};

use self::attribute::ResourceKind;

/// For which purpose names of people and of groups are hashed.
const NAME_INDEX: &str = "directory-name";
/// For which purpose a directory's own numbers of people are hashed.
const EXTERNAL_INDEX: &str = "directory-external";

/// How a directory has somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "DirectoryState")]
pub enum State {
    /// May sign in.
    Active,
    /// May not, until the directory says otherwise.
    Inactive,
    /// The directory removed them: for it, they are not there.
    Removed,
}

impl State {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Removed => "removed",
        }
    }

    /// A text of another version lets nobody in.
    fn from_text(text: &str) -> Self {
        [Self::Active, Self::Removed].into_iter().find(|state| state.text() == text).unwrap_or(Self::Inactive)
    }
}

/// The keyed hash by which what has a name is found: names of users and of groups, each within its tenant.
pub(crate) fn name_index(keys: &dyn KeyRing, tenant: TenantId, kind: ResourceKind, name: &str) -> Result<[u8; 32], StoreError> {
    let text = [&tenant.number().to_be_bytes(), kind.name().as_bytes(), b"\0", name.to_lowercase().as_bytes()].concat();
    Ok(keys.blind_index(KeyRef::Instance, NAME_INDEX, &text)?)
}

/// The keyed hash by which somebody is found whom a directory has under a number of its own.
pub(crate) fn external_index(keys: &dyn KeyRing, tenant: TenantId, external: &str) -> Result<[u8; 32], StoreError> {
    let text = [&tenant.number().to_be_bytes(), external.as_bytes()].concat();
    Ok(keys.blind_index(KeyRef::Instance, EXTERNAL_INDEX, &text)?)
}

/// How a directory has somebody; nothing of an account that no directory keeps.
pub(crate) fn state_of(tx: &mut Tx<'_>, tenant: TenantId, user: UserId) -> Result<Option<State>, StoreError> {
    let row = tx.query_optional(&sql::STATE, &params![tenant, user])?;
    row.map(|row| Ok(State::from_text(&row.get::<String>(0)?))).transpose()
}

/// Whether a directory has shut somebody out: then they may nothing, whatever they were given.
pub(crate) fn is_shut_out(tx: &mut Tx<'_>, tenant: TenantId, user: UserId) -> Result<bool, StoreError> {
    Ok(matches!(state_of(tx, tenant, user)?, Some(State::Inactive | State::Removed)))
}

/// What the groups that somebody is in give.
pub(crate) fn held_by_groups(tx: &mut Tx<'_>, keys: &dyn KeyRing, tenant: TenantId, user: UserId) -> Result<Held, StoreError> {
    let mut held = Held::default();
    for row in tx.query(&sql::GRANTS_OF_GROUPS, &params![tenant, user])? {
        let grants: Sealed<Vec<Grant>> = row.get(1)?;
        let group: kernel::PeopleGroupId = row.get(0)?;
        held = held.with(Held(grants.open(keys, KeyRef::Tenant(tenant), place::group_grants(group.number()))?));
    }
    Ok(held)
}

/// When something came to be, and was last changed: what every resource tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) created_at: Timestamp,
    pub(crate) changed_at: Timestamp,
}

impl Identity {
    /// The address of the directory's routes.
    #[must_use]
    pub fn directory_url(&self) -> String {
        format!("{}{}", self.0.config.public_url, web::scim::PREFIX)
    }

    pub(crate) fn resource_url(&self, kind: ResourceKind, id: &str) -> String {
        format!("{}{}/{id}", self.directory_url(), kind.endpoint())
    }

    /// Whether somebody is let in as far as their directory is concerned.
    pub(crate) async fn is_shut_out(&self, tenant: TenantId, user: UserId) -> Result<bool, IdentityError> {
        Ok(self.db().read(move |tx| is_shut_out(tx, tenant, user)).await?)
    }
}
