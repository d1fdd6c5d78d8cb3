//! The SQL of API and telemetry tokens, and of what a tenant demands of credentials.

use store::{Migration, Schema, StoreKind, statements};

use crate::data_map;

pub(crate) const SCHEMA: Schema = Schema::new(
    "identity.keys",
    StoreKind::Identity,
    &[Migration { version: 1, name: "access_policy", sql: include_str!("../migrations/0001_access_policy.sql") }],
    data_map::KEYS,
    STATEMENTS,
);

statements! {
    store = Identity;

    /// Makes an API or telemetry token.
    INSERT_TOKEN = "INSERT INTO access_token (token_id, token_digest, tenant_id, kind, name, permissions, created_at, expires_at, \
        owner_id, devices, networks, requires_certificate) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        (BigInt, Blob, BigInt, Text, Blob, Text, BigInt, BigInt, BigInt, Blob, Blob, Boolean);
    /// The token of a secret, or of one whose place another took a while ago.
    TOKEN_BY_DIGEST = "SELECT token_id, tenant_id, kind, permissions, expires_at, last_used_at, owner_id, devices, networks, shared_at, \
        requires_certificate, token_digest FROM access_token WHERE token_digest = $1 OR (retiring_digest = $1 AND retiring_until > $2)"
        (Blob, BigInt) -> (token_id: BigInt, tenant_id: BigInt, kind: Text, permissions: Text, expires_at: BigInt, last_used_at: BigInt,
            owner_id: BigInt, devices: Blob, networks: Blob, shared_at: BigInt, requires_certificate: Boolean, token_digest: Blob);
    /// A token of a tenant, as by its secret.
    TOKEN_BY_ID = "SELECT token_id, tenant_id, kind, permissions, expires_at, last_used_at, owner_id, devices, networks, shared_at, \
        requires_certificate, token_digest FROM access_token WHERE tenant_id = $1 AND token_id = $2"
        (BigInt, BigInt) -> (token_id: BigInt, tenant_id: BigInt, kind: Text, permissions: Text, expires_at: BigInt, last_used_at: BigInt,
            owner_id: BigInt, devices: Blob, networks: Blob, shared_at: BigInt, requires_certificate: Boolean, token_digest: Blob);
    /// A tenant's tokens after one.
    TOKENS_AFTER = "SELECT token_id, kind, name, permissions, created_at, expires_at, last_used_at, owner_id, devices, networks, \
        retiring_until, shared_at, requires_certificate FROM access_token WHERE tenant_id = $1 AND token_id > $2 ORDER BY token_id LIMIT $3"
        (BigInt, BigInt, BigInt) -> (token_id: BigInt, kind: Text, name: Blob, permissions: Text, created_at: BigInt, expires_at: BigInt,
            last_used_at: BigInt, owner_id: BigInt, devices: Blob, networks: Blob, retiring_until: BigInt, shared_at: BigInt,
            requires_certificate: Boolean);
    /// One token of a tenant, as it is listed.
    TOKEN_LISTED = "SELECT token_id, kind, name, permissions, created_at, expires_at, last_used_at, owner_id, devices, networks, \
        retiring_until, shared_at, requires_certificate FROM access_token WHERE tenant_id = $1 AND token_id = $2"
        (BigInt, BigInt) -> (token_id: BigInt, kind: Text, name: Blob, permissions: Text, created_at: BigInt, expires_at: BigInt,
            last_used_at: BigInt, owner_id: BigInt, devices: Blob, networks: Blob, retiring_until: BigInt, shared_at: BigInt,
            requires_certificate: Boolean);
    /// How many tokens a tenant has.
    COUNT_TOKENS = "SELECT CAST(COUNT(*) AS BIGINT) AS tokens FROM access_token WHERE tenant_id = $1"
        (BigInt) -> (tokens: BigInt);
    /// The digest of a token's secret.
    TOKEN_DIGEST = "SELECT token_digest FROM access_token WHERE tenant_id = $1 AND token_id = $2"
        (BigInt, BigInt) -> (token_digest: Blob);
    /// Notes that a token was used.
    TOUCH_TOKEN = "UPDATE access_token SET last_used_at = $2 WHERE token_id = $1"
        (BigInt, BigInt);
    /// Gives a token another secret, where nobody else did meanwhile.
    ROTATE_TOKEN = "UPDATE access_token SET token_digest = $4, retiring_digest = $5, retiring_until = $6, expires_at = $7, owner_id = $8, \
        shared_at = NULL WHERE tenant_id = $1 AND token_id = $2 AND token_digest = $3"
        (BigInt, BigInt, Blob, Blob, Blob, BigInt, BigInt, BigInt);
    /// Gives a token another name.
    RENAME_TOKEN = "UPDATE access_token SET name = $3 WHERE tenant_id = $1 AND token_id = $2"
        (BigInt, BigInt, Blob);
    /// Has a token work from other networks.
    MOVE_TOKEN = "UPDATE access_token SET networks = $3 WHERE tenant_id = $1 AND token_id = $2"
        (BigInt, BigInt, Blob);
    /// Says whether a token asks for a client certificate.
    BIND_TOKEN = "UPDATE access_token SET requires_certificate = $3 WHERE tenant_id = $1 AND token_id = $2"
        (BigInt, BigInt, Boolean);
    /// Takes the mark from a token that it was used from too many networks: whoever says something of it need not be told.
    CLEAR_SHARED = "UPDATE access_token SET shared_at = NULL WHERE tenant_id = $1 AND token_id = $2"
        (BigInt, BigInt);
    /// Marks a token as used from too many networks.
    MARK_SHARED = "UPDATE access_token SET shared_at = $3 WHERE tenant_id = $1 AND token_id = $2 AND shared_at IS NULL"
        (BigInt, BigInt, BigInt);
    /// Revokes a token.
    DELETE_TOKEN = "DELETE FROM access_token WHERE tenant_id = $1 AND token_id = $2"
        (BigInt, BigInt);

    /// Notes that a token was used from a network.
    SEE_NETWORK = "INSERT INTO token_network (token_id, network_index, tenant_id, seen_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (token_id, network_index) DO UPDATE SET seen_at = $4"
        (BigInt, Blob, BigInt, BigInt);
    /// From how many networks a token was used since a time.
    COUNT_NETWORKS = "SELECT CAST(COUNT(*) AS BIGINT) AS networks FROM token_network WHERE token_id = $1 AND seen_at > $2"
        (BigInt, BigInt) -> (networks: BigInt);
    /// Forgets from where a token was used.
    FORGET_NETWORKS = "DELETE FROM token_network WHERE tenant_id = $1 AND token_id = $2"
        (BigInt, BigInt);

    /// What a tenant demands of credentials.
    ACCESS_POLICY = "SELECT token_days_max, networks, version FROM access_policy WHERE tenant_id = $1"
        (BigInt) -> (token_days_max: BigInt, networks: Blob, version: BigInt);
    /// Demands something else, where nobody else did meanwhile.
    PUT_ACCESS_POLICY = "INSERT INTO access_policy (tenant_id, token_days_max, networks, version) VALUES ($1, $2, $3, 1) \
        ON CONFLICT (tenant_id) DO UPDATE SET token_days_max = $2, networks = $3, version = access_policy.version + 1 \
        WHERE access_policy.version = $4"
        (BigInt, BigInt, Blob, BigInt);
}
