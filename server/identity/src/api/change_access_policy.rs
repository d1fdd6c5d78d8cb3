//! `PUT /access-policy`: how long tokens live, and from which networks credentials work.

use axum::extract::State;
use kernel::SecretText;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use serde::Deserialize;
use trust::SECOND_FACTOR_REFUSED;
use web::{Answer, Caller, Doc, Json, PeerInfo};

use super::create_token::networks;
use super::read_access_policy::{AccessPolicyView, AllowedNetworks};
use crate::Identity;
use crate::access_policy::{AccessPolicy, AllowLists, Asking};
use crate::error::WOULD_LOCK_OUT;

pub(super) const DOC: Doc = Doc::new("changeAccessPolicy", "Say how long tokens live and from which networks credentials work")
    .description(
        "Replaces all of it, and holds at once: from elsewhere sessions and tokens that exist open nothing any more. It takes a person \
         with a fresh code of the second factor. A list that lacks the address of whoever asks is refused unless that is said to be \
         meant; the way back in is `purser tenant clear-networks` on the server's host.",
    )
    .problems(&[ProblemKind::CONFLICT, SECOND_FACTOR_REFUSED, WOULD_LOCK_OUT]);

/// What to demand.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The longest life of an API token, in days.
    #[schemars(range(min = 1, max = 1_096))]
    token_days_max: u16,
    /// From where they work, as `192.0.2.0/24`.
    networks: AllowedNetworks,
    /// Whether it is meant that whoever asks is shut out.
    #[serde(default)]
    lock_me_out: bool,
    /// The present code of the caller's second factor, or a recovery code.
    #[schemars(with = "String", length(max = 64))]
    totp_code: SecretText,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    peer: PeerInfo,
    Json(request): Json<Request>,
) -> Answer<Json<AccessPolicyView>> {
    let AllowedNetworks { people, api, agents } = &request.networks;
    let lists = AllowLists {
        people: networks("networks.people", people)?,
        api: networks("networks.api", api)?,
        agents: networks("networks.agents", agents)?,
    };
    let asking = Asking { source: peer.into(), lock_me_out: request.lock_me_out };
    let policy = AccessPolicy { token_days_max: request.token_days_max, networks: lists };
    // A code is taken once: what is refused anyway is refused before it is asked for.
    identity.check_access_policy(&scope, &policy, asking)?;
    identity.confirm(&scope, &request.totp_code).await?;
    let policy = identity.change_access_policy(&scope, policy, asking).await?;
    Ok(Json(AccessPolicyView::of(&policy, peer)))
}
