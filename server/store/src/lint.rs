//! What a statement must not say, because the engines answer it differently or because it leaves the tenant.

use crate::dialect::words;
use crate::statement::Statement;
use kernel::data_map::StoreKind;

/// The faults of these statements, one sentence each; empty where all is well.
#[must_use]
pub fn lint(statements: &[&Statement]) -> Vec<String> {
    let mut faults = Vec::new();
    for statement in statements {
        let words = words(statement.sql);
        if statement.store == StoreKind::Tenant && !words.iter().any(|word| word == "TENANT_ID") {
            faults.push(format!("{}: a tenant's statement must compare or set tenant_id", statement.name));
        }
    }
    faults
}
