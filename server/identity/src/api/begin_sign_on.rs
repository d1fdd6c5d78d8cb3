//! `POST /sign-on/begin`: sends a browser to its organisation's provider.

use axum::extract::State;
use kernel::problem::ProblemKind;
use kernel::{ProviderId, SecretText};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Begun, Doc, Id, Json};

use crate::Identity;
use crate::error::{LINK_NOT_VALID, OWNER_NEEDS_PASSWORD, SIGN_ON_UNAVAILABLE};
use crate::single_sign_on::attempt::ATTEMPT_LIFETIME;

pub(super) const DOC: Doc = Doc::new("beginSignOn", "Begin to sign in by a provider")
    .description(
        "The answer says where the browser goes, and sets a cookie without which nobody can finish it. With an invitation's link, whom \
         the provider vouches for gets the account that it is for.",
    )
    .problems(&[LINK_NOT_VALID, OWNER_NEEDS_PASSWORD, ProblemKind::NOT_FOUND, ProblemKind::TOO_MANY, SIGN_ON_UNAVAILABLE]);

/// By which provider.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The provider.
    provider: Id<ProviderId>,
    /// The secret of an invitation's link.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    link: Option<SecretText>,
}

/// Where the browser goes.
#[derive(Serialize, JsonSchema)]
pub(super) struct Location {
    /// The provider's page.
    location: String,
}

pub(super) async fn handle(State(identity): State<Identity>, Json(request): Json<Request>) -> Answer<Begun<Location>> {
    let begun = identity.begin_sign_on(request.provider.0, request.link.as_ref()).await?;
    Ok(Begun { answer: Location { location: begun.location }, secret: begun.secret, lifetime: ATTEMPT_LIFETIME })
}
