-- Who was erased: a random number, so that nothing of it is ever taken in again. The receipt's leaf is noted in the transaction that
-- records it, so that a run that goes on after a crash records no second one.
CREATE TABLE erased_subject (
    tenant_id BIGINT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    erased_at BIGINT NOT NULL,
    receipt_leaf BIGINT,
    PRIMARY KEY (tenant_id, subject_kind, subject_id)
);
