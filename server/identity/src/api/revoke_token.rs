//! `DELETE /tokens/{token}`: revokes a token.

use axum::extract::State;
use kernel::TokenId;
use web::{Answer, Caller, Doc, Id, NoContent, Path};

use crate::Identity;

pub(super) const DOC: Doc = Doc::new("revokeToken", "Revoke a token").description("It opens nothing from now on.");

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(token)): Path<Id<TokenId>>,
) -> Answer<NoContent> {
    identity.revoke_token(&scope, token).await?;
    Ok(NoContent)
}
