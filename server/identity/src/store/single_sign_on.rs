//! The SQL of single sign-on.

use store::{Migration, Schema, StoreKind, statements};

use crate::data_map;

pub(crate) const SCHEMA: Schema = Schema::new(
    "identity.single_sign_on",
    StoreKind::Identity,
    &[Migration { version: 1, name: "single_sign_on", sql: include_str!("../migrations/0001_single_sign_on.sql") }],
    data_map::SINGLE_SIGN_ON,
    STATEMENTS,
);

statements! {
    store = Identity;

    /// Adds a provider.
    INSERT_PROVIDER = "INSERT INTO sign_on_provider (provider_id, tenant_id, settings, client_secret, is_required, created_at, version) \
        VALUES ($1, $2, $3, $4, $5, $6, 1)"
        (BigInt, BigInt, Blob, Blob, BigInt, BigInt);
    /// A provider, before its tenant is known.
    PROVIDER = "SELECT provider_id, tenant_id, settings, client_secret, is_required, created_at, version FROM sign_on_provider \
        WHERE provider_id = $1"
        (BigInt) -> (provider_id: BigInt, tenant_id: BigInt, settings: Blob, client_secret: Blob, is_required: BigInt, created_at: BigInt,
            version: BigInt);
    /// A tenant's providers.
    PROVIDERS_OF_TENANT = "SELECT provider_id, tenant_id, settings, client_secret, is_required, created_at, version FROM sign_on_provider \
        WHERE tenant_id = $1 ORDER BY created_at, provider_id LIMIT $2"
        (BigInt, BigInt) -> (provider_id: BigInt, tenant_id: BigInt, settings: Blob, client_secret: Blob, is_required: BigInt,
            created_at: BigInt, version: BigInt);
    /// How many providers a tenant has.
    COUNT_PROVIDERS = "SELECT CAST(COUNT(*) AS BIGINT) AS providers FROM sign_on_provider WHERE tenant_id = $1"
        (BigInt) -> (providers: BigInt);
    /// Whether a tenant lets its people in by a provider only.
    REQUIRED_PROVIDER = "SELECT provider_id FROM sign_on_provider WHERE tenant_id = $1 AND is_required = 1 LIMIT 1"
        (BigInt) -> (provider_id: BigInt);
    /// Changes a provider of a version.
    UPDATE_PROVIDER = "UPDATE sign_on_provider SET settings = $4, client_secret = $5, is_required = $6, version = version + 1 \
        WHERE tenant_id = $1 AND provider_id = $2 AND version = $3"
        (BigInt, BigInt, BigInt, Blob, Blob, BigInt);
    /// Lets a tenant's people in without a provider again.
    RELEASE_PROVIDERS = "UPDATE sign_on_provider SET is_required = 0, version = version + 1 WHERE tenant_id = $1 AND is_required = 1"
        (BigInt);
    /// Removes a provider.
    DELETE_PROVIDER = "DELETE FROM sign_on_provider WHERE tenant_id = $1 AND provider_id = $2"
        (BigInt, BigInt);

    /// Ties an account to whom a provider vouches for.
    INSERT_LINK = "INSERT INTO sign_on_link (user_id, tenant_id, provider_id, subject_index, subject, grants, created_at, last_used_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT DO NOTHING"
        (BigInt, BigInt, BigInt, Blob, Blob, Blob, BigInt);
    /// The account of whom a provider vouches for.
    USER_OF_SUBJECT = "SELECT sign_on_link.user_id, sign_on_link.grants FROM sign_on_link \
        JOIN user_account ON user_account.user_id = sign_on_link.user_id \
        WHERE sign_on_link.provider_id = $1 AND sign_on_link.subject_index = $2 AND sign_on_link.tenant_id = $3"
        (BigInt, Blob, BigInt) -> (user_id: BigInt, grants: Blob);
    /// What the groups of a person at a provider give.
    GRANTS_OF_PROVIDER = "SELECT grants FROM sign_on_link WHERE tenant_id = $1 AND user_id = $2"
        (BigInt, BigInt) -> (grants: Blob);
    /// Notes what the groups of a person give now.
    UPDATE_LINK = "UPDATE sign_on_link SET grants = $3, last_used_at = $4 WHERE user_id = $1 AND provider_id = $2"
        (BigInt, BigInt, Blob, BigInt);
    /// Ends the sessions of everybody whom a provider vouched for.
    DELETE_SESSIONS_OF_PROVIDER = "DELETE FROM session WHERE tenant_id = $1 \
        AND user_id IN (SELECT user_id FROM sign_on_link WHERE tenant_id = $1 AND provider_id = $2)"
        (BigInt, BigInt);
    /// Unties an account.
    DELETE_LINK = "DELETE FROM sign_on_link WHERE tenant_id = $1 AND user_id = $2"
        (BigInt, BigInt);
    /// Unties everybody from a provider.
    DELETE_LINKS_OF_PROVIDER = "DELETE FROM sign_on_link WHERE tenant_id = $1 AND provider_id = $2"
        (BigInt, BigInt);

    /// Begins an attempt.
    INSERT_ATTEMPT = "INSERT INTO sign_on_attempt (state_digest, tenant_id, browser_digest, provider_id, link_digest, begun_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)"
        (Blob, BigInt, Blob, BigInt, Blob, BigInt, BigInt);
    /// How many attempts with a provider are open.
    COUNT_ATTEMPTS = "SELECT CAST(COUNT(*) AS BIGINT) AS attempts FROM sign_on_attempt WHERE provider_id = $1 AND expires_at > $2"
        (BigInt, BigInt) -> (attempts: BigInt);
    /// Forgets attempts that are over.
    DELETE_OLD_ATTEMPTS = "DELETE FROM sign_on_attempt WHERE provider_id = $1 AND expires_at <= $2"
        (BigInt, BigInt);
    /// An attempt of a browser with a provider.
    ATTEMPT = "SELECT tenant_id, link_digest, begun_at FROM sign_on_attempt \
        WHERE state_digest = $1 AND browser_digest = $2 AND provider_id = $3 AND expires_at > $4"
        (Blob, Blob, BigInt, BigInt) -> (tenant_id: BigInt, link_digest: Blob, begun_at: BigInt);
    /// Takes an attempt: nobody finishes it twice.
    TAKE_ATTEMPT = "DELETE FROM sign_on_attempt WHERE state_digest = $1"
        (Blob);
    /// Forgets the attempts with a provider.
    DELETE_ATTEMPTS_OF_PROVIDER = "DELETE FROM sign_on_attempt WHERE tenant_id = $1 AND provider_id = $2"
        (BigInt, BigInt);
}
