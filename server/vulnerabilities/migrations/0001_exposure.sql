CREATE TABLE exposure_day (
    tenant_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    cves BIGINT NOT NULL,
    cves_known_exploited BIGINT NOT NULL,
    devices_exposed BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, day)
);
