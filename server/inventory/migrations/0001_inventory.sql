-- What a device has. Texts that name packages or machines are sealed; what is clear are ids, times, numbers, digests.

CREATE TABLE image (
    tenant_id BIGINT NOT NULL,
    image_id BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    package_count BIGINT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (tenant_id, image_id)
);

CREATE TABLE device_state (
    tenant_id BIGINT NOT NULL,
    device_id BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    digest BLOB NOT NULL,
    schema_version BIGINT NOT NULL,
    collected_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    gaps BIGINT NOT NULL,
    missing_kinds BIGINT NOT NULL,
    image_id BIGINT,
    body BLOB NOT NULL,
    PRIMARY KEY (tenant_id, device_id)
);

CREATE TABLE package_history (
    tenant_id BIGINT NOT NULL,
    device_id BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    change_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (tenant_id, device_id, changed_at, change_id)
);

CREATE TABLE receipt (
    tenant_id BIGINT NOT NULL,
    device_id BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    receipt_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    schema_version BIGINT NOT NULL,
    stored BLOB NOT NULL,
    commitment BLOB NOT NULL,
    salt BLOB NOT NULL,
    PRIMARY KEY (tenant_id, device_id, sequence)
);
