//! `POST /exports`: asks for everything that is held of a device, of a user or of the whole tenant, to be fetched as one file.

use axum::extract::State;
use kernel::SecretText;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Caller, Created, Doc, Json};

use super::ExportDoors;
use super::erasures::SubjectKind;
use super::exports::ExportView;
use super::request_erasure::SECOND_FACTOR_REFUSED;
use crate::error::EXPORT_LIMIT;

pub(super) const DOC: Doc = Doc::new("requestExport", "Ask for everything that is held of a device, of a user or of the tenant")
    .description(
        "Only a person may ask, with a fresh code of the second factor. Everybody may have the own data; anything else takes the permission \
         exports:manage. It is made in the background, sealed under a key of its own, can be fetched for 24 hours and is gone then. One \
         export of a tenant is made at a time, and eight can be fetched.",
    )
    .problems(&[EXPORT_LIMIT, ProblemKind::NOT_FOUND, SECOND_FACTOR_REFUSED]);

/// What to export.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// Whose data.
    subject: SubjectKind,
    /// The id of whom.
    #[schemars(length(max = 64))]
    id: String,
    /// The present code of the caller's second factor, or a recovery code.
    #[schemars(with = "String", length(max = 64))]
    totp_code: SecretText,
}

pub(super) async fn handle(
    State(doors): State<ExportDoors>,
    Caller(scope): Caller,
    Json(request): Json<Request>,
) -> Answer<Created<ExportView>> {
    let subject = request.subject.subject(scope.tenant(), &request.id)?;
    // Looked at before the code is taken: a code is good once.
    doors.archives.check(&scope, subject).await?;
    doors.second_factor.confirm(&scope, request.totp_code).await?;
    let asked = doors.archives.request(&scope, subject).await?;
    Ok(Created(doors.view(asked, &scope)))
}
