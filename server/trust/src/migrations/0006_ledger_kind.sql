-- The newest entries of a kind, for the Trust page.
CREATE INDEX ledger_leaf_kind ON ledger_leaf (tenant_id, kind, recorded_at);
