//! `POST /agent/token`: a device signs in.

use axum::extract::State;
use kernel::problem::ProblemKind;
use web::{Answer, Doc, PeerInfo, WireJson};
use wire::enrol::{AccessToken, TokenRequest};

use crate::Devices;
use crate::error::{DEVICE_CLONED, DEVICE_RETIRED};

pub(super) const DOC: Doc = Doc::new("issueAccessToken", "Sign in as a device")
    .description("A signed challenge for a token of a quarter of an hour.")
    .problems(&[ProblemKind::UNAUTHENTICATED, DEVICE_CLONED, DEVICE_RETIRED, ProblemKind::SOURCE_NOT_ALLOWED]);

pub(super) async fn handle(
    State(devices): State<Devices>,
    peer: PeerInfo,
    WireJson(request): WireJson<TokenRequest>,
) -> Answer<WireJson<AccessToken>> {
    Ok(WireJson(devices.access_token(&request, peer.into()).await?))
}
