//! The SQL of retention: what owners chose, and what is to be deleted next. Deleting itself is made of the data maps.

use kernel::data_map::StoreKind;
use store::{Migration, Schema, statements};

use crate::data_map;

/// What retention keeps in each tenant's store.
pub(super) const SCHEMA: Schema = Schema::new(
    "trust.retention",
    StoreKind::Tenant,
    &[Migration { version: 1, name: "retention", sql: include_str!("../migrations/0001_retention.sql") }],
    data_map::RETENTION,
    STATEMENTS,
);

statements! {
    store = Tenant;

    /// What the tenant's owner chose.
    CHOICES = "SELECT table_number, days, chosen_at FROM retention_choice WHERE tenant_id = $1 ORDER BY table_number"
        (BigInt) -> (table_number: BigInt, days: BigInt, chosen_at: BigInt);

    /// Chooses for a table.
    PUT_CHOICE = "INSERT INTO retention_choice (tenant_id, table_number, days, chosen_at) VALUES ($1, $2, $3, $4) \
                  ON CONFLICT (tenant_id, table_number) DO UPDATE SET days = excluded.days, chosen_at = excluded.chosen_at"
        (BigInt, BigInt, BigInt, BigInt);

    /// Forgets what was chosen for a table.
    DELETE_CHOICE = "DELETE FROM retention_choice WHERE tenant_id = $1 AND table_number = $2" (BigInt, BigInt);

    /// What is to be deleted next.
    PLANS = "SELECT table_number, up_to, row_count, oldest, shown_at, due_at, begun_at, deleted_count FROM retention_plan \
             WHERE tenant_id = $1 ORDER BY table_number"
        (BigInt)
        -> (table_number: BigInt, up_to: BigInt, row_count: BigInt, oldest: BigInt, shown_at: BigInt, due_at: BigInt, begun_at: BigInt,
            deleted_count: BigInt);

    /// Shows what is to be deleted of a table, where nothing is shown yet.
    INSERT_PLAN = "INSERT INTO retention_plan (tenant_id, table_number, up_to, row_count, oldest, shown_at, due_at, deleted_count) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (tenant_id, table_number) DO NOTHING"
        (BigInt, BigInt, BigInt, BigInt, BigInt, BigInt, BigInt);

    /// Begins to delete what was shown, and notes how much that is.
    BEGIN_PLAN = "UPDATE retention_plan SET up_to = $3, row_count = $4, oldest = $5, begun_at = $6 \
                  WHERE tenant_id = $1 AND table_number = $2 AND begun_at IS NULL"
        (BigInt, BigInt, BigInt, BigInt, BigInt, BigInt);

    /// So many more of what has begun are deleted.
    ADD_DELETED = "UPDATE retention_plan SET deleted_count = deleted_count + $3 WHERE tenant_id = $1 AND table_number = $2"
        (BigInt, BigInt, BigInt);

    /// When the first of what is shown is due.
    NEXT_DUE = "SELECT MIN(due_at) AS due_at FROM retention_plan WHERE tenant_id = $1" (BigInt) -> (due_at: BigInt);

    /// What was shown is done, or does not hold any more.
    DELETE_PLAN = "DELETE FROM retention_plan WHERE tenant_id = $1 AND table_number = $2" (BigInt, BigInt);

    /// What was shown does not hold any more, where it has not begun.
    DROP_PLAN = "DELETE FROM retention_plan WHERE tenant_id = $1 AND table_number = $2 AND begun_at IS NULL" (BigInt, BigInt);
}
