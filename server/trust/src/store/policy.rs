//! The SQL of the policy's versions.

use kernel::data_map::StoreKind;
use store::{Migration, Schema, statements};

use crate::data_map;

/// What the policy keeps in the system store.
pub(super) const SCHEMA: Schema = Schema::new(
    "trust.policy",
    StoreKind::System,
    &[Migration { version: 1, name: "policy", sql: include_str!("../migrations/0001_policy.sql") }],
    data_map::owners::POLICY,
    STATEMENTS,
);

statements! {
    store = System;

    /// The newest version, whole.
    NEWEST_POLICY = "SELECT version, announced, digest, content, made_at FROM policy_version ORDER BY version DESC LIMIT 1"
        () -> (version: BigInt, announced: BigInt, digest: Blob, content: Text, made_at: BigInt);

    /// The versions that not every tenant was told of, the oldest first.
    UNTOLD_POLICIES = "SELECT version, announced, digest, made_at FROM policy_version WHERE told_at IS NULL ORDER BY version"
        () -> (version: BigInt, announced: BigInt, digest: Blob, made_at: BigInt);

    /// The versions, the newest first, without their content.
    POLICIES = "SELECT version, announced, digest, said, made_at, told_at FROM policy_version ORDER BY version DESC LIMIT $1"
        (BigInt) -> (version: BigInt, announced: BigInt, digest: Blob, said: Text, made_at: BigInt, told_at: BigInt);

    /// Adds a version that nobody was told of.
    INSERT_POLICY = "INSERT INTO policy_version (version, announced, digest, content, said, made_at) VALUES ($1, $2, $3, $4, $5, $6)"
        (BigInt, BigInt, Blob, Text, Text, BigInt);

    /// Notes when the last tenant was told of a version.
    TOLD_OF_POLICY = "UPDATE policy_version SET told_at = $2 WHERE version = $1 AND told_at IS NULL" (BigInt, BigInt);
}
