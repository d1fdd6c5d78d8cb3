//! The SQL of passkeys, and of tickets that were used up.

use store::{Migration, Schema, StoreKind, statements};

use crate::data_map;

pub(crate) const SCHEMA: Schema = Schema::new(
    "identity.passkeys",
    StoreKind::Identity,
    &[Migration { version: 1, name: "passkeys", sql: include_str!("../migrations/0001_passkeys.sql") }],
    data_map::PASSKEYS,
    STATEMENTS,
);

statements! {
    store = Identity;

    /// Adds a passkey, unless somebody has it already.
    INSERT_PASSKEY = "INSERT INTO passkey (passkey_id, tenant_id, user_id, credential_index, credential, public_key, name, sign_count, \
        backup, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (credential_index) DO NOTHING"
        (BigInt, BigInt, BigInt, Blob, Blob, Blob, Blob, BigInt, Text, BigInt);
    /// The passkey that an authenticator calls so, with the version of its person's account.
    PASSKEY_BY_INDEX = "SELECT passkey.passkey_id, passkey.tenant_id, passkey.user_id, passkey.credential, passkey.public_key, \
        passkey.sign_count, passkey.backup, user_account.version FROM passkey \
        JOIN user_account ON user_account.user_id = passkey.user_id WHERE passkey.credential_index = $1"
        (Blob) -> (passkey_id: BigInt, tenant_id: BigInt, user_id: BigInt, credential: Blob, public_key: Blob, sign_count: BigInt,
            backup: Text, version: BigInt);
    /// Somebody's passkeys, the newest first.
    PASSKEYS_OF_USER = "SELECT passkey_id, credential, name, backup, created_at, last_used_at FROM passkey \
        WHERE tenant_id = $1 AND user_id = $2 ORDER BY created_at DESC, passkey_id"
        (BigInt, BigInt) -> (passkey_id: BigInt, credential: Blob, name: Blob, backup: Text, created_at: BigInt, last_used_at: BigInt);
    /// Notes that a passkey was shown, where it counts still from where it was read.
    SHOW_PASSKEY = "UPDATE passkey SET sign_count = $3, backup = $4, last_used_at = $5 WHERE passkey_id = $1 AND sign_count = $2"
        (BigInt, BigInt, BigInt, Text, BigInt);
    /// Gives a passkey another name.
    RENAME_PASSKEY = "UPDATE passkey SET name = $4 WHERE tenant_id = $1 AND user_id = $2 AND passkey_id = $3"
        (BigInt, BigInt, BigInt, Blob);
    /// Removes a passkey.
    DELETE_PASSKEY = "DELETE FROM passkey WHERE tenant_id = $1 AND user_id = $2 AND passkey_id = $3"
        (BigInt, BigInt, BigInt);
    /// Removes all of somebody's passkeys.
    DELETE_PASSKEYS_OF_USER = "DELETE FROM passkey WHERE user_id = $1"
        (BigInt);

    /// Whether a ticket was used up.
    SPENT_TICKET = "SELECT expires_at FROM spent_ticket WHERE ticket_digest = $1"
        (Blob) -> (expires_at: BigInt);
    /// Uses a ticket up, where it was not.
    SPEND_TICKET = "INSERT INTO spent_ticket (ticket_digest, tenant_id, user_id, expires_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (ticket_digest) DO NOTHING"
        (Blob, BigInt, BigInt, BigInt);
}
