//! `GET /ledger/leaves/{leaf}/proof`: the proof that an entry is in the log.

use axum::extract::State;
use kernel::LeafId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use web::{Answer, Caller, Doc, Id, Json, Path, Query};

use super::list_leaves::LedgerLeaf;
use crate::Ledger;
use crate::error::LEDGER_REWRITTEN;
use crate::ledger::log::LeafProof;

pub(super) const DOC: Doc = Doc::new("proveLeaf", "Prove that an entry is in the ledger")
    .description("The answer, saved to a file, is what `purser verify proof` takes: it needs neither server nor network.")
    .problems(&[LEDGER_REWRITTEN]);

/// In which tree.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InTree {
    /// How many entries the log had: as many as a checkpoint that you keep. What it is now where absent.
    size: Option<u64>,
}

/// An entry with its proof.
#[derive(Serialize, JsonSchema)]
pub(super) struct ProvenLeaf {
    /// The entry.
    leaf: LedgerLeaf,
    /// The proof (C2SP tlog-proof), with the signed checkpoint in it.
    proof: String,
    /// The log's key: name, id and key. Compare it with one that you got otherwise.
    key: String,
}

impl From<LeafProof> for ProvenLeaf {
    fn from(proven: LeafProof) -> Self {
        Self { leaf: proven.leaf.into(), proof: proven.proof, key: proven.key }
    }
}

impl LeafProof {
    /// What the API answers, which is what `purser verify` takes.
    ///
    /// # Errors
    /// None that is known: what it is made of has a form in JSON.
    pub fn to_answer(self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(ProvenLeaf::from(self))
    }
}

pub(super) async fn handle(
    State(ledger): State<Ledger>,
    Caller(scope): Caller,
    Path(Id(leaf)): Path<Id<LeafId>>,
    Query(tree): Query<InTree>,
) -> Answer<Json<ProvenLeaf>> {
    Ok(Json(ledger.proof(&scope, leaf, tree.size).await?.into()))
}
