//! How a directory, and its groups of people, stand in answers.

use kernel::{PeopleGroupId, ProviderId, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use web::Id;

use super::people::{RoleOnDevices, roles};
use crate::directory::settings::{Directory, GROUP_GRANTS_MAX, PeopleGroup};

/// How the organisation's directory stands.
#[derive(Serialize, JsonSchema)]
pub(super) struct DirectoryView {
    /// The address for the directory to send its requests to.
    url: String,
    /// The provider of single sign-on by which its people sign in; absent where none was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<Id<ProviderId>>,
    /// How many people it keeps.
    users: i64,
    /// How many of them may not sign in.
    inactive: i64,
    /// How many groups it keeps.
    groups: i64,
}

impl From<Directory> for DirectoryView {
    fn from(directory: Directory) -> Self {
        let Directory { url, provider, users, inactive, groups } = directory;
        Self { url, provider: provider.map(Id), users, inactive, groups }
    }
}

/// A group of people.
#[derive(Serialize, JsonSchema)]
pub(super) struct PeopleGroupView {
    /// The group.
    group: Id<PeopleGroupId>,
    /// Its name.
    name: String,
    /// Who is in it.
    members: Vec<Id<UserId>>,
    /// What they hold by that.
    #[schemars(length(max = 4))]
    roles: Vec<RoleOnDevices>,
}

impl From<PeopleGroup> for PeopleGroupView {
    fn from(group: PeopleGroup) -> Self {
        let PeopleGroup { group, name, members, held } = group;
        Self { group: Id(group), name, members: members.into_iter().map(Id).collect(), roles: roles(held) }
    }
}

const _: () = assert!(GROUP_GRANTS_MAX == 4, "the document says how many");
