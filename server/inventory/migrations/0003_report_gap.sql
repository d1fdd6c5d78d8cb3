-- Transmissions that a device made and that did not arrive: from one number to another, nothing is there.
CREATE TABLE report_gap (
    tenant_id BIGINT NOT NULL,
    device_id BIGINT NOT NULL,
    to_sequence BIGINT NOT NULL,
    from_sequence BIGINT NOT NULL,
    since BIGINT NOT NULL,
    noticed_at BIGINT NOT NULL,
    closed_at BIGINT,
    was_dropped BOOLEAN NOT NULL,
    PRIMARY KEY (tenant_id, device_id, to_sequence)
);
