//! `POST /tokens`: makes an API or telemetry token.

use axum::extract::State;
use kernel::{Permission, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Caller, Created, Doc, Json, Time};

use super::list_tokens::Token;
use crate::Identity;
use crate::error::LIMIT_REACHED;
use crate::network::{NETWORKS_MAX, Networks};
use crate::token::{NewToken, TOKEN_SELECTORS_MAX, TokenKind};

pub(super) const DOC: Doc = Doc::new("createToken", "Make an API or telemetry token")
    .description(
        "The secret is in this answer and never shown again. A token may do at most what its maker may, on \
         the maker's devices, and what its maker may no longer do, it may no longer either.",
    )
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
    /// Selectors of the devices that it is for, as `os:windows`; absent for all of them, and for telemetry.
    #[schemars(length(min = 1, max = 16))]
    devices: Option<Vec<String>>,
    /// The networks from which it works, as `192.0.2.0/24`; none for all.
    #[serde(default)]
    #[schemars(length(max = 64))]
    networks: Vec<String>,
    /// Whether it works with a client certificate only that was issued for it.
    #[serde(default)]
    requires_certificate: bool,
    /// When it stops working. An API token has to say it; a telemetry token without it goes on until it is revoked.
    expires_at: Option<Time>,
}

/// A token with its secret.
#[derive(Serialize, JsonSchema)]
pub(super) struct CreatedToken {
    /// The token.
    #[serde(flatten)]
    pub(super) token: Token,
    /// The secret, shown once.
    pub(super) secret: String,
}

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Json(request): Json<Request>,
) -> Answer<Created<CreatedToken>> {
    let name = request.name.parse().map_err(|error: crate::NameError| Problem::invalid("name", error.to_string()))?;
    let permissions = request.permissions.iter().enumerate().map(|(index, text)| permission(index, text)).collect::<Result<_, _>>()?;
    let networks = networks("networks", &request.networks)?;
    let expires_at = request.expires_at.map(|time| time.0);
    let Request { kind, devices, requires_certificate, .. } = request;
    let new = NewToken { name, kind, permissions, devices, networks, expires_at, requires_certificate };
    let created = identity.create_token(&scope, new).await?;
    Ok(Created(CreatedToken { token: created.summary.into(), secret: created.secret.expose().to_owned() }))
}

/// A list of networks, of a field.
pub(super) fn networks(field: &str, texts: &[String]) -> Result<Networks, Problem> {
    Networks::parse(texts).map_err(|error| Problem::invalid(error.field(field), error.to_string()))
}

fn permission(index: usize, text: &str) -> Result<Permission, Problem> {
    Permission::from_text(text).ok_or_else(|| {
        let known: Vec<_> = Permission::ALL.iter().map(|permission| permission.text()).collect();
        Problem::invalid(format!("permissions[{index}]"), format!("The permissions are {}.", known.join(", ")))
    })
}

const _: () = assert!(NETWORKS_MAX == 64 && TOKEN_SELECTORS_MAX == 16, "the document says how many");
