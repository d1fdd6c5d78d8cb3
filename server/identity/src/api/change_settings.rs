//! `PATCH /settings`: changes the tenant's settings.

use std::time::Duration;

use axum::extract::State;
use kernel::Problem;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Caller, Doc, Json};

use super::read_settings::TenantSettings;
use crate::preset::Preset;
use crate::tenant::SettingsChange;
use crate::{Identity, NameError};

pub(super) const DOC: Doc =
    Doc::new("changeSettings", "Change the tenant's settings").description("What is absent stays.").problems(&[ProblemKind::CONFLICT]);

/// What to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The organisation's name.
    #[schemars(length(min = 1, max = 200))]
    tenant_name: Option<String>,
    /// Silence after which a device is stale.
    #[schemars(range(min = 600))]
    stale_after_seconds: Option<u64>,
    /// Silence after which a device is lost; longer than `stale_after_seconds`.
    #[schemars(range(max = 31_622_400))]
    lost_after_seconds: Option<u64>,
    /// What passwords and sessions are held to. Whose password does not keep the new rules chooses another at the next sign-in.
    preset: Option<Preset>,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Json(request): Json<Request>,
) -> Answer<Json<TenantSettings>> {
    let name = request.tenant_name.map(|name| name.parse()).transpose();
    let change = SettingsChange {
        name: name.map_err(|error: NameError| Problem::invalid("tenant_name", error.to_string()))?,
        stale_after: request.stale_after_seconds.map(Duration::from_secs),
        lost_after: request.lost_after_seconds.map(Duration::from_secs),
        preset: request.preset,
    };
    Ok(Json(identity.change_settings(&scope, change).await?.into()))
}
