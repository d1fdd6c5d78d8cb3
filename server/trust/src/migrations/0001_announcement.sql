-- What the owners of each tenant are to be told, and whether it was handed over to be mailed. Ids, numbers and times only.
CREATE TABLE announcement (
    tenant_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    facts TEXT NOT NULL,
    announced_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    outcome TEXT,
    mails BIGINT NOT NULL,
    settled_at BIGINT,
    PRIMARY KEY (tenant_id, kind, reference)
);
CREATE INDEX announcement_by_outcome ON announcement (outcome, due_at);
CREATE INDEX announcement_by_reference ON announcement (kind, reference, outcome);
