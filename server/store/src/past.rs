//! Rows that are past their retention, of any registered table: how many there are, and their end.
//!
//! Made of the data map like all of [`MappedTable`](crate::MappedTable): it names the column that says from when on a row's time
//! counts. Whoever asks says up to when, in what that column counts; a row in which it is empty is never past.

use kernel::TenantId;
use kernel::data_map::Days;

use crate::mapped::Maker;
use crate::statement::Statement;
use crate::value::{Row, Type, Value};
use crate::{StoreError, Tx};

/// The statements about rows that are past their retention.
#[derive(Debug)]
pub(crate) struct PastStatements {
    is_some_tenants: bool,
    held: Statement,
    first: Statement,
    next: Statement,
    delete: Statement,
}

/// The door to them.
#[derive(Clone, Copy, Debug)]
pub struct Past(&'static PastStatements);

/// How much a table holds on both sides of a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Every row.
    pub rows: u64,
    /// Rows whose time is that one or an earlier one.
    pub past: u64,
    /// The earliest time.
    pub oldest: Option<i64>,
    /// The earliest time that is later.
    pub next: Option<i64>,
}

/// What one transaction deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct Deleted {
    /// How many rows.
    pub rows: u64,
    /// The key of the last of them, behind which the next transaction goes on; nothing where there is no more.
    pub last: Option<Row>,
}

impl PastStatements {
    pub(crate) fn of(maker: &Maker<'_>, days: Days, is_some_tenants: bool) -> Result<Self, StoreError> {
        let (table, since) = (maker.map.name, days.since);
        let wrong = |what: &str| StoreError::Misuse(format!("the data map of {table} counts its retention from {since}, {what}"));
        match maker.columns.iter().find(|(name, _)| *name == since) {
            None => return Err(wrong("which it does not have")),
            Some((_, Type::BigInt)) => {}
            Some(_) => return Err(wrong("which holds no times")),
        }
        let key: Vec<(&'static str, Type)> = maker.tells_apart.iter().map(|place| maker.columns[*place]).collect();
        if key.is_empty() {
            return Err(wrong("but nothing tells its rows apart"));
        }
        let key: &'static [(&'static str, Type)] = key.leak();
        let names = key.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let whose: Vec<Type> = if is_some_tenants { vec![Type::BigInt] } else { Vec::new() };
        let of_tenant = if is_some_tenants { "tenant_id = $1 AND " } else { "" };
        let number = |place: usize| whose.len() + place;
        let places = |from: usize| (from..from + key.len()).map(|place| format!("${}", number(place))).collect::<Vec<_>>();
        let key_types = || key.iter().map(|(_, kind)| *kind);
        let params = |rest: &mut dyn Iterator<Item = Type>| whose.iter().copied().chain(rest).collect::<Vec<_>>();

        let up_to = number(1);
        let all = if is_some_tenants { " WHERE tenant_id = $1" } else { "" };
        let held = format!(
            "SELECT CAST(COUNT(*) AS BIGINT) AS held, COALESCE(CAST(SUM(CASE WHEN {since} <= ${up_to} THEN 1 ELSE 0 END) AS BIGINT), 0) AS past, \
             MIN({since}) AS oldest, MIN(CASE WHEN {since} > ${up_to} THEN {since} END) AS next FROM {table}{all}"
        );
        let columns = &[("held", Type::BigInt), ("past", Type::BigInt), ("oldest", Type::BigInt), ("next", Type::BigInt)];
        let past = format!("SELECT {names} FROM {table} WHERE {of_tenant}{since} <= ${up_to}");
        let first = format!("{past} ORDER BY {names} LIMIT ${}", number(2));
        let behind = places(2).join(", ");
        let next = format!("{past} AND ({names}) > ({behind}) ORDER BY {names} LIMIT ${}", number(2 + key.len()));
        let this = key.iter().zip(places(2)).map(|((name, _), place)| format!("{name} = {place}")).collect::<Vec<_>>().join(" AND ");
        let delete = format!("DELETE FROM {table} WHERE {of_tenant}{since} <= ${up_to} AND {this}");
        let time = [Type::BigInt];
        Ok(Self {
            is_some_tenants,
            held: maker.statement("HELD", &held, params(&mut time.into_iter()), columns),
            first: maker.statement("PAST", &first, params(&mut time.into_iter().chain(time)), key),
            next: maker.statement("NEXT_PAST", &next, params(&mut time.into_iter().chain(key_types()).chain(time)), key),
            delete: maker.statement("DELETE_PAST", &delete, params(&mut time.into_iter().chain(key_types())), &[]),
        })
    }

    #[cfg(feature = "testing")]
    pub(crate) fn all(&self) -> [&Statement; 4] {
        [&self.held, &self.first, &self.next, &self.delete]
    }
}

impl Past {
    pub(crate) const fn new(statements: &'static PastStatements) -> Self {
        Self(statements)
    }

    /// How much there is on both sides of a time.
    ///
    /// # Errors
    /// As [`Tx::query`]; [`StoreError::Misuse`] for a tenant where rows are no tenant's, and the reverse.
    pub fn held(self, tx: &mut Tx<'_>, tenant: Option<TenantId>, up_to: i64) -> Result<Held, StoreError> {
        let row = tx.query_one(&self.0.held, &self.params(tenant, [Value::Int(up_to)])?)?;
        Ok(Held { rows: row.get(0)?, past: row.get(1)?, oldest: row.get(2)?, next: row.get(3)? })
    }

    /// Deletes at most so many rows whose time is this one or an earlier one, in the order of their keys, behind one of them.
    ///
    /// # Errors
    /// As [`Past::held`].
    pub fn delete(
        self,
        tx: &mut Tx<'_>,
        tenant: Option<TenantId>,
        up_to: i64,
        after: Option<&Row>,
        limit: usize,
    ) -> Result<Deleted, StoreError> {
        let limit_value = Value::Int(i64::try_from(limit).unwrap_or(i64::MAX));
        let keys = match after {
            None => tx.query(&self.0.first, &self.params(tenant, [Value::Int(up_to), limit_value])?)?,
            Some(after) => {
                let behind = [&[Value::Int(up_to)], after.values(), &[limit_value]].concat();
                tx.query(&self.0.next, &self.params(tenant, behind)?)?
            }
        };
        let each = keys.iter().map(|key| self.params(tenant, [&[Value::Int(up_to)], key.values()].concat()));
        let rows = tx.execute_many(&self.0.delete, each.collect::<Result<Vec<_>, _>>()?)?;
        let last = (keys.len() == limit).then(|| keys.into_iter().last()).flatten();
        Ok(Deleted { rows, last })
    }

    fn params(self, tenant: Option<TenantId>, rest: impl IntoIterator<Item = Value>) -> Result<Vec<Value>, StoreError> {
        if tenant.is_some() != self.0.is_some_tenants {
            let name = self.0.held.name;
            return Err(StoreError::Misuse(format!("{name}: whose rows are meant is said where they are a tenant's, and only there")));
        }
        Ok(tenant.map(Value::from).into_iter().chain(rest).collect())
    }
}
