CREATE TABLE sign_on_provider (
    provider_id BIGINT NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    settings BLOB NOT NULL,
    client_secret BLOB,
    is_required BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX sign_on_provider_by_tenant ON sign_on_provider (tenant_id);

CREATE TABLE sign_on_link (
    user_id BIGINT NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    provider_id BIGINT NOT NULL,
    subject_index BLOB NOT NULL,
    subject BLOB NOT NULL,
    grants BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    UNIQUE (provider_id, subject_index)
);
CREATE INDEX sign_on_link_by_tenant ON sign_on_link (tenant_id);

CREATE TABLE sign_on_attempt (
    state_digest BLOB NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    browser_digest BLOB NOT NULL,
    provider_id BIGINT NOT NULL,
    link_digest BLOB,
    begun_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_on_attempt_by_provider ON sign_on_attempt (provider_id, expires_at);
CREATE INDEX sign_on_attempt_by_time ON sign_on_attempt (expires_at);
