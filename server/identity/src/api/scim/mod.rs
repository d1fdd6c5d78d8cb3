//! The directory's endpoints, in the protocol that it speaks (RFC 7644).

mod add_group;
mod add_user;
mod change_group;
mod change_user;
mod list_groups;
mod list_resource_types;
mod list_schemas;
mod list_users;
mod read_features;
mod read_group;
mod read_resource_type;
mod read_schema;
mod read_user;
mod remove_group;
mod remove_user;
mod replace_group;
mod replace_user;
mod search;

use kernel::Permission::DirectoryWrite;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Access, Routes};

use crate::Identity;
use crate::directory::fault::Fault;
use crate::directory::listed::{Asked, Shown};

impl Identity {
    /// The routes by which an organisation's directory keeps accounts and groups, to be mounted.
    pub fn directory_routes(&self) -> Routes<Self> {
        const ACCESS: Access = Access::Program(DirectoryWrite);
        Routes::scim("directory", self.clone())
            .get("/ServiceProviderConfig", ACCESS, read_features::DOC, read_features::handle)
            .get("/ResourceTypes", ACCESS, list_resource_types::DOC, list_resource_types::handle)
            .get("/ResourceTypes/{resource_type}", ACCESS, read_resource_type::DOC, read_resource_type::handle)
            .get("/Schemas", ACCESS, list_schemas::DOC, list_schemas::handle)
            .get("/Schemas/{schema}", ACCESS, read_schema::DOC, read_schema::handle)
            .get("/Users", ACCESS, list_users::DOC, list_users::handle)
            .post("/Users", ACCESS, add_user::DOC, add_user::handle)
            .get("/Users/{directory_user}", ACCESS, read_user::DOC, read_user::handle)
            .put("/Users/{directory_user}", ACCESS, replace_user::DOC, replace_user::handle)
            .patch("/Users/{directory_user}", ACCESS, change_user::DOC, change_user::handle)
            .delete("/Users/{directory_user}", ACCESS, remove_user::DOC, remove_user::handle)
            .post(concat!("/Users", "/.search"), ACCESS, search::USERS, search::users)
            .get("/Groups", ACCESS, list_groups::DOC, list_groups::handle)
            .post("/Groups", ACCESS, add_group::DOC, add_group::handle)
            .get("/Groups/{people_group}", ACCESS, read_group::DOC, read_group::handle)
            .put("/Groups/{people_group}", ACCESS, replace_group::DOC, replace_group::handle)
            .patch("/Groups/{people_group}", ACCESS, change_group::DOC, change_group::handle)
            .delete("/Groups/{people_group}", ACCESS, remove_group::DOC, remove_group::handle)
            .post("/Groups/.search", ACCESS, search::GROUPS, search::groups)
            .post("/.search", ACCESS, search::ALL, search::all)
    }
}

/// Which attributes an answer has.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ShownKeys {
    /// Names of the attributes that the answer has, with commas between them.
    attributes: Option<String>,
    /// Names of those that it has not.
    #[serde(rename = "excludedAttributes")]
    excluded_attributes: Option<String>,
}

impl ShownKeys {
    fn shown(&self) -> Result<Shown, Fault> {
        Shown::of_texts(self.attributes.as_deref(), self.excluded_attributes.as_deref())
    }
}

/// Which resources a list has.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ListKeys {
    /// A filter, as `userName eq "ada@example.org"`.
    filter: Option<String>,
    /// The number of the first one on the page, from 1.
    #[serde(rename = "startIndex")]
    start_index: Option<i64>,
    /// Most resources of the page, at most 100.
    count: Option<i64>,
    /// Names of the attributes that the answer has, with commas between them.
    attributes: Option<String>,
    /// Names of those that it has not.
    #[serde(rename = "excludedAttributes")]
    excluded_attributes: Option<String>,
    /// Not offered: it is taken and changes nothing.
    #[serde(rename = "sortBy")]
    _sort_by: Option<String>,
    /// Not offered: it is taken and changes nothing.
    #[serde(rename = "sortOrder")]
    _sort_order: Option<String>,
}

impl ListKeys {
    fn asked(self) -> Result<Asked, Fault> {
        let shown = Shown::of_texts(self.attributes.as_deref(), self.excluded_attributes.as_deref())?;
        Ok(Asked { filter: self.filter, start_index: self.start_index, count: self.count, shown })
    }
}
