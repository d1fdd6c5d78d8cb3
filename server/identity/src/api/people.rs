//! How people and what they may stand in answers and requests.

use kernel::{PeopleGroupId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Id, Time};

use crate::directory::State;
use crate::grant::{GRANTS_MAX, Grant, Held};
use crate::people::Person;
use crate::role::Role;

/// A role on devices.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleOnDevices {
    /// The role.
    role: Role,
    /// A selector that chooses the devices, as `os:windows`; absent for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    devices: Option<String>,
}

impl From<Grant> for RoleOnDevices {
    fn from(Grant { role, devices }: Grant) -> Self {
        Self { role, devices }
    }
}

/// What is held, of a request.
pub(super) fn held(roles: Vec<RoleOnDevices>) -> Held {
    Held(roles.into_iter().map(|RoleOnDevices { role, devices }| Grant { role, devices }).collect())
}

/// What is held, for an answer.
pub(super) fn roles(held: Held) -> Vec<RoleOnDevices> {
    held.0.into_iter().map(RoleOnDevices::from).collect()
}

/// Somebody who has an account.
#[derive(Serialize, JsonSchema)]
pub(super) struct PersonView {
    /// The person.
    user: Id<UserId>,
    /// E-mail address.
    email: String,
    /// Language of the console.
    language: String,
    /// When the account was set up.
    created_at: Time,
    /// What somebody gave them; with nothing at all they see the own profile only.
    #[schemars(length(max = 16))]
    roles: Vec<RoleOnDevices>,
    /// What their groups at a provider of single sign-on gave at the last sign-in; absent of whoever signs in with a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    roles_of_provider: Option<Vec<RoleOnDevices>>,
    /// How the organisation's directory has them: who is inactive or removed may nothing; absent of an account that no directory keeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    directory: Option<State>,
    /// The groups of people that they are in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<GroupOfPerson>,
    /// What these give.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles_of_groups: Vec<RoleOnDevices>,
}

/// A group that somebody is in.
#[derive(Serialize, JsonSchema)]
pub(super) struct GroupOfPerson {
    /// The group.
    group: Id<PeopleGroupId>,
    /// Its name.
    name: String,
}

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        let Person { user, email, language, created_at, given, from_provider, directory, groups, from_groups } = person;
        Self {
            user: Id(user),
            email: email.as_text().to_owned(),
            language,
            created_at: Time(created_at),
            roles: roles(given),
            roles_of_provider: from_provider.map(roles),
            directory,
            groups: groups.into_iter().map(|(group, name)| GroupOfPerson { group: Id(group), name }).collect(),
            roles_of_groups: roles(from_groups),
        }
    }
}

const _: () = assert!(GRANTS_MAX == 16, "the document says how many");
