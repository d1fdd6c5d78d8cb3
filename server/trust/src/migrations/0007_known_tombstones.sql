-- How many tombstones this keyring knows of: one that knows of fewer than the data hold was brought back from before.
CREATE TABLE keyring_known_tombstones (
    known_id BIGINT NOT NULL,
    known BIGINT NOT NULL,
    PRIMARY KEY (known_id)
);
