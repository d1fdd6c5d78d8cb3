-- The keyring's own store. Every key in it is wrapped: the root key wraps the instance's keys and the epoch keys, and
-- a tenant's epoch key wraps the keys of the tenant and of its subjects.

CREATE TABLE keyring_root (
    root_id BIGINT NOT NULL,
    salt BLOB NOT NULL,
    memory_kib BIGINT NOT NULL,
    passes BIGINT NOT NULL,
    lanes BIGINT NOT NULL,
    sealed_check BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (root_id)
);

CREATE TABLE keyring_instance_key (
    purpose TEXT NOT NULL,
    key_version BIGINT NOT NULL,
    wrapped BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (purpose, key_version)
);

CREATE TABLE keyring_epoch (
    tenant_id BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    wrapped BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, epoch)
);

CREATE TABLE keyring_key (
    tenant_id BIGINT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    key_version BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    wrapped BLOB,
    created_at BIGINT NOT NULL,
    destroyed_at BIGINT,
    PRIMARY KEY (tenant_id, subject_kind, subject_id, key_version)
);
