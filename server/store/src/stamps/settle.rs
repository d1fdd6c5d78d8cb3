//! Settling: what was stamped freshly is taken into the settled stamps and into their sum.

use std::collections::{BTreeMap, HashSet};

use kernel::{KeyRef, Place, TenantId};
use seal::hex;
use serde::{Deserialize, Serialize};

use super::look::{Compared, stamp_at};
use super::{BEFORE_ALL, GENERATIONS_BACK, Stamp, StampKey, StampPlace, is_stamped, row_of, sql, tag_of};
use crate::mapped::MappedTable;
use crate::tx::Tx;
use crate::value::Row;
use crate::{StoreError, StoreKind, data_map, params};

/// Stamps that one transaction settles.
pub const SETTLED_AT_ONCE: usize = 2_000;
/// Rows that one transaction stamps while they are adopted.
const ADOPTED_AT_ONCE: usize = 500;
/// Fresh stamps that are read at once while rows are adopted; where there are as many between a page's rows, each row is asked for.
const FRESH_AT_ONCE: i64 = 10_000;

/// The settled stamps of one table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub stamps: u64,
    /// Their keyed hashes, added modulo 2^256; the first byte is the highest.
    pub value: [u8; 32],
}

impl Sum {
    pub(super) fn add(&mut self, summand: &[u8; 32]) {
        self.stamps = self.stamps.wrapping_add(1);
        let mut carry = false;
        for (mine, theirs) in self.value.iter_mut().zip(summand).rev() {
            let (sum, over) = mine.overflowing_add(*theirs);
            let (sum, over_again) = sum.overflowing_add(u8::from(carry));
            (*mine, carry) = (sum, over || over_again);
        }
    }

    fn take(&mut self, summand: &[u8; 32]) {
        self.stamps = self.stamps.wrapping_sub(1);
        let mut borrow = false;
        for (mine, theirs) in self.value.iter_mut().zip(summand).rev() {
            let (rest, under) = mine.overflowing_sub(*theirs);
            let (rest, under_again) = rest.overflowing_sub(u8::from(borrow));
            (*mine, borrow) = (rest, under || under_again);
        }
    }
}

/// What the settled stamps of a tenant are, in one store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StampHead {
    /// Counts the settlings that changed something.
    pub generation: i64,
    /// Values that had no stamp when stamps were begun: nothing is known of what they were before.
    pub adopted: u64,
    /// The sum of each table that has any, by its number.
    pub sums: BTreeMap<u16, Sum>,
}

/// A head as it is sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    generation: i64,
    adopted: u64,
    sums: Vec<(u16, u64, String)>,
}

/// What a settling came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// What the settled stamps are now.
    pub head: StampHead,
    /// Fresh stamps that were settled.
    pub settled: usize,
    /// Fresh stamps that are forged, or stand in the place of a forged one: they stay, and verification names them.
    pub refused: usize,
    /// How to go on; none where all are settled.
    pub next: Option<Settling>,
}

/// How far one settling has come. It counts one generation, at its end, however many transactions it takes: one that is cut off
/// makes no fresh stamp older.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settling {
    after: Option<StampPlace>,
    has_settled: bool,
}

/// Values that were there before stamps were: they are stamped table by table.
#[derive(Debug, Default)]
pub struct Adopting {
    pub(super) head: StampHead,
}

fn head_place(store: StoreKind, tenant: TenantId) -> Place {
    let table = if store == StoreKind::Identity { data_map::IDENTITY_STAMP_HEAD } else { data_map::STAMP_HEAD };
    Place { table: table.number, column: data_map::STAMP_HEAD_SEALED, row: tenant.number() }
}

impl Tx<'_> {
    /// What a tenant's settled stamps are; none before the first settling.
    ///
    /// # Errors
    /// [`StoreError::Key`] where it does not open; [`StoreError::Corrupt`].
    pub fn stamp_head(&mut self, tenant: TenantId) -> Result<Option<StampHead>, StoreError> {
        let store = self.store();
        let Some(row) = self.query_optional(sql::of(store).head, &params![tenant])? else { return Ok(None) };
        let broken = || StoreError::Corrupt("the head of a tenant's stamps is not of its type".into());
        let keys = self.stamps().keys().ok_or_else(|| StoreError::Misuse("the stores have no keyring to stamp with".into()))?;
        let plain = keys.open(KeyRef::Tenant(tenant), head_place(store, tenant), &row.get::<Vec<u8>>(1)?)?;
        let sealed: Sealed = serde_json::from_slice(&plain).map_err(|_| broken())?;
        let mut head = StampHead { generation: sealed.generation, adopted: sealed.adopted, sums: BTreeMap::new() };
        for (table, stamps, value) in sealed.sums {
            head.sums.insert(table, Sum { stamps, value: hex::decode(&value).ok_or_else(broken)? });
        }
        if head.generation == row.get::<i64>(0)? { Ok(Some(head)) } else { Err(broken()) }
    }

    pub(super) fn put_stamp_head(&mut self, tenant: TenantId, head: &StampHead) -> Result<(), StoreError> {
        let store = self.store();
        let sums = head.sums.iter().map(|(table, sum)| (*table, sum.stamps, hex::encode(&sum.value))).collect();
        let sealed = Sealed { generation: head.generation, adopted: head.adopted, sums };
        let plain = serde_json::to_vec(&sealed).map_err(|error| StoreError::Misuse(error.to_string()))?;
        let keys = self.stamps().keys().ok_or_else(|| StoreError::Misuse("the stores have no keyring to stamp with".into()))?;
        let sealed = keys.seal(KeyRef::Tenant(tenant), head_place(store, tenant), &plain)?;
        self.execute(sql::of(store).put_head, &params![tenant, head.generation, sealed]).map(|_| ())
    }

    /// Settles up to [`SETTLED_AT_ONCE`] of a tenant's fresh stamps; none where there is no head yet. Afterwards
    /// [`Stores::stamps_settled`](crate::Stores::stamps_settled) is called with what it came to.
    ///
    /// # Errors
    /// The store's and the keyring's.
    pub fn settle_stamps(&mut self, tenant: TenantId, settling: Settling) -> Result<Option<Settled>, StoreError> {
        let Some(mut head) = self.stamp_head(tenant)? else { return Ok(None) };
        let (sql, key) = (sql::of(self.store()), self.stamp_key(tenant)?);
        let StampPlace { table, row, column } = settling.after.unwrap_or(BEFORE_ALL);
        let found = self.query(sql.fresh_after, &params![tenant, table, row, column, SETTLED_AT_ONCE as i64])?;
        let (mut put, mut gone, mut settled, mut refused) = (Vec::new(), Vec::new(), Vec::new(), 0);
        let mut next = settling;
        for row in &found {
            let fresh = stamp_at(row, 0)?;
            next.after = Some(fresh.place);
            let was = settled_before(row, fresh.place)?;
            let is_sound = key.is_ours(&fresh) && fresh.generation >= head.generation - GENERATIONS_BACK;
            if !is_sound || was.as_ref().is_some_and(|was| !key.is_ours(was) || fresh.generation < was.generation) {
                refused += 1;
                continue;
            }
            let StampPlace { table, row, column } = fresh.place;
            let place = params![tenant, table, row, column];
            let sum = head.sums.entry(table).or_default();
            if let Some(was) = &was {
                sum.take(&key.summand(was));
            }
            if fresh.tag.is_some() {
                sum.add(&key.summand(&fresh));
                put.push(row_of(tenant, &fresh));
            } else if was.is_some() {
                gone.push(place.clone());
            }
            settled.push(place);
        }
        let is_last = found.len() < SETTLED_AT_ONCE;
        let count = settled.len();
        next.has_settled |= count > 0;
        let counts_up = is_last && next.has_settled;
        if count > 0 || counts_up {
            head.sums.retain(|_, sum| *sum != Sum::default());
            head.generation += i64::from(counts_up);
            self.execute_many(sql.put, put)?;
            self.execute_many(sql.delete, gone)?;
            self.execute_many(sql.delete_fresh, settled)?;
            self.put_stamp_head(tenant, &head)?;
        }
        Ok(Some(Settled { head, settled: count, refused, next: (!is_last).then_some(next) }))
    }

    /// Begins to stamp what was there before stamps were.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it was done already; the store's.
    pub fn begin_adopting(&mut self, tenant: TenantId) -> Result<Adopting, StoreError> {
        if self.query_optional(sql::of(self.store()).generation, &params![tenant])?.is_some() {
            return Err(StoreError::Conflict { constraint: "a tenant's rows were stamped already".into() });
        }
        // An attempt that was cut off may have left some.
        self.execute(sql::of(self.store()).delete_all, &params![tenant])?;
        Ok(Adopting::default())
    }

    /// Stamps the values of some rows of a table after one of them that have no stamp: the last of these rows, and what it adds; none
    /// where there are no more.
    ///
    /// # Errors
    /// The store's and the keyring's.
    pub fn adopt_rows(
        &mut self,
        tenant: TenantId,
        table: &'static MappedTable,
        after: Option<&Row>,
    ) -> Result<Option<(Row, Sum)>, StoreError> {
        let (sql, key) = (sql::of(self.store()), self.stamp_key(tenant)?);
        let page = table.page(self, kernel::Subject::Tenant(tenant), after, ADOPTED_AT_ONCE)?;
        let (mut sum, mut stamped) = (Sum::default(), Vec::new());
        let bound_to = table.map().bound_to.unwrap_or_default();
        let number_of = |row: &Row| table.place_of(bound_to).map_or(Err(StoreError::NotFound), |place| row.get(place));
        let numbers = page.iter().map(number_of).collect::<Result<Vec<i64>, _>>()?;
        let fresh = self.fresh_places(tenant, table, &numbers)?;
        for (row, number) in page.iter().zip(numbers) {
            for (column, sealed) in stamped_values(table, row)? {
                if !fresh.contains(&(number, column)) {
                    let place = StampPlace { table: table.map().number, row: number, column };
                    let stamp = key.stamp(place, 0, Some(tag_of(&sealed).to_vec()));
                    sum.add(&key.summand(&stamp));
                    stamped.push(row_of(tenant, &stamp));
                }
            }
        }
        self.execute_many(sql.put, stamped)?;
        Ok(page.into_iter().next_back().map(|last| (last, sum)))
    }

    /// Which places of these rows have a fresh stamp. Rows of a page have neighbouring numbers, as a rule: then one question is enough.
    fn fresh_places(&mut self, tenant: TenantId, table: &MappedTable, numbers: &[i64]) -> Result<HashSet<(i64, u16)>, StoreError> {
        let (sql, number) = (sql::of(self.store()), table.map().number);
        let (Some(first), Some(last)) = (numbers.iter().min(), numbers.iter().max()) else { return Ok(HashSet::new()) };
        let place_of = |row: &Row| Ok::<_, StoreError>((row.get(0)?, row.get(1)?));
        let found = self.query(sql.fresh_between, &params![tenant, number, *first, *last, FRESH_AT_ONCE])?;
        if found.len() < usize::try_from(FRESH_AT_ONCE).unwrap_or(usize::MAX) {
            return found.iter().map(place_of).collect();
        }
        let mut places = HashSet::new();
        for row in numbers {
            for found in self.query(sql.fresh_between, &params![tenant, number, *row, *row, FRESH_AT_ONCE])? {
                places.insert(place_of(&found)?);
            }
        }
        Ok(places)
    }

    /// Ends it: from now on a value without a stamp is a finding.
    ///
    /// # Errors
    /// The store's and the keyring's.
    pub fn end_adopting(&mut self, tenant: TenantId, adopting: &Adopting) -> Result<StampHead, StoreError> {
        let head = StampHead { generation: 1, ..adopting.head.clone() };
        self.put_stamp_head(tenant, &head)?;
        Ok(head)
    }

    pub(super) fn newest_stamps(
        &mut self,
        key: &StampKey,
        (tenant, table, row): (TenantId, u16, i64),
        head: Option<&StampHead>,
    ) -> Result<Vec<(u16, Compared)>, StoreError> {
        let sql = sql::of(self.store());
        let of_row = params![tenant, table, row];
        let mut newest: BTreeMap<u16, Compared> = BTreeMap::new();
        let mut settled: BTreeMap<u16, i64> = BTreeMap::new();
        for found in self.query(sql.of_row, &of_row)? {
            let stamp = stamp_at(&found, 0)?;
            settled.insert(stamp.place.column, stamp.generation);
            newest.insert(stamp.place.column, Compared::of(key, &stamp, None));
        }
        for found in self.query(sql.fresh_of_row, &of_row)? {
            let stamp = stamp_at(&found, 0)?;
            // What was settled of the place was written before: it is of no later generation.
            let oldest = settled.get(&stamp.place.column).copied().max(head.map(|head| head.generation - GENERATIONS_BACK));
            newest.insert(stamp.place.column, Compared::of(key, &stamp, oldest));
        }
        Ok(newest.into_iter().collect())
    }
}

impl Adopting {
    /// How many values were stamped.
    #[must_use]
    pub const fn adopted(&self) -> u64 {
        self.head.adopted
    }

    /// Counts what was stamped of a table.
    pub fn count(&mut self, table: &MappedTable, sum: Sum) {
        if sum.stamps > 0 {
            let all = self.head.sums.entry(table.map().number).or_default();
            let stamps = all.stamps + sum.stamps;
            all.add(&sum.value);
            all.stamps = stamps;
            self.head.adopted += sum.stamps;
        }
    }
}

/// The stamped values of a row, by their columns' numbers.
pub(super) fn stamped_values(table: &MappedTable, row: &Row) -> Result<Vec<(u16, Vec<u8>)>, StoreError> {
    let mut values = Vec::new();
    for column in table.map().columns.iter().filter(|column| is_stamped(table.map(), column.storage)) {
        let Some(place) = table.place_of(column.name) else { continue };
        if let Some(sealed) = row.get::<Option<Vec<u8>>>(place)? {
            values.push((column.number, sealed));
        }
    }
    Ok(values)
}

/// The settled stamp that stands beside a fresh one.
fn settled_before(row: &Row, place: StampPlace) -> Result<Option<Stamp>, StoreError> {
    let Some(mac) = row.get::<Option<Vec<u8>>>(8)? else { return Ok(None) };
    Ok(Some(Stamp { place, generation: row.get(6)?, tag: row.get(7)?, mac }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_does_not_depend_on_the_order_and_what_is_taken_was_never_there() {
        let (one, other) = ([0xff; 32], [0x80; 32]);
        let (mut first, mut second) = (Sum::default(), Sum::default());
        first.add(&one);
        first.add(&other);
        second.add(&other);
        second.add(&one);
        assert_eq!((first, first.stamps), (second, 2));
        let mut expected = [0x80; 32];
        expected[31] = 0x7f;
        assert_eq!(first.value, expected, "all ones are minus one");
        first.take(&one);
        first.take(&other);
        assert_eq!(first, Sum::default());
    }
}
