-- What devices sent, sealed under the instance's key, until it is folded into their tenants' stores.
CREATE TABLE intake (
    number BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,
    device_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    at BIGINT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (number)
);

-- The highest number ever given: numbers are never given twice, even after every entry is removed.
CREATE TABLE intake_head (
    singleton BIGINT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (singleton)
);
INSERT INTO intake_head (singleton, number) VALUES (1, 0);
