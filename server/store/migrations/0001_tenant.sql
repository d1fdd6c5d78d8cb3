-- What changed and for whom. Each marking is a row of its own (its generation is random), so that transactions that mark
-- the same subject do not wait for each other; a reconciler reads the state afresh and removes the rows that it had read.
CREATE TABLE dirty (
    tenant_id BIGINT NOT NULL,
    subscriber TEXT NOT NULL,
    subject BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    marked_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, subscriber, subject, generation)
);

-- Up to which number the intake is folded into this store.
CREATE TABLE intake_fold (
    tenant_id BIGINT NOT NULL,
    folded_through BIGINT NOT NULL,
    PRIMARY KEY (tenant_id)
);

-- The epoch of the owner's lease, in the tenant's own store, so that an owner's write can check it in its transaction.
CREATE TABLE owner_epoch (
    tenant_id BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    PRIMARY KEY (tenant_id)
);

-- Sealed blobs, where there is no file system of our own.
CREATE TABLE blob (
    tenant_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    body BLOB NOT NULL,
    written_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
