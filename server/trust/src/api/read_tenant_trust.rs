//! `GET /trust/tenant`: how the tenant's own data fare, looked at when it is asked.

use axum::extract::State;
use kernel::problem::ProblemKind;
use kernel::{CaseId, LeafId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::Engine;
use web::{Answer, Caller, Doc, Id, Json, Time};

use super::read_trust_page::Said;
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
    /// Breaches of security that affected its data, as the operator told it: the newest first, fifty at most.
    breaches: Vec<ToldBreach>,
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

/// A breach of security that affected the organisation's data.
#[derive(Serialize, JsonSchema)]
pub(super) struct ToldBreach {
    /// The entry of the ledger that tells of it.
    entry: EvidenceLeaf,
    /// What was told; absent where the entry was altered.
    told: Option<BreachFacts>,
}

/// What was told of a breach.
#[derive(Serialize, JsonSchema)]
pub(super) struct BreachFacts {
    /// The operator's case.
    case: Id<CaseId>,
    /// Since when the operator knows of it.
    known_since: Time,
    /// Why the organisation counts as affected: `entries` of its ledger, an act on `every-tenant`, it `existed`; entries are `lost`,
    /// its ledger is `unclear` or was `unreadable`.
    reason: String,
    /// How many entries of the ledgers say so.
    entries: u64,
    /// What happened and what is done about it, in the operator's words.
    said: Said,
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

impl From<&ListedLeaf> for ToldBreach {
    fn from(leaf: &ListedLeaf) -> Self {
        Self { entry: leaf.into(), told: leaf.opened.as_ref().and_then(|(_, entry)| facts(&entry["payload"])) }
    }
}

fn facts(payload: &Value) -> Option<BreachFacts> {
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let known_since = Timestamp::from_micros(payload["aware_at"].as_i64()?);
    let said = Said { en: text(&payload["said"]["en"])?, pl: text(&payload["said"]["pl"])? };
    let case = Id(payload["case"].as_str()?.parse().ok()?);
    Some(BreachFacts {
        case,
        known_since: Time(known_since),
        reason: text(&payload["reason"])?,
        entries: payload["entries"].as_u64()?,
        said,
    })
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
        breaches: own.breaches.iter().map(ToldBreach::from).collect(),
        evidence: evidence.collect(),
    }))
}
