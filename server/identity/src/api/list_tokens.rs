//! `GET /tokens`: the tenant's API and telemetry tokens.

use axum::extract::State;
use kernel::{TokenId, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Caller, Doc, Id, Paged, Paging, Time};

use crate::Identity;
use crate::token::{Standing, TokenKind, TokenSummary};

pub(super) const DOC: Doc = Doc::new("listTokens", "List API and telemetry tokens")
    .description("With whose each is, where it works, and whether its owner may still do what it was given.");

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
    /// Who made it or changed its secret last; absent where the host did, or where it is older than owners.
    owner: Option<Id<UserId>>,
    /// Selectors of the devices that it is for; absent for all of them.
    devices: Option<Vec<String>>,
    /// The networks from which it works; none for all.
    networks: Vec<String>,
    /// Whether it works with a client certificate only that was issued for it.
    requires_certificate: bool,
    /// When it was made.
    created_at: Time,
    /// When it stops working.
    expires_at: Option<Time>,
    /// When it was last used, to the hour.
    last_used_at: Option<Time>,
    /// Until when the secret before this one works as well.
    retiring_until: Option<Time>,
    /// When it was found to be used from more than 5 networks within an hour. Rotating it, or saying from where it is used, takes
    /// the mark away.
    shared_at: Option<Time>,
    /// How it stands.
    standing: Standing,
}

impl From<TokenSummary> for Token {
    fn from(summary: TokenSummary) -> Self {
        Self {
            token: Id(summary.token),
            name: summary.name.into_text(),
            kind: summary.kind,
            permissions: summary.permissions.iter().map(|permission| permission.text()).collect(),
            owner: summary.owner.map(Id),
            devices: summary.devices.map(|selectors| selectors.iter().map(ToString::to_string).collect()),
            networks: summary.networks.texts(),
            requires_certificate: summary.requires_certificate,
            created_at: Time(summary.created_at),
            expires_at: summary.expires_at.map(Time),
            last_used_at: summary.last_used_at.map(Time),
            retiring_until: summary.retiring_until.map(Time),
            shared_at: summary.shared_at.map(Time),
            standing: summary.standing,
        }
    }
}

pub(super) async fn handle(State(identity): State<Identity>, Caller(scope): Caller, Paging(page): Paging) -> Answer<Paged<Token>> {
    Ok(Paged(identity.list_tokens(&scope, page).await?.map(Token::from)))
}
