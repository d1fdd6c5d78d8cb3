-- Which seal is the newest of each sealed place: see `stamps.rs`. `fresh_stamp` holds what was written since the last settling,
-- `stamp` what was settled; an empty tag says that nothing lies at the place any more. `stamp_head` seals what all settled ones
-- sum up to.
CREATE TABLE fresh_stamp (
    tenant_id BIGINT NOT NULL,
    table_number BIGINT NOT NULL,
    row_number BIGINT NOT NULL,
    column_number BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    tag BLOB,
    mac BLOB NOT NULL,
    PRIMARY KEY (tenant_id, table_number, row_number, column_number)
);

CREATE TABLE stamp (
    tenant_id BIGINT NOT NULL,
    table_number BIGINT NOT NULL,
    row_number BIGINT NOT NULL,
    column_number BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    tag BLOB NOT NULL,
    mac BLOB NOT NULL,
    PRIMARY KEY (tenant_id, table_number, row_number, column_number)
);

CREATE TABLE stamp_head (
    tenant_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (tenant_id)
);
