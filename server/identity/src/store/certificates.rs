//! The SQL of client certificates, and of the authorities that issue them.

use store::{Migration, Schema, StoreKind, statements};

use crate::data_map;

pub(crate) const SCHEMA: Schema = Schema::new(
    "identity.certificates",
    StoreKind::Identity,
    &[Migration { version: 1, name: "certificate_authority", sql: include_str!("../migrations/0001_certificate_authority.sql") }],
    data_map::CERTIFICATES,
    STATEMENTS,
);

statements! {
    store = Identity;

    /// A tenant's authority.
    AUTHORITY = "SELECT certificate, private_key, expires_at FROM certificate_authority WHERE tenant_id = $1"
        (BigInt) -> (certificate: Blob, private_key: Blob, expires_at: BigInt);
    /// Keeps a tenant's authority: its first one, or one in the place of that which ends then.
    PUT_AUTHORITY = "INSERT INTO certificate_authority (tenant_id, certificate, private_key, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id) DO UPDATE SET certificate = $2, private_key = $3, created_at = $4, \
        expires_at = $5 WHERE certificate_authority.expires_at = $6"
        (BigInt, Blob, Blob, BigInt, BigInt, BigInt);

    /// Takes a turn with a token, where it is there still: of two transactions at once that change it or revoke it, the second waits.
    TAKE_TOKENS_TURN = "UPDATE access_token SET kind = kind WHERE tenant_id = $1 AND token_id = $2"
        (BigInt, BigInt);
    /// Notes a certificate: from here on it is one.
    INSERT_CERTIFICATE = "INSERT INTO token_certificate (certificate_id, fingerprint, tenant_id, token_id, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6)"
        (BigInt, Blob, BigInt, BigInt, BigInt, BigInt);
    /// Whose a certificate is.
    CERTIFICATE_BY_FINGERPRINT = "SELECT tenant_id, token_id, expires_at FROM token_certificate WHERE fingerprint = $1"
        (Blob) -> (tenant_id: BigInt, token_id: BigInt, expires_at: BigInt);
    /// A tenant's certificates after one.
    CERTIFICATES_AFTER = "SELECT certificate_id, fingerprint, token_id, created_at, expires_at FROM token_certificate \
        WHERE tenant_id = $1 AND certificate_id > $2 ORDER BY certificate_id LIMIT $3"
        (BigInt, BigInt, BigInt) -> (certificate_id: BigInt, fingerprint: Blob, token_id: BigInt, created_at: BigInt, expires_at: BigInt);
    /// One certificate of a tenant.
    CERTIFICATE_OF_TENANT = "SELECT token_id FROM token_certificate WHERE tenant_id = $1 AND certificate_id = $2"
        (BigInt, BigInt) -> (token_id: BigInt);
    /// How many certificates of a token count still.
    COUNT_CERTIFICATES = "SELECT CAST(COUNT(*) AS BIGINT) AS certificates FROM token_certificate WHERE token_id = $1 AND expires_at > $2"
        (BigInt, BigInt) -> (certificates: BigInt);
    /// Revokes a certificate.
    DELETE_CERTIFICATE = "DELETE FROM token_certificate WHERE tenant_id = $1 AND certificate_id = $2"
        (BigInt, BigInt);
    /// Revokes a token's certificates.
    DELETE_CERTIFICATES_OF_TOKEN = "DELETE FROM token_certificate WHERE tenant_id = $1 AND token_id = $2"
        (BigInt, BigInt);
}
