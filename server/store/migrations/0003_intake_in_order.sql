-- Which entries wait of which tenant is known in memory: the log is only ever appended to, and forgotten from its front.
DROP INDEX intake_by_tenant;
