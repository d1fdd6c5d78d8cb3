//! The specification of `notify`: letters reach a real SMTP server, on both engines.

mod in_clear;
mod outbox;
mod sending;
mod world;

use notify::SCHEMAS;
use store::testing::check_statements;

#[test]
fn every_statement_answers_alike_on_both_engines() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
    runtime.block_on(check_statements(SCHEMAS.to_vec()));
}

#[test]
fn no_statement_says_what_the_engines_understand_differently() {
    assert_eq!(store::lint_schemas(SCHEMAS), Ok(Vec::new()));
}

#[test]
fn every_column_is_stored_as_its_class_demands() {
    let columns = SCHEMAS.iter().flat_map(|schema| schema.tables).flat_map(|table| table.columns);
    assert_eq!(columns.filter(|column| !column.is_fit()).map(|column| column.name).collect::<Vec<_>>(), Vec::<&str>::new());
}
