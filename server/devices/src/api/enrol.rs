//! `POST /agent/enrol`: a device joins.

use axum::extract::State;
use identity::error::ENROLMENT_REFUSED;
use kernel::problem::ProblemKind;
use web::{Answer, Doc, PeerInfo, WireJson};
use wire::enrol::{EnrolRequest, Enrolled};

use crate::Devices;
use crate::error::{DEVICE_CLONED, DEVICE_RETIRED};

pub(super) const DOC: Doc = Doc::new("enrolDevice", "Join as a device")
    .description("With an enrolment token, or as the copy of an enrolled device. The same system enrolled again stays the same device.")
    .problems(&[
        ENROLMENT_REFUSED,
        ProblemKind::UNAUTHENTICATED,
        DEVICE_CLONED,
        DEVICE_RETIRED,
        ProblemKind::CONFLICT,
        ProblemKind::SOURCE_NOT_ALLOWED,
    ]);

pub(super) async fn handle(
    State(devices): State<Devices>,
    peer: PeerInfo,
    WireJson(request): WireJson<EnrolRequest>,
) -> Answer<WireJson<Enrolled>> {
    Ok(WireJson(devices.enrol(request, peer.into()).await?))
}
