//! What a statement or schema must not say, because the engines answer it differently or because it leaves the tenant.

use kernel::data_map::StoreKind;

use crate::data_map::STORE_MIGRATION;
use crate::dialect::words;
use crate::schema::Schema;
use crate::stamps::is_stamped;
use crate::statement::Statement;
use crate::tables::{Column, TableShape, shapes};

/// Words that the engines understand differently, or that bring time and chance in by the back door.
const FORBIDDEN: &[(&str, &str)] = &[
    ("LIKE", "LIKE ignores case on one engine only: compare, or search in memory"),
    ("ILIKE", "only PostgreSQL knows ILIKE"),
    ("GLOB", "only SQLite knows GLOB"),
    ("OFFSET", "pages are asked for by the last key seen, never by a number of rows to skip"),
    ("RANDOM", "chance is handed in"),
    ("NOW", "time is handed in"),
    ("CURRENT_TIMESTAMP", "time is handed in"),
    ("CURRENT_DATE", "time is handed in"),
    ("CURRENT_TIME", "time is handed in"),
    ("TOTAL", "only SQLite knows TOTAL"),
];

/// The faults of these statements, one sentence each; empty where all is well.
#[must_use]
pub fn lint(statements: &[&Statement]) -> Vec<String> {
    statements.iter().flat_map(|statement| faults_of(statement).into_iter().map(|fault| format!("{}: {fault}", statement.name))).collect()
}

fn faults_of(statement: &Statement) -> Vec<String> {
    let words = words(statement.sql);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut faults = Vec::new();
    if !matches!(words.first(), Some(&("SELECT" | "INSERT" | "UPDATE" | "DELETE"))) {
        faults.push("it begins with SELECT, INSERT, UPDATE or DELETE, so that it is known what it writes".to_owned());
    }
    for (forbidden, reason) in FORBIDDEN {
        if words.contains(forbidden) {
            faults.push((*reason).to_owned());
        }
    }
    if words.windows(2).any(|pair| matches!(pair, ["SELECT" | "RETURNING" | "." | ",", "*"])) {
        faults.push("name the columns instead of *".to_owned());
    }
    if words.windows(2).any(|pair| pair == [":", ":"]) {
        faults.push("only PostgreSQL knows ::, write CAST(… AS …)".to_owned());
    }
    for (index, word) in words.iter().enumerate() {
        let is_cast = index >= 2 && words[index - 1] == "(" && words[index - 2] == "CAST";
        if matches!(*word, "SUM" | "AVG") && words.get(index + 1) == Some(&"(") && !is_cast {
            faults.push(format!("write CAST({word}(…) AS BIGINT) or AS DOUBLE PRECISION: the engines' types differ"));
        }
    }
    if statement.store == StoreKind::Tenant && !names_the_tenant(&words) {
        faults.push("a tenant's statement compares tenant_id with a parameter, or inserts it".to_owned());
    }
    faults
}

fn names_the_tenant(words: &[&str]) -> bool {
    let compares = words.windows(3).any(|three| three[0] == "TENANT_ID" && three[1] == "=" && three[2].starts_with('$'));
    let inserts =
        words.first() == Some(&"INSERT") && words.iter().skip(3).take_while(|word| **word != ")").any(|word| *word == "TENANT_ID");
    compares || inserts
}

/// The faults of these schemas: their statements', and those that need their tables.
///
/// # Errors
/// A sentence that names a migration that SQLite does not take.
pub fn lint_schemas(schemas: &[Schema]) -> Result<Vec<String>, String> {
    let mut faults = Vec::new();
    for schema in schemas {
        faults.extend(lint(schema.statements));
        if let Some(statement) = schema.statements.iter().find(|statement| statement.store != schema.store) {
            faults.push(format!("{}: is registered for {:?}, but is of {:?}", statement.name, schema.store, statement.store));
        }
        let shapes = shapes(schema.migrations).map_err(|error| format!("{}: {error}", schema.domain))?;
        faults.extend(shapes.iter().flat_map(|shape| faults_of_table(schema, shape)));
        for statement in schema.statements {
            faults.extend(faults_of_order(statement, &shapes));
        }
        faults.extend(schema.statements.iter().filter_map(|statement| fault_of_stamping(statement, schema)));
        for table in schema.tables {
            // The store itself makes the list of migrations, before the first of them.
            let is_made = table.name == STORE_MIGRATION.name || shapes.iter().any(|shape| shape.name == table.name);
            if !is_made {
                faults.push(format!("{}: the data map has a table that no migration makes", table.name));
            }
        }
    }
    Ok(faults)
}

/// What is stamped is written by statements that give nothing: the store itself asks them what they wrote.
fn fault_of_stamping(statement: &Statement, schema: &Schema) -> Option<String> {
    let words = words(statement.sql);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (["INSERT", "INTO", target, ..] | ["UPDATE", target, ..] | ["DELETE", "FROM", target, ..]) = words.as_slice() else { return None };
    let table = schema.tables.iter().find(|table| table.name.eq_ignore_ascii_case(target))?;
    let is_stamped = table.columns.iter().any(|column| is_stamped(table, column.storage));
    let gives = !statement.columns.is_empty();
    (is_stamped && gives)
        .then(|| format!("{}: writes sealed values, and gives columns: ask for them in a statement of its own", statement.name))
}

fn faults_of_table(schema: &Schema, shape: &TableShape) -> Vec<String> {
    let mut faults = Vec::new();
    match schema.tables.iter().find(|table| table.name == shape.name) {
        None => faults.push("is in no data map".to_owned()),
        Some(table) => {
            let mapped: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            for column in shape.columns.iter().filter(|column| !mapped.contains(&column.name.as_str())) {
                faults.push(format!("the column {} is in no data map", column.name));
            }
            for name in mapped.iter().filter(|name| !shape.columns.iter().any(|column| column.name == **name)) {
                faults.push(format!("the data map has a column {name} that no migration makes"));
            }
        }
    }
    if schema.store == StoreKind::Tenant {
        let has_tenant = shape.columns.iter().any(|Column { name, is_nullable, .. }| name == "tenant_id" && !is_nullable);
        if !has_tenant {
            faults.push("a tenant's table has a column tenant_id BIGINT NOT NULL".to_owned());
        }
        for key in shape.keys.iter().filter(|key| key.columns.first().map(String::as_str) != Some("tenant_id")) {
            faults.push(format!("tenant_id comes first in {} ({})", key.what, key.columns.join(", ")));
        }
    }
    if shape.keys.iter().all(|key| key.what != "PRIMARY KEY") {
        faults.push("a table has a primary key".to_owned());
    }
    faults.into_iter().map(|fault| format!("table {}: {fault}", shape.name)).collect()
}

/// NULL comes first on one engine and last on the other, so that the order of a column that may be NULL must say it.
fn faults_of_order(statement: &Statement, shapes: &[TableShape]) -> Vec<String> {
    let words = words(statement.sql);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let is_nullable = |word: &str| {
        let used = shapes.iter().filter(|shape| words.contains(&shape.name.to_uppercase().as_str()));
        used.flat_map(|shape| &shape.columns).any(|column| column.is_nullable && column.name.eq_ignore_ascii_case(word))
    };
    let mut faults = Vec::new();
    for start in (0..words.len()).filter(|index| words[*index] == "ORDER" && words.get(index + 1) == Some(&"BY")) {
        let end = |word: &&&str| !matches!(**word, "LIMIT" | ")" | "FOR");
        let terms: Vec<&str> = words[start + 2..].iter().take_while(end).copied().collect();
        for term in terms.split(|word| *word == ",") {
            if term.iter().any(|word| is_nullable(word)) && !term.contains(&"NULLS") {
                faults.push(format!("{}: ORDER BY {} says NULLS FIRST or NULLS LAST", statement.name, term.join(" ")));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Migration;

    const fn statement(sql: &'static str) -> Statement {
        Statement { name: "S", store: StoreKind::Tenant, sql, params: &[], columns: &[] }
    }

    #[test]
    fn what_the_engines_answer_alike_has_no_fault() {
        for sql in [
            "SELECT a, CAST(SUM(b) AS BIGINT) AS b FROM t WHERE tenant_id = $1 GROUP BY a ORDER BY a LIMIT $2",
            "INSERT INTO t (tenant_id, a) VALUES ($1, 'LIKE SELECT *')",
            "SELECT COUNT(*) AS n FROM t WHERE t.tenant_id = $1",
        ] {
            assert_eq!(lint(&[&statement(sql)]), Vec::<String>::new(), "{sql}");
        }
    }

    #[test]
    fn what_the_engines_answer_differently_is_a_fault() {
        for sql in [
            "SELECT a FROM t WHERE tenant_id = $1 AND a LIKE $2",
            "SELECT * FROM t WHERE tenant_id = $1",
            "SELECT t.* FROM t WHERE tenant_id = $1",
            "SELECT SUM(a) AS a FROM t WHERE tenant_id = $1",
            "SELECT a FROM t WHERE a = $1",
            "SELECT tenant_id FROM t",
            "INSERT INTO t (a) VALUES ($1)",
            "SELECT a FROM t WHERE tenant_id = $1 ORDER BY a LIMIT $2 OFFSET $3",
            "WITH b AS (SELECT a FROM t WHERE tenant_id = $1) DELETE FROM t WHERE tenant_id = $1",
        ] {
            assert_eq!(lint(&[&statement(sql)]).len(), 1, "{sql}");
        }
    }

    #[test]
    fn an_order_that_meets_null_says_where() {
        static UNCLEAR: Statement = statement("SELECT b FROM t WHERE tenant_id = $1 ORDER BY b DESC, a LIMIT $2");
        static CLEAR: Statement = statement("SELECT b FROM t WHERE tenant_id = $1 ORDER BY b DESC NULLS LAST, a");
        const MIGRATIONS: &[Migration] = &[Migration {
            version: 1,
            name: "t",
            sql: "CREATE TABLE t (tenant_id BIGINT NOT NULL, a BIGINT NOT NULL, b TEXT, PRIMARY KEY (a, tenant_id));",
        }];
        static UNCLEARLY: &[&Statement] = &[&UNCLEAR];
        static CLEARLY: &[&Statement] = &[&CLEAR];
        let schema = |statements| Schema::unregistered("d", StoreKind::Tenant, MIGRATIONS, statements);
        let faults = lint_schemas(&[schema(UNCLEARLY)]).expect("the migration is sound");
        assert_eq!(
            faults,
            [
                "table t: is in no data map",
                "table t: tenant_id comes first in PRIMARY KEY (a, tenant_id)",
                "S: ORDER BY B DESC says NULLS FIRST or NULLS LAST"
            ]
        );
        assert_eq!(lint_schemas(&[schema(CLEARLY)]).expect("the migration is sound").len(), 2);
    }

    #[test]
    fn the_stores_own_schemas_have_no_fault() {
        assert_eq!(lint_schemas(crate::SCHEMAS), Ok(Vec::new()));
    }
}
