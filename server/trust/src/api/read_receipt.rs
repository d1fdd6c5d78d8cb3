//! `GET /erasures/{erasure}/receipt`: the receipt of an erasure, with its proof.

use axum::extract::State;
use kernel::ErasureId;
use web::{Answer, Caller, Doc, Id, Json, Path};

use super::ErasureDoors;
use super::erasures::OF_RECEIPT;
use super::prove_leaf::ProvenLeaf;

pub(super) const DOC: Doc = Doc::new("readErasureReceipt", "Get the receipt of an erasure")
    .description("The answer, saved to a file, is what `purser verify receipt` takes: it needs neither server nor network.")
    .problems(OF_RECEIPT);

pub(super) async fn handle(
    State(doors): State<ErasureDoors>,
    Caller(scope): Caller,
    Path(Id(erasure)): Path<Id<ErasureId>>,
) -> Answer<Json<ProvenLeaf>> {
    Ok(Json(doors.erasures.receipt(&scope, erasure).await?.into()))
}
