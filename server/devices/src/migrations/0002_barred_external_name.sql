-- Names by which scripts called devices that were erased: as keyed hashes, so that none of them comes back by itself.
CREATE TABLE barred_external_name (
    tenant_id BIGINT NOT NULL,
    external_index BLOB NOT NULL,
    PRIMARY KEY (tenant_id, external_index)
);
