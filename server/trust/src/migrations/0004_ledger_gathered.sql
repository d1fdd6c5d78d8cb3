-- Where the tenant's checkpoints stand in the instance's log: each day's newest. `salt` opens the tenant's leaf of the
-- gathering, which names nobody.
CREATE TABLE ledger_gathered (
    tenant_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    size BIGINT NOT NULL,
    root BLOB NOT NULL,
    leaf_id BIGINT NOT NULL,
    place BIGINT NOT NULL,
    hashes BLOB NOT NULL,
    salt BLOB NOT NULL,
    gathered_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, day)
);
