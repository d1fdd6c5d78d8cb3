-- The key of each day, under which that day's access log lies and by which its pseudonyms are made. A destroyed key's row
-- stays without the key: the day never gets a second one.
CREATE TABLE keyring_day_key (
    day BIGINT NOT NULL,
    wrapped BLOB,
    created_at BIGINT NOT NULL,
    destroyed_at BIGINT,
    commitment BLOB NOT NULL,
    PRIMARY KEY (day)
);
