-- A tenant's ledger: leaves as business transactions inserted them. `sequence` stays empty until the log's owner has
-- put the leaf in its place; `sealed` becomes empty when its subject is erased, and the commitment stands.

CREATE TABLE ledger_leaf (
    tenant_id BIGINT NOT NULL,
    leaf_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BIGINT,
    subject_id BIGINT,
    recorded_at BIGINT NOT NULL,
    commitment BLOB NOT NULL,
    sealed BLOB,
    sequence BIGINT,
    PRIMARY KEY (tenant_id, leaf_id)
);

CREATE INDEX ledger_leaf_sequence ON ledger_leaf (tenant_id, sequence);
