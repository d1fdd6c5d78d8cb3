-- Keys that were destroyed, told by the data instead of the keyring: a keyring that is brought back from a copy refuses them.
CREATE TABLE key_tombstone (
    tenant_id BIGINT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    destroyed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, subject_kind, subject_id)
);
