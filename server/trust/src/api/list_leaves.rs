//! `GET /ledger/leaves`: what was done, the newest first.

use axum::extract::State;
use kernel::problem::ProblemKind;
use kernel::{LeafId, Page, Problem};
use schemars::JsonSchema;
use seal::hex;
use serde::Serialize;
use serde_json::Value;
use web::{Answer, Caller, Doc, Id, Paged, Paging, Time};

use crate::Ledger;
use crate::ledger::log::ListedLeaf;

pub(super) const DOC: Doc = Doc::new("listLeaves", "List the ledger's entries, the newest first").problems(&[ProblemKind::NOT_FOUND]);

/// An entry of the ledger.
#[derive(Serialize, JsonSchema)]
pub(super) struct LedgerLeaf {
    /// Its id.
    leaf: Id<LeafId>,
    /// Its place in the log, from zero on.
    index: Option<u64>,
    /// When it was recorded.
    recorded_at: Time,
    /// What was done.
    kind: &'static str,
    /// What the tree holds of it: the salted commitment, in hexadecimal.
    commitment: String,
    /// The salt, in hexadecimal; absent where the entry was erased.
    salt: Option<String>,
    /// The whole entry: version, kind, time, actor, subject and payload; absent where it was erased or altered.
    entry: Option<Value>,
    /// Whether the entry was altered in the database: it is not what was committed to.
    is_altered: bool,
}

impl From<ListedLeaf> for LedgerLeaf {
    fn from(leaf: ListedLeaf) -> Self {
        let (salt, entry) = leaf.opened.map_or((None, None), |(salt, entry)| (Some(hex::encode(&salt)), Some(entry)));
        Self {
            leaf: Id(leaf.leaf),
            index: leaf.index,
            recorded_at: Time(leaf.recorded_at),
            kind: leaf.kind.text(),
            commitment: hex::encode(&leaf.commitment),
            salt,
            entry,
            is_altered: leaf.is_altered,
        }
    }
}

pub(super) async fn handle(State(ledger): State<Ledger>, Caller(scope): Caller, Paging(page): Paging) -> Answer<Paged<LedgerLeaf>> {
    let below = match &page.cursor {
        Some(cursor) => Some(cursor.parse::<u64>().map_err(|_| Problem::invalid("cursor", "This cursor is of no page of this list."))?),
        None => None,
    };
    let leaves = ledger.leaves(&scope, below, page.limit + 1).await?;
    let page = Page::of_one_more(leaves, page.limit, |leaf| leaf.index.unwrap_or_default().to_string());
    Ok(Paged(page.map(LedgerLeaf::from)))
}
