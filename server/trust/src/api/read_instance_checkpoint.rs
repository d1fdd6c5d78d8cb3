//! `GET /ledger/instance/checkpoint`: what the instance's own log is now, into which every tenant's checkpoints come.

use axum::extract::State;
use kernel::problem::ProblemKind;
use web::{Answer, Caller, Doc, Json};

use super::read_checkpoint::LedgerCheckpoint;
use crate::Ledger;
use crate::error::LEDGER_REWRITTEN;

pub(super) const DOC: Doc = Doc::new("readInstanceCheckpoint", "Read the signed checkpoint of the instance's log")
    .description("The instance's log holds the checkpoints of every tenant and names none. A witness of it vouches for all of them.")
    .problems(&[LEDGER_REWRITTEN, ProblemKind::NOT_FOUND]);

pub(super) async fn handle(State(ledger): State<Ledger>, Caller(scope): Caller) -> Answer<Json<LedgerCheckpoint>> {
    Ok(Json(ledger.instance_checkpoint(&scope).await?.into()))
}
