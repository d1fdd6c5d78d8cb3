//! `POST /access-tokens`: a short-lived access token for an API token's id and secret.

use axum::extract::State;
use kernel::problem::ProblemKind;
use kernel::{Origin, SecretText, TokenId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Created, Doc, Id, Issued, Json, PeerInfo, Shown, Time};

use crate::Identity;
use crate::error::TOKEN_REFUSED;

pub(super) const DOC: Doc = Doc::new("issueApiAccess", "Get short-lived access for an API token")
    .description(
        "An API token's id and secret for an access token of ten to fifteen minutes, which does the same in `Authorization: Bearer`, so that \
         the secret itself is sent seldom. Only tokens and enrolment tokens are not made or changed with it. It ends with the token, and \
         works with the client certificate only that was shown for it, where one was. Who asks again within five minutes may get the same.",
    )
    .problems(&[TOKEN_REFUSED, ProblemKind::SOURCE_NOT_ALLOWED, ProblemKind::CERTIFICATE_NOT_ACCEPTED]);

/// A token's id and secret.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// Its id.
    token: Id<TokenId>,
    /// Its secret, `prs_api_…`.
    #[schemars(length(max = 64))]
    secret: String,
}

/// Access for a while.
#[derive(Serialize, JsonSchema)]
pub(super) struct AccessToken {
    /// `prs_acc_…`, for the `Authorization: Bearer` header.
    access_token: String,
    /// When it ends.
    expires_at: Time,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    peer: PeerInfo,
    Shown(certificate): Shown,
    Json(request): Json<Request>,
) -> Answer<Issued<Created<AccessToken>>> {
    let origin = Origin { source: peer.into(), certificate };
    let given = identity.access_token(request.token.0, &SecretText::new(request.secret), origin).await?;
    let answer = Created(AccessToken { access_token: given.access_token.expose().to_owned(), expires_at: Time(given.expires_at) });
    Ok(Issued { credential: given.access_token, answer })
}
