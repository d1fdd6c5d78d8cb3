-- A token of before works without a client certificate, as it was made.
ALTER TABLE access_token ADD COLUMN requires_certificate BOOLEAN NOT NULL DEFAULT FALSE;
