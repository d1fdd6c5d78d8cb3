//! SQL lives in `store.rs` (or, where one file is too small for it, in `store/`), in `migrations/*.sql`, and in the store
//! crate itself: so that whoever asks "who reads this table" has one place a crate to look at.
//!
//! Tests may speak SQL: they look at what lies on the disk.

use super::Finding;
use crate::rust_source::{scan, shipped};
use crate::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| !is_home_of_sql(path)) {
        let sql = scan(shipped(text)).literals.into_iter().filter(|literal| is_sql(literal.text));
        findings.extend(sql.map(|literal| Finding::at_line(path, literal.line, "SQL outside of store.rs")));
    }
    let stray = tree.paths().filter(|path| path.ends_with(".sql") && !path.contains("/migrations/") && !path.contains("/tests/"));
    findings.extend(stray.map(|path| Finding::at(path, "SQL outside of a migrations folder")));
    findings
}

fn is_home_of_sql(path: &str) -> bool {
    let store_of_a_domain = path.ends_with("/src/store.rs") || path.contains("/src/store/");
    store_of_a_domain
        || path.starts_with("server/store/")
        || path.starts_with("stories/")
        || path.starts_with("xtask/")
        || path.contains("/tests/")
}

/// Whether a string is a statement. Capitals are the house's way to write one; in small letters only what no sentence
/// of English would hit.
fn is_sql(literal: &str) -> bool {
    let text = literal.trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == '(' || c == '\\').filter(|word| !word.is_empty()).collect();
    let has = |word: &str| words.contains(&word);
    match words.as_slice() {
        ["SELECT" | "WITH" | "PRAGMA" | "VACUUM", _, ..] | ["INSERT" | "REPLACE", "INTO" | "OR", ..] | ["DELETE", "FROM", ..] => true,
        ["UPDATE", ..] => has("SET"),
        ["CREATE" | "ALTER" | "DROP", kind, ..] => {
            ["TABLE", "INDEX", "UNIQUE", "ROLE", "SCHEMA", "POLICY", "DATABASE", "VIEW", "TRIGGER", "FUNCTION", "TEMP"].contains(kind)
        }
        ["BEGIN" | "COMMIT" | "ROLLBACK" | "SAVEPOINT", ..] => words.len() <= 3,
        ["select", ..] => has("from") && has("where"),
        ["insert", "into", ..] => has("values") || has("select"),
        ["update", ..] => has("set") && has("where"),
        ["delete", "from", ..] => has("where"),
        ["pragma", _] | ["create", "table", _, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of([(path, text)])).into_iter().map(|finding| finding.place).collect()
    }

    const CODE: &str = "fn f() {\n    tx.run(\"SELECT a FROM b\");\n}\n";

    #[test]
    fn a_statement_outside_of_the_store_is_found_with_its_line() {
        assert_eq!(places("server/devices/src/enrol.rs", CODE), ["server/devices/src/enrol.rs:2"]);
        assert_eq!(
            places("server/devices/src/enrol.rs", "const A: &str = r#\"\n  UPDATE x SET a = 1\"#;"),
            ["server/devices/src/enrol.rs:1"]
        );
        assert_eq!(places("purser/src/main.rs", "q(\"delete from device where id = 1\")").len(), 1);
        assert_eq!(places("server/devices/queries.sql", "SELECT 1;").len(), 1);
    }

    #[test]
    fn its_homes_are_free() {
        for path in [
            "server/devices/src/store.rs",
            "server/devices/src/store/groups.rs",
            "server/store/src/pool.rs",
            "server/trust/tests/it/erase.rs",
            "stories/tests/canary.rs",
        ] {
            assert!(places(path, CODE).is_empty(), "{path}");
        }
        assert!(places("server/devices/src/migrations/0001_device.sql", "CREATE TABLE device (a BIGINT)").is_empty());
    }

    #[test]
    fn comments_tests_and_english_are_no_sql() {
        for text in [
            "// \"SELECT a FROM b\"\n",
            "f(\"select a device from the list\")",
            "f(\"update your agent\"); f(\"CREATE an account\"); f(\"COMMIT often, and say it as the user would\")",
            "#[cfg(test)]\nmod tests { const A: &str = \"SELECT a FROM b\"; }",
        ] {
            assert!(places("server/web/src/lib.rs", text).is_empty(), "{text}");
        }
    }
}
