//! Executes every registered statement on both engines over one nasty data set and compares what they answer: rows,
//! their order, their types, counts, refusals.
//!
//! The data are generated from the tables' shapes: NULLs, the ends of the number range, empty texts, texts outside of
//! ASCII and in both cases. Parameters are taken from what the table holds and from the same nasty values. What it
//! cannot know is what a statement means; the domain's own tests say that.

use std::collections::{BTreeMap, HashMap};

use kernel::TenantId;

use crate::dialect::words;
use crate::home::{Home, HomeKind};
use crate::mapped::{MappedTable, tables};
use crate::plan::home_of;
use crate::schema::{Migration, Schema};
use crate::statement::Statement;
use crate::tables::{TableShape, shapes};
use crate::testing::engines::{environment, open_on_postgres, open_on_sqlite};
use crate::value::{Type, Value};
use crate::{SCHEMAS, StoreError, Stores};

/// Rows generated for each table.
const ROWS: usize = 14;
/// Sets of parameters tried with each statement.
const VARIANTS: usize = 12;

/// What an engine says of a statement that can never work, whatever its parameters.
const SIGNS_OF_BROKEN_SQL: [&str; 6] = ["no such", "does not exist", "syntax", "gives the columns", "ambiguous", "more parameters"];

/// What a statement came to.
#[derive(Clone, Debug, PartialEq)]
enum Outcome {
    Rows(Vec<Vec<Value>>),
    Changed(u64),
    Refused(String),
}

/// Ends a transaction with what was seen in it, so that nothing of it stays.
enum Seen {
    Outcome(Outcome),
    Failed(StoreError),
}

impl From<StoreError> for Seen {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// Executes every statement of these schemas, and of the store's own, on both engines and compares what they answer.
/// Without a PostgreSQL server, every statement is still executed on SQLite.
///
/// # Panics
/// With every difference, where there is one.
pub async fn check_statements(schemas: impl Into<Vec<Schema>>) {
    let mut schemas: Vec<Schema> = schemas.into();
    schemas.retain(|schema| !SCHEMAS.iter().any(|own| own.domain == schema.domain));
    schemas.extend(SCHEMAS);
    let folder = tempfile::tempdir().expect("a folder for the check");
    let sqlite = open_on_sqlite(environment(folder.path().join("sqlite"), None, schemas.clone())).await;
    let postgres = open_on_postgres(&folder.path().join("postgres"), schemas.clone()).await;
    let tenant = TenantId::from_random(0x0123_4567_89AB_CDEF);
    let mut engines = vec![("SQLite", sqlite)];
    if let Some((stores, _)) = &postgres {
        engines.push(("PostgreSQL", stores.clone()));
    }
    for (_, stores) in &engines {
        stores.create_tenant(tenant).await.expect("a tenant for the check");
    }
    let mut check = Check { engines, tenant, differences: Vec::new() };
    let mut homes: BTreeMap<HomeKind, Vec<&Schema>> = BTreeMap::new();
    for schema in &schemas {
        homes.entry(home_of(schema)).or_default().push(schema);
    }
    for (kind, schemas) in homes {
        check.home(kind, &schemas).await;
    }
    let Check { engines, differences, .. } = check;
    for (_, stores) in engines {
        stores.close().await;
    }
    if let Some((_, database)) = postgres {
        database.remove().await;
    }
    assert!(differences.is_empty(), "{} statements differ between the engines:\n{}", differences.len(), differences.join("\n"));
}

struct Check {
    engines: Vec<(&'static str, Stores)>,
    tenant: TenantId,
    differences: Vec<String>,
}

impl Check {
    async fn home(&mut self, kind: HomeKind, schemas: &[&Schema]) {
        let migrations = schemas.iter().flat_map(|schema| schema.migrations);
        let migrations: Vec<Migration> =
            migrations.map(|step| Migration { version: step.version, name: step.name, sql: step.sql }).collect();
        let shapes = shapes(&migrations).expect("the migrations are sound");
        let home = home_of_kind(kind, self.tenant);
        let mut data = Data { tenant: self.tenant, rows: HashMap::new() };
        for shape in &shapes {
            self.fill(home, shape, &mut data).await;
        }
        let mapped: Vec<Schema> = schemas.iter().map(|schema| **schema).collect();
        let mapped = tables(&mapped).expect("the migrations are sound").iter().flat_map(MappedTable::every_statement);
        for statement in schemas.iter().flat_map(|schema| schema.statements).copied().chain(mapped) {
            for variant in 0..VARIANTS {
                let params = data.params(statement, variant);
                if let Some(difference) = self.compare(home, statement, &params).await {
                    self.differences.push(difference);
                    break;
                }
            }
        }
    }

    /// Fills a table on both engines with the same rows; rows that both refuse are left out.
    async fn fill(&mut self, home: Home, shape: &TableShape, data: &mut Data) {
        let insert = insert_into(home.kind(), shape);
        for number in 0..ROWS {
            let row = data.row(shape, number);
            let mut taken = Vec::new();
            for (_, stores) in &self.engines {
                let row = row.clone();
                let handle = stores.handle(home);
                taken.push(handle.write(move |tx| tx.execute(insert, &row)).await);
            }
            if taken.iter().any(Result::is_ok) != taken.iter().all(Result::is_ok) {
                self.differences.push(format!("{}: one engine takes the row {row:?}, the other does not: {taken:?}", shape.name));
            }
            if taken.iter().all(Result::is_ok) {
                data.rows.entry(shape.name.clone()).or_default().push(row_by_name(shape, row));
            }
        }
    }

    async fn compare(&self, home: Home, statement: &'static Statement, params: &[Value]) -> Option<String> {
        let mut outcomes = Vec::new();
        for (engine, stores) in &self.engines {
            outcomes.push((*engine, run(stores, home, statement, params.to_vec()).await));
        }
        let [(_, first), rest @ ..] = outcomes.as_slice() else { return None };
        let is_broken =
            |outcome: &Outcome| matches!(outcome, Outcome::Refused(reason) if SIGNS_OF_BROKEN_SQL.iter().any(|sign| reason.contains(sign)));
        let is_ordered = words(statement.sql).windows(2).any(|pair| pair[0] == "ORDER" && pair[1] == "BY");
        // PostgreSQL tells the types of columns before it runs anything: there, another type is no matter of values.
        let is_mistyped =
            |outcome: &Outcome| matches!(outcome, Outcome::Refused(reason) if reason.contains(", column ") && reason.contains("expected "));
        if !is_broken(first)
            && !rest.iter().any(|(_, other)| is_broken(other) || is_mistyped(other))
            && rest.iter().all(|(_, other)| is_same(first, other, is_ordered))
        {
            return None;
        }
        Some(format!("{} with {params:?}:\n  {:?}", statement.name, outcomes))
    }
}

async fn run(stores: &Stores, home: Home, statement: &'static Statement, params: Vec<Value>) -> Outcome {
    let handle = stores.handle(home);
    let ran = handle.write(move |tx| {
        let outcome = if statement.columns.is_empty() {
            tx.execute(statement, &params).map(Outcome::Changed)
        } else {
            tx.query(statement, &params).map(|rows| Outcome::Rows(rows.iter().map(|row| row.values().to_vec()).collect()))
        };
        Err::<(), Seen>(Seen::Outcome(outcome.unwrap_or_else(|error| Outcome::Refused(error.to_string()))))
    });
    match ran.await {
        Err(Seen::Outcome(outcome)) => outcome,
        Err(Seen::Failed(error)) => Outcome::Refused(error.to_string()),
        Ok(()) => Outcome::Refused("the check's transaction committed".into()),
    }
}

fn is_same(left: &Outcome, right: &Outcome, is_ordered: bool) -> bool {
    match (left, right) {
        (Outcome::Refused(_), Outcome::Refused(_)) => true,
        (Outcome::Rows(left), Outcome::Rows(right)) if !is_ordered => sorted(left) == sorted(right),
        (left, right) => left == right,
    }
}

fn sorted(rows: &[Vec<Value>]) -> Vec<String> {
    let mut texts: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    texts.sort_unstable();
    texts
}

const fn home_of_kind(kind: HomeKind, tenant: TenantId) -> Home {
    match kind {
        HomeKind::System => Home::System,
        HomeKind::Identity => Home::Identity,
        HomeKind::Keyring => Home::Keyring,
        HomeKind::Master => Home::Master,
        HomeKind::Intake => Home::Intake,
        HomeKind::Tenant => Home::Tenant(tenant),
    }
}

/// A statement that fills a table. It is leaked: statements are static, and a check makes one for each table.
fn insert_into(kind: HomeKind, shape: &TableShape) -> &'static Statement {
    let names: Vec<&str> = shape.columns.iter().map(|column| column.name.as_str()).collect();
    let places: Vec<String> = (1..=names.len()).map(|number| format!("${number}")).collect();
    let sql = format!("INSERT INTO {} ({}) VALUES ({})", shape.name, names.join(", "), places.join(", "));
    let params: Vec<Type> = shape.columns.iter().map(|column| column.kind).collect();
    Box::leak(Box::new(Statement { name: "INSERT_GENERATED", store: kind.store(), sql: sql.leak(), params: params.leak(), columns: &[] }))
}

fn row_by_name(shape: &TableShape, row: Vec<Value>) -> BTreeMap<String, Value> {
    shape.columns.iter().map(|column| column.name.clone()).zip(row).collect()
}

fn nasty(kind: Type) -> Vec<Value> {
    match kind {
        Type::BigInt => [1, 0, 2, i64::MAX, -1, i64::MIN, 1_767_225_600_000_000, 3].map(Value::Int).to_vec(),
        Type::Double => [0.5, 0.0, -0.25, 1e300, 5e-324].map(Value::Double).to_vec(),
        Type::Text => ["a", "", "A", "ż", "Ż", "b", "Z", "10", "9", "a b", "🦀", "é", "e\u{301}"].map(Value::from).to_vec(),
        Type::Blob => vec![Value::Blob(vec![7; 32]), Value::Blob(vec![]), Value::Blob(vec![0]), Value::Blob(vec![255, 0])],
        Type::Boolean => vec![Value::Bool(true), Value::Bool(false)],
    }
}

/// The rows that both engines hold.
struct Data {
    tenant: TenantId,
    rows: HashMap<String, Vec<BTreeMap<String, Value>>>,
}

impl Data {
    /// The row of this number of a table, its references to rows that exist.
    fn row(&self, shape: &TableShape, number: usize) -> Vec<Value> {
        let column = |(index, column): (usize, &crate::tables::Column)| {
            if column.name == "tenant_id" && column.kind == Type::BigInt {
                return self.tenant.into();
            }
            if column.is_nullable && (number + index).is_multiple_of(4) {
                return Value::Null;
            }
            let pool = nasty(column.kind);
            pool[(number + index * 3 + number / pool.len()) % pool.len()].clone()
        };
        let mut row: Vec<Value> = shape.columns.iter().enumerate().map(column).collect();
        for reference in &shape.references {
            let Some(parents) = self.rows.get(&reference.table) else { continue };
            let parent = &parents[number % parents.len()];
            for (here, there) in &reference.columns {
                let place = shape.columns.iter().position(|column| column.name == *here);
                if let (Some(place), Some(value)) = (place, parent.get(there)) {
                    row[place] = value.clone();
                }
            }
        }
        row
    }

    /// Parameters of a statement: mostly values that its column holds somewhere, sometimes nasty ones, once NULL.
    fn params(&self, statement: &Statement, variant: usize) -> Vec<Value> {
        let names = parameter_columns(statement);
        let param = |(index, kind): (usize, &Type)| {
            let name = names.get(&(index + 1)).map_or("", String::as_str);
            match name {
                "limit" => return Value::Int([1_000, 1, 3, 0][variant % 4]),
                "tenant_id" => return self.tenant.into(),
                _ => {}
            }
            if variant == VARIANTS - 1 {
                return Value::Null;
            }
            let held = self.rows.values().flatten().filter_map(|row| row.get(name)).filter(|value| value.kind() == Some(*kind));
            let held: Vec<&Value> = held.collect();
            let pool = nasty(*kind);
            if held.is_empty() || variant % 3 == 2 {
                pool[(variant + index) % pool.len()].clone()
            } else {
                held[variant % held.len()].clone()
            }
        };
        statement.params.iter().enumerate().map(param).collect()
    }
}

/// Which column each parameter is compared with, set to or inserted into, as far as the text tells.
fn parameter_columns(statement: &Statement) -> HashMap<usize, String> {
    let words = words(statement.sql);
    let number = |word: &str| word.strip_prefix('$').and_then(|digits| digits.parse::<usize>().ok());
    let mut found = HashMap::new();
    for (index, word) in words.iter().enumerate() {
        let Some(parameter) = number(word) else { continue };
        let before = words.get(..index).unwrap_or_default();
        let is_comparison = before.last().is_some_and(|sign| matches!(sign.as_str(), "=" | "<" | ">" | "LIMIT"));
        let named = before.iter().rev().find(|word| !matches!(word.as_str(), "=" | "<" | ">" | "!"));
        if let (true, Some(name)) = (is_comparison, named) {
            found.entry(parameter).or_insert_with(|| name.to_lowercase());
        }
    }
    if words.first().is_some_and(|word| word == "INSERT") {
        let lists: Vec<&[String]> = words.split(|word| word == "(").skip(1).take(2).collect();
        if let [columns, values] = lists.as_slice() {
            let items = |list: &[String]| list.split(|word| word == "," || word == ")").map(<[String]>::to_vec).collect::<Vec<_>>();
            for (column, value) in items(columns).into_iter().zip(items(values)) {
                if let ([column], [value]) = (column.as_slice(), value.as_slice())
                    && let Some(parameter) = number(value)
                {
                    found.insert(parameter, column.to_lowercase());
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_told_their_columns() {
        let statement = |sql| Statement { name: "S", store: crate::StoreKind::Tenant, sql, params: &[], columns: &[] };
        let columns = |sql| parameter_columns(&statement(sql)).into_iter().collect::<BTreeMap<_, _>>();
        let expected =
            |pairs: &[(usize, &str)]| pairs.iter().map(|(number, name)| (*number, (*name).to_owned())).collect::<BTreeMap<_, _>>();
        assert_eq!(
            columns("SELECT a FROM t WHERE x.tenant_id = $1 AND b >= $2 LIMIT $3"),
            expected(&[(1, "tenant_id"), (2, "b"), (3, "limit")])
        );
        assert_eq!(
            columns("INSERT INTO t (a, b, c) VALUES ($2, 0, $1) ON CONFLICT (a) DO UPDATE SET d = $3"),
            expected(&[(1, "c"), (2, "a"), (3, "d")])
        );
    }
}
