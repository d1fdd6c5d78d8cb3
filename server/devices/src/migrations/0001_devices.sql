CREATE TABLE device (
    tenant_id BIGINT NOT NULL,
    device_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    service TEXT NOT NULL,
    public_key BLOB,
    system_index BLOB,
    fingerprint_index BLOB,
    external_index BLOB,
    enrolment_token_id BIGINT,
    cloned_from BIGINT,
    enrolled_at BIGINT NOT NULL,
    key_set_at BIGINT NOT NULL,
    last_seen_at BIGINT,
    os_id TEXT,
    os_version_id TEXT,
    packages BIGINT,
    updates_pending BIGINT,
    updates_security BIGINT,
    kinds_off TEXT NOT NULL,
    card BLOB NOT NULL,
    card_version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, device_id)
);
CREATE UNIQUE INDEX device_by_public_key ON device (tenant_id, public_key);
CREATE UNIQUE INDEX device_by_system ON device (tenant_id, system_index, fingerprint_index);
CREATE UNIQUE INDEX device_by_external_name ON device (tenant_id, external_index);
CREATE INDEX device_by_service ON device (tenant_id, service);
CREATE INDEX device_by_key_set_at ON device (tenant_id, key_set_at);

CREATE TABLE device_group (
    tenant_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    name BLOB NOT NULL,
    selector BLOB,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, group_id)
);

CREATE TABLE device_group_member (
    tenant_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    device_id BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, group_id, device_id)
);
