-- The access log: what was asked of the server, some seconds a row, sealed under the key of the day.
CREATE TABLE access_log_segment (
    day BIGINT NOT NULL,
    segment_id BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    records BIGINT NOT NULL,
    dropped BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (day, segment_id)
);

CREATE INDEX access_log_segment_in_order ON access_log_segment (day, first_at, segment_id);
