CREATE TABLE tenant (
    tenant_id BIGINT NOT NULL PRIMARY KEY,
    name BLOB NOT NULL,
    stale_after_seconds BIGINT NOT NULL,
    lost_after_seconds BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE user_account (
    user_id BIGINT NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    email_index BLOB NOT NULL UNIQUE,
    email BLOB NOT NULL,
    password_hash BLOB NOT NULL,
    totp_secret BLOB NOT NULL,
    totp_step BIGINT NOT NULL,
    language TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX user_account_by_tenant ON user_account (tenant_id);

CREATE TABLE one_time_link (
    link_digest BLOB NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    totp_secret BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX one_time_link_by_user ON one_time_link (user_id);

CREATE TABLE session (
    session_id BIGINT NOT NULL PRIMARY KEY,
    token_digest BLOB NOT NULL UNIQUE,
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE access_token (
    token_id BIGINT NOT NULL PRIMARY KEY,
    token_digest BLOB NOT NULL UNIQUE,
    tenant_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    name BLOB NOT NULL,
    permissions TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT
);
CREATE INDEX access_token_by_tenant ON access_token (tenant_id, token_id);

CREATE TABLE enrolment_token (
    enrolment_token_id BIGINT NOT NULL PRIMARY KEY,
    token_digest BLOB NOT NULL UNIQUE,
    tenant_id BIGINT NOT NULL,
    name BLOB NOT NULL,
    labels BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    uses_max BIGINT,
    uses BIGINT NOT NULL
);
CREATE INDEX enrolment_token_by_tenant ON enrolment_token (tenant_id, enrolment_token_id);
