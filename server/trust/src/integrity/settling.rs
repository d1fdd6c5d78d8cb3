//! Settles what transactions have stamped (`store::stamps`) and tells the tenant's ledger what it came to: from then on, stamps
//! that are put back together with their rows are found as well.
//!
//! One leaf tells of both stores that hold stamps. It is written after they are settled; cut off in between, a head is ahead of what
//! was told, which it may be, for it lies sealed; one that is behind was put back. It says whose log it is in, so that the leaves
//! of an imported ledger, which tell of another installation's stamps, count for nothing.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use kernel::{KeyError, Scope, SystemWork, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::stamps::{Adopting, Settling, StampHead, is_stamped};
use store::{MappedTable, StoreError, StoreKind, Tx, params};

use super::Integrity;
use crate::data_map::place;
use crate::export::plan::store_name;
use crate::ledger::gather::{GATHER, GATHERED_AT_ONCE};
use crate::ledger::{LeafEntry, LeafKind, Stored, Whose, record};
use crate::store as sql;
use seal::hex;

/// The stores that hold stamps.
pub(super) const STAMPED: [StoreKind; 2] = [StoreKind::Identity, StoreKind::Tenant];
/// Leaves among which the newest of this installation is looked for.
const LOOKED_AT: i64 = 16;

/// What the ledger was told of the stamps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    /// The name of the log.
    origin: String,
    /// By the store's name.
    stores: BTreeMap<String, ToldOfStore>,
}

/// What it was told of one store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ToldOfStore {
    /// Counts the settlings.
    pub(super) generation: i64,
    /// Values that had no stamp when stamps were begun.
    adopted: u64,
    /// The table's number, its stamps, and their sum.
    tables: Vec<(u16, u64, String)>,
}

impl ToldOfStore {
    fn of(head: &StampHead) -> Self {
        let tables = head.sums.iter().map(|(table, sum)| (*table, sum.stamps, hex::encode(&sum.value))).collect();
        Self { generation: head.generation, adopted: head.adopted, tables }
    }

    /// Whether this says anything that the other does not: where checkpoints were gathered is written after each telling.
    fn is_news_to(&self, other: Option<&Self>) -> bool {
        let of_all_but_gathered = |told: &Self| -> Vec<(u16, u64, String)> {
            told.tables.iter().filter(|(table, ..)| *table != place::LEDGER_GATHERED).cloned().collect()
        };
        other.is_none_or(|other| of_all_but_gathered(self) != of_all_but_gathered(other))
    }
}

impl Told {
    pub(super) fn of_store(&self, store: StoreKind) -> Option<&ToldOfStore> {
        self.stores.get(store_name(store))
    }

    fn generations(&self) -> i64 {
        self.stores.values().map(|told| told.generation).fold(0, i64::saturating_add)
    }
}

impl Integrity {
    /// Settles the stamps of tenants whose ledgers have grown: how many tenants there were.
    ///
    /// # Errors
    /// The store's. One tenant's failure is logged and stops no other.
    pub async fn settle_step(&self) -> Result<usize, StoreError> {
        let tenants = self.stores.marks().tenants_with(GATHER, GATHERED_AT_ONCE).await?;
        for tenant in &tenants {
            if self.is_stopping() {
                break;
            }
            self.settle_or_say(*tenant).await;
        }
        Ok(tenants.len())
    }

    /// Begins stamps where there are none yet, of every tenant: what lies there is taken as it is. How many tenants that was.
    ///
    /// # Errors
    /// As [`Integrity::settle_step`].
    pub async fn adopt_step(&self) -> Result<usize, StoreError> {
        let mut adopted = 0;
        for tenant in self.stores.tenants().await? {
            if self.is_stopping() {
                break;
            }
            let scope = self.mint.system(tenant, SystemWork::Reconciler);
            let has_head = match self.has_heads(&scope).await {
                Err(StoreError::NotFound | StoreError::Key(KeyError::Missing)) => continue,
                // It is said when it is settled.
                other => other.unwrap_or(false),
            };
            if !has_head {
                self.settle_or_say(tenant).await;
                adopted += 1;
            }
        }
        Ok(adopted)
    }

    /// Nothing is settled any more: what is under way ends with the transaction that it is in. At the next start settling goes on,
    /// and adopting begins anew.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::SeqCst);
    }

    fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::SeqCst)
    }

    async fn settle_or_say(&self, tenant: TenantId) {
        let scope = self.mint.system(tenant, SystemWork::Reconciler);
        match self.settle(&scope).await {
            // It is being erased.
            Ok(()) | Err(StoreError::NotFound | StoreError::Key(KeyError::Missing)) => {}
            Err(error) => tracing::error!(tenant.id = %tenant, error = %error, "a tenant's stamps cannot be settled"),
        }
    }

    async fn has_heads(&self, scope: &Scope) -> Result<bool, StoreError> {
        for store in STAMPED {
            if self.head(scope, store).await?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Settles a tenant's stamps and tells its ledger, where anything has changed. What is not as the ledger was told stays as it
    /// is, for [`Integrity::check`] to name.
    ///
    /// # Errors
    /// The store's and the keyring's.
    pub async fn settle(&self, scope: &Scope) -> Result<(), StoreError> {
        let _alone = self.settling.lock().await;
        let told = self.told(scope).await?;
        let mut stores = BTreeMap::new();
        for store in STAMPED {
            let said = told.as_ref().and_then(|told| told.of_store(store));
            let Some(head) = self.settle_store(scope, store, said).await? else { return Ok(()) };
            stores.insert(store_name(store).to_owned(), ToldOfStore::of(&head));
        }
        let is_news = stores.iter().any(|(store, new)| new.is_news_to(told.as_ref().and_then(|told| told.stores.get(store))));
        if is_news {
            self.tell(scope, Told { origin: self.trust.log_origin(Some(scope.tenant())), stores }).await?;
        }
        Ok(())
    }

    async fn tell(&self, scope: &Scope, told: Told) -> Result<(), StoreError> {
        let (keys, of) = (self.trust.keyring(), scope.clone());
        let payload = serde_json::to_value(&told).map_err(|error| StoreError::Misuse(error.to_string()))?;
        let write = move |tx: &mut Tx<'_>| {
            let entry = LeafEntry { kind: LeafKind::StoresSettled, subject: None, payload: payload.clone() };
            record(tx, &*keys, &of, entry).map(|_| ())
        };
        self.stores.tenant(scope).write(write).await
    }

    /// What the ledger was told last. Two settlings may lie in one microsecond, and a clock may be set back: generations only grow.
    pub(super) async fn told(&self, scope: &Scope) -> Result<Option<Told>, StoreError> {
        let (keys, tenant, origin) = (self.trust.keyring(), scope.tenant(), self.trust.log_origin(Some(scope.tenant())));
        let read = move |tx: &mut Tx<'_>| {
            let mut last: Option<Told> = None;
            for row in tx.query(&sql::NEWEST_OF_KIND, &params![tenant, LeafKind::StoresSettled.text(), LOOKED_AT])? {
                let Some((_, entry)) = Stored::of(&row, Whose::Tenants(tenant))?.open(&*keys)? else { continue };
                let payload = entry.get("payload").cloned().unwrap_or(json!(null));
                let told: Told = serde_json::from_value(payload).map_err(|_| StoreError::Corrupt("a leaf about stamps".into()))?;
                if told.origin == origin && last.as_ref().is_none_or(|last| last.generations() < told.generations()) {
                    last = Some(told);
                }
            }
            Ok(last)
        };
        self.stores.tenant(scope).read(read).await
    }

    pub(super) async fn head(&self, scope: &Scope, store: StoreKind) -> Result<Option<StampHead>, StoreError> {
        let tenant = scope.tenant();
        let read = move |tx: &mut Tx<'_>| tx.stamp_head(tenant);
        match store {
            StoreKind::Tenant => self.stores.tenant(scope).read(read).await,
            _ => self.stores.identity().read(read).await,
        }
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        scope: &Scope,
        store: StoreKind,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match store {
            StoreKind::Tenant => self.stores.tenant(scope).write(work).await,
            _ => self.stores.identity().write(work).await,
        }
    }

    /// What a store's stamps are once they are settled; nothing where they are behind what the ledger was told, or the server ends.
    async fn settle_store(&self, scope: &Scope, store: StoreKind, said: Option<&ToldOfStore>) -> Result<Option<StampHead>, StoreError> {
        let tenant = scope.tenant();
        let mut head = match (self.head(scope, store).await?, said) {
            (None, None) => match self.adopt(scope, store).await? {
                Some(head) => head,
                None => return Ok(None),
            },
            (Some(head), said) if said.is_none_or(|said| said.generation <= head.generation) => head,
            _ => {
                tracing::error!(tenant.id = %tenant, store = store_name(store), "stamps were put back: run `purser verify store`");
                return Ok(None);
            }
        };
        let (mut step, mut refused) = (Some(Settling::default()), 0);
        while let Some(settling) = step {
            if self.is_stopping() {
                return Ok(None);
            }
            let settled = self.write(scope, store, move |tx| tx.settle_stamps(tenant, settling)).await?;
            let Some(settled) = settled else { return Ok(None) };
            self.stores.stamps_settled(store, tenant, settled.head.generation);
            refused += settled.refused;
            (head, step) = (settled.head, settled.next);
        }
        if refused > 0 {
            tracing::error!(tenant.id = %tenant, store = store_name(store), refused, "stamps are not ours: run `purser verify store`");
        }
        Ok(Some(head))
    }

    /// None where the server ends meanwhile.
    async fn adopt(&self, scope: &Scope, store: StoreKind) -> Result<Option<StampHead>, StoreError> {
        let tenant = scope.tenant();
        let mut adopting = self.write(scope, store, move |tx| tx.begin_adopting(tenant)).await?;
        for table in stamped_tables(self.stores.mapped()?, store) {
            if !self.adopt_table(scope, table, &mut adopting).await? {
                return Ok(None);
            }
        }
        let head = self.write(scope, store, move |tx| tx.end_adopting(tenant, &adopting)).await?;
        self.stores.stamps_settled(store, tenant, head.generation);
        Ok(Some(head))
    }

    /// Stamps what lies in a table and has no stamp: whether all of it, for the server may end meanwhile.
    pub(super) async fn adopt_table(
        &self,
        scope: &Scope,
        table: &'static MappedTable,
        adopting: &mut Adopting,
    ) -> Result<bool, StoreError> {
        let (tenant, mut last) = (scope.tenant(), None);
        while !self.is_stopping() {
            let after = last.clone();
            let some = self.write(scope, table.map().store, move |tx| tx.adopt_rows(tenant, table, after.as_ref())).await?;
            let Some((row, sum)) = some else { return Ok(true) };
            adopting.count(table, sum);
            last = Some(row);
        }
        Ok(false)
    }
}

/// The tables of a store that have stamped columns.
pub(super) fn stamped_tables(tables: &'static [MappedTable], store: StoreKind) -> impl Iterator<Item = &'static MappedTable> {
    tables.iter().filter(move |table| {
        let map = table.map();
        map.store == store && map.columns.iter().any(|column| is_stamped(map, column.storage))
    })
}
