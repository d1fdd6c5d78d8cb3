//! `GET /ledger/gathered`: the proof that the tenant's checkpoint is in the instance's log.

use axum::extract::State;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use seal::gathering::Gathered;
use serde::Serialize;
use serde_json::Value;
use web::{Answer, Caller, Doc, Json};

use crate::Ledger;
use crate::error::LEDGER_REWRITTEN;

pub(super) const DOC: Doc = Doc::new("readGathered", "Prove that the ledger's checkpoint is in the instance's log")
    .description(
        "Within an hour of an entry, what the ledger is then comes into the instance's log, in a form that only its tenant can tell \
         from others'. The answer, saved to a file, is what `purser verify gathered` takes. Before the first time there is nothing: 404.",
    )
    .problems(&[LEDGER_REWRITTEN, ProblemKind::NOT_FOUND]);

/// The newest checkpoint that is in the instance's log, with the proof. Hashes are in hexadecimal.
#[derive(Serialize, JsonSchema)]
pub(super) struct GatheredCheckpoint {
    /// The tenant's checkpoint, a signed note (C2SP tlog-checkpoint).
    checkpoint: String,
    /// The key of the tenant's log.
    key: String,
    /// By which the tenant's leaf of the gathering is opened. Who has it can tell whose leaf that is.
    salt: String,
    /// Its place in the gathering.
    index: u64,
    /// The proof that it is there.
    hashes: Vec<String>,
    /// The salt of the gathering's own leaf in the instance's log.
    gathering_salt: String,
    /// The entry of that leaf.
    gathering: Value,
    /// The proof that it is in the instance's log (C2SP tlog-proof), with that log's checkpoint in it.
    proof: String,
    /// The key of the instance's log.
    instance_key: String,
}

impl From<Gathered> for GatheredCheckpoint {
    fn from(gathered: Gathered) -> Self {
        let Gathered { checkpoint, key, salt, index, hashes, gathering_salt, gathering, proof, instance_key } = gathered;
        Self { checkpoint, key, salt, index, hashes, gathering_salt, gathering, proof, instance_key }
    }
}

pub(super) async fn handle(State(ledger): State<Ledger>, Caller(scope): Caller) -> Answer<Json<GatheredCheckpoint>> {
    Ok(Json(ledger.gathered(&scope).await?.into()))
}
