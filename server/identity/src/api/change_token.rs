//! `PATCH /tokens/{token}`: another name, other networks, or bound to its certificates.

use axum::extract::State;
use kernel::{Problem, TokenId};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Caller, Doc, Id, Json, Path};

use super::create_token::networks;
use super::list_tokens::Token;
use crate::token::TokenChange;
use crate::{Identity, NameError};

pub(super) const DOC: Doc = Doc::new("changeToken", "Change a token's name, from where it works, or whether it needs a certificate").description(
    "What is absent stays. It takes somebody who may do all that the token was given. What a token may do is not changed: make another.",
);

/// What to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// What people call it.
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// The networks from which it works, as `192.0.2.0/24`; none for all.
    #[schemars(length(max = 64))]
    networks: Option<Vec<String>>,
    /// Whether it works with a client certificate only that was issued for it.
    requires_certificate: Option<bool>,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(token)): Path<Id<TokenId>>,
    Json(request): Json<Request>,
) -> Answer<Json<Token>> {
    let name = request.name.map(|name| name.parse()).transpose();
    let change = TokenChange {
        name: name.map_err(|error: NameError| Problem::invalid("name", error.to_string()))?,
        networks: request.networks.map(|texts| networks("networks", &texts)).transpose()?,
        requires_certificate: request.requires_certificate,
    };
    Ok(Json(identity.change_token(&scope, token, change).await?.into()))
}
