-- Nothing is in the master that does not name the document that brought it, and what a document replaced stays.

CREATE TABLE advisory_next (
    advisory_id TEXT NOT NULL PRIMARY KEY,
    document_id BIGINT NOT NULL,
    modified BIGINT,
    digest BLOB NOT NULL,
    body BLOB NOT NULL,
    FOREIGN KEY (document_id) REFERENCES feed_document (document_id)
);
INSERT INTO advisory_next (advisory_id, document_id, modified, digest, body)
    SELECT advisory_id, document_id, modified, digest, body FROM advisory;
DROP TABLE advisory;
ALTER TABLE advisory_next RENAME TO advisory;

CREATE TABLE known_exploited_next (
    cve BIGINT NOT NULL PRIMARY KEY,
    document_id BIGINT NOT NULL,
    added_on TEXT NOT NULL,
    due_on TEXT,
    ransomware BOOLEAN NOT NULL,
    name TEXT NOT NULL,
    FOREIGN KEY (document_id) REFERENCES feed_document (document_id)
);
INSERT INTO known_exploited_next (cve, document_id, added_on, due_on, ransomware, name)
    SELECT cve, document_id, added_on, due_on, ransomware, name FROM known_exploited;
DROP TABLE known_exploited;
ALTER TABLE known_exploited_next RENAME TO known_exploited;

CREATE TABLE exploit_scores_next (
    scores_id BIGINT NOT NULL PRIMARY KEY,
    document_id BIGINT NOT NULL,
    score_count BIGINT NOT NULL,
    packed BLOB NOT NULL,
    FOREIGN KEY (document_id) REFERENCES feed_document (document_id)
);
INSERT INTO exploit_scores_next (scores_id, document_id, score_count, packed)
    SELECT scores_id, document_id, score_count, packed FROM exploit_scores;
DROP TABLE exploit_scores;
ALTER TABLE exploit_scores_next RENAME TO exploit_scores;

CREATE TABLE advisory_form (
    advisory_id TEXT NOT NULL,
    document_id BIGINT NOT NULL,
    replaced_by BIGINT NOT NULL,
    modified BIGINT,
    digest BLOB NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (advisory_id, document_id),
    FOREIGN KEY (document_id) REFERENCES feed_document (document_id),
    FOREIGN KEY (replaced_by) REFERENCES feed_document (document_id)
);

CREATE TABLE known_exploited_form (
    cve BIGINT NOT NULL,
    document_id BIGINT NOT NULL,
    replaced_by BIGINT NOT NULL,
    added_on TEXT NOT NULL,
    due_on TEXT,
    ransomware BOOLEAN NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (cve, document_id),
    FOREIGN KEY (document_id) REFERENCES feed_document (document_id),
    FOREIGN KEY (replaced_by) REFERENCES feed_document (document_id)
);

CREATE TABLE exploit_scores_change (
    document_id BIGINT NOT NULL PRIMARY KEY,
    packed BLOB NOT NULL,
    FOREIGN KEY (document_id) REFERENCES feed_document (document_id)
);
INSERT INTO exploit_scores_change (document_id, packed) SELECT document_id, packed FROM exploit_scores;
