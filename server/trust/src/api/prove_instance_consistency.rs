//! `GET /ledger/instance/consistency`: the proof that the instance's own log only grew, for its witnesses.

use axum::extract::State;
use kernel::problem::ProblemKind;
use web::{Answer, Caller, Doc, Json, Query};

use super::prove_consistency::{ConsistencyProof, Since};
use crate::Ledger;
use crate::error::LEDGER_REWRITTEN;

pub(super) const DOC: Doc = Doc::new("proveInstanceConsistency", "Prove that the instance's log only grew since it had a size")
    .description("As `proveConsistency`, of the instance's log.")
    .problems(&[LEDGER_REWRITTEN, ProblemKind::NOT_FOUND]);

pub(super) async fn handle(
    State(ledger): State<Ledger>,
    Caller(scope): Caller,
    Query(since): Query<Since>,
) -> Answer<Json<ConsistencyProof>> {
    Ok(Json(ConsistencyProof::of(ledger.instance_consistency(&scope, since.from).await?)))
}
