CREATE TABLE token_network (
    token_id BIGINT NOT NULL,
    network_index BLOB NOT NULL,
    tenant_id BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (token_id, network_index)
);
CREATE INDEX token_network_by_tenant ON token_network (tenant_id);
CREATE INDEX token_network_by_time ON token_network (seen_at);

CREATE TABLE access_policy (
    tenant_id BIGINT NOT NULL PRIMARY KEY,
    token_days_max BIGINT NOT NULL,
    networks BLOB NOT NULL,
    version BIGINT NOT NULL
);
