-- Exports that were asked for to be fetched, and how far each is. What they hold lies beside the stores, sealed under a key of its own.
CREATE TABLE export_archive (
    export_id BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    expires_at BIGINT,
    ended_at BIGINT,
    gone_at BIGINT,
    tables_done BIGINT NOT NULL,
    rows_done BIGINT NOT NULL,
    bytes_done BIGINT NOT NULL,
    size_bytes BIGINT,
    facts BLOB,
    PRIMARY KEY (export_id)
);
CREATE INDEX export_archive_by_tenant ON export_archive (tenant_id, export_id);
CREATE INDEX export_archive_by_state ON export_archive (state, export_id);
