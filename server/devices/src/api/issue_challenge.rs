//! `POST /agent/challenge`: something fresh for a device to sign.

use axum::extract::State;
use web::{Answer, Doc, WireJson};
use wire::enrol::{Challenge, ChallengeRequest};

use crate::Devices;

pub(super) const DOC: Doc = Doc::new("issueChallenge", "Get a challenge to sign").description(
    "The answer is signed by an instance key and names the certificates under which the server may be met. Nothing is stored.",
);

pub(super) async fn handle(State(devices): State<Devices>, WireJson(request): WireJson<ChallengeRequest>) -> Answer<WireJson<Challenge>> {
    Ok(WireJson(devices.challenge(&request)?))
}
