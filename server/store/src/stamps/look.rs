//! Looks whether rows are what their stamps say.

use std::collections::{BTreeMap, HashSet};

use kernel::TenantId;

use super::settle::stamped_values;
use super::{BEFORE_ALL, Stamp, StampHead, StampKey, StampPlace, Sum, sql, tag_of};
use crate::mapped::MappedTable;
use crate::tx::Tx;
use crate::value::Row;
use crate::{StoreError, params};

/// Stamps that are read at a time.
const PAGE_STAMPS: usize = 1_000;

/// What the newest stamp of a place says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Newest {
    /// That a value with this end lies there.
    There(Vec<u8>),
    /// That nothing lies there.
    Gone,
}

/// A newest stamp, and whether it is one that we made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Compared {
    newest: Newest,
    is_forged: bool,
}

impl Compared {
    /// `oldest`: of which generation it must be at least, which is asked of a fresh one.
    pub(super) fn of(key: &StampKey, stamp: &Stamp, oldest: Option<i64>) -> Self {
        let is_old = oldest.is_some_and(|oldest| stamp.generation < oldest);
        let newest = stamp.tag.clone().map_or(Newest::Gone, Newest::There);
        Self { newest, is_forged: is_old || !key.is_ours(stamp) }
    }
}

/// What is wrong with a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StampProblem {
    /// Its value is an older one, or another, than the one that was written last.
    PutBack,
    /// There is a value where none was written, or where the last one was removed.
    Unknown,
    /// There is none where one was written.
    Removed,
    /// Its stamp was not made by this program, or is an old one.
    Forged,
}

/// A place that is not as its stamp says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StampedPlace {
    /// Which place.
    pub place: StampPlace,
    /// What is wrong with it.
    pub problem: StampProblem,
}

/// A look through a tenant's stamps in one store, within one reading transaction.
pub struct StampsSeen {
    tenant: TenantId,
    key: StampKey,
    head: Option<StampHead>,
    /// How many places of each table were seen for which a stamp says that a value lies there.
    seen: BTreeMap<u16, u64>,
    /// Values that were compared.
    pub compared: u64,
    /// Values that have no stamp yet, because stamps were not begun.
    pub unknown: u64,
}

impl StampsSeen {
    /// Begins a look.
    ///
    /// # Errors
    /// The store's; [`StoreError::Key`] where the tenant has no key, or its head does not open.
    pub fn begin(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Self, StoreError> {
        let head = tx.stamp_head(tenant)?;
        Ok(Self { tenant, key: tx.stamp_key(tenant)?, head, seen: BTreeMap::new(), compared: 0, unknown: 0 })
    }

    /// What the settled stamps are; none before the first settling.
    #[must_use]
    pub const fn head(&self) -> Option<&StampHead> {
        self.head.as_ref()
    }

    /// Compares a row's values with their stamps.
    ///
    /// # Errors
    /// The store's.
    pub fn row(&mut self, tx: &mut Tx<'_>, table: &'static MappedTable, row: &Row) -> Result<Vec<StampedPlace>, StoreError> {
        let values = stamped_values(table, row)?;
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let number = number_of(table, row)?;
        let stamps: BTreeMap<u16, Compared> =
            tx.newest_stamps(&self.key, (self.tenant, table.map().number, number), self.head.as_ref())?.into_iter().collect();
        let mut found = Vec::new();
        for (column, sealed) in values {
            let problem = match stamps.get(&column) {
                None if self.head.is_none() => {
                    self.unknown += 1;
                    continue;
                }
                None | Some(Compared { newest: Newest::Gone, is_forged: false }) => Some(StampProblem::Unknown),
                Some(Compared { is_forged: true, .. }) => Some(StampProblem::Forged),
                Some(Compared { newest: Newest::There(tag), .. }) => (tag != tag_of(&sealed)).then_some(StampProblem::PutBack),
            };
            self.compared += 1;
            if matches!(stamps.get(&column), Some(Compared { newest: Newest::There(_), .. })) {
                *self.seen.entry(table.map().number).or_default() += 1;
            }
            let place = StampPlace { table: table.map().number, row: number, column };
            found.extend(problem.map(|problem| StampedPlace { place, problem }));
        }
        Ok(found)
    }

    /// Ends it, after every row was seen: what is missing, up to `max` of each table, and the tables whose settled stamps are not
    /// what the head says.
    ///
    /// # Errors
    /// The store's.
    pub fn end(&self, tx: &mut Tx<'_>, tables: &[&'static MappedTable], max: usize) -> Result<(Vec<StampedPlace>, Vec<u16>), StoreError> {
        let (mut live, mut sums) = (BTreeMap::<u16, u64>::new(), BTreeMap::<u16, Sum>::new());
        self.each(tx, &mut |stamp, is_settled, is_newest| {
            if is_settled {
                sums.entry(stamp.place.table).or_default().add(&self.key.summand(stamp));
            }
            if is_newest && stamp.tag.is_some() {
                *live.entry(stamp.place.table).or_default() += 1;
            }
        })?;
        let said = self.head.as_ref().map_or(&sums, |head| &head.sums);
        let numbers: HashSet<u16> = said.keys().chain(sums.keys()).copied().collect();
        let mut rolled_back: Vec<u16> = numbers.into_iter().filter(|number| said.get(number) != sums.get(number)).collect();
        rolled_back.sort_unstable();
        let mut missing = Vec::new();
        for (number, _) in live.iter().filter(|(number, count)| self.seen.get(number) != Some(count)) {
            let table = tables.iter().find(|table| table.map().number == *number).copied();
            missing.extend(self.missing(tx, *number, table, max)?);
        }
        Ok((missing, rolled_back))
    }

    /// The places of a table at which a value was written and none is. Remembers every place of the table.
    fn missing(
        &self,
        tx: &mut Tx<'_>,
        number: u16,
        table: Option<&'static MappedTable>,
        max: usize,
    ) -> Result<Vec<StampedPlace>, StoreError> {
        let mut present = HashSet::new();
        let mut last: Option<Row> = None;
        while let Some(table) = table {
            let page = table.page(tx, kernel::Subject::Tenant(self.tenant), last.as_ref(), PAGE_STAMPS)?;
            for row in &page {
                let row_number = number_of(table, row)?;
                present.extend(stamped_values(table, row)?.into_iter().map(|(column, _)| (row_number, column)));
            }
            let is_last = page.len() < PAGE_STAMPS;
            last = page.into_iter().next_back();
            if is_last {
                break;
            }
        }
        let mut missing = Vec::new();
        self.each(tx, &mut |stamp, _, is_newest| {
            let StampPlace { table, row, column } = stamp.place;
            let is_there = stamp.tag.is_some() && is_newest;
            if table == number && is_there && missing.len() < max && !present.contains(&(row, column)) {
                missing.push(StampedPlace { place: stamp.place, problem: StampProblem::Removed });
            }
        })?;
        Ok(missing)
    }

    /// Hands over every stamp: whether it is settled, and whether it is the newest of its place.
    fn each(&self, tx: &mut Tx<'_>, take: &mut dyn FnMut(&Stamp, bool, bool)) -> Result<(), StoreError> {
        let sql = sql::of(tx.store());
        for (statement, is_settled) in [(sql.after, true), (sql.fresh_after, false)] {
            let mut after = BEFORE_ALL;
            loop {
                let StampPlace { table, row, column } = after;
                let page = tx.query(statement, &params![self.tenant, table, row, column, PAGE_STAMPS as i64])?;
                for row in &page {
                    let stamp = stamp_at(row, 0)?;
                    let is_newest = !is_settled || !row.get::<bool>(6)?;
                    take(&stamp, is_settled, is_newest);
                    after = stamp.place;
                }
                if page.len() < PAGE_STAMPS {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn number_of(table: &MappedTable, row: &Row) -> Result<i64, StoreError> {
    let bound_to = table.map().bound_to.unwrap_or_default();
    table.place_of(bound_to).map_or(Err(StoreError::NotFound), |place| row.get(place))
}

/// The stamp in the columns of a row from one on.
pub(super) fn stamp_at(row: &Row, from: usize) -> Result<Stamp, StoreError> {
    let place = StampPlace { table: row.get(from)?, row: row.get(from + 1)?, column: row.get(from + 2)? };
    Ok(Stamp { place, generation: row.get(from + 3)?, tag: row.get(from + 4)?, mac: row.get(from + 5)? })
}
