//! `POST /tokens/{token}/rotate`: another secret.

use std::time::Duration;

use axum::extract::State;
use kernel::TokenId;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Caller, Doc, Id, Json, Path, Time};

use super::create_token::CreatedToken;
use crate::Identity;
use crate::token_rotation::{Rotation, TOKEN_OVERLAP_MAX};

pub(super) const DOC: Doc = Doc::new("rotateToken", "Give a token another secret")
    .description(
        "The new secret is in this answer and never shown again. The one before goes on for the overlap, or until its own end where that \
         is earlier; after a leak let there be none. It takes somebody who may do all that the token was given, whose it becomes.",
    )
    .problems(&[ProblemKind::CONFLICT]);

/// How to rotate it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// When the token stops working from now on; as for one that is made.
    expires_at: Option<Time>,
    /// For how many seconds the secret before goes on.
    #[serde(default)]
    #[schemars(range(max = 604_800))]
    overlap_seconds: u64,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(token)): Path<Id<TokenId>>,
    Json(request): Json<Request>,
) -> Answer<Json<CreatedToken>> {
    let rotation = Rotation { expires_at: request.expires_at.map(|time| time.0), overlap: Duration::from_secs(request.overlap_seconds) };
    let rotated = identity.rotate_token(&scope, token, rotation).await?;
    Ok(Json(CreatedToken { token: rotated.summary.into(), secret: rotated.secret.expose().to_owned() }))
}

const _: () = assert!(TOKEN_OVERLAP_MAX.as_secs() == 604_800, "the document says how long");
