-- Whether the tenant's ledger tells that the epochs before this one are destroyed. What was rolled before this is taken as told.
ALTER TABLE keyring_epoch ADD COLUMN told_at BIGINT;
UPDATE keyring_epoch SET told_at = created_at;
