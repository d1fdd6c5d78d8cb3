//! Stamps: what transactions leave of the sealed values that they write, and what is found when something else was put there.

use std::sync::Arc;

use kernel::data_map::{Column, DataClass, Erasure, Retention, Storage, Table};
use kernel::{KeyRef, Place, Scope, TenantId};
use store::stamps::{GENERATIONS_BACK, SETTLED_AT_ONCE, Settling, StampPlace, StampProblem, StampsSeen};
use store::testing::{TestEnv, both_engines};
use store::{MappedTable, Migration, Schema, StoreError, StoreKind, Stores, Tx, Value, params, statements};

const NUMBER: u16 = 990;
const NAME: u16 = 3;
const NOTE: u16 = 4;

statements! {
    store = Tenant;
    INSERT_CARD = "INSERT INTO card (tenant_id, card_id, name, note, uses) VALUES ($1, $2, $3, $4, 0)" (BigInt, BigInt, Blob, Blob);
    INSERT_CARD_ONCE = "INSERT INTO card (tenant_id, card_id, name, note, uses) VALUES ($1, $2, $3, NULL, 0) ON CONFLICT DO NOTHING"
        (BigInt, BigInt, Blob);
    PUT_CARD = "INSERT INTO card (tenant_id, card_id, name, note, uses) VALUES ($1, $2, $3, NULL, 0) \
        ON CONFLICT (tenant_id, card_id) DO UPDATE SET name = excluded.name" (BigInt, BigInt, Blob);
    SET_NOTE = "UPDATE card SET uses = uses + 1, note = $3 WHERE tenant_id = $1 AND card_id = $2" (BigInt, BigInt, Blob);
    COUNT_USE = "UPDATE card SET uses = uses + 1 WHERE tenant_id = $1 AND note = $2" (BigInt, Blob);
    MOVE_CARD = "UPDATE card SET card_id = $3 WHERE tenant_id = $1 AND card_id = $2" (BigInt, BigInt, BigInt);
    DELETE_CARD = "DELETE FROM card WHERE tenant_id = $1 AND card_id = $2" (BigInt, BigInt);
    DELETE_CARDS = "DELETE FROM card WHERE tenant_id = $1" (BigInt);
    STAMPS = "SELECT CAST(COUNT(*) AS BIGINT) AS stamps FROM fresh_stamp WHERE tenant_id = $1" (BigInt) -> (stamps: BigInt);
    DELETE_STAMPS = "DELETE FROM fresh_stamp WHERE tenant_id = $1" (BigInt);
    COPY_FRESH = "SELECT row_number, column_number, generation, tag, mac FROM fresh_stamp WHERE tenant_id = $1 ORDER BY row_number, column_number"
        (BigInt) -> (row_number: BigInt, column_number: BigInt, generation: BigInt, tag: Blob, mac: Blob);
    PUT_FRESH = "INSERT INTO fresh_stamp (tenant_id, table_number, row_number, column_number, generation, tag, mac) \
        VALUES ($1, 990, $2, $3, $4, $5, $6)" (BigInt, BigInt, BigInt, BigInt, Blob, Blob);
}

static WITH_WRITE: store::Statement = store::Statement {
    name: "WITH_WRITE",
    store: StoreKind::Tenant,
    sql: "WITH old AS (SELECT card_id FROM card WHERE tenant_id = $1) DELETE FROM card WHERE tenant_id = $1 AND card_id IN (SELECT card_id FROM old)",
    params: &[store::Type::BigInt],
    columns: &[],
};

const fn column(number: u16, name: &'static str, storage: Storage) -> Column {
    Column { name, number, class: DataClass::Configuration, storage, meaning: "" }
}

const CARD: Table = Table {
    name: "card",
    number: NUMBER,
    store: StoreKind::Tenant,
    purpose: "Cards.",
    retention: Retention::WithSubject,
    erasure: Erasure::Tenant,
    bound_to: Some("card_id"),
    columns: &[
        column(1, "tenant_id", Storage::Clear),
        column(2, "card_id", Storage::Clear),
        column(NAME, "name", Storage::SealedTenant),
        column(NOTE, "note", Storage::SealedTenant),
        column(5, "uses", Storage::Clear),
    ],
};

const SCHEMAS: &[Schema] = &[Schema::new(
    "cards",
    StoreKind::Tenant,
    &[Migration {
        version: 1,
        name: "card",
        sql: "CREATE TABLE card (tenant_id BIGINT NOT NULL, card_id BIGINT NOT NULL, name BLOB NOT NULL, note BLOB, uses BIGINT NOT NULL, \
              PRIMARY KEY (tenant_id, card_id));",
    }],
    &[CARD],
    STATEMENTS,
)];

/// A tenant whose cards are written and looked at.
#[derive(Clone)]
struct Cards {
    stores: Stores,
    env: TestEnv,
    scope: Scope,
    tenant: TenantId,
    table: &'static MappedTable,
}

impl Cards {
    async fn new(stores: Stores, env: TestEnv) -> Self {
        let tenant = env.new_tenant(&stores).await;
        let scope = env.system_scope(tenant);
        let table = stores.mapped().expect("tables").iter().find(|table| table.map().number == NUMBER).expect("cards");
        let cards = Self { stores, env, scope, tenant, table };
        cards.begin().await;
        cards
    }

    async fn begin(&self) {
        let tenant = self.tenant;
        let begin = move |tx: &mut Tx<'_>| {
            let adopting = tx.begin_adopting(tenant)?;
            tx.end_adopting(tenant, &adopting)
        };
        let head = self.stores.tenant(&self.scope).write(begin).await.expect("begun");
        self.stores.stamps_settled(StoreKind::Tenant, tenant, head.generation);
    }

    fn sealed(&self, row: i64, column: u16, text: &str) -> Value {
        let place = Place { table: NUMBER, column, row };
        Value::Blob(self.env.keys.seal(KeyRef::Tenant(self.tenant), place, text.as_bytes()).expect("sealed"))
    }

    fn name(&self, row: i64) -> Value {
        self.sealed(row, NAME, "a name")
    }

    fn note(&self, row: i64) -> Value {
        self.sealed(row, NOTE, "a note")
    }

    async fn write<T: Send + 'static>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static) -> T {
        self.stores.tenant(&self.scope).write(work).await.expect("written")
    }

    async fn run(&self, statement: &'static store::Statement, params: Vec<Value>) -> u64 {
        self.write(move |tx| tx.execute(statement, &params)).await
    }

    async fn tamper(&self, statement: &'static store::Statement, params: Vec<Value>) -> u64 {
        self.write(move |tx| tx.tamper(statement, &params)).await
    }

    async fn settle(&self) -> (usize, usize) {
        let (tenant, mut step, mut sum) = (self.tenant, Some(Settling::default()), (0, 0));
        while let Some(settling) = step {
            let settled = self.write(move |tx| tx.settle_stamps(tenant, settling)).await.expect("stamps were begun");
            self.stores.stamps_settled(StoreKind::Tenant, tenant, settled.head.generation);
            sum = (sum.0 + settled.settled, sum.1 + settled.refused);
            step = settled.next;
        }
        sum
    }

    /// What is wrong with the cards, and with which tables' settled stamps.
    async fn look(&self) -> (Vec<(i64, u16, StampProblem)>, Vec<u16>) {
        let (tenant, table) = (self.tenant, self.table);
        let look = move |tx: &mut Tx<'_>| {
            let mut seen = StampsSeen::begin(tx, tenant)?;
            let mut found = Vec::new();
            for row in table.page(tx, kernel::Subject::Tenant(tenant), None, 100_000)? {
                found.extend(seen.row(tx, table, &row)?);
            }
            let (missing, put_back) = seen.end(tx, &[table], 10)?;
            found.extend(missing);
            let told = |found: store::stamps::StampedPlace| {
                let StampPlace { row, column, .. } = found.place;
                (row, column, found.problem)
            };
            Ok::<_, StoreError>((found.into_iter().map(told).collect(), put_back))
        };
        self.stores.tenant(&self.scope).read(look).await.expect("looked")
    }

    async fn fresh(&self) -> i64 {
        let tenant = self.tenant;
        let count = move |tx: &mut Tx<'_>| tx.query_one(&STAMPS, &params![tenant])?.get(0);
        self.stores.tenant(&self.scope).read(count).await.expect("counted")
    }
}

fn on_both_engines<F, T>(test: F)
where
    F: Fn(Cards) -> T + Copy,
    T: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(both_engines(SCHEMAS.to_vec(), |stores, env| async move { test(Cards::new(stores, env).await).await }));
}

#[test]
fn whatever_writes_a_sealed_value_stamps_it_and_nothing_else_does() {
    on_both_engines(|cards| async move {
        let tenant = cards.tenant;
        let of = |row: i64| vec![Value::from(tenant), Value::Int(row)];
        let with = |row: i64, value: Value| [of(row), vec![value]].concat();
        assert_eq!(cards.run(&INSERT_CARD, [with(1, cards.name(1)), vec![cards.note(1)]].concat()).await, 1);
        assert_eq!(cards.run(&INSERT_CARD_ONCE, with(2, cards.name(2))).await, 1);
        assert_eq!(cards.fresh().await, 4, "a name and a note each, one of which is empty");
        assert_eq!(cards.run(&INSERT_CARD_ONCE, with(2, cards.name(2))).await, 0, "there is one already");
        assert_eq!(cards.look().await, (vec![], vec![]));
        for (statement, value) in [(&PUT_CARD, cards.name(1)), (&SET_NOTE, cards.note(1)), (&SET_NOTE, Value::Null)] {
            assert_eq!(cards.run(statement, with(1, value)).await, 1);
            assert_eq!(cards.look().await, (vec![], vec![]), "{}", statement.name);
        }
        let many: Vec<Vec<Value>> = (10..400).map(|row| [with(row, cards.name(row)), vec![cards.note(row)]].concat()).collect();
        let note = many[0][3].clone();
        assert_eq!(cards.write(move |tx| tx.execute_many(&INSERT_CARD, many.clone())).await, 390);
        assert_eq!(cards.look().await, (vec![], vec![]));
        assert_eq!(cards.settle().await, (784, 0));
        assert_eq!(cards.look().await, (vec![], vec![]));
        assert_eq!(cards.run(&COUNT_USE, vec![Value::from(tenant), note]).await, 1);
        assert_eq!(cards.fresh().await, 0, "a note is compared with, and a number is written");
        assert_eq!(cards.run(&DELETE_CARD, of(1)).await, 1);
        assert_eq!(cards.look().await, (vec![], vec![]));
        assert_eq!(cards.run(&DELETE_CARDS, vec![Value::from(tenant)]).await, 391);
        assert_eq!(cards.look().await, (vec![], vec![]));
        cards.settle().await;
        assert_eq!((cards.look().await, cards.fresh().await), ((vec![], vec![]), 0));
    });
}

#[test]
fn what_is_undone_leaves_no_stamp_and_what_cannot_be_followed_is_refused() {
    on_both_engines(|cards| async move {
        let (tenant, db) = (cards.tenant, cards.stores.tenant(&cards.scope));
        let row = vec![Value::from(tenant), Value::Int(1), cards.name(1)];
        let undone = db.write(move |tx| {
            tx.execute(&PUT_CARD, &row)?;
            Err::<(), StoreError>(StoreError::NotFound)
        });
        assert!(matches!(undone.await, Err(StoreError::NotFound)));
        assert_eq!(cards.fresh().await, 0);
        for (statement, params) in [(&MOVE_CARD, params![tenant, 1, 2].to_vec()), (&WITH_WRITE, params![tenant].to_vec())] {
            let refused = db.write(move |tx| tx.execute(statement, &params)).await;
            assert!(matches!(refused, Err(StoreError::Misuse(_))), "{refused:?}");
        }
        assert_eq!(store::lint(&[&WITH_WRITE]).len(), 1, "it is found before it runs");
    });
}

#[test]
fn what_is_not_the_newest_is_named_by_its_place() {
    on_both_engines(|cards| async move {
        let tenant = cards.tenant;
        let (older, newer) = (cards.note(1), cards.note(1));
        let set = |note: &Value| vec![Value::from(tenant), Value::Int(1), note.clone()];
        cards.run(&INSERT_CARD, vec![Value::from(tenant), Value::Int(1), cards.name(1), older.clone()]).await;
        cards.run(&SET_NOTE, set(&newer)).await;
        for _ in ["fresh", "settled"] {
            cards.tamper(&SET_NOTE, set(&older)).await;
            assert_eq!(cards.look().await, (vec![(1, NOTE, StampProblem::PutBack)], vec![]));
            cards.tamper(&SET_NOTE, set(&Value::Null)).await;
            assert_eq!(cards.look().await, (vec![(1, NOTE, StampProblem::Removed)], vec![]));
            cards.tamper(&SET_NOTE, set(&newer)).await;
            assert_eq!(cards.look().await, (vec![], vec![]));
            cards.settle().await;
        }
        cards.run(&SET_NOTE, set(&Value::Null)).await;
        cards.tamper(&SET_NOTE, set(&newer)).await;
        assert_eq!(cards.look().await, (vec![(1, NOTE, StampProblem::Unknown)], vec![]));
        cards.settle().await;
        assert_eq!(cards.look().await, (vec![(1, NOTE, StampProblem::Unknown)], vec![]));
    });
}

#[test]
fn a_fresh_stamp_is_believed_for_two_generations_and_no_longer() {
    on_both_engines(|cards| async move {
        let tenant = cards.tenant;
        cards.run(&PUT_CARD, vec![Value::from(tenant), Value::Int(1), cards.name(1)]).await;
        let copy = cards.stores.tenant(&cards.scope).read(move |tx| tx.query(&COPY_FRESH, &params![tenant])).await.expect("stamps");
        let copy: Vec<Vec<Value>> = copy.iter().map(|row| [&[Value::from(tenant)], row.values()].concat()).collect();
        let again = |cards: Cards, copy: Vec<Vec<Value>>| async move {
            for row in copy {
                cards.tamper(&PUT_FRESH, row).await;
            }
            let looked = cards.look().await;
            cards.tamper(&DELETE_STAMPS, vec![Value::from(tenant)]).await;
            looked.0
        };
        cards.settle().await;
        for generation in 1..=GENERATIONS_BACK + 1 {
            let found = again(cards.clone(), copy.clone()).await;
            let expected = if generation > GENERATIONS_BACK { vec![(1, NAME, StampProblem::Forged)] } else { vec![] };
            assert_eq!(found, expected, "after {generation} settlings");
            cards.run(&PUT_CARD, vec![Value::from(tenant), Value::Int(2), cards.name(2)]).await;
            cards.settle().await;
        }
        for row in copy {
            cards.tamper(&PUT_FRESH, row).await;
        }
        assert_eq!(cards.settle().await, (0, 2), "nor is it taken in: the name's, and the one of a note that is not there");
    });
}

#[test]
fn a_fresh_stamp_from_before_what_is_settled_in_its_place_is_a_forgery_at_once() {
    on_both_engines(|cards| async move {
        let tenant = cards.tenant;
        let write = |text: &str| vec![Value::from(tenant), Value::Int(1), cards.sealed(1, NAME, text)];
        let older = write("older");
        cards.run(&PUT_CARD, older.clone()).await;
        let copy = cards.stores.tenant(&cards.scope).read(move |tx| tx.query(&COPY_FRESH, &params![tenant])).await.expect("stamps");
        cards.settle().await;
        cards.run(&PUT_CARD, write("newer")).await;
        cards.settle().await;
        cards.tamper(&PUT_CARD, older).await;
        for row in copy {
            cards.tamper(&PUT_FRESH, [&[Value::from(tenant)], row.values()].concat()).await;
        }
        assert_eq!(cards.look().await, (vec![(1, NAME, StampProblem::Forged)], vec![]));
        assert_eq!(cards.settle().await, (1, 1), "the note that never was there is the same as before; the name is not taken in");
        assert_eq!(cards.look().await, (vec![(1, NAME, StampProblem::Forged)], vec![]));
    });
}

#[test]
fn a_tenants_rows_are_erased_without_a_stamp_of_each() {
    on_both_engines(|cards| async move {
        let (tenant, table) = (cards.tenant, cards.table);
        for row in 0..3 {
            cards.run(&PUT_CARD, vec![Value::from(tenant), Value::Int(row), cards.name(row)]).await;
        }
        cards.settle().await;
        let erased = cards.write(move |tx| table.delete(tx, kernel::Subject::Tenant(tenant))).await;
        assert_eq!((erased, cards.fresh().await), (3, 0));
    });
}

#[test]
fn more_stamps_than_one_transaction_settles_are_settled_by_several() {
    on_both_engines(|cards| async move {
        let tenant = cards.tenant;
        // As many transactions as a fresh stamp would not outlive, were each of them a settling of its own.
        let rows = i64::try_from(SETTLED_AT_ONCE).expect("few") / 2 * (GENERATIONS_BACK + 2) + 1;
        let many: Vec<Vec<Value>> = (0..rows).map(|row| vec![Value::from(tenant), Value::Int(row), cards.name(row)]).collect();
        cards.write(move |tx| tx.execute_many(&PUT_CARD, many.clone())).await;
        assert_eq!(cards.settle().await, (2 * usize::try_from(rows).expect("few"), 0));
        assert_eq!(cards.look().await, (vec![], vec![]));
    });
}

#[test]
fn of_a_tenant_without_a_key_nothing_is_stamped_and_rows_are_deleted_all_the_same() {
    on_both_engines(|cards| async move {
        let tenant = cards.tenant;
        cards.run(&PUT_CARD, vec![Value::from(tenant), Value::Int(1), cards.name(1)]).await;
        let keys = store::testing::PlainKeyRing::new(kernel::Rng::seeded(3));
        keys.destroy(KeyRef::Tenant(tenant));
        cards.stores.stamp_with(Arc::new(keys));
        cards.tamper(&DELETE_STAMPS, vec![Value::from(tenant)]).await;
        assert_eq!(cards.run(&DELETE_CARDS, vec![Value::from(tenant)]).await, 1);
        assert_eq!(cards.fresh().await, 0);
    });
}
