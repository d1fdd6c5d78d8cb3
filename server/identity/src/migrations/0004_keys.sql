-- A token of before has no owner: it goes on as it was made, on every device and from every address, until it is rotated.
ALTER TABLE access_token ADD COLUMN owner_id BIGINT;
ALTER TABLE access_token ADD COLUMN devices BLOB;
ALTER TABLE access_token ADD COLUMN networks BLOB;
ALTER TABLE access_token ADD COLUMN retiring_digest BLOB;
ALTER TABLE access_token ADD COLUMN retiring_until BIGINT;
ALTER TABLE access_token ADD COLUMN shared_at BIGINT;
CREATE UNIQUE INDEX access_token_by_retiring ON access_token (retiring_digest);
