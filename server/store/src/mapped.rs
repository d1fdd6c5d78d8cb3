//! Statements made of the data maps: what export, erasure and verification do to tables that they do not know.
//!
//! Names and types of the columns come from the migrations, whose rows they are from the data map. So a table that is
//! registered is exported and erased without a line of its own, and one that is not fails the registry's test.

use kernel::data_map::{Days, Erasure, Retention, Table};
use kernel::{Subject, TenantId};

use crate::past::{Past, PastStatements};
use crate::plan::INTAKE_DOMAIN;
use crate::schema::Schema;
use crate::statement::Statement;
use crate::tables::{TableShape, shapes};
use crate::value::{Row, Type, Value};
use crate::{StoreError, Tx};

/// A registered table, with the statements that every such table has.
#[derive(Debug)]
pub struct MappedTable {
    map: &'static Table,
    columns: &'static [(&'static str, Type)],
    /// The columns of the primary key that tell rows of one subject apart, as places in `columns`.
    tells_apart: Vec<usize>,
    /// Whether its rows are the intake log's, which has its own file and its own doors.
    is_intakes: bool,
    of_tenant: Option<Statements>,
    of_subject: Option<Statements>,
    of_key: Option<Statement>,
    past: Option<PastStatements>,
    insert: Statement,
}

/// The statements about the rows of one tenant, or of one subject of it.
#[derive(Debug)]
struct Statements {
    first: Statement,
    next: Statement,
    count: Statement,
    delete: Statement,
}

#[cfg(feature = "testing")]
impl Statements {
    fn all(&self) -> [&Statement; 4] {
        [&self.first, &self.next, &self.count, &self.delete]
    }
}

impl MappedTable {
    /// Its data map.
    #[must_use]
    pub const fn map(&self) -> &'static Table {
        self.map
    }

    /// Whether its rows are reached by [`Intake`](crate::Intake) only.
    #[must_use]
    pub const fn is_intakes(&self) -> bool {
        self.is_intakes
    }

    /// Names and types of the columns, in the order in which rows hold them.
    #[must_use]
    pub const fn columns(&self) -> &'static [(&'static str, Type)] {
        self.columns
    }

    /// The column's place in a row.
    #[must_use]
    pub fn place_of(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|(name, _)| *name == column)
    }

    /// The columns that tell rows of one tenant apart, in whose order pages come.
    pub fn key(&self) -> impl Iterator<Item = &'static str> {
        self.tells_apart.iter().map(|place| self.columns[*place].0)
    }

    /// Whether rows of it can be a subject's.
    #[must_use]
    pub const fn holds(&self, subject: Subject) -> bool {
        match subject {
            Subject::Tenant(_) => self.of_tenant.is_some(),
            Subject::Device(..) => matches!(self.map.erasure, Erasure::Device),
            Subject::User(..) => matches!(self.map.erasure, Erasure::User),
        }
    }

    /// A subject's rows after one of them, in the order of the primary key; none where the table holds none of it.
    ///
    /// # Errors
    /// As [`Tx::query`].
    pub fn page(&'static self, tx: &mut Tx<'_>, subject: Subject, after: Option<&Row>, limit: usize) -> Result<Vec<Row>, StoreError> {
        let Some((statements, mut params)) = self.statements(subject) else { return Ok(Vec::new()) };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        match after {
            None => {
                params.push(Value::Int(limit));
                tx.query(&statements.first, &params)
            }
            // One row is all that there can be of it.
            Some(_) if self.rest_of_key(subject).is_empty() => Ok(Vec::new()),
            Some(row) => {
                for place in self.rest_of_key(subject) {
                    params.push(row.get(place)?);
                }
                params.push(Value::Int(limit));
                tx.query(&statements.next, &params)
            }
        }
    }

    /// A tenant's row of this number in the column that its sealed values are bound to; none where there is no such row or column.
    ///
    /// # Errors
    /// As [`Tx::query_optional`].
    pub fn row_of(&'static self, tx: &mut Tx<'_>, tenant: TenantId, key: i64) -> Result<Option<Row>, StoreError> {
        let Some(statement) = &self.of_key else { return Ok(None) };
        tx.query_optional(statement, &[Value::from(tenant), Value::Int(key)])
    }

    /// How many rows are a subject's.
    ///
    /// # Errors
    /// As [`Tx::query`].
    pub fn count(&'static self, tx: &mut Tx<'_>, subject: Subject) -> Result<u64, StoreError> {
        let Some((statements, params)) = self.statements(subject) else { return Ok(0) };
        tx.query_one(&statements.count, &params)?.get(0)
    }

    /// Deletes a subject's rows and says how many there were. What makes them unreadable for good is their key's end.
    ///
    /// # Errors
    /// As [`Tx::execute`].
    pub fn delete(&'static self, tx: &mut Tx<'_>, subject: Subject) -> Result<u64, StoreError> {
        let Some((statements, params)) = self.statements(subject) else { return Ok(0) };
        match subject {
            // With a tenant go its stamps and their key, so none is made of what is deleted: it may be more than should lie in memory.
            Subject::Tenant(_) => tx.execute_unstamped(&statements.delete, &params),
            Subject::Device(..) | Subject::User(..) => tx.execute(&statements.delete, &params),
        }
    }

    /// Adds a row, its values in the order of [`MappedTable::columns`].
    ///
    /// # Errors
    /// As [`Tx::execute`].
    pub fn insert(&'static self, tx: &mut Tx<'_>, row: &[Value]) -> Result<(), StoreError> {
        tx.execute(&self.insert, row).map(|_| ())
    }

    /// After how many days of which time its rows are past their retention; nothing where that is no matter of time.
    #[must_use]
    pub const fn days(&self) -> Option<Days> {
        match self.map.retention {
            Retention::Days(days) => Some(days),
            Retention::WithSubject | Retention::Transient | Retention::Instance => None,
        }
    }

    /// What is past and what is not, of a tenant's rows or, where they are no tenant's, of all; nothing where its retention is no
    /// matter of time.
    #[must_use]
    pub const fn past(&'static self) -> Option<Past> {
        match &self.past {
            Some(statements) => Some(Past::new(statements)),
            None => None,
        }
    }

    fn statements(&'static self, subject: Subject) -> Option<(&'static Statements, Vec<Value>)> {
        let tenant = Value::from(subject.tenant());
        match subject {
            Subject::Tenant(_) => Some((self.of_tenant.as_ref()?, vec![tenant])),
            Subject::Device(..) | Subject::User(..) if self.holds(subject) => {
                Some((self.of_subject.as_ref()?, vec![tenant, Value::Int(subject.number())]))
            }
            Subject::Device(..) | Subject::User(..) => None,
        }
    }

    fn rest_of_key(&self, subject: Subject) -> Vec<usize> {
        let fixed = match subject {
            Subject::Tenant(_) => None,
            Subject::Device(..) | Subject::User(..) => self.map.erasure.subject_column(),
        };
        self.tells_apart.iter().copied().filter(|place| Some(self.columns[*place].0) != fixed).collect()
    }

    #[cfg(feature = "testing")]
    pub(crate) fn every_statement(&'static self) -> impl Iterator<Item = &'static Statement> {
        let groups = [self.of_tenant.as_ref(), self.of_subject.as_ref()];
        let past = self.past.iter().flat_map(PastStatements::all);
        groups.into_iter().flatten().flat_map(Statements::all).chain(&self.of_key).chain(past).chain([&self.insert])
    }
}

/// Every table of these schemas. Statements are static, so they are leaked: once for each time that stores are opened.
pub(crate) fn tables(schemas: &[Schema]) -> Result<&'static [MappedTable], StoreError> {
    let mut all = Vec::new();
    for schema in schemas {
        let shapes = shapes(schema.migrations).map_err(StoreError::Misuse)?;
        for map in schema.tables {
            // The store's own list of migrations, which no migration makes, is nobody's data.
            let Some(shape) = shapes.iter().find(|shape| shape.name == map.name) else { continue };
            all.push(mapped(map, shape, schema.domain == INTAKE_DOMAIN)?);
        }
    }
    Ok(all.leak())
}

fn mapped(map: &'static Table, shape: &TableShape, is_intakes: bool) -> Result<MappedTable, StoreError> {
    let columns: Vec<(&'static str, Type)> = shape.columns.iter().map(|column| (&*column.name.clone().leak(), column.kind)).collect();
    let columns: &'static [_] = columns.leak();
    let place = |name: &str| columns.iter().position(|(column, _)| *column == name);
    let primary = shape.keys.iter().find(|key| key.what == "PRIMARY KEY");
    let key_columns: Vec<String> = primary.map(|key| key.columns.clone()).unwrap_or_default();
    let tells_apart: Vec<usize> = key_columns.iter().filter(|name| *name != "tenant_id").filter_map(|name| place(name)).collect();
    let maker = Maker { map, columns, tells_apart: &tells_apart };
    let is_some_tenants = place("tenant_id").is_some() && map.erasure != Erasure::Never;
    let of_tenant = is_some_tenants.then(|| maker.statements(&["tenant_id"]));
    let of_subject = map.erasure.subject_column().filter(|_| is_some_tenants).map(|column| maker.statements(&["tenant_id", column]));
    // Where the key alone tells rows apart: of a table of another's key, there may be many.
    let is_key = |name: &&str| key_columns.iter().all(|column| column == name || column == "tenant_id");
    let of_key = map.bound_to.filter(|_| is_some_tenants).filter(is_key).map(|name| maker.of_key(name));
    let insert = maker.insert();
    let past = match map.retention {
        Retention::Days(days) => Some(PastStatements::of(&maker, days, is_some_tenants)?),
        Retention::WithSubject | Retention::Transient | Retention::Instance => None,
    };
    Ok(MappedTable { map, columns, tells_apart, is_intakes, of_tenant, of_subject, of_key, past, insert })
}

/// Makes statements of a table.
pub(crate) struct Maker<'a> {
    pub(crate) map: &'static Table,
    pub(crate) columns: &'static [(&'static str, Type)],
    pub(crate) tells_apart: &'a [usize],
}

impl Maker<'_> {
    fn statements(&self, whose: &[&str]) -> Statements {
        let Table { name, .. } = self.map;
        let condition = whose.iter().zip(1..).map(|(column, number)| format!("{column} = ${number}")).collect::<Vec<_>>().join(" AND ");
        let key: Vec<(&str, Type)> =
            self.tells_apart.iter().map(|place| self.columns[*place]).filter(|(column, _)| !whose.contains(column)).collect();
        let names = |columns: &[(&str, Type)]| columns.iter().map(|(column, _)| *column).collect::<Vec<_>>().join(", ");
        let select = format!("SELECT {} FROM {name} WHERE {condition}", names(self.columns));
        let order = if key.is_empty() { String::new() } else { format!(" ORDER BY {}", names(&key)) };
        let by: Vec<Type> = vec![Type::BigInt; whose.len()];
        let first =
            self.statement("PAGE", &format!("{select}{order} LIMIT ${}", by.len() + 1), [&by[..], &[Type::BigInt]].concat(), self.columns);
        let types: Vec<Type> = key.iter().map(|(_, kind)| *kind).collect();
        let places: Vec<String> = (1..=key.len()).map(|number| format!("${}", by.len() + number)).collect();
        let beyond = if key.is_empty() { String::new() } else { format!(" AND ({}) > ({})", names(&key), places.join(", ")) };
        let limit = by.len() + key.len() + 1;
        let next_params = [&by[..], &types, &[Type::BigInt]].concat();
        let next = self.statement("NEXT_PAGE", &format!("{select}{beyond}{order} LIMIT ${limit}"), next_params, self.columns);
        let count = format!("SELECT CAST(COUNT(*) AS BIGINT) AS number FROM {name} WHERE {condition}");
        let count = self.statement("COUNT", &count, by.clone(), &[("number", Type::BigInt)]);
        let delete = self.statement("DELETE", &format!("DELETE FROM {name} WHERE {condition}"), by, &[]);
        Statements { first, next, count, delete }
    }

    fn of_key(&self, key: &str) -> Statement {
        let names: Vec<&str> = self.columns.iter().map(|(column, _)| *column).collect();
        let sql = format!("SELECT {} FROM {} WHERE tenant_id = $1 AND {key} = $2", names.join(", "), self.map.name);
        self.statement("ROW", &sql, vec![Type::BigInt; 2], self.columns)
    }

    fn insert(&self) -> Statement {
        let names: Vec<&str> = self.columns.iter().map(|(column, _)| *column).collect();
        let places: Vec<String> = (1..=names.len()).map(|number| format!("${number}")).collect();
        let sql = format!("INSERT INTO {} ({}) VALUES ({})", self.map.name, names.join(", "), places.join(", "));
        self.statement("INSERT", &sql, self.columns.iter().map(|(_, kind)| *kind).collect(), &[])
    }

    pub(crate) fn statement(&self, what: &str, sql: &str, params: Vec<Type>, columns: &'static [(&'static str, Type)]) -> Statement {
        let Table { name, store, .. } = self.map;
        Statement { name: format!("{what} of {name}").leak(), store: *store, sql: sql.to_owned().leak(), params: params.leak(), columns }
    }
}
