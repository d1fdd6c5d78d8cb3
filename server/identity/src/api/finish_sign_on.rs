//! `POST /sign-on/finish`: signs somebody in who came back from a provider.

use axum::extract::State;
use kernel::problem::ProblemKind;
use kernel::{Problem, ProviderId, SecretText};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, AttemptSecret, BrowserKind, Doc, Id, Json, PeerInfo, SignedIn};

use crate::Identity;
use crate::error::{LINK_NOT_VALID, OWNER_NEEDS_PASSWORD, SIGN_ON_EXPIRED, SIGN_ON_NO_ACCOUNT, SIGN_ON_REFUSED};
use crate::setup::Language;
use crate::single_sign_on::flow::SignOnAnswer;

pub(super) const DOC: Doc = Doc::new("finishSignOn", "Sign in with what a provider answered")
    .description(
        "It works once, within ten minutes, in the browser that began it. Whatever is wrong with what the provider answered gets one \
         answer; what it was stands in the organisation's ledger.",
    )
    .problems(&[LINK_NOT_VALID, OWNER_NEEDS_PASSWORD, ProblemKind::CONFLICT, SIGN_ON_EXPIRED, SIGN_ON_NO_ACCOUNT, SIGN_ON_REFUSED]);

/// What the browser came back with.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The provider by whose page it came back.
    provider: Id<ProviderId>,
    /// What went along.
    #[schemars(with = "String", length(max = 1_024))]
    state: SecretText,
    /// The provider's code.
    #[schemars(with = "String", length(max = 4_096))]
    code: SecretText,
    /// Who the answer says that it is from.
    #[serde(default)]
    #[schemars(length(max = 1_024))]
    issuer: Option<String>,
    /// Language of the console, for an account that is made by this.
    #[serde(default)]
    language: Language,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    browser: BrowserKind,
    peer: PeerInfo,
    AttemptSecret(secret): AttemptSecret,
    Json(request): Json<Request>,
) -> Answer<SignedIn> {
    let Request { provider: Id(provider), state, code, issuer, language } = request;
    let texts =
        [("state", state.expose(), 1_024), ("code", code.expose(), 4_096), ("issuer", issuer.as_deref().unwrap_or_default(), 1_024)];
    for (field, text, chars_max) in texts {
        if text.chars().count() > chars_max {
            return Err(Problem::invalid(field, format!("It has at most {chars_max} characters.")).into());
        }
    }
    let answer = SignOnAnswer { provider, secret, state, code, issuer, language, source: peer.into() };
    let session = identity.finish_sign_on(answer, browser).await?;
    Ok(SignedIn { session: session.secret, lifetime: session.lifetime })
}
