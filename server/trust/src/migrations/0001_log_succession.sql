-- Logs that ended because entries were lost, and which generation of the log goes on. It lies with the keys: data that are restored once
-- more do not take it back.
CREATE TABLE keyring_log_succession (
    tenant_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    size BIGINT NOT NULL,
    root BLOB NOT NULL,
    kept BIGINT NOT NULL,
    succeeded_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, generation)
);
