CREATE TABLE role_grant (
    grant_id BIGINT NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    devices BLOB,
    created_at BIGINT NOT NULL
);
CREATE INDEX role_grant_by_user ON role_grant (user_id);
CREATE INDEX role_grant_by_tenant ON role_grant (tenant_id);

-- Who had an account before there were roles was an owner.
INSERT INTO role_grant (grant_id, tenant_id, user_id, role, devices, created_at)
    SELECT user_id, tenant_id, user_id, 'owner', NULL, created_at FROM user_account;

CREATE TABLE invitation (
    user_id BIGINT NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    note BLOB NOT NULL,
    grants BLOB NOT NULL,
    invited_by BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX invitation_by_tenant ON invitation (tenant_id, user_id);
