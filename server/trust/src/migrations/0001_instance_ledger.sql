-- The instance's own ledger, for what happens to no tenant or to all of them.

CREATE TABLE instance_ledger_leaf (
    leaf_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BIGINT,
    subject_id BIGINT,
    recorded_at BIGINT NOT NULL,
    commitment BLOB NOT NULL,
    sealed BLOB,
    sequence BIGINT,
    PRIMARY KEY (leaf_id)
);

CREATE INDEX instance_ledger_leaf_sequence ON instance_ledger_leaf (sequence);
