-- How long the tenant's owner has rows kept, and which are to be deleted next.

CREATE TABLE retention_choice (
    tenant_id BIGINT NOT NULL,
    table_number BIGINT NOT NULL,
    days BIGINT NOT NULL,
    chosen_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, table_number)
);

CREATE TABLE retention_plan (
    tenant_id BIGINT NOT NULL,
    table_number BIGINT NOT NULL,
    up_to BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    oldest BIGINT NOT NULL,
    shown_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    begun_at BIGINT,
    deleted_count BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, table_number)
);
