//! `GET /trust/policy`: how this installation treats data, signed, and what changed of it. For anybody.

use axum::extract::State;
use kernel::Problem;
use kernel::problem::ProblemKind;
use schemars::JsonSchema;
use seal::hex;
use serde::Serialize;
use web::{Answer, Doc, Json, Time};

use super::read_trust_page::Said;
use crate::policy::{Policies, Version};

pub(super) const DOC: Doc = Doc::new("readPolicy", "Read the signed policy on how data are treated, and its versions")
    .description(
        "`content` is what is promised and what is stored, for how long, as this installation is set up; its SHA-256 is in the signed \
         `note`. Saved to a file, `purser verify policy FILE` verifies it without a server. A change of anything in it is a new version, \
         which every organisation's owners are told of and which is in their ledger (`policy-announced`).",
    )
    .problems(&[ProblemKind::UNAVAILABLE]);

/// The policy.
#[derive(Serialize, JsonSchema)]
pub(super) struct SignedPolicy {
    /// The number of its version.
    version: u32,
    /// When that was made.
    made_at: Time,
    /// What it says, as JSON in a text: the bytes that were signed.
    content: String,
    /// SHA-256 of the content, in hexadecimal.
    sha256: String,
    /// The signed note over name, version, time and digest.
    note: String,
    /// The key that it is verified with: name, id and key.
    key: String,
    /// Its versions, the newest first; fifty at most.
    versions: Vec<VersionOfPolicy>,
}

/// A version of it.
#[derive(Serialize, JsonSchema)]
struct VersionOfPolicy {
    /// Its number.
    version: u32,
    /// The version of the program's own policy that it is of.
    announced: u32,
    /// SHA-256 of its content, in hexadecimal.
    sha256: String,
    /// When it was made.
    made_at: Time,
    /// When the last organisation was told; absent until then, and where a later one came first.
    told_at: Option<Time>,
    /// What changed.
    said: Vec<Said>,
}

impl From<Version> for VersionOfPolicy {
    fn from(version: Version) -> Self {
        Self {
            version: version.version,
            announced: version.announced,
            sha256: hex::encode(&version.digest),
            made_at: Time(version.made_at),
            told_at: version.told_at.map(Time),
            said: version.said.into_iter().map(|[en, pl]| Said { en, pl }).collect(),
        }
    }
}

pub(super) async fn handle(State(policies): State<Policies>) -> Answer<Json<SignedPolicy>> {
    let versions = policies.versions().await?;
    // A server makes the first version as it starts.
    let signed = policies.signed().await?.ok_or_else(|| Problem::new(ProblemKind::UNAVAILABLE, "The policy is being made. Try again."))?;
    Ok(Json(SignedPolicy {
        version: signed.version,
        made_at: Time(signed.made_at),
        content: signed.content,
        sha256: hex::encode(&signed.digest),
        note: signed.note,
        key: signed.key,
        versions: versions.into_iter().map(VersionOfPolicy::from).collect(),
    }))
}
