//! Every registered statement, on both engines.

use store::testing::check_statements;
use store::{Migration, Schema, StoreKind, lint_schemas};

use crate::fixture::SCHEMAS;

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_of_the_store_answers_alike_on_both_engines() {
    check_statements(SCHEMAS).await;
}

#[test]
fn the_stores_own_statements_and_tables_have_no_fault() {
    assert_eq!(lint_schemas(store::SCHEMAS), Ok(Vec::new()));
}

store::statements! {
    registry = DIFFERING;
    store = System;
    ORDERED_BY_HALF = "SELECT id, name FROM half ORDER BY name NULLS FIRST LIMIT $1" (BigInt) -> (id: BigInt, name: Text);
    SUMMED = "SELECT SUM(id) AS id FROM half" () -> (id: BigInt);
}

const HALF: &[Migration] =
    &[Migration { version: 1, name: "half", sql: "CREATE TABLE half (id BIGINT NOT NULL, name TEXT, PRIMARY KEY (id));" }];

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_the_engines_answer_differently_is_found() {
    if std::env::var("PURSER_TEST_DATABASE_URL").is_err() {
        println!("skipped: it needs PostgreSQL");
        return;
    }
    let schema = Schema::unregistered("half", StoreKind::System, HALF, DIFFERING);
    let checked = tokio::spawn(check_statements(vec![schema])).await;
    let panic = checked.expect_err("the difference is found").into_panic();
    let text = panic.downcast_ref::<String>().expect("the panic has a text");
    for name in ["SUMMED", "ORDERED_BY_HALF"] {
        assert!(text.contains(name), "{text}");
    }
}
