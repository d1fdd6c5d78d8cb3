//! Accepts what lies in tables as what was written last, where a part of the stores was put back on purpose: on the host's word, which
//! the tenant's ledger and the instance's tell of, with the reason.
//!
//! What does not open is altered still, and entries of the ledger are never accepted: a ledger that lost some has a successor.

use std::collections::BTreeSet;

use kernel::{Actor, Scope, SystemWork};
use serde_json::json;
use store::stamps::{Adopting, StampHead};
use store::{MappedTable, StoreError, StoreKind, Tx};

use super::settling::{STAMPED, stamped_tables};
use super::{Integrity, table_name};
use crate::export::plan::store_name;
use crate::ledger::{LeafEntry, LeafKind, record, record_instance};

/// What stands for every table of a store: the name under which it is found that all of it was put back.
const WHOLE: &str = "stamp_head";
/// Longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 500;

/// Why nothing is accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// No reason, or one that is too long.
    #[error("a reason has between 1 and {REASON_CHARS_MAX} characters")]
    Reason,
    /// There is no such table, or nothing in it is compared with what was written last.
    #[error("{name} is no table whose values are compared with what was written last")]
    NoSuchTable {
        /// What was asked for.
        name: String,
    },
    /// Every table of the store is older than the ledger's word.
    #[error("the whole store was put back, and not only a table of it: accept {store}.{WHOLE}")]
    WholeStore {
        /// Which store.
        store: &'static str,
    },
    /// Store and keys.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The tables of one store that are accepted.
struct Asked {
    store: StoreKind,
    is_whole: bool,
    tables: Vec<&'static MappedTable>,
}

impl Integrity {
    /// Accepts tables of the scope's tenant as they are, by the names that findings have (`STORE.TABLE`, and `STORE.stamp_head` for a whole
    /// store): how many values that are. Told first, so that nothing is accepted that nobody was told of.
    ///
    /// # Errors
    /// [`AcceptError`].
    pub async fn accept(&self, scope: &Scope, names: &BTreeSet<String>, reason: &str) -> Result<u64, AcceptError> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
            return Err(AcceptError::Reason);
        }
        let asked = asked(self.stores.mapped()?, names)?;
        let mut accepted = 0;
        {
            let _alone = self.settling.lock().await;
            let mut heads = Vec::with_capacity(asked.len());
            for one in &asked {
                heads.push(self.head_to_accept(scope, one).await?);
            }
            self.tell_accepted(scope, names, reason).await?;
            for (one, (head, told)) in asked.iter().zip(heads) {
                accepted += self.accept_tables(scope, one, head, told).await?;
            }
        }
        self.settle(scope).await?;
        Ok(accepted)
    }

    /// The head, as far as it is believed, and which generation the ledger was told.
    async fn head_to_accept(&self, scope: &Scope, asked: &Asked) -> Result<(Option<StampHead>, i64), AcceptError> {
        let told = self.told(scope).await?.and_then(|told| told.of_store(asked.store).map(|store| store.generation)).unwrap_or_default();
        let head = match self.head(scope, asked.store).await {
            Ok(head) => head.filter(|head| head.generation >= told),
            // One that was altered is as good as none.
            Err(StoreError::Corrupt(_) | StoreError::Key(kernel::KeyError::Altered { .. })) => None,
            Err(error) => return Err(error.into()),
        };
        if head.is_none() && !asked.is_whole {
            return Err(AcceptError::WholeStore { store: store_name(asked.store) });
        }
        Ok((head, told))
    }

    async fn tell_accepted(&self, scope: &Scope, names: &BTreeSet<String>, reason: &str) -> Result<(), StoreError> {
        let entry = |payload| LeafEntry { kind: LeafKind::StoresAccepted, subject: None, payload };
        let of_instance = entry(json!({ "tenant": scope.tenant().to_string(), "tables": names, "reason": reason }));
        let (keys, actor) = (self.trust.keyring(), Actor::System(SystemWork::HostAdministration));
        let tell = move |tx: &mut Tx<'_>| record_instance(tx, &*keys, actor, of_instance.clone()).map(|_| ());
        self.stores.system().write(tell).await?;
        let (keys, of, of_tenant) = (self.trust.keyring(), scope.clone(), entry(json!({ "tables": names, "reason": reason })));
        self.stores.tenant(scope).write(move |tx| record(tx, &*keys, &of, of_tenant.clone()).map(|_| ())).await
    }

    async fn accept_tables(&self, scope: &Scope, asked: &Asked, known: Option<StampHead>, told: i64) -> Result<u64, StoreError> {
        let (tenant, store) = (scope.tenant(), asked.store);
        let numbers: BTreeSet<u16> = asked.tables.iter().map(|table| table.map().number).collect();
        let begun = self.write(scope, store, move |tx| tx.begin_accepting(tenant, known.clone(), told, &numbers)).await?;
        self.stores.stamps_settled(store, tenant, begun.generation);
        let mut accepting = Adopting::default();
        for table in &asked.tables {
            let number = table.map().number;
            self.write(scope, store, move |tx| tx.clear_stamps(tenant, number)).await?;
            if !self.adopt_table(scope, table, &mut accepting).await? {
                return Err(StoreError::Unavailable("the server ends; accept again when it serves".into()));
            }
        }
        let accepted = accepting.adopted();
        self.write(scope, store, move |tx| tx.end_accepting(tenant, &begun, &accepting)).await?;
        Ok(accepted)
    }
}

fn asked(mapped: &'static [MappedTable], names: &BTreeSet<String>) -> Result<Vec<Asked>, AcceptError> {
    let mut asked = Vec::new();
    let mut known = BTreeSet::new();
    for store in STAMPED {
        let whole = format!("{}.{WHOLE}", store_name(store));
        let is_whole = names.contains(&whole);
        known.insert(whole);
        let tables: Vec<_> = stamped_tables(mapped, store).collect();
        known.extend(tables.iter().map(|table| table_name(table)));
        let tables: Vec<_> = tables.into_iter().filter(|table| is_whole || names.contains(&table_name(table))).collect();
        if !tables.is_empty() {
            asked.push(Asked { store, is_whole, tables });
        }
    }
    match names.iter().find(|name| !known.contains(*name)) {
        Some(name) => Err(AcceptError::NoSuchTable { name: name.clone() }),
        None => Ok(asked),
    }
}
