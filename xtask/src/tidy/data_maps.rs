//! Every table says what it holds: each table and column that a migration creates stands in the data map of its crate.
//!
//! The map is a Rust constant of `kernel::data_map` types in `src/data_map.rs` or, where one file is too small, in `src/data_map/`. Here we compare names only; what the
//! entries say (class, storage, retention, erasure) is checked by the types and by tests that have the values in hand.

use super::Finding;
use crate::manifests::{members, owner};
use crate::rust_source::{scan, shipped};
use crate::tree::Tree;
use std::collections::{BTreeMap, BTreeSet};

/// A crate's tables with their columns.
type Tables = BTreeMap<String, BTreeSet<String>>;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let members = members(tree);
    let mut by_crate: BTreeMap<&str, Tables> = BTreeMap::new();
    for (path, text) in tree.texts() {
        let Some(manifest) = owner(&members, path) else { continue };
        for sql in sql_of(path, text) {
            read_tables(&sql, by_crate.entry(manifest.folder()).or_default());
        }
    }
    by_crate.iter().flat_map(|(folder, tables)| check_crate(tree, folder, tables)).collect()
}

/// The texts of a file in which a table may be created.
fn sql_of(path: &str, text: &str) -> Vec<String> {
    if path.contains("/migrations/") && path.ends_with(".sql") {
        return vec![text.to_owned()];
    }
    if !path.ends_with(".rs") || path.contains("/tests/") || path.starts_with("xtask/") {
        return Vec::new();
    }
    let literals = scan(shipped(text)).literals;
    literals
        .into_iter()
        .filter(|literal| literal.text.trim_start().starts_with("CREATE TABLE"))
        .map(|literal| literal.text.to_owned())
        .collect()
}

fn check_crate(tree: &Tree, folder: &str, tables: &Tables) -> Vec<Finding> {
    let path = format!("{folder}src/data_map.rs");
    let more = format!("{folder}src/data_map/");
    let maps = tree.texts().filter(|(file, _)| *file == path || file.starts_with(&more));
    let map: Tables = maps.flat_map(|(_, text)| read_map(text)).collect();
    let mut findings = Vec::new();
    for (table, columns) in tables {
        match map.get(table) {
            None => findings.push(Finding::at(&path, format!("table `{table}` is in a migration, but not in the data map"))),
            Some(mapped) => {
                let missing = columns.difference(mapped);
                findings.extend(missing.map(|column| Finding::at(&path, format!("column `{table}.{column}` is not in the data map"))));
            }
        }
    }
    findings
}

/// The names in a data map: the first string of each `Table` value is the table's, all strings up to the next are
/// candidates for its columns, and so are the names of the column constants that it mentions.
fn read_map(text: &str) -> Tables {
    let scan = scan(shipped(text));
    let mut tables = Tables::new();
    let mut constants = BTreeMap::new();
    let (mut table, mut after) = (None, 0);
    // The end of the text counts as one more literal, so that what stands behind the last one is read as well.
    let ends = scan.literals.iter().map(|literal| (Some(literal.text), literal.code_at)).chain([(None, scan.code.len())]);
    for (literal, at) in ends {
        let before = scan.code.get(after..at).unwrap_or_default();
        after = at;
        if let Some(columns) = table.and_then(|table| tables.get_mut(table)) {
            let words = before.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            columns.extend(words.filter_map(|word| constants.get(word)).map(|column: &&str| (*column).to_owned()));
        }
        let Some(literal) = literal else { break };
        if before.contains("Table {") || before.contains("table(") {
            table = Some(literal);
            tables.entry(literal.to_owned()).or_default();
        } else if let Some(constant) = column_constant(before) {
            constants.insert(constant.to_owned(), literal);
        } else if let Some(columns) = table.and_then(|table| tables.get_mut(table)) {
            columns.insert(literal.to_owned());
        }
    }
    tables
}

/// The name of the constant that is being declared where this code ends: `const TENANT: Column = column(`.
fn column_constant(code: &str) -> Option<&str> {
    let (name, rest) = code.rsplit_once("const ")?.1.split_once(':')?;
    rest.trim_start().starts_with("Column").then_some(name.trim())
}

/// Adds the tables and columns that SQL text creates.
fn read_tables(sql: &str, tables: &mut Tables) {
    for statement in without_comments(sql).split(';') {
        let words: Vec<&str> = statement.split(|c: char| c.is_whitespace() || c == '(').filter(|word| !word.is_empty()).collect();
        match upper(&words).as_slice() {
            [create, table, rest @ ..] if create == "CREATE" && table == "TABLE" => {
                let name_at = if rest.first().is_some_and(|word| word == "IF") { 5 } else { 2 };
                let body = statement.split_once('(').map_or("", |(_, body)| body);
                let columns = top_level_items(body).into_iter().filter_map(column_of);
                tables.entry(name(words.get(name_at))).or_default().extend(columns);
            }
            [alter, table, _, add, column, ..] if alter == "ALTER" && table == "TABLE" && add == "ADD" => {
                let at = if column == "COLUMN" { 5 } else { 4 };
                tables.entry(name(words.get(2))).or_default().insert(name(words.get(at)));
            }
            [alter, table, _, rename, to, _] if alter == "ALTER" && table == "TABLE" && rename == "RENAME" && to == "TO" => {
                let columns = tables.remove(&name(words.get(2))).unwrap_or_default();
                tables.insert(name(words.get(5)), columns);
            }
            [drop, table, ..] if drop == "DROP" && table == "TABLE" => {
                tables.remove(&name(words.last()));
            }
            _ => {}
        }
    }
}

fn upper(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| word.to_uppercase()).collect()
}

fn name(word: Option<&&str>) -> String {
    word.map(|word| word.trim_matches('"').to_owned()).unwrap_or_default()
}

fn without_comments(sql: &str) -> String {
    sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// What stands between the commas of the outermost parentheses.
fn top_level_items(body: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 0_usize;
    for c in body.chars() {
        match c {
            ')' if depth == 0 => break,
            ',' if depth == 0 => items.push(String::new()),
            _ => {
                depth = match c {
                    '(' => depth + 1,
                    ')' => depth - 1,
                    _ => depth,
                };
                items.last_mut().into_iter().for_each(|item| item.push(c));
            }
        }
    }
    items
}

fn column_of(item: String) -> Option<String> {
    const CONSTRAINTS: [&str; 6] = ["CHECK", "CONSTRAINT", "EXCLUDE", "FOREIGN", "PRIMARY", "UNIQUE"];
    let first = item.split(|c: char| c.is_whitespace() || c == '(').find(|word| !word.is_empty())?;
    (!CONSTRAINTS.contains(&first.to_uppercase().as_str())).then(|| name(Some(&first)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: (&str, &str) = ("server/devices/Cargo.toml", "[package]\nname = \"devices\"");
    const MIGRATION: &str = "-- Devices, and nothing else.
        CREATE TABLE device (
            tenant_id BIGINT NOT NULL, device_id BIGINT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('active', 'retired')), -- clear, an enum
            PRIMARY KEY (tenant_id, device_id)
        );
        CREATE INDEX device_by_state ON device (tenant_id, state);";
    const MAP: &str = r#"
        pub const DATA_MAP: &[Table] = &[Table {
            name: "device",
            purpose: "who a device is",
            columns: &[Column { name: "tenant_id" }, Column { name: "device_id" }, Column { name: "state" }],
        }];"#;

    fn messages(migration: &str, map: &str) -> Vec<String> {
        let tree =
            Tree::of([MANIFEST, ("server/devices/src/migrations/0001_device.sql", migration), ("server/devices/src/data_map.rs", map)]);
        check(&tree).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_mapped_table_is_fine() {
        assert_eq!(messages(MIGRATION, MAP), Vec::<String>::new());
    }

    #[test]
    fn a_table_that_no_map_claims_is_found() {
        assert_eq!(messages(MIGRATION, ""), ["table `device` is in a migration, but not in the data map"]);
        let more = format!("{MIGRATION}\ncreate table if not exists device_label (tenant_id bigint);");
        assert_eq!(messages(&more, MAP), ["table `device_label` is in a migration, but not in the data map"]);
    }

    #[test]
    fn a_table_that_is_made_anew_under_its_old_name_is_that_table() {
        let anew = "CREATE TABLE device_next (tenant_id BIGINT, device_id BIGINT, colour TEXT);
            DROP TABLE device;
            ALTER TABLE device_next RENAME TO device;";
        assert_eq!(messages(&format!("{MIGRATION}\n{anew}"), MAP), ["column `device.colour` is not in the data map"]);
    }

    #[test]
    fn a_column_that_the_map_does_not_know_is_found() {
        assert_eq!(
            messages(&MIGRATION.replace("state TEXT", "serial TEXT, state TEXT"), MAP),
            ["column `device.serial` is not in the data map"]
        );
        let altered = format!("{MIGRATION}\nALTER TABLE device ADD COLUMN seen_at BIGINT;");
        assert_eq!(messages(&altered, MAP), ["column `device.seen_at` is not in the data map"]);
    }

    #[test]
    fn a_column_of_another_table_does_not_count() {
        let migration = "CREATE TABLE a (x BIGINT); CREATE TABLE b (y BIGINT, x BIGINT);";
        let map = r#"&[Table { name: "a", columns: &[Column { name: "x" }] }, Table { name: "b", columns: &[Column { name: "y" }] }]"#;
        assert_eq!(messages(migration, map), ["column `b.x` is not in the data map"]);
    }

    #[test]
    fn a_column_that_tables_share_may_be_a_constant() {
        let map = |first: &str, second: &str| {
            format!(
                "const TENANT: Column = column(\"tenant_id\", 1);\nconst TABLES: &[Table] = &[
                Table {{ name: \"a\", columns: &[{first} column(\"x\", 2)] }}, Table {{ name: \"b\", columns: &[{second}] }}];"
            )
        };
        let migration = "CREATE TABLE a (tenant_id BIGINT, x BIGINT); CREATE TABLE b (tenant_id BIGINT);";
        assert_eq!(messages(migration, &map("TENANT,", "TENANT")), Vec::<String>::new());
        assert_eq!(messages(migration, &map("TENANT,", "")), ["column `b.tenant_id` is not in the data map"]);
        assert_eq!(messages(migration, &map("", "TENANT")), ["column `a.tenant_id` is not in the data map"]);
    }

    #[test]
    fn a_table_that_code_creates_counts_too() {
        let tree = Tree::of([MANIFEST, ("server/devices/src/store.rs", "const A: &str = \"CREATE TABLE hidden (a BIGINT)\";")]);
        assert_eq!(check(&tree).len(), 1);
    }

    #[test]
    fn a_name_in_a_comment_of_the_map_does_not_count() {
        assert_eq!(messages(MIGRATION, &MAP.replace(", Column { name: \"state\" }", " /* Column { name: \"state\" } */")).len(), 1);
    }
}
