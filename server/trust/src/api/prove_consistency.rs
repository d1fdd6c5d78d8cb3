//! `GET /ledger/consistency`: the proof that the log only grew.

use axum::extract::State;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use seal::hex;
use seal::merkle::Hash;
use serde::{Deserialize, Serialize};
use web::{Answer, Caller, Doc, Json, Query};

use super::read_checkpoint::LedgerCheckpoint;
use crate::Ledger;
use crate::error::LEDGER_REWRITTEN;
use crate::ledger::log::SignedCheckpoint;

pub(super) const DOC: Doc = Doc::new("proveConsistency", "Prove that the ledger only grew since it had a size")
    .description("RFC 9162, section 2.1.4: the hashes by which the root of an earlier checkpoint leads to that of the present one.")
    .problems(&[LEDGER_REWRITTEN, ProblemKind::NOT_FOUND]);

/// Since when.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Since {
    /// How many entries the earlier checkpoint had.
    pub(super) from: u64,
}

/// The proof.
#[derive(Serialize, JsonSchema)]
pub(super) struct ConsistencyProof {
    /// What the log is now.
    now: LedgerCheckpoint,
    /// The proof's hashes, in hexadecimal.
    hashes: Vec<String>,
}

impl ConsistencyProof {
    pub(super) fn of((now, hashes): (SignedCheckpoint, Vec<Hash>)) -> Self {
        Self { now: now.into(), hashes: hashes.iter().map(|hash| hex::encode(hash)).collect() }
    }
}

pub(super) async fn handle(
    State(ledger): State<Ledger>,
    Caller(scope): Caller,
    Query(since): Query<Since>,
) -> Answer<Json<ConsistencyProof>> {
    Ok(Json(ConsistencyProof::of(ledger.consistency(&scope, since.from).await?)))
}
