CREATE TABLE passkey (
    passkey_id BIGINT NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    credential_index BLOB NOT NULL UNIQUE,
    credential BLOB NOT NULL,
    public_key BLOB NOT NULL,
    name BLOB NOT NULL,
    sign_count BIGINT NOT NULL,
    backup TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX passkey_by_user ON passkey (user_id);

CREATE TABLE spent_ticket (
    ticket_digest BLOB NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX spent_ticket_by_expiry ON spent_ticket (expires_at);
