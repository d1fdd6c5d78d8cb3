-- A commitment to each key, by which its destruction can be told of later; keys of before get theirs when they are wrapped anew.
ALTER TABLE keyring_key ADD COLUMN commitment BLOB;
-- A destroyed key keeps the number of its last epoch: as long as that epoch is there, its tenant's roll is due.
CREATE INDEX keyring_key_destroyed ON keyring_key (destroyed_at);
