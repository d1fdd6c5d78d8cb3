-- A keyed hash over what a leaf says in clear, so that it can still be believed after the entry was erased.
ALTER TABLE ledger_leaf ADD COLUMN binding BLOB;
