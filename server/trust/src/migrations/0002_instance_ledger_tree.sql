-- The tree over the instance's own ledger.
CREATE TABLE instance_ledger_tile (
    level BIGINT NOT NULL,
    tile BIGINT NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, tile)
);

CREATE TABLE instance_ledger_checkpoint (
    day BIGINT NOT NULL,
    size BIGINT NOT NULL,
    root BLOB NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (day)
);
