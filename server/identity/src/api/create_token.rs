//! `POST /tokens`: makes an API or telemetry token.

use axum::extract::State;
use kernel::{Permission, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Caller, Created, Doc, Json, Time};

use super::list_tokens::Token;
use crate::Identity;
use crate::error::LIMIT_REACHED;
use crate::token::{NewToken, TokenKind};

pub(super) const DOC: Doc = Doc::new("createToken", "Make an API or telemetry token")
    .description("The secret is in this answer and never shown again. A token may do at most what its maker may.")
    .problems(&[LIMIT_REACHED]);

/// What to make.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// What people call it.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// What it is for.
    kind: TokenKind,
    /// What it may do, as `devices:read`; none for telemetry.
    #[serde(default)]
    permissions: Vec<String>,
    /// When it stops working; never where absent.
    expires_at: Option<Time>,
}

/// A token with its secret.
#[derive(Serialize, JsonSchema)]
pub(super) struct CreatedToken {
    /// The token.
    #[serde(flatten)]
    token: Token,
    /// The secret, shown once.
    secret: String,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Json(request): Json<Request>,
) -> Answer<Created<CreatedToken>> {
    let name = request.name.parse().map_err(|error: crate::NameError| Problem::invalid("name", error.to_string()))?;
    let permissions = request.permissions.iter().enumerate().map(|(index, text)| permission(index, text)).collect::<Result<_, _>>()?;
    let new = NewToken { name, kind: request.kind, permissions, expires_at: request.expires_at.map(|time| time.0) };
    let created = identity.create_token(&scope, new).await?;
    Ok(Created(CreatedToken { token: created.summary.into(), secret: created.secret.expose().to_owned() }))
}

fn permission(index: usize, text: &str) -> Result<Permission, Problem> {
    Permission::from_text(text).ok_or_else(|| {
        let known: Vec<_> = Permission::ALL.iter().map(|permission| permission.text()).collect();
        Problem::invalid(format!("permissions[{index}]"), format!("The permissions are {}.", known.join(", ")))
    })
}
