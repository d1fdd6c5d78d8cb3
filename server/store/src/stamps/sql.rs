//! The statements about stamps, alike in both stores that have them.

use kernel::data_map::StoreKind;

use crate::statement::Statement;

macro_rules! stamp_statements {
    ($module:ident, $store:ident) => {
        mod $module {
            crate::statements! {
                store = $store;
                /// Stamps a place.
                PUT_FRESH_STAMP = "INSERT INTO fresh_stamp (tenant_id, table_number, row_number, column_number, generation, tag, mac) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, table_number, row_number, column_number) \
    DO UPDATE SET generation = excluded.generation, tag = excluded.tag, mac = excluded.mac"
                    (BigInt, BigInt, BigInt, BigInt, BigInt, Blob, Blob);
                /// Fresh stamps after a place, each with the one that is settled there.
                FRESH_STAMPS_AFTER = "SELECT f.table_number, f.row_number, f.column_number, f.generation, f.tag, f.mac, \
    s.generation AS was_generation, s.tag AS was_tag, s.mac AS was_mac \
    FROM fresh_stamp f LEFT JOIN stamp s ON s.tenant_id = f.tenant_id AND s.table_number = f.table_number \
    AND s.row_number = f.row_number AND s.column_number = f.column_number \
    WHERE f.tenant_id = $1 AND (f.table_number, f.row_number, f.column_number) > ($2, $3, $4) \
    ORDER BY f.table_number, f.row_number, f.column_number LIMIT $5"
                    (BigInt, BigInt, BigInt, BigInt, BigInt)
                    -> (table_number: BigInt, row_number: BigInt, column_number: BigInt, generation: BigInt, tag: Blob, mac: Blob,
                        was_generation: BigInt, was_tag: Blob, was_mac: Blob);
                /// Takes a fresh stamp away.
                DELETE_FRESH_STAMP = "DELETE FROM fresh_stamp \
    WHERE tenant_id = $1 AND table_number = $2 AND row_number = $3 AND column_number = $4"
                    (BigInt, BigInt, BigInt, BigInt);
                /// The fresh stamps of a row.
                FRESH_STAMPS_OF_ROW = "SELECT table_number, row_number, column_number, generation, tag, mac FROM fresh_stamp \
    WHERE tenant_id = $1 AND table_number = $2 AND row_number = $3 ORDER BY column_number"
                    (BigInt, BigInt, BigInt)
                    -> (table_number: BigInt, row_number: BigInt, column_number: BigInt, generation: BigInt, tag: Blob, mac: Blob);
                /// Which places of some rows have a fresh stamp, of all rows from one to another.
                FRESH_PLACES_BETWEEN = "SELECT row_number, column_number FROM fresh_stamp \
    WHERE tenant_id = $1 AND table_number = $2 AND row_number BETWEEN $3 AND $4 ORDER BY row_number, column_number LIMIT $5"
                    (BigInt, BigInt, BigInt, BigInt, BigInt) -> (row_number: BigInt, column_number: BigInt);
                /// Settles a stamp.
                PUT_STAMP = "INSERT INTO stamp (tenant_id, table_number, row_number, column_number, generation, tag, mac) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, table_number, row_number, column_number) \
    DO UPDATE SET generation = excluded.generation, tag = excluded.tag, mac = excluded.mac"
                    (BigInt, BigInt, BigInt, BigInt, BigInt, Blob, Blob);
                /// Takes a settled stamp away.
                DELETE_STAMP = "DELETE FROM stamp \
    WHERE tenant_id = $1 AND table_number = $2 AND row_number = $3 AND column_number = $4"
                    (BigInt, BigInt, BigInt, BigInt);
                /// Takes every settled stamp of a tenant away.
                DELETE_STAMPS = "DELETE FROM stamp WHERE tenant_id = $1" (BigInt);
                /// Takes the settled stamps of a table away.
                DELETE_STAMPS_OF_TABLE = "DELETE FROM stamp WHERE tenant_id = $1 AND table_number = $2" (BigInt, BigInt);
                /// Takes the fresh stamps of a table away.
                DELETE_FRESH_STAMPS_OF_TABLE = "DELETE FROM fresh_stamp WHERE tenant_id = $1 AND table_number = $2" (BigInt, BigInt);
                /// The settled stamps of a row.
                STAMPS_OF_ROW = "SELECT table_number, row_number, column_number, generation, tag, mac FROM stamp \
    WHERE tenant_id = $1 AND table_number = $2 AND row_number = $3 ORDER BY column_number"
                    (BigInt, BigInt, BigInt)
                    -> (table_number: BigInt, row_number: BigInt, column_number: BigInt, generation: BigInt, tag: Blob, mac: Blob);
                /// Settled stamps after a place, and whether a fresh one stands in the place of each.
                STAMPS_AFTER = "SELECT s.table_number, s.row_number, s.column_number, s.generation, s.tag, s.mac, \
    CASE WHEN f.mac IS NULL THEN FALSE ELSE TRUE END AS is_replaced \
    FROM stamp s LEFT JOIN fresh_stamp f ON f.tenant_id = s.tenant_id AND f.table_number = s.table_number \
    AND f.row_number = s.row_number AND f.column_number = s.column_number \
    WHERE s.tenant_id = $1 AND (s.table_number, s.row_number, s.column_number) > ($2, $3, $4) \
    ORDER BY s.table_number, s.row_number, s.column_number LIMIT $5"
                    (BigInt, BigInt, BigInt, BigInt, BigInt)
                    -> (table_number: BigInt, row_number: BigInt, column_number: BigInt, generation: BigInt, tag: Blob, mac: Blob,
                        is_replaced: Boolean);
                /// The generation of a tenant's settled stamps.
                STAMP_GENERATION = "SELECT generation FROM stamp_head WHERE tenant_id = $1" (BigInt) -> (generation: BigInt);
                /// The sealed sums over a tenant's settled stamps.
                STAMP_HEAD = "SELECT generation, sealed FROM stamp_head WHERE tenant_id = $1"
                    (BigInt) -> (generation: BigInt, sealed: Blob);
                /// Puts them in the place of those of the generation before.
                PUT_STAMP_HEAD = "INSERT INTO stamp_head (tenant_id, generation, sealed) VALUES ($1, $2, $3) \
    ON CONFLICT (tenant_id) DO UPDATE SET generation = excluded.generation, sealed = excluded.sealed"
                    (BigInt, BigInt, Blob);
            }
            pub(super) static SQL: super::StampSql = super::StampSql {
                put_fresh: &PUT_FRESH_STAMP,
                fresh_after: &FRESH_STAMPS_AFTER,
                delete_fresh: &DELETE_FRESH_STAMP,
                fresh_of_row: &FRESH_STAMPS_OF_ROW,
                fresh_between: &FRESH_PLACES_BETWEEN,
                put: &PUT_STAMP,
                delete: &DELETE_STAMP,
                delete_all: &DELETE_STAMPS,
                delete_of_table: &DELETE_STAMPS_OF_TABLE,
                delete_fresh_of_table: &DELETE_FRESH_STAMPS_OF_TABLE,
                of_row: &STAMPS_OF_ROW,
                after: &STAMPS_AFTER,
                generation: &STAMP_GENERATION,
                head: &STAMP_HEAD,
                put_head: &PUT_STAMP_HEAD,
            };
            pub(super) static ALL: &[&crate::Statement] = STATEMENTS;
        }
    };
}

stamp_statements!(of_tenant, Tenant);
stamp_statements!(of_identity, Identity);

/// The statements in each tenant's store.
pub(crate) static TENANT_STATEMENTS: &[&Statement] = of_tenant::ALL;
/// The statements in the identity store.
pub(crate) static IDENTITY_STATEMENTS: &[&Statement] = of_identity::ALL;

/// The statements of one store.
pub(super) struct StampSql {
    pub(super) put_fresh: &'static Statement,
    pub(super) fresh_after: &'static Statement,
    pub(super) delete_fresh: &'static Statement,
    pub(super) fresh_of_row: &'static Statement,
    pub(super) fresh_between: &'static Statement,
    pub(super) put: &'static Statement,
    pub(super) delete: &'static Statement,
    pub(super) delete_all: &'static Statement,
    pub(super) delete_of_table: &'static Statement,
    pub(super) delete_fresh_of_table: &'static Statement,
    pub(super) of_row: &'static Statement,
    pub(super) after: &'static Statement,
    pub(super) generation: &'static Statement,
    pub(super) head: &'static Statement,
    pub(super) put_head: &'static Statement,
}

/// Stamped are the tenants' stores and the identity store only.
pub(super) fn of(store: StoreKind) -> &'static StampSql {
    if store == StoreKind::Identity { &of_identity::SQL } else { &of_tenant::SQL }
}
