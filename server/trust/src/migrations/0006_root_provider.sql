-- The root key lies wrapped under what its provider gives; which kind of provider that is. Where both are empty, the root key is what the
-- passphrase derives. A second row is the offer of another provider, while one is changed for another.
ALTER TABLE keyring_root ADD COLUMN provider TEXT;
ALTER TABLE keyring_root ADD COLUMN wrapped BLOB;
