//! Whether tenants are kept apart in storage.

use std::collections::BTreeSet;

use kernel::data_map::{StoreKind, Table};
use serde_json::json;
use store::{Breach, Engine};
use trust::doctor::{Check, Observation};
use words::sentence;

use super::Looked;
use crate::opened::all_schemas;

/// Files and folders, or roles and policies; and that no tenant's transaction sees another's rows.
pub(super) fn tenants_apart(looked: &Looked) -> Check {
    let looked = looked.clone();
    Check::new("tenants-apart", move || {
        let looked = looked.clone();
        async move {
            let tables: Vec<&'static Table> =
                all_schemas().iter().flat_map(|schema| schema.tables).filter(|table| table.store == StoreKind::Tenant).collect();
            let tenants = looked.stores.tenants().await?;
            let mut found: BTreeSet<Breach> = looked.stores.breaches(&tenants).await?;
            for tenant in &tenants {
                found.extend(looked.stores.foreign_rows(&looked.scope(*tenant), &tables).await?);
            }
            let engine = looked.stores.engine();
            let faults: Vec<String> = found.iter().map(Breach::text).collect();
            let (tables, tenants) = (tables.len(), tenants.len());
            let storage = match engine {
                Engine::Embedded => "embedded",
                Engine::Postgres => "postgres",
            };
            let evidence = json!({ "storage": storage, "tenants": tenants, "tables": tables, "faults": faults });
            if !found.is_empty() {
                let faults = faults.join(", ");
                return Ok(Observation::failed(
                    evidence,
                    sentence!(
                        "What keeps tenants apart is not as it should be: {faults}.",
                        "To, co rozdziela organizacje, nie jest takie, jak powinno: {faults}."
                    ),
                ));
            }
            Ok(Observation::ok(
                evidence,
                match engine {
                    Engine::Embedded => sentence!(
                        "Each tenant ({tenants}) has a file of its own that only the server may read, and none of the {tables} tables in it holds a row of another.",
                        "Każda organizacja ({tenants}) ma własny plik, który może czytać tylko serwer, a w żadnej z tabel ({tables}) nie ma wiersza innej."
                    ),
                    Engine::Postgres => sentence!(
                        "Row-level security is forced on all {tables} tables, the role that serves owns nothing, and no tenant ({tenants}) sees a row of another.",
                        "Zabezpieczenia wierszy są wymuszone na wszystkich tabelach ({tables}), rola serwera niczego nie posiada i żadna organizacja ({tenants}) nie widzi wiersza innej."
                    ),
                },
            ))
        }
    })
}
