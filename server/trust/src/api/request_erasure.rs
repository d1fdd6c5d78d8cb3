//! `POST /erasures`: asks for a device, a user or the whole tenant to be erased.

use std::time::Duration;

use axum::extract::State;
use kernel::SecretText;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Caller, Created, Doc, Json};

use super::ErasureDoors;
use super::erasures::{ErasureView, SubjectKind};
use crate::erasure::{DELAY_MAX, delay_default};

pub(super) const DOC: Doc = Doc::new("requestErasure", "Ask for a device, a user or the tenant to be erased")
    .description(
        "Only a person may ask, with a fresh code of the second factor. It begins after a delay in which it can be called off, is done \
         within minutes of that and within three days at the latest, and cannot be undone. Its receipt is an entry of the ledger.",
    )
    .problems(&[ProblemKind::CONFLICT, ProblemKind::NOT_FOUND, SECOND_FACTOR_REFUSED]);

/// The code of the second factor is not taken.
pub const SECOND_FACTOR_REFUSED: ProblemKind =
    ProblemKind { slug: "second-factor-refused", status: 403, title: "The code of the second factor is not accepted" };

/// What to erase.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// Whose data.
    subject: SubjectKind,
    /// The id of whom.
    #[schemars(length(max = 64))]
    id: String,
    /// How long it can be called off, in seconds: ten minutes where absent, a day for the tenant.
    #[schemars(range(max = 86_400))]
    delay_seconds: Option<u64>,
    /// The present code of the caller's second factor, or a recovery code.
    #[schemars(with = "String", length(max = 64))]
    totp_code: SecretText,
}

pub(super) async fn handle(
    State(doors): State<ErasureDoors>,
    Caller(scope): Caller,
    Json(request): Json<Request>,
) -> Answer<Created<ErasureView>> {
    let subject = request.subject.subject(scope.tenant(), &request.id)?;
    let delay = request.delay_seconds.map_or_else(|| delay_default(subject), Duration::from_secs);
    // Looked at before the code is taken: a code is good once.
    doors.erasures.check(&scope, subject, delay).await?;
    doors.second_factor.confirm(&scope, request.totp_code).await?;
    Ok(Created(doors.erasures.request(&scope, subject, delay).await?.into()))
}

const _: () = assert!(DELAY_MAX.as_secs() == 86_400, "the document says how long");
