//! A small domain that the tests keep in the stores.

use store::{Migration, Schema, StoreKind, statements};

statements! {
    registry = TENANT_STATEMENTS;
    store = Tenant;
    INSERT_THING = "INSERT INTO thing (tenant_id, id, name, size, body, is_big, version) VALUES ($1, $2, $3, $4, $5, $6, 1)"
        (BigInt, BigInt, Text, Double, Blob, Boolean);
    THING = "SELECT name, size, body, is_big, version FROM thing WHERE tenant_id = $1 AND id = $2"
        (BigInt, BigInt) -> (name: Text, size: Double, body: Blob, is_big: Boolean, version: BigInt);
    THINGS = "SELECT id FROM thing WHERE tenant_id = $1 ORDER BY id" (BigInt) -> (id: BigInt);
    RENAME = "UPDATE thing SET name = $3, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND version = $4"
        (BigInt, BigInt, Text, BigInt);
    RENAME_ANYWAY = "UPDATE thing SET name = $3 WHERE tenant_id = $1 AND id = $2" (BigInt, BigInt, Text);
    COUNT_UP = "UPDATE thing SET version = version + 1 WHERE tenant_id = $1 AND id = $2" (BigInt, BigInt);
    EVERY_TENANTS_THINGS = "SELECT tenant_id, id FROM thing ORDER BY tenant_id, id" () -> (tenant_id: BigInt, id: BigInt);
    DELETE_EVERYTHING = "DELETE FROM thing" ();
}

statements! {
    registry = SYSTEM_STATEMENTS;
    store = System;
    INSERT_NOTE = "INSERT INTO note (id, text) VALUES ($1, $2)" (BigInt, Text);
    NOTES = "SELECT id, text FROM note ORDER BY id" () -> (id: BigInt, text: Text);
}

statements! {
    registry = IDENTITY_STATEMENTS;
    store = Identity;
    INSERT_ACCOUNT = "INSERT INTO account (id, mail) VALUES ($1, $2)" (BigInt, Text);
}

statements! {
    registry = KEYRING_STATEMENTS;
    store = Keyring;
    INSERT_KEY = "INSERT INTO wrapped (id, body) VALUES ($1, $2)" (BigInt, Text);
}

statements! {
    registry = MASTER_STATEMENTS;
    store = Master;
    INSERT_ADVICE = "INSERT INTO advice (id, body) VALUES ($1, $2)" (BigInt, Text);
    ADVICE = "SELECT id FROM advice ORDER BY id" () -> (id: BigInt);
}

/// The domain's schemas.
pub(crate) const SCHEMAS: &[Schema] = &[
    Schema::unregistered(
        "fixture",
        StoreKind::Tenant,
        &[Migration {
            version: 1,
            name: "thing",
            sql: "CREATE TABLE thing (
                tenant_id BIGINT NOT NULL,
                id BIGINT NOT NULL,
                name TEXT,
                size DOUBLE,
                body BLOB,
                is_big BOOLEAN,
                version BIGINT NOT NULL,
                PRIMARY KEY (tenant_id, id)
            );
            CREATE UNIQUE INDEX thing_name ON thing (tenant_id, name);",
        }],
        TENANT_STATEMENTS,
    ),
    Schema::unregistered(
        "fixture",
        StoreKind::System,
        &[Migration { version: 1, name: "note", sql: "CREATE TABLE note (id BIGINT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (id));" }],
        SYSTEM_STATEMENTS,
    ),
    Schema::unregistered(
        "fixture",
        StoreKind::Identity,
        &[Migration {
            version: 1,
            name: "account",
            sql: "CREATE TABLE account (id BIGINT NOT NULL, mail TEXT NOT NULL, PRIMARY KEY (id));",
        }],
        IDENTITY_STATEMENTS,
    ),
    Schema::unregistered(
        "fixture",
        StoreKind::Keyring,
        &[Migration {
            version: 1,
            name: "wrapped",
            sql: "CREATE TABLE wrapped (id BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (id));",
        }],
        KEYRING_STATEMENTS,
    ),
    Schema::unregistered(
        "fixture",
        StoreKind::Master,
        &[Migration { version: 1, name: "advice", sql: "CREATE TABLE advice (id BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (id));" }],
        MASTER_STATEMENTS,
    ),
];
