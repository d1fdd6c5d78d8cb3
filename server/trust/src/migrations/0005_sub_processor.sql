-- The register of sub-processors: each version of each entry, as it was proposed, announced, took effect and ended.
CREATE TABLE sub_processor_version (
    sub_processor TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    data_classes TEXT NOT NULL,
    data TEXT NOT NULL,
    people TEXT NOT NULL,
    locations TEXT NOT NULL,
    operations TEXT NOT NULL,
    compliance TEXT NOT NULL,
    requires_second_factor BOOLEAN NOT NULL,
    proposed_at BIGINT NOT NULL,
    announced_at BIGINT,
    notice_days BIGINT,
    effective_at BIGINT,
    ended_at BIGINT,
    PRIMARY KEY (sub_processor, version)
);
