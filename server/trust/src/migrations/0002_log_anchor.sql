-- The largest tree that was ever signed of each log. It lies with the keys, apart from the data, so that data which were
-- rolled back or rewritten are noticed before anything is signed of them.
CREATE TABLE keyring_log_anchor (
    tenant_id BIGINT NOT NULL,
    size BIGINT NOT NULL,
    root BLOB NOT NULL,
    anchored_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id)
);
