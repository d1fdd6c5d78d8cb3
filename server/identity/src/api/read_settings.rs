//! `GET /settings`: the tenant's settings.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Doc, Json};

use crate::Identity;
use crate::preset::Preset;
use crate::tenant::Settings;

pub(super) const DOC: Doc = Doc::new("readSettings", "See the tenant's settings");

/// The tenant's settings.
#[derive(Serialize, JsonSchema)]
pub(super) struct TenantSettings {
    /// The organisation's name.
    tenant_name: String,
    /// Silence after which a device is stale.
    stale_after_seconds: u64,
    /// Silence after which a device is lost.
    lost_after_seconds: u64,
    /// What passwords and sessions are held to.
    preset: Preset,
}

impl From<Settings> for TenantSettings {
    fn from(settings: Settings) -> Self {
        Self {
            tenant_name: settings.name.into_text(),
            stale_after_seconds: settings.stale_after.as_secs(),
            lost_after_seconds: settings.lost_after.as_secs(),
            preset: settings.preset,
        }
    }
}

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller) -> Answer<Json<TenantSettings>> {
    Ok(Json(identity.settings(scope.tenant()).await?.into()))
}
