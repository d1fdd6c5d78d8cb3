-- The tree over a tenant's ledger: tiles of 256 hashes (C2SP tlog-tiles), and what the log was at the end of each day.
CREATE TABLE ledger_tile (
    tenant_id BIGINT NOT NULL,
    level BIGINT NOT NULL,
    tile BIGINT NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (tenant_id, level, tile)
);

CREATE TABLE ledger_checkpoint (
    tenant_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    size BIGINT NOT NULL,
    root BLOB NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, day)
);
