//! The SQL of operators, their authority and their certificates.

use store::{Migration, Schema, StoreKind, statements};

use crate::data_map;

pub(crate) const SCHEMA: Schema = Schema::new(
    "identity.operators",
    StoreKind::System,
    &[Migration { version: 1, name: "operators", sql: include_str!("../migrations/0001_operators.sql") }],
    data_map::OPERATORS,
    STATEMENTS,
);

statements! {
    store = System;

    /// Makes somebody an operator, where nobody of that name is one.
    INSERT_OPERATOR = "INSERT INTO operator_account (operator_id, name_index, name, actions, created_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (name_index) DO NOTHING"
        (BigInt, Blob, Blob, Text, BigInt);
    /// Every operator, those who left too.
    OPERATORS = "SELECT operator_id, name, actions, created_at, removed_at FROM operator_account ORDER BY created_at, operator_id"
        () -> (operator_id: BigInt, name: Blob, actions: Text, created_at: BigInt, removed_at: BigInt);
    /// How many operators there are.
    COUNT_OPERATORS = "SELECT CAST(COUNT(*) AS BIGINT) AS operators FROM operator_account WHERE removed_at IS NULL" () -> (operators: BigInt);
    /// The operator of a name.
    OPERATOR_BY_NAME = "SELECT operator_id FROM operator_account WHERE name_index = $1 AND removed_at IS NULL"
        (Blob) -> (operator_id: BigInt);
    /// What an operator may do.
    OPERATOR_ACTIONS = "SELECT actions FROM operator_account WHERE operator_id = $1 AND removed_at IS NULL" (BigInt) -> (actions: Text);
    /// Takes a turn with an operator: of two transactions at once that do so, the second waits, then reads what the first one wrote.
    TAKE_OPERATORS_TURN = "UPDATE operator_account SET actions = actions WHERE operator_id = $1 AND removed_at IS NULL" (BigInt);
    /// Says what an operator may do.
    SET_OPERATOR_ACTIONS = "UPDATE operator_account SET actions = $2 WHERE operator_id = $1 AND removed_at IS NULL" (BigInt, Text);
    /// Ends that somebody is an operator.
    REMOVE_OPERATOR = "UPDATE operator_account SET removed_at = $2, name_index = NULL, actions = '' \
        WHERE operator_id = $1 AND removed_at IS NULL"
        (BigInt, BigInt);

    /// The operators' authority.
    OPERATOR_AUTHORITY = "SELECT certificate, private_key, expires_at FROM operator_authority WHERE authority_id = 1"
        () -> (certificate: Blob, private_key: Blob, expires_at: BigInt);
    /// Keeps the operators' authority.
    PUT_OPERATOR_AUTHORITY = "INSERT INTO operator_authority (authority_id, certificate, private_key, created_at, expires_at) \
        VALUES (1, $1, $2, $3, $4) ON CONFLICT (authority_id) DO UPDATE SET certificate = $1, private_key = $2, created_at = $3, \
        expires_at = $4"
        (Blob, Blob, BigInt, BigInt);

    /// Notes a certificate: from here on it is one.
    INSERT_OPERATOR_CERTIFICATE = "INSERT INTO operator_certificate (certificate_id, fingerprint, operator_id, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5)"
        (BigInt, Blob, BigInt, BigInt, BigInt);
    /// Whose a certificate is, among those who are operators.
    OPERATOR_BY_FINGERPRINT = "SELECT certificate.operator_id, certificate.expires_at FROM operator_certificate AS certificate \
        JOIN operator_account AS account ON account.operator_id = certificate.operator_id \
        WHERE certificate.fingerprint = $1 AND account.removed_at IS NULL"
        (Blob) -> (operator_id: BigInt, expires_at: BigInt);
    /// Every operator's certificates.
    OPERATOR_CERTIFICATES = "SELECT operator_id, certificate_id, fingerprint, created_at, expires_at FROM operator_certificate \
        ORDER BY created_at, certificate_id"
        () -> (operator_id: BigInt, certificate_id: BigInt, fingerprint: Blob, created_at: BigInt, expires_at: BigInt);
    /// How many certificates an operator has.
    COUNT_OPERATOR_CERTIFICATES = "SELECT CAST(COUNT(*) AS BIGINT) AS certificates FROM operator_certificate WHERE operator_id = $1"
        (BigInt) -> (certificates: BigInt);
    /// Whose a certificate of a number is.
    OPERATOR_OF_CERTIFICATE = "SELECT operator_id FROM operator_certificate WHERE certificate_id = $1" (BigInt) -> (operator_id: BigInt);
    /// Forgets an operator's certificates that have ended.
    DELETE_ENDED_CERTIFICATES = "DELETE FROM operator_certificate WHERE operator_id = $1 AND expires_at <= $2" (BigInt, BigInt);
    /// Revokes a certificate.
    DELETE_OPERATOR_CERTIFICATE = "DELETE FROM operator_certificate WHERE certificate_id = $1" (BigInt);
    /// Revokes all of an operator's certificates.
    DELETE_CERTIFICATES_OF_OPERATOR = "DELETE FROM operator_certificate WHERE operator_id = $1" (BigInt);
}
