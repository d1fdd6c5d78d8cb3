-- The key of each export that waits to be fetched. Deleted when the export ends; never in the keyring's second copy.
CREATE TABLE keyring_export_key (
    export_id BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (export_id)
);
