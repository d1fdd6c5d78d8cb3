//! The statements of the store's own tables.

crate::statements! {
    registry = SYSTEM_STATEMENTS;
    store = System;
    /// Records a tenant.
    INSERT_TENANT = "INSERT INTO tenant (tenant_id, created_at) VALUES ($1, $2) ON CONFLICT (tenant_id) DO NOTHING" (BigInt, BigInt);
    /// A page of tenants.
    TENANTS_AFTER = "SELECT tenant_id FROM tenant WHERE tenant_id > $1 ORDER BY tenant_id LIMIT $2" (BigInt, BigInt) -> (tenant_id: BigInt);

    /// Announces work of a kind in a tenant; the earlier time counts.
    UPSERT_WAKE = "INSERT INTO wake (tenant_id, kind, due_at, generation, is_quiet) VALUES ($1, $2, $3, $4, FALSE) \
        ON CONFLICT (tenant_id, kind) DO UPDATE SET \
            due_at = CASE WHEN excluded.due_at < wake.due_at THEN excluded.due_at ELSE wake.due_at END, \
            generation = excluded.generation, is_quiet = FALSE"
        (BigInt, Text, BigInt, BigInt);
    /// Tenants with work of a kind that is due.
    WAKES_DUE = "SELECT tenant_id, due_at, generation, is_quiet FROM wake WHERE kind = $1 AND due_at <= $2 \
        ORDER BY due_at, tenant_id LIMIT $3"
        (Text, BigInt, BigInt) -> (tenant_id: BigInt, due_at: BigInt, generation: BigInt, is_quiet: Boolean);
    /// The announcement of a kind in a tenant.
    WAKE_OF = "SELECT due_at, generation, is_quiet FROM wake WHERE tenant_id = $1 AND kind = $2"
        (BigInt, Text) -> (due_at: BigInt, generation: BigInt, is_quiet: Boolean);
    /// Settles an announcement for a while, where it was not made anew.
    QUIET_WAKE = "UPDATE wake SET is_quiet = TRUE, due_at = $4 WHERE tenant_id = $1 AND kind = $2 AND generation = $3"
        (BigInt, Text, BigInt, BigInt);
    /// Puts an announcement off that was not made anew.
    PUT_OFF_WAKE = "UPDATE wake SET is_quiet = FALSE, due_at = $4 WHERE tenant_id = $1 AND kind = $2 AND generation = $3"
        (BigInt, Text, BigInt, BigInt);
    /// Removes an announcement that was not made anew.
    DELETE_WAKE = "DELETE FROM wake WHERE tenant_id = $1 AND kind = $2 AND generation = $3" (BigInt, Text, BigInt);

    /// Who owns a tenant.
    LEASE_OF = "SELECT node_id, epoch, expires_at FROM lease WHERE tenant_id = $1"
        (BigInt) -> (node_id: BigInt, epoch: BigInt, expires_at: BigInt);
    /// The first owner of a tenant.
    INSERT_LEASE = "INSERT INTO lease (tenant_id, node_id, epoch, expires_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (tenant_id) DO NOTHING"
        (BigInt, BigInt, BigInt, BigInt);
    /// Renews a lease, or takes one that ran out.
    UPDATE_LEASE = "UPDATE lease SET node_id = $2, epoch = $3, expires_at = $4 WHERE tenant_id = $1 AND epoch = $5"
        (BigInt, BigInt, BigInt, BigInt, BigInt);
    /// Gives back what a node holds.
    RELEASE_LEASES = "UPDATE lease SET expires_at = 0 WHERE node_id = $1" (BigInt);

    /// Adds a job.
    INSERT_JOB = "INSERT INTO job (job_id, kind, payload, due_at, attempts, generation, leased_until) \
        VALUES ($1, $2, $3, $4, 0, $5, NULL)"
        (BigInt, Text, Text, BigInt, BigInt);
    /// The job of a kind that is due for longest and that nobody holds.
    NEXT_JOB = "SELECT job_id, payload, attempts, generation FROM job \
        WHERE kind = $1 AND due_at <= $2 AND (leased_until IS NULL OR leased_until <= $2) ORDER BY due_at, job_id LIMIT 1"
        (Text, BigInt) -> (job_id: BigInt, payload: Text, attempts: BigInt, generation: BigInt);
    /// Takes a job that nobody took since it was read.
    TAKE_JOB = "UPDATE job SET leased_until = $3, generation = $4, attempts = attempts + 1 WHERE job_id = $1 AND generation = $2"
        (BigInt, BigInt, BigInt, BigInt);
    /// Removes a job that is done.
    DELETE_JOB = "DELETE FROM job WHERE job_id = $1 AND generation = $2" (BigInt, BigInt);
    /// Gives a job back until a later time.
    POSTPONE_JOB = "UPDATE job SET due_at = $3, generation = $4, leased_until = NULL WHERE job_id = $1 AND generation = $2"
        (BigInt, BigInt, BigInt, BigInt);
}

crate::statements! {
    registry = INTAKE_STATEMENTS;
    store = System;
    /// Takes the next numbers.
    TAKE_NUMBERS = "UPDATE intake_head SET number = number + $1 WHERE singleton = 1 RETURNING number" (BigInt) -> (number: BigInt);
    /// Appends an entry.
    INSERT_ENTRY = "INSERT INTO intake (number, tenant_id, device_id, kind, at, body) VALUES ($1, $2, $3, $4, $5, $6)"
        (BigInt, BigInt, BigInt, BigInt, BigInt, Blob);
    /// Whose the entries past a number are.
    ENTRIES_AFTER = "SELECT number, tenant_id FROM intake WHERE number > $1 ORDER BY number LIMIT $2"
        (BigInt, BigInt) -> (number: BigInt, tenant_id: BigInt);
    /// Sixteen entries.
    ENTRIES = "SELECT number, device_id, kind, at, body FROM intake \
        WHERE number IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ORDER BY number"
        (BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt)
        -> (number: BigInt, device_id: BigInt, kind: BigInt, at: BigInt, body: Blob);
    /// Forgets everything before a number.
    DELETE_ENTRIES_BELOW = "DELETE FROM intake WHERE number < $1" (BigInt);
    /// Forgets an entry.
    DELETE_ENTRY = "DELETE FROM intake WHERE number = $1" (BigInt);
    /// Forgets a device's entries.
    ERASE_DEVICES_ENTRIES = "DELETE FROM intake WHERE tenant_id = $1 AND device_id = $2" (BigInt, BigInt);
    /// Forgets a tenant's entries.
    ERASE_TENANTS_ENTRIES = "DELETE FROM intake WHERE tenant_id = $1" (BigInt);
}

crate::statements! {
    registry = TENANT_STATEMENTS;
    store = Tenant;
    /// Marks a subject as changed.
    INSERT_MARK = "INSERT INTO dirty (tenant_id, subscriber, subject, generation, marked_at) VALUES ($1, $2, $3, $4, $5)"
        (BigInt, Text, BigInt, BigInt, BigInt);
    /// The marks for a subscriber.
    MARKS_OF = "SELECT subject, generation FROM dirty WHERE tenant_id = $1 AND subscriber = $2 \
        ORDER BY marked_at, subject, generation LIMIT $3"
        (BigInt, Text, BigInt) -> (subject: BigInt, generation: BigInt);
    /// Removes a mark that is still the one that was read.
    DELETE_MARK = "DELETE FROM dirty WHERE tenant_id = $1 AND subscriber = $2 AND subject = $3 AND generation = $4"
        (BigInt, Text, BigInt, BigInt);
    /// Up to which number the intake is folded.
    FOLDED_THROUGH = "SELECT folded_through FROM intake_fold WHERE tenant_id = $1" (BigInt) -> (folded_through: BigInt);
    /// Remembers up to which number the intake is folded; never goes back.
    SET_FOLDED_THROUGH = "INSERT INTO intake_fold (tenant_id, folded_through) VALUES ($1, $2) \
        ON CONFLICT (tenant_id) DO UPDATE SET folded_through = excluded.folded_through \
        WHERE excluded.folded_through > intake_fold.folded_through" (BigInt, BigInt);

    /// Whether a subscriber has a mark.
    ANY_MARK_OF = "SELECT subject FROM dirty WHERE tenant_id = $1 AND subscriber = $2 ORDER BY subject LIMIT 1"
        (BigInt, Text) -> (subject: BigInt);

    /// The epoch of the tenant's owner.
    OWNER_EPOCH_OF = "SELECT epoch FROM owner_epoch WHERE tenant_id = $1" (BigInt) -> (epoch: BigInt);
    /// Makes an epoch the present one; never goes back.
    SET_OWNER_EPOCH = "INSERT INTO owner_epoch (tenant_id, epoch) VALUES ($1, $2) \
        ON CONFLICT (tenant_id) DO UPDATE SET epoch = excluded.epoch WHERE excluded.epoch > owner_epoch.epoch"
        (BigInt, BigInt);

    /// Writes a blob, in place of one of the same name.
    UPSERT_BLOB = "INSERT INTO blob (tenant_id, name, body, written_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (tenant_id, name) DO UPDATE SET body = excluded.body, written_at = excluded.written_at"
        (BigInt, Text, Blob, BigInt);
    /// A blob's content.
    BLOB_BODY = "SELECT body FROM blob WHERE tenant_id = $1 AND name = $2" (BigInt, Text) -> (body: Blob);
    /// The names of a tenant's blobs.
    BLOB_NAMES = "SELECT name FROM blob WHERE tenant_id = $1 ORDER BY name" (BigInt) -> (name: Text);
    /// Removes a blob.
    DELETE_BLOB = "DELETE FROM blob WHERE tenant_id = $1 AND name = $2" (BigInt, Text);
}

/// Holds the owner's epoch as it is until the transaction ends, together with others of the same owner. In no registry,
/// because SQLite has no row locks: there, leases are eternal and nobody asks.
pub(crate) static HOLD_OWNER_EPOCH: crate::Statement = crate::Statement {
    name: "HOLD_OWNER_EPOCH",
    store: crate::StoreKind::Tenant,
    sql: "SELECT epoch FROM owner_epoch WHERE tenant_id = $1 FOR SHARE",
    params: &[crate::Type::BigInt],
    columns: &[("epoch", crate::Type::BigInt)],
};
