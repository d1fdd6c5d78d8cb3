//! `GET /roles`: which roles there are, and what each may do.

use axum::extract::State;
use kernel::Permission;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Doc, Json};

use crate::Identity;
use crate::role::Role;

pub(super) const DOC: Doc = Doc::new("listRoles", "List the roles, and what each may do");

/// A role.
#[derive(Serialize, JsonSchema)]
pub(super) struct RoleView {
    /// The role.
    role: Role,
    /// What it may do, as `devices:read`.
    permissions: Vec<&'static str>,
}

/// Every role.
#[derive(Serialize, JsonSchema)]
pub(super) struct Roles {
    /// From the one that may most.
    items: Vec<RoleView>,
}

pub(super) async fn handle(State(_identity): State<Identity>, Caller(_scope): Caller) -> Answer<Json<Roles>> {
    let view = |role: &Role| RoleView { role: *role, permissions: role.permissions().iter().copied().map(Permission::text).collect() };
    Ok(Json(Roles { items: Role::ALL.iter().map(view).collect() }))
}
