CREATE TABLE certificate_authority (
    tenant_id BIGINT NOT NULL PRIMARY KEY,
    certificate BLOB NOT NULL,
    private_key BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE token_certificate (
    certificate_id BIGINT NOT NULL PRIMARY KEY,
    fingerprint BLOB NOT NULL UNIQUE,
    tenant_id BIGINT NOT NULL,
    token_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX token_certificate_by_tenant ON token_certificate (tenant_id, certificate_id);
CREATE INDEX token_certificate_by_token ON token_certificate (token_id);
CREATE INDEX token_certificate_by_expiry ON token_certificate (expires_at);
