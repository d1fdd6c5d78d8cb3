-- Cases of a breach of security: what happened is sealed, what is due by when is not.
CREATE TABLE breach_case (
    case_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    regimes TEXT NOT NULL,
    customers_hours BIGINT NOT NULL,
    aware_at BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    events BIGINT NOT NULL,
    assessment BIGINT NOT NULL,
    telling BIGINT,
    about BLOB NOT NULL,
    PRIMARY KEY (case_id)
);

-- The steps that the law demands, each due at an instant.
CREATE TABLE breach_step (
    case_id BIGINT NOT NULL,
    step TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    settled_at BIGINT,
    escalated_at BIGINT,
    PRIMARY KEY (case_id, step)
);
CREATE INDEX breach_step_due ON breach_step (state, due_at);

-- What was done about a case, one row for each act, never changed.
CREATE TABLE breach_event (
    case_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    leaf_id BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BIGINT,
    act TEXT NOT NULL,
    step TEXT,
    said BLOB,
    PRIMARY KEY (case_id, number)
);

-- Each computation of whose data were affected, by what it asked the ledgers.
CREATE TABLE breach_assessment (
    case_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    criteria TEXT NOT NULL,
    assessed_at BIGINT NOT NULL,
    tenants BIGINT NOT NULL,
    affected BIGINT NOT NULL,
    digest BLOB NOT NULL,
    leaf_id BIGINT NOT NULL,
    PRIMARY KEY (case_id, number)
);

-- Whose, with the entries of the ledger that say so.
CREATE TABLE breach_affected (
    case_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    reason TEXT NOT NULL,
    found BIGINT NOT NULL,
    evidence TEXT NOT NULL,
    log_size BIGINT NOT NULL,
    log_root BLOB NOT NULL,
    told_at BIGINT,
    PRIMARY KEY (case_id, number, tenant_id)
);
