//! The specification of `trust`, driven through its facade on both engines.

mod access_log;
mod announcements;
mod cases;
mod doctor;
mod epochs;
mod erasure;
mod gather;
mod intents;
mod keyring;
mod kill;
mod ledger;
mod log;
mod pkcs11;
mod policy;
mod registers;
mod retention;
mod rights;
mod rolls;
mod root_change;
mod root_key;
mod second_copy;
mod secrets;
mod setup;
mod succession;

use store::testing::check_statements;
use trust::SCHEMAS;

#[test]
fn every_statement_answers_alike_on_both_engines() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
    runtime.block_on(check_statements(SCHEMAS.to_vec()));
}

#[test]
fn no_statement_says_what_the_engines_understand_differently() {
    for schema in SCHEMAS {
        assert_eq!(store::lint(schema.statements), Vec::<String>::new());
    }
}

#[test]
fn every_column_is_stored_as_its_class_demands() {
    let columns = SCHEMAS.iter().flat_map(|schema| schema.tables).flat_map(|table| table.columns);
    assert_eq!(columns.clone().filter(|column| !column.is_fit()).map(|column| column.name).collect::<Vec<_>>(), Vec::<&str>::new());
    assert!(columns.count() > 30);
}
