CREATE TABLE operator_account (
    operator_id BIGINT NOT NULL PRIMARY KEY,
    name_index BLOB UNIQUE,
    name BLOB NOT NULL,
    actions TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);

CREATE TABLE operator_authority (
    authority_id BIGINT NOT NULL PRIMARY KEY,
    certificate BLOB NOT NULL,
    private_key BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE operator_certificate (
    certificate_id BIGINT NOT NULL PRIMARY KEY,
    fingerprint BLOB NOT NULL UNIQUE,
    operator_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX operator_certificate_by_operator ON operator_certificate (operator_id);
