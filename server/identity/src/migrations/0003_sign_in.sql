ALTER TABLE tenant ADD COLUMN preset TEXT NOT NULL DEFAULT 'nist';

-- Since when an account has its password is not known of older ones: since it was made at the latest.
ALTER TABLE user_account ADD COLUMN password_set_at BIGINT NOT NULL DEFAULT 0;
UPDATE user_account SET password_set_at = created_at;

ALTER TABLE session ADD COLUMN browser TEXT;

CREATE TABLE former_password (
    user_id BIGINT NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    hashes BLOB NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE recovery_code (
    code_digest BLOB NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX recovery_code_by_user ON recovery_code (user_id);
