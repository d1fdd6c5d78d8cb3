//! `POST /account/recovery-codes`: a new set of recovery codes.

use axum::extract::State;
use kernel::SecretText;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trust::SECOND_FACTOR_REFUSED;
use web::{Answer, Caller, Created, Doc, Json};

use crate::Identity;
use crate::recovery_codes::RECOVERY_CODES;

pub(super) const DOC: Doc = Doc::new("makeRecoveryCodes", "Make recovery codes")
    .description(
        "Each stands for the second factor once. They are shown in this answer and never again; codes that were made before stop \
         working. It takes a fresh code of the second factor.",
    )
    .problems(&[SECOND_FACTOR_REFUSED]);

/// A code.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The present code of the second factor, or a recovery code.
    #[schemars(with = "String", length(max = 64))]
    totp_code: SecretText,
}

/// A new set, shown once.
#[derive(Serialize, JsonSchema)]
pub(super) struct RecoveryCodes {
    /// The codes.
    #[schemars(length(equal = 10))]
    codes: Vec<String>,
}

const _: () = assert!(RECOVERY_CODES == 10, "the document says how many");

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Json(request): Json<Request>,
) -> Answer<Created<RecoveryCodes>> {
    identity.confirm(&scope, &request.totp_code).await?;
    let codes = identity.make_recovery_codes(&scope).await?;
    Ok(Created(RecoveryCodes { codes: codes.iter().map(|code| code.expose().to_owned()).collect() }))
}
