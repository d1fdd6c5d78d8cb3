-- The policy on how data are treated, as this installation keeps it: every version, and when the last tenant was told.

CREATE TABLE policy_version (
    version BIGINT NOT NULL,
    announced BIGINT NOT NULL,
    digest BLOB NOT NULL,
    content TEXT NOT NULL,
    said TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    told_at BIGINT,
    PRIMARY KEY (version)
);
