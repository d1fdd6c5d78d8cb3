//! `GET /access-policy`: what the tenant demands of credentials.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Caller, Doc, Json, PeerInfo};

use crate::Identity;
use crate::access_policy::{AccessPolicy, AllowLists, TOKEN_DAYS_MAX_MAX};

pub(super) const DOC: Doc = Doc::new("readAccessPolicy", "See how long tokens live and from which networks credentials work");

/// The networks from which each kind of credential works; where a list is empty, from all.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AllowedNetworks {
    /// Signing in, and sessions.
    #[schemars(length(max = 64))]
    pub(super) people: Vec<String>,
    /// API tokens.
    #[schemars(length(max = 64))]
    pub(super) api: Vec<String>,
    /// Devices, telemetry tokens, and joining.
    #[schemars(length(max = 64))]
    pub(super) agents: Vec<String>,
}

/// What the tenant demands of credentials.
#[derive(Serialize, JsonSchema)]
pub(super) struct AccessPolicyView {
    /// The longest life of an API token, in days.
    token_days_max: u16,
    /// From where they work.
    networks: AllowedNetworks,
    /// The address that this request came from; absent where it came from the host itself.
    your_address: Option<String>,
}

impl AccessPolicyView {
    pub(super) fn of(policy: &AccessPolicy, peer: PeerInfo) -> Self {
        let AllowLists { people, api, agents } = &policy.networks;
        let your_address = match peer {
            PeerInfo::Network(address) => Some(address.ip().to_canonical().to_string()),
            PeerInfo::Local | PeerInfo::Unknown => None,
        };
        let networks = AllowedNetworks { people: people.texts(), api: api.texts(), agents: agents.texts() };
        Self { token_days_max: policy.token_days_max, networks, your_address }
    }
}

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller, peer: PeerInfo) -> Answer<Json<AccessPolicyView>> {
    Ok(Json(AccessPolicyView::of(&identity.access_policy(&scope).await?, peer)))
}

const _: () = assert!(TOKEN_DAYS_MAX_MAX == 1_096, "the document says how many");
