//! The statements of the store's own tables.

crate::statements! {
    registry = SYSTEM_STATEMENTS;
    store = System;
    /// Records a tenant.
    INSERT_TENANT = "INSERT INTO tenant (tenant_id, created_at) VALUES ($1, $2) ON CONFLICT (tenant_id) DO NOTHING" (BigInt, BigInt);
    /// A page of tenants.
    TENANTS_AFTER = "SELECT tenant_id FROM tenant WHERE tenant_id > $1 ORDER BY tenant_id LIMIT $2" (BigInt, BigInt) -> (tenant_id: BigInt);
}

crate::statements! {
    registry = INTAKE_STATEMENTS;
    store = System;
    /// Takes the next numbers.
    TAKE_NUMBERS = "UPDATE intake_head SET number = number + $1 WHERE singleton = 1 RETURNING number" (BigInt) -> (number: BigInt);
    /// Appends an entry.
    INSERT_ENTRY = "INSERT INTO intake (number, tenant_id, device_id, kind, at, body) VALUES ($1, $2, $3, $4, $5, $6)"
        (BigInt, BigInt, BigInt, BigInt, BigInt, Blob);
    /// The oldest entries.
    OLDEST_ENTRIES = "SELECT number, tenant_id, device_id, kind, at, body FROM intake ORDER BY number LIMIT $1"
        (BigInt) -> (number: BigInt, tenant_id: BigInt, device_id: BigInt, kind: BigInt, at: BigInt, body: Blob);
    /// Forgets what is folded.
    DELETE_ENTRIES_THROUGH = "DELETE FROM intake WHERE number <= $1" (BigInt);
}

crate::statements! {
    registry = TENANT_STATEMENTS;
    store = Tenant;
    /// Marks a subject as changed.
    UPSERT_MARK = "INSERT INTO dirty (tenant_id, subscriber, subject, generation, marked_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (tenant_id, subscriber, subject) DO UPDATE SET generation = excluded.generation"
        (BigInt, Text, BigInt, BigInt, BigInt);
    /// The marks for a subscriber.
    MARKS_OF = "SELECT subject, generation FROM dirty WHERE tenant_id = $1 AND subscriber = $2 ORDER BY marked_at, subject LIMIT $3"
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
}
