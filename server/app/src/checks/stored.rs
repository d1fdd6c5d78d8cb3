//! Whether what is stored is what the data maps say: columns, seals and digests, password hashes.

use std::collections::BTreeSet;

use kernel::Scope;
use kernel::data_map::{Storage, StoreKind, Table};
use seal::hash::DIGEST_BYTES;
use seal::xaes;
use serde_json::json;
use store::{Engine, LiveColumn};
use trust::doctor::{CannotLook, Check, Observation};
use words::sentence;

use super::Looked;
use crate::opened::all_schemas;

/// Rows of a table that are looked at, from a random place on.
const SAMPLE_ROWS: u32 = 200;
/// Rows of a tenant's table that are looked at, of each tenant.
const SAMPLE_ROWS_OF_TENANT: u32 = 50;
/// Columns that a result names.
const NAMED_MAX: usize = 10;

/// What was found in values.
#[derive(Default)]
struct Tally {
    values: u64,
    misfits: u64,
    columns: BTreeSet<String>,
}

impl Tally {
    fn take(&mut self, table: &Table, sample: Vec<(&'static str, Storage, Vec<Vec<u8>>)>) {
        for (column, storage, values) in sample {
            self.values += values.len() as u64;
            let misfits = values.iter().filter(|value| !is_shut(storage, value)).count() as u64;
            if misfits > 0 {
                self.misfits += misfits;
                self.columns.insert(format!("{}.{column}", table.name));
            }
        }
    }
}

/// Whether a value can be what its storage says: no text that anybody can read, and as long as a seal or a digest is.
fn is_shut(storage: Storage, value: &[u8]) -> bool {
    let is_long_enough = match storage {
        Storage::Clear => true,
        Storage::KeyedHash | Storage::Digest => !value.is_empty() && value.len().is_multiple_of(DIGEST_BYTES),
        _ => value.len() >= xaes::OVERHEAD_BYTES,
    };
    is_long_enough && !is_text(value)
}

/// Random bytes of these lengths are text once in some 10¹¹ times.
fn is_text(value: &[u8]) -> bool {
    str::from_utf8(value).is_ok_and(|text| text.chars().all(|c| !c.is_control() || c.is_whitespace()))
}

/// What is sealed or a digest by its data map is none that can be read.
pub(super) fn values(looked: &Looked) -> Check {
    let looked = looked.clone();
    Check::new("stored-values", move || {
        let looked = looked.clone();
        async move {
            let mut tally = Tally::default();
            let tables: Vec<&'static Table> = all_schemas().iter().flat_map(|schema| schema.tables).collect();
            let (of_tenants, node_wide): (Vec<_>, Vec<_>) = tables.into_iter().partition(|table| table.store == StoreKind::Tenant);
            for table in node_wide {
                tally.take(table, looked.stores.sample(table, None, SAMPLE_ROWS).await?);
            }
            for tenant in looked.stores.tenants().await? {
                let scope: Scope = looked.scope(tenant);
                for table in &of_tenants {
                    tally.take(table, looked.stores.sample(table, Some(&scope), SAMPLE_ROWS_OF_TENANT).await?);
                }
            }
            let Tally { values, misfits, columns } = tally;
            let columns: Vec<String> = columns.into_iter().take(NAMED_MAX).collect();
            let evidence = json!({ "values": values, "readable": misfits, "columns": columns });
            if misfits > 0 {
                let columns = columns.join(", ");
                return Ok(Observation::failed(
                    evidence,
                    sentence!(
                        "Stored values that should be sealed or digests and are not: {misfits} of {values} ({columns}).",
                        "Wartości, które powinny być zaszyfrowane albo być skrótami, a nie są: {misfits} z {values} ({columns})."
                    ),
                ));
            }
            Ok(Observation::ok(
                evidence,
                sentence!(
                    "Stored values were looked at that should be sealed or digests ({values}): none of them can be read.",
                    "Obejrzano wartości, które powinny być zaszyfrowane albo być skrótami ({values}): żadnej nie da się odczytać."
                ),
            ))
        }
    })
}

/// The live stores have the tables and columns of the data maps, and no other.
pub(super) fn schema(looked: &Looked) -> Check {
    let looked = looked.clone();
    Check::new("schema-is-mapped", move || {
        let looked = looked.clone();
        async move {
            let mapped: BTreeSet<LiveColumn> = all_schemas().iter().flat_map(|schema| schema.tables).flat_map(columns_of).collect();
            let (of_tenant, node_wide): (BTreeSet<_>, BTreeSet<_>) =
                mapped.iter().cloned().partition(|(store, ..)| *store == StoreKind::Tenant);
            let mut differing = names(&looked.stores.live_columns().await?, &node_wide);
            let mut tenants = looked.stores.tenants().await?;
            if looked.stores.engine() == Engine::Postgres {
                // All of them lie in the same tables.
                tenants.truncate(1);
            }
            for tenant in tenants {
                differing.extend(names(&looked.stores.live_columns_of(&looked.scope(tenant)).await?, &of_tenant));
            }
            let columns = mapped.len();
            let named: Vec<String> = differing.iter().take(NAMED_MAX).cloned().collect();
            let evidence = json!({ "columns": columns, "differing": named });
            if !differing.is_empty() {
                let named = named.join(", ");
                return Ok(Observation::failed(
                    evidence,
                    sentence!(
                        "The live database differs from what is said to be stored: {named}.",
                        "Baza różni się od tego, co według opisu jest przechowywane: {named}."
                    ),
                ));
            }
            Ok(Observation::ok(
                evidence,
                sentence!(
                    "The live database holds exactly the {columns} columns that are said to be stored.",
                    "Baza zawiera dokładnie te kolumny, o których mówi opis danych ({columns})."
                ),
            ))
        }
    })
}

fn columns_of(table: &'static Table) -> Vec<LiveColumn> {
    // The store's own note of its migrations is in each store, and holds nothing of anybody.
    let is_note = table.name == store::data_map::STORE_MIGRATION.name;
    let columns = table.columns.iter().filter(|_| !is_note);
    columns.map(|column| (table.store, table.name.to_owned(), column.name.to_owned())).collect()
}

/// What is in one and not in the other.
fn names(live: &BTreeSet<LiveColumn>, mapped: &BTreeSet<LiveColumn>) -> BTreeSet<String> {
    live.symmetric_difference(mapped).map(|(_, table, column)| format!("{table}.{column}")).collect()
}

/// Every stored password hash is as strong as what is made today.
pub(super) fn password_hashes(looked: &Looked) -> Check {
    let looked = looked.clone();
    Check::new("password-hashes", move || {
        let looked = looked.clone();
        async move {
            let (all, weak) = looked.identity.password_hashes().await.map_err(|error| -> CannotLook { Box::new(error) })?;
            let evidence = json!({ "hashes": all, "weak": weak });
            if weak > 0 {
                return Ok(Observation::failed(
                    evidence,
                    sentence!(
                        "Password hashes that are weaker than what is made today: {weak} of {all}; each is replaced when its owner signs in.",
                        "Skróty haseł słabsze od dzisiejszych: {weak} z {all}; każdy zostanie zastąpiony, gdy jego właściciel się zaloguje."
                    ),
                ));
            }
            Ok(Observation::ok(
                evidence,
                sentence!(
                    "Every password hash ({all}) is argon2id with at least 19 MiB and two passes.",
                    "Wszystkie skróty haseł ({all}) to argon2id z co najmniej 19 MiB i dwoma przebiegami."
                ),
            ))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_a_short_value_and_a_digest_of_another_length_are_not_shut() {
        let sealed: Vec<u8> = (0..64_u8).map(|byte| byte.wrapping_mul(3).wrapping_add(128)).collect();
        for (storage, value, expected) in [
            (Storage::SealedUser, sealed.clone(), true),
            (Storage::SealedUser, sealed[..xaes::OVERHEAD_BYTES].to_vec(), true),
            (Storage::SealedUser, sealed[..xaes::OVERHEAD_BYTES - 1].to_vec(), false),
            (Storage::SealedUser, b"{\"email\":\"somebody@example.org\",\"name\":\"Zosia\"}".to_vec(), false),
            (Storage::SealedDevice, "zażółć gęślą jaźń zażółć gęślą jaźń".as_bytes().to_vec(), false),
            (Storage::Digest, sealed[..32].to_vec(), true),
            (Storage::Digest, sealed[..31].to_vec(), false),
            (Storage::Digest, Vec::new(), false),
            (Storage::KeyedHash, b"0123456789abcdef0123456789abcdef".to_vec(), false),
        ] {
            assert_eq!(is_shut(storage, &value), expected, "{storage:?} {value:?}");
        }
    }
}
