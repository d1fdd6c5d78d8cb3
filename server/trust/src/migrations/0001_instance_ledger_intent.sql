-- The same of the instance's ledger.
CREATE TABLE instance_ledger_intent (
    act BLOB NOT NULL,
    leaf_id BIGINT NOT NULL,
    effect TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (act)
);
