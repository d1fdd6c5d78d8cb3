CREATE TABLE master_head (
    head_id BIGINT NOT NULL PRIMARY KEY,
    generation BIGINT NOT NULL
);

CREATE TABLE feed_state (
    feed TEXT NOT NULL PRIMARY KEY,
    enabled BOOLEAN,
    last_attempt_at BIGINT,
    last_success_at BIGINT,
    last_error TEXT,
    failures BIGINT NOT NULL,
    was_fetched BOOLEAN,
    etag TEXT,
    last_modified TEXT,
    document_sha256 BLOB,
    records BIGINT
);

CREATE TABLE feed_document (
    document_id BIGINT NOT NULL PRIMARY KEY,
    feed TEXT NOT NULL,
    origin TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    packed_bytes BIGINT NOT NULL,
    unpacked_bytes BIGINT NOT NULL,
    records_read BIGINT NOT NULL,
    records_refused BIGINT NOT NULL,
    imported_at BIGINT NOT NULL
);

CREATE TABLE advisory (
    advisory_id TEXT NOT NULL PRIMARY KEY,
    document_id BIGINT NOT NULL,
    modified BIGINT,
    digest BLOB NOT NULL,
    body BLOB NOT NULL
);

CREATE TABLE known_exploited (
    cve BIGINT NOT NULL PRIMARY KEY,
    document_id BIGINT NOT NULL,
    added_on TEXT NOT NULL,
    due_on TEXT,
    ransomware BOOLEAN NOT NULL,
    name TEXT NOT NULL
);

CREATE TABLE exploit_scores (
    scores_id BIGINT NOT NULL PRIMARY KEY,
    document_id BIGINT NOT NULL,
    score_count BIGINT NOT NULL,
    packed BLOB NOT NULL
);
