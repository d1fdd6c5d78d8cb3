//! SQLite or PostgreSQL behind one enum: tenant transactions, migrations, marks, leases, jobs, intake, blobs.
