CREATE TABLE directory_user (
    user_id BIGINT NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    name_index BLOB NOT NULL UNIQUE,
    external_index BLOB,
    told BLOB NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX directory_user_by_tenant ON directory_user (tenant_id, user_id);
CREATE INDEX directory_user_by_external ON directory_user (external_index);

CREATE TABLE people_group (
    group_id BIGINT NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    name_index BLOB NOT NULL UNIQUE,
    told BLOB NOT NULL,
    grants BLOB,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX people_group_by_tenant ON people_group (tenant_id, group_id);

CREATE TABLE group_member (
    group_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX group_member_by_user ON group_member (tenant_id, user_id);

CREATE TABLE directory (
    tenant_id BIGINT NOT NULL PRIMARY KEY,
    provider_id BIGINT
);
