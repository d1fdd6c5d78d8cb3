//! `GET /trust/tenant`: how the tenant's own data fare, looked at when it is asked.

use axum::extract::State;
use kernel::LeafId;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use serde::Serialize;
use store::Engine;
use web::{Answer, Caller, Doc, Id, Json, Time};

use crate::TrustPage;
use crate::ledger::log::ListedLeaf;
use crate::promises::promises;

pub(super) const DOC: Doc = Doc::new("readTenantTrust", "Read how the organisation's own data fare")
    .description(
        "Looked at when it is asked. Each piece of evidence is an entry of the organisation's ledger, whose proof \
         `/ledger/leaves/{leaf}/proof` gives and `purser verify proof` verifies.",
    )
    .problems(&[ProblemKind::NOT_FOUND]);

/// How a tenant's data fare.
#[derive(Serialize, JsonSchema)]
pub(super) struct TenantTrust {
    /// Whether no row of another is seen, and storage keeps tenants apart: `ok`, `failed` or `unknown`.
    apart: &'static str,
    /// How rows are kept apart: `file` (one of its own) or `row-level-security`.
    apart_by: &'static str,
    /// Whether the ledger is what was signed of it.
    ledger: &'static str,
    /// Whether the keys open what they seal.
    keys: &'static str,
    /// What the ledger is now; absent where it is not what was signed.
    checkpoint: Option<OwnCheckpoint>,
    /// Its part of the keyring.
    keyring: OwnKeyring,
    /// When somebody outside of the organisation, the host's administrator, read its data: the newest first, fifty at most.
    host_reads: Vec<EvidenceLeaf>,
    /// Entries of the ledger that are evidence of promises.
    evidence: Vec<PromiseEvidence>,
}

/// What the ledger is now.
#[derive(Serialize, JsonSchema)]
pub(super) struct OwnCheckpoint {
    /// How many entries it has.
    size: u64,
    /// When the newest of them came in.
    made_at: Option<Time>,
    /// The key that it is verified with.
    key: String,
}

/// A tenant's part of the keyring.
#[derive(Serialize, JsonSchema)]
pub(super) struct OwnKeyring {
    /// Number of its epoch.
    epoch: i64,
    /// When that began.
    began_at: Time,
    /// Keys that can be used.
    keys: u64,
    /// Keys that were destroyed.
    destroyed: u64,
    /// Whether the epoch is due to be rolled.
    rolls: bool,
}

/// An entry of the ledger.
#[derive(Clone, Serialize, JsonSchema)]
pub(super) struct EvidenceLeaf {
    /// Its id.
    leaf: Id<LeafId>,
    /// What was done.
    kind: &'static str,
    /// When it was recorded.
    recorded_at: Time,
    /// What was read, where the entry tells it: `ledger`, ...
    what: Option<String>,
    /// Whether the entry was altered in the database.
    is_altered: bool,
}

/// The evidence of a promise.
#[derive(Serialize, JsonSchema)]
pub(super) struct PromiseEvidence {
    /// The promise's code.
    code: String,
    /// The newest entry.
    entry: EvidenceLeaf,
}

impl From<&ListedLeaf> for EvidenceLeaf {
    fn from(leaf: &ListedLeaf) -> Self {
        let what = leaf.opened.as_ref().and_then(|(_, entry)| Some(entry["payload"]["what"].as_str()?.to_owned()));
        Self { leaf: Id(leaf.leaf), kind: leaf.kind.text(), recorded_at: Time(leaf.recorded_at), what, is_altered: leaf.is_altered }
    }
}

pub(super) async fn handle(State(page): State<TrustPage>, Caller(scope): Caller) -> Answer<Json<TenantTrust>> {
    let own = page.of_tenant(&scope).await?;
    let entries: Vec<EvidenceLeaf> = own.evidence.iter().map(EvidenceLeaf::from).collect();
    let evidence = promises().iter().filter_map(|promise| {
        let entry = entries.iter().find(|entry| Some(entry.kind) == promise.leaf.as_deref())?;
        Some(PromiseEvidence { code: promise.code.clone(), entry: entry.clone() })
    });
    Ok(Json(TenantTrust {
        apart: own.own.apart.text(),
        apart_by: match own.engine {
            Engine::Embedded => "file",
            Engine::Postgres => "row-level-security",
        },
        ledger: own.own.ledger.text(),
        keys: own.own.keys.text(),
        checkpoint: own.checkpoint.map(|signed| OwnCheckpoint { size: signed.size, made_at: signed.made_at.map(Time), key: signed.key }),
        keyring: OwnKeyring {
            epoch: own.keyring.epoch,
            began_at: Time(own.keyring.began_at),
            keys: own.keyring.keys,
            destroyed: own.keyring.destroyed,
            rolls: own.keyring.rolls,
        },
        host_reads: own.host_reads.iter().map(EvidenceLeaf::from).collect(),
        evidence: evidence.collect(),
    }))
}
