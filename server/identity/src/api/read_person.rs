//! `GET /people/{user}`: somebody who has an account.

use axum::extract::State;
use kernel::UserId;
use kernel::problem::ProblemKind;
use web::{Answer, Caller, Doc, Id, Json, Path};

use super::people::PersonView;
use crate::Identity;

pub(super) const DOC: Doc = Doc::new("readPerson", "See somebody who has an account").problems(&[ProblemKind::NOT_FOUND]);

pub(super) async fn handle(
    State(identity): State<Identity>,
    Caller(scope): Caller,
    Path(Id(user)): Path<Id<UserId>>,
) -> Answer<Json<PersonView>> {
    Ok(Json(identity.person(&scope, user).await?.into()))
}
