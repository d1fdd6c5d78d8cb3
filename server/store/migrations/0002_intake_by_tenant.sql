-- Folding takes a tenant's entries together, however many other tenants' entries lie between them.
CREATE INDEX intake_by_tenant ON intake (tenant_id, number);
