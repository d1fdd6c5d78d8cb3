//! `GET /tokens`: the tenant's API and telemetry tokens.

use axum::extract::State;
use kernel::TokenId;
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Doc, Id, Paged, Paging, Time};

use crate::Identity;
use crate::token::{TokenKind, TokenSummary};

pub(super) const DOC: Doc = Doc::new("listTokens", "List API and telemetry tokens");

/// A token without its secret.
#[derive(Serialize, JsonSchema)]
pub(super) struct Token {
    /// Its id.
    token: Id<TokenId>,
    /// What people call it.
    name: String,
    /// What it is for.
    kind: TokenKind,
    /// What it may do.
    permissions: Vec<&'static str>,
    /// When it was made.
    created_at: Time,
    /// When it stops working.
    expires_at: Option<Time>,
    /// When it was last used, to the hour.
    last_used_at: Option<Time>,
}

impl From<TokenSummary> for Token {
    fn from(summary: TokenSummary) -> Self {
        Self {
            token: Id(summary.token),
            name: summary.name.into_text(),
            kind: summary.kind,
            permissions: summary.permissions.iter().map(|permission| permission.text()).collect(),
            created_at: Time(summary.created_at),
            expires_at: summary.expires_at.map(Time),
            last_used_at: summary.last_used_at.map(Time),
        }
    }
}

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller, Paging(page): Paging) -> Answer<Paged<Token>> {
    Ok(Paged(identity.list_tokens(&scope, page).await?.map(Token::from)))
}
