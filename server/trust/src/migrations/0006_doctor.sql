-- What each live check of the doctor saw last.
CREATE TABLE doctor_result (
    check_name TEXT NOT NULL,
    result TEXT NOT NULL,
    said BLOB NOT NULL,
    since BIGINT NOT NULL,
    checked_at BIGINT NOT NULL,
    PRIMARY KEY (check_name)
);
