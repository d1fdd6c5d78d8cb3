-- Every tenant of the instance, by its random number.
CREATE TABLE tenant (
    tenant_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id)
);

-- Which tenants have work, and when: ids and times only. The generation changes with each announcement, so that a
-- worker that settles an old one leaves a new one in place.
CREATE TABLE wake (
    tenant_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    -- Settled once already; removed when it is settled again.
    is_quiet BOOLEAN NOT NULL,
    PRIMARY KEY (tenant_id, kind)
);
CREATE INDEX wake_due ON wake (kind, due_at, tenant_id);

-- Which node owns a tenant.
CREATE TABLE lease (
    tenant_id BIGINT NOT NULL,
    node_id BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id)
);

-- Background work of the instance.
CREATE TABLE job (
    job_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    -- Changes with each lease: who completes an old lease changes nothing.
    generation BIGINT NOT NULL,
    leased_until BIGINT,
    PRIMARY KEY (job_id)
);
CREATE INDEX job_due ON job (kind, due_at, job_id);
