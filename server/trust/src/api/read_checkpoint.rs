//! `GET /ledger/checkpoint`: what the tenant's log is now, signed.

use axum::extract::State;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use seal::hex;
use serde::Serialize;
use web::{Answer, Caller, Doc, Json, Time};

use crate::Ledger;
use crate::error::LEDGER_REWRITTEN;
use crate::ledger::log::SignedCheckpoint;

pub(super) const DOC: Doc = Doc::new("readCheckpoint", "Read the ledger's signed checkpoint")
    .description(
        "A checkpoint commits to every entry of the ledger so far. Keep one outside: with it you can prove later that nothing before it \
         was changed. `purser verify log --against` takes it.",
    )
    .problems(&[LEDGER_REWRITTEN, ProblemKind::NOT_FOUND]);

/// What the log is now.
#[derive(Serialize, JsonSchema)]
pub(super) struct LedgerCheckpoint {
    /// The signed note (C2SP tlog-checkpoint).
    checkpoint: String,
    /// The key that it is verified with: name, id and key.
    key: String,
    /// How many entries the log has.
    size: u64,
    /// The root of their Merkle tree, in hexadecimal.
    root: String,
    /// When the newest of them came into the log; absent where there is none.
    made_at: Option<Time>,
}

impl From<SignedCheckpoint> for LedgerCheckpoint {
    fn from(signed: SignedCheckpoint) -> Self {
        Self {
            checkpoint: signed.note,
            key: signed.key,
            size: signed.size,
            root: hex::encode(&signed.root),
            made_at: signed.made_at.map(Time),
        }
    }
}

pub(super) async fn handle(State(ledger): State<Ledger>, Caller(scope): Caller) -> Answer<Json<LedgerCheckpoint>> {
    Ok(Json(ledger.checkpoint(&scope).await?.into()))
}
