//! `GET /session`: who is signed in.

use axum::extract::State;
use kernel::{Permission, Problem, TenantId, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Doc, Id, Json};

use super::password_rules::PasswordRules;
use super::people::{RoleOnDevices, roles};
use crate::Identity;
use crate::preset::Factors;

pub(super) const DOC: Doc = Doc::new("readSession", "See who is signed in");

/// Who is signed in.
#[derive(Serialize, JsonSchema)]
pub(super) struct SessionProfile {
    /// The user.
    user: Id<UserId>,
    /// The tenant.
    tenant: Id<TenantId>,
    /// The organisation's name.
    tenant_name: String,
    /// E-mail address.
    email: String,
    /// Language of the console.
    language: String,
    /// What the person may do, on some devices at least, as `devices:read`.
    permissions: Vec<&'static str>,
    /// What of it reaches every device.
    on_all_devices: Vec<&'static str>,
    /// What they hold.
    roles: Vec<RoleOnDevices>,
    /// What a new password is held to.
    password_rules: PasswordRules,
    /// A session that is not used for this long is over.
    idle_seconds: u64,
}

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller) -> Answer<Json<SessionProfile>> {
    let user = scope.acting_user().ok_or_else(Problem::not_found)?;
    let profile = identity.profile(scope.tenant(), user).await?;
    let held = identity.held(scope.tenant(), user).await?;
    let settings = identity.settings(scope.tenant()).await?;
    Ok(Json(SessionProfile {
        user: Id(user),
        tenant: Id(profile.tenant),
        tenant_name: settings.name.into_text(),
        email: profile.email.as_text().to_owned(),
        language: profile.language,
        on_all_devices: held.on_all_devices().into_iter().map(Permission::text).collect(),
        permissions: held.permissions().into_iter().map(Permission::text).collect(),
        roles: roles(held),
        password_rules: settings.preset.rules(Factors::WithSecond).into(),
        idle_seconds: settings.preset.session_limits().idle.as_secs(),
    }))
}
