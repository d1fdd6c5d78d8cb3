//! `POST /agent/token`: a device signs in.

use axum::extract::State;
use kernel::SecretText;
use kernel::problem::ProblemKind;
use web::{Answer, Doc, Issued, PeerInfo, WireJson};
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
) -> Answer<Issued<WireJson<AccessToken>>> {
    let answer = devices.access_token(&request, peer.into()).await?;
    Ok(Issued { credential: SecretText::new(answer.access_token.clone()), answer: WireJson(answer) })
}
