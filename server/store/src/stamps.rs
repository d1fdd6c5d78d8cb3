//! Stamps: which seal is the newest of each sealed place, so that a row that is put back to an older state, validly sealed as it
//! was, is named.
//!
//! A sealed value is bound to its place, but not to its time: an older one opens there as well as the newest. So whatever statement
//! writes a sealed column, the transaction that runs it also writes a stamp of the place: the end of the seal, which has its tag, with a MAC
//! under a key of the tenant. No caller does it or can leave it out: [`Tx::execute`](crate::Tx::execute) knows by statement
//! and data map which places a statement writes (`plan`), asks the engine which rows it changed (`RETURNING`), and puts
//! the stamps in before the commit. A row that is deleted leaves a stamp without a tag until the next settling.
//!
//! ```text
//! fresh_stamp   written with the rows; a MAC over place, tag and generation
//! stamp         settled: what was fresh at the last settling and is not overwritten since
//! stamp_head    sealed: the generation, and for each table how many settled stamps there are and what they sum up to
//! ```
//!
//! Whoever puts rows back and their stamps too is found by the sum: each settling takes what was fresh into `stamp`, counts the
//! generation up, and its caller tells the tenant's ledger. The sum is over a keyed hash of each stamp, added modulo 2^256
//! (MSet-Add-Hash, Clarke et al. 2003); it lies sealed, and no summand lies anywhere, so that nobody without the key can make another set
//! of the same sum. A fresh stamp counts as forged where it is from a generation before the one that is settled in its place, or more
//! than [`GENERATIONS_BACK`] old. So what is not found is a row that was put back with its fresh stamp to what was settled last or to
//! what was written in the same generation as the newest, and before that many settlings have passed.
//!
//! Stamped is what lies sealed under a key of a tenant, device or user in the tenants' stores and in the identity store, in rows that
//! their data map's `bound_to` tells apart. The ledger's entries are not, its tree says more; what is transient is not; the system
//! store, the keyring and the intake log have nothing of the kind.

mod accept;
mod look;
mod plan;
mod settle;
mod sql;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use kernel::data_map::{Storage, StoreKind, Table};
use kernel::{KeyError, KeyRef, KeyRing, TenantId};
use seal::hash::hmac_sha256;
use zeroize::Zeroizing;

use crate::schema::Schema;
use crate::tx::Tx;
use crate::{StoreError, Value, params};

pub use self::look::{Newest, StampProblem, StampedPlace, StampsSeen};
pub(crate) use self::plan::Plan;
pub use self::settle::{Adopting, SETTLED_AT_ONCE, Settled, Settling, StampHead, Sum};
pub(crate) use self::sql::{IDENTITY_STATEMENTS, TENANT_STATEMENTS};

/// Bytes of a seal's end that a stamp holds: the tag of AES-GCM, and as much before it; a digest's length, as the doctor expects of
/// a column that holds digests.
pub const TAG_BYTES: usize = 32;
/// How many generations old a fresh stamp may be: its transaction may have begun before a settling that was done when it ended.
pub const GENERATIONS_BACK: i64 = 2;
/// What the keys are made for.
const MAC_PURPOSE: &str = "row stamp";
const SUM_PURPOSE: &str = "row stamp sum";

/// Whether the values of a column are stamped.
#[must_use]
pub fn is_stamped(table: &Table, storage: Storage) -> bool {
    let is_of_tenants = matches!(table.store, StoreKind::Tenant | StoreKind::Identity);
    let is_lasting = table.retention.is_lasting() && table.bound_to.is_some();
    let has_tenant = table.columns.iter().any(|column| column.name == "tenant_id");
    is_of_tenants && is_lasting && has_tenant && matches!(storage, Storage::SealedTenant | Storage::SealedDevice | Storage::SealedUser)
}

/// The end of a sealed value.
#[must_use]
pub fn tag_of(sealed: &[u8]) -> &[u8] {
    sealed.last_chunk::<TAG_BYTES>().map_or(sealed, <[u8; TAG_BYTES]>::as_slice)
}

/// Where a stamped value lies, in one store and of one tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StampPlace {
    /// The table's number.
    pub table: u16,
    /// The number in the column that the row's values are bound to.
    pub row: i64,
    /// The column's number.
    pub column: u16,
}

/// Before every place: tables are numbered from 100 on.
const BEFORE_ALL: StampPlace = StampPlace { table: 0, row: i64::MIN, column: 0 };

/// A stamp as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    place: StampPlace,
    generation: i64,
    tag: Option<Vec<u8>>,
    mac: Vec<u8>,
}

impl Stamp {
    /// What is hashed of it.
    fn text(&self, store: StoreKind) -> Vec<u8> {
        let (is_there, tag): (u8, &[u8]) = self.tag.as_ref().map_or((0, &[]), |tag| (1, tag));
        let of_identity = u8::from(store == StoreKind::Identity);
        [
            &[of_identity, is_there][..],
            &self.place.table.to_be_bytes(),
            &self.place.row.to_be_bytes(),
            &self.place.column.to_be_bytes(),
            &self.generation.to_be_bytes(),
            tag,
        ]
        .concat()
    }
}

/// What the stamps of one tenant are made with.
pub(crate) struct StampKey {
    store: StoreKind,
    mac: Zeroizing<[u8; 32]>,
    sum: Zeroizing<[u8; 32]>,
}

impl StampKey {
    /// None where the tenant has no key (any more): nothing that it had opens then.
    fn of(keys: &dyn KeyRing, store: StoreKind, tenant: TenantId) -> Result<Option<Self>, StoreError> {
        let derived = |purpose| keys.blind_index(KeyRef::Tenant(tenant), purpose, &[]).map(Zeroizing::new);
        match derived(MAC_PURPOSE).and_then(|mac| Ok((mac, derived(SUM_PURPOSE)?))) {
            Ok((mac, sum)) => Ok(Some(Self { store, mac, sum })),
            Err(KeyError::Missing) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn stamp(&self, place: StampPlace, generation: i64, tag: Option<Vec<u8>>) -> Stamp {
        let mut stamp = Stamp { place, generation, tag, mac: Vec::new() };
        stamp.mac = self.mac_of(&stamp).to_vec();
        stamp
    }

    fn mac_of(&self, stamp: &Stamp) -> [u8; 32] {
        hmac_sha256(self.mac.as_slice(), &[&stamp.text(self.store)])
    }

    fn is_ours(&self, stamp: &Stamp) -> bool {
        stamp.mac == self.mac_of(stamp)
    }

    /// What the stamp adds to its table's sum.
    fn summand(&self, stamp: &Stamp) -> [u8; 32] {
        hmac_sha256(self.sum.as_slice(), &[&stamp.text(self.store)])
    }
}

/// A table with stamped columns.
#[derive(Debug)]
struct Stamped {
    store: StoreKind,
    name: &'static str,
    number: u16,
    bound_to: &'static str,
    columns: Vec<(&'static str, u16)>,
}

/// What every transaction of one opening of the stores knows of stamps.
#[derive(Default)]
pub(crate) struct Stamps {
    keys: RwLock<Option<Arc<dyn KeyRing>>>,
    tables: Vec<Stamped>,
    /// By the address of the statement: statements are static and few.
    plans: RwLock<HashMap<usize, Option<&'static Plan>>>,
    generations: RwLock<HashMap<(StoreKind, TenantId), i64>>,
}

impl std::fmt::Debug for Stamps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stamps")
    }
}

impl Stamps {
    pub(crate) fn of(schemas: &[Schema]) -> Self {
        let tables = schemas.iter().flat_map(|schema| schema.tables).filter_map(|table| {
            let stamped = table.columns.iter().filter(|column| is_stamped(table, column.storage));
            let columns: Vec<_> = stamped.map(|column| (column.name, column.number)).collect();
            let Table { name, number, store, bound_to, .. } = *table;
            bound_to.filter(|_| !columns.is_empty()).map(|bound_to| Stamped { store, name, number, bound_to, columns })
        });
        Self { tables: tables.collect(), ..Self::default() }
    }

    pub(crate) fn set_keys(&self, keys: Arc<dyn KeyRing>) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(keys);
    }

    fn has_keys(&self) -> bool {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn keys(&self) -> Option<Arc<dyn KeyRing>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn known_generation(&self, store: StoreKind, tenant: TenantId) -> Option<i64> {
        self.generations.read().unwrap_or_else(PoisonError::into_inner).get(&(store, tenant)).copied()
    }

    /// It never goes back, whoever has read an older one meanwhile: of two stamps of one place the later one must not look like the older.
    pub(crate) fn know_generation(&self, store: StoreKind, tenant: TenantId, generation: i64) {
        let mut generations = self.generations.write().unwrap_or_else(PoisonError::into_inner);
        let known = generations.entry((store, tenant)).or_insert(generation);
        *known = generation.max(*known);
    }
}

/// What a transaction has written and not yet stamped, in the order in which the stamps go in: two transactions that write the same rows
/// wait for each other, and for nothing else.
pub(crate) type Unstamped = BTreeMap<(TenantId, StampPlace), Option<Vec<u8>>>;

impl Tx<'_> {
    /// Notes what a statement has written, as its plan's `RETURNING` told it.
    pub(crate) fn note_written(&mut self, plan: &Plan, written: Vec<crate::Row>) -> Result<(), StoreError> {
        for mut row in written {
            let (tenant, number): (TenantId, i64) = (row.get(0)?, row.get(1)?);
            for (column, index) in plan.columns.iter().zip(2..) {
                let tag: Option<Vec<u8>> = if plan.is_deleting { None } else { row.take(index)? };
                self.unstamped.insert((tenant, StampPlace { table: plan.table, row: number, column: *column }), tag);
            }
        }
        Ok(())
    }

    /// Stamps what was written, as the last thing before the commit.
    pub(crate) fn put_stamps(&mut self) -> Result<(), StoreError> {
        let unstamped = std::mem::take(&mut self.unstamped);
        let Some(keys) = self.stamps().keys().filter(|_| !unstamped.is_empty()) else { return Ok(()) };
        let store = self.store();
        let mut of: Option<(TenantId, Option<StampKey>, i64)> = None;
        let mut rows = Vec::with_capacity(unstamped.len());
        for ((tenant, place), tag) in unstamped {
            if of.as_ref().is_none_or(|(known, ..)| *known != tenant) {
                of = Some((tenant, StampKey::of(&*keys, store, tenant)?, self.generation_of(tenant)?));
            }
            // Of a tenant that is erased nothing is stamped any more.
            if let Some((_, Some(key), generation)) = &of {
                rows.push(row_of(tenant, &key.stamp(place, *generation, tag)));
            }
        }
        self.execute_many(sql::of(store).put_fresh, rows).map(|_| ())
    }

    fn generation_of(&mut self, tenant: TenantId) -> Result<i64, StoreError> {
        let store = self.store();
        if let Some(known) = self.stamps().known_generation(store, tenant) {
            return Ok(known);
        }
        let generation = self.query_optional(sql::of(store).generation, &params![tenant])?.map_or(Ok(0), |row| row.get(0))?;
        self.stamps().know_generation(store, tenant, generation);
        Ok(generation)
    }

    /// The key of a tenant's stamps.
    fn stamp_key(&self, tenant: TenantId) -> Result<StampKey, StoreError> {
        let keys = self.stamps().keys().ok_or_else(|| StoreError::Misuse("the stores have no keyring to stamp with".into()))?;
        StampKey::of(&*keys, self.store(), tenant)?.ok_or(StoreError::Key(KeyError::Missing))
    }
}

/// A stamp's columns.
fn row_of(tenant: TenantId, stamp: &Stamp) -> [Value; 7] {
    let StampPlace { table, row, column } = stamp.place;
    params![tenant, table, row, column, stamp.generation, stamp.tag.clone(), &stamp.mac]
}
