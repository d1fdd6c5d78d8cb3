-- What the tenant's ledger says is about to be done outside of its transactions, and does not say yet what became of it.
CREATE TABLE ledger_intent (
    tenant_id BIGINT NOT NULL,
    act BLOB NOT NULL,
    leaf_id BIGINT NOT NULL,
    effect TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, act)
);
