//! Retention over tables that trust does not know: shown a day before, deleted at the microsecond, told.

use std::time::Duration;

use kernel::data_map::{Column, DataClass, Days, Erasure, Retention, Storage, StoreKind, Table};
use kernel::{Scope, ScopeMint, SystemWork, TenantId, Timestamp};
use serde_json::{Value, json};
use store::testing::check_statements;
use store::{Migration, Schema, WAKE_QUIET_TIME, params};
use trust::retention::{BATCHES_AT_ONCE, COUNTED_FOR, ROWS_AT_ONCE, SHOWN_AHEAD, SWEEP_INTERVAL, TENANTS_AT_ONCE, Timed, Turn};
use trust::{LeafKind, Ledger, RetentionError, Retentions, Trust};

use crate::setup::{House, on_both_engines_with};

const DAY: Duration = Duration::from_secs(24 * 3_600);

const fn clear(number: u16, name: &'static str) -> Column {
    Column { name, number, class: DataClass::Configuration, storage: Storage::Clear, meaning: "A number." }
}

const LETTER: Table = Table {
    name: "letter",
    number: 990,
    store: StoreKind::Tenant,
    purpose: "Letters.",
    retention: Retention::Days(Days::after("written_at", 30).or_from(10, 60)),
    erasure: Erasure::Tenant,
    bound_to: None,
    columns: &[clear(1, "tenant_id"), clear(2, "letter_id"), clear(3, "written_at")],
};

const COUNT_OF_DAY: Table = Table {
    name: "letter_day",
    number: 991,
    retention: Retention::Days(Days::after_day("day", 5)),
    columns: &[clear(1, "tenant_id"), clear(2, "day")],
    ..LETTER
};

/// In the identity store, where many tenants' rows lie side by side; one that never expires has no time.
const POSTMARK: Table = Table {
    name: "postmark",
    number: 992,
    store: StoreKind::Identity,
    retention: Retention::Days(Days::after("expires_at", 1)),
    columns: &[clear(1, "tenant_id"), clear(2, "postmark_id"), clear(3, "expires_at")],
    ..LETTER
};

const MADE: &[Migration] = &[Migration {
    version: 1,
    name: "letters",
    sql: "CREATE TABLE letter (tenant_id BIGINT NOT NULL, letter_id BIGINT NOT NULL, written_at BIGINT NOT NULL, PRIMARY KEY (tenant_id, letter_id));
          CREATE TABLE letter_day (tenant_id BIGINT NOT NULL, day BIGINT NOT NULL, PRIMARY KEY (tenant_id, day));",
}];

const MADE_OF_IDENTITY: &[Migration] = &[Migration {
    version: 1,
    name: "postmarks",
    sql: "CREATE TABLE postmark (tenant_id BIGINT NOT NULL, postmark_id BIGINT NOT NULL, expires_at BIGINT, PRIMARY KEY (tenant_id, postmark_id))",
}];

/// A domain that trust has never heard of.
static LETTERS: &[Schema] = &[
    Schema::new("letters", StoreKind::Tenant, MADE, &[LETTER, COUNT_OF_DAY], STATEMENTS),
    Schema::new("letters", StoreKind::Identity, MADE_OF_IDENTITY, &[POSTMARK], IDENTITY_STATEMENTS),
];

store::statements! {
    store = Tenant;
    WRITE_LETTER = "INSERT INTO letter (tenant_id, letter_id, written_at) VALUES ($1, $2, $3)" (BigInt, BigInt, BigInt);
    LETTER_IDS = "SELECT letter_id FROM letter WHERE tenant_id = $1 ORDER BY letter_id" (BigInt) -> (letter_id: BigInt);
    COUNT_DAY = "INSERT INTO letter_day (tenant_id, day) VALUES ($1, $2)" (BigInt, BigInt);
    DAYS = "SELECT day FROM letter_day WHERE tenant_id = $1 ORDER BY day" (BigInt) -> (day: BigInt);
}

store::statements! {
    registry = CHOICE_STATEMENTS;
    store = Tenant;
    CHOOSE = "UPDATE retention_choice SET days = $3 WHERE tenant_id = $1 AND table_number = $2" (BigInt, BigInt, BigInt);
    BEGIN = "UPDATE retention_plan SET begun_at = due_at WHERE tenant_id = $1 AND table_number = $2" (BigInt, BigInt);
    BURN_LETTER = "DELETE FROM letter WHERE tenant_id = $1 AND letter_id = $2" (BigInt, BigInt);
}

store::statements! {
    registry = IDENTITY_STATEMENTS;
    store = Identity;
    PRINT_POSTMARK = "INSERT INTO postmark (tenant_id, postmark_id, expires_at) VALUES ($1, $2, $3)" (BigInt, BigInt, BigInt);
    POSTMARKS = "SELECT postmark_id FROM postmark ORDER BY postmark_id" () -> (postmark_id: BigInt);
}

/// Retention in a house with a tenant.
struct Office<'a> {
    house: &'a House,
    trust: Trust,
    retentions: Retentions,
    scope: Scope,
}

fn tenant(number: u64) -> TenantId {
    TenantId::from_random(number << 1)
}

fn scope(of: TenantId) -> Scope {
    ScopeMint::for_app().system(of, SystemWork::Reconciler)
}

impl<'a> Office<'a> {
    async fn open(house: &'a House) -> Self {
        let trust = house.trust().await;
        let office = Self { house, retentions: Self::retentions(house, &trust), trust, scope: scope(tenant(1)) };
        office.settle(tenant(1)).await;
        office
    }

    fn retentions(house: &House, trust: &Trust) -> Retentions {
        Retentions::new(&house.stores, trust, ScopeMint::for_app(), 30)
    }

    async fn settle(&self, tenant: TenantId) {
        self.trust.create_tenant(tenant).await.expect("keys");
        self.house.stores.create_tenant(tenant).await.expect("a store");
    }

    fn now(&self) -> Timestamp {
        self.house.stores.clock().now()
    }

    async fn write(&self, letter: i64, written_at: Timestamp) {
        self.write_many([letter], written_at).await;
    }

    async fn write_many(&self, letters: impl IntoIterator<Item = i64>, written_at: Timestamp) {
        let tenant = self.scope.tenant();
        let rows: Vec<_> = letters.into_iter().map(|letter| params![tenant, letter, written_at]).collect();
        let write = move |tx: &mut store::Tx<'_>| tx.execute_many(&WRITE_LETTER, rows.clone());
        self.house.stores.tenant(&self.scope).write(write).await.expect("written");
    }

    async fn letters(&self) -> Vec<i64> {
        let tenant = self.scope.tenant();
        let read = move |tx: &mut store::Tx<'_>| tx.query(&LETTER_IDS, &params![tenant])?.iter().map(|row| row.get(0)).collect();
        self.house.stores.tenant(&self.scope).read(read).await.expect("read")
    }

    async fn run(&self) -> Turn {
        self.retentions.run(&self.scope).await.expect("a turn")
    }

    async fn shown(&self, table: &str) -> Timed {
        let shown = self.retentions.shown(&self.scope).await.expect("shown");
        shown.into_iter().find(|shown| shown.table.name == table).and_then(|shown| shown.timed).expect("a table that ends by time")
    }

    /// What the tenant's ledger says of a kind, the newest last.
    async fn told(&self, kind: LeafKind) -> Vec<Value> {
        let ledger = Ledger::new(&self.house.stores, &self.trust, ScopeMint::for_app());
        ledger.sequence_tenant(&self.scope).await.expect("in order");
        let leaves = ledger.leaves(&self.scope, None, 100).await.expect("leaves");
        let payload = |leaf: trust::ledger::log::ListedLeaf| leaf.opened.expect("it opens").1["payload"].clone();
        leaves.into_iter().rev().filter(|leaf| leaf.kind == kind).map(payload).collect()
    }
}

#[test]
fn a_row_stays_a_microsecond_before_the_end_of_its_days_and_goes_at_it() {
    on_both_engines_with(LETTERS, async |house| {
        let office = Office::open(&house).await;
        let end = office.now();
        let at_the_end = end.minus(DAY * 30);
        office.write(1, at_the_end).await;
        office.write(2, Timestamp::from_micros(at_the_end.micros() + 1)).await;
        house.hand.set(end.minus(SHOWN_AHEAD));
        assert_eq!(office.run().await, Turn::default(), "it is shown first");
        let going = office.shown("letter").await.going.expect("it is shown");
        assert_eq!((going.rows, going.oldest, going.up_to, going.due_at), (1, at_the_end, at_the_end, end));
        house.hand.set(Timestamp::from_micros(end.micros() - 1));
        assert_eq!((office.run().await, office.letters().await), (Turn::default(), vec![1, 2]), "a microsecond before");
        house.hand.set(end);
        let ended = office.run().await.ended;
        assert_eq!(
            ended.iter().map(|ended| (ended.table.as_str(), ended.rows, ended.up_to)).collect::<Vec<_>>(),
            [("tenant.letter", 1, at_the_end)]
        );
        assert_eq!(office.letters().await, [2], "the one that is a microsecond younger stays");
    });
}

#[test]
fn nothing_is_deleted_that_was_not_shown_a_day_before_however_old_it_is() {
    on_both_engines_with(LETTERS, async |house| {
        let office = Office::open(&house).await;
        office.write(1, office.now().minus(DAY * 300)).await;
        office.run().await;
        let shown = office.shown("letter").await;
        assert_eq!((shown.rows, shown.past), (1, 1));
        assert_eq!(shown.going.map(|going| going.due_at), Some(office.now().plus(SHOWN_AHEAD)));
        // What comes after it was shown waits for the next showing.
        house.hand.advance(SHOWN_AHEAD - Duration::from_micros(1));
        office.write(2, office.now().minus(DAY * 29)).await;
        assert_eq!((office.run().await.ended, office.letters().await), (vec![], vec![1, 2]));
        house.hand.advance(Duration::from_micros(1));
        office.run().await;
        assert_eq!(office.letters().await, [2]);
    });
}

#[test]
fn promise_x_4_rows_of_a_table_that_trust_has_never_heard_of_end_and_are_told() {
    on_both_engines_with(LETTERS, async |house| {
        let office = Office::open(&house).await;
        let (began, today) = (office.now(), office.now().seconds() / 86_400);
        office.write_many(1..=3, began.minus(DAY * 40)).await;
        let count = move |tx: &mut store::Tx<'_>| {
            (today - 6..=today).try_for_each(|day| tx.execute(&COUNT_DAY, &params![tenant(1), day]).map(|_| ()))
        };
        house.stores.tenant(&office.scope).write(count).await.expect("counted");
        office.run().await;
        house.hand.advance(SHOWN_AHEAD);
        office.run().await;
        office.run().await;
        let up_to_day = (today - 5) * 86_400 * 1_000_000;
        let letters = began.minus(DAY * 29).micros();
        assert_eq!(
            office.told(LeafKind::RetentionRun).await,
            [json!({ "tables": [
                { "table": "tenant.letter", "rows": 3, "up_to": letters, "days": 30, "shown_at": began.micros() },
                { "table": "tenant.letter_day", "rows": 2, "up_to": up_to_day, "days": 5, "shown_at": began.micros() },
            ] })]
        );
        let days = move |tx: &mut store::Tx<'_>| {
            tx.query(&DAYS, &params![tenant(1)])?.iter().map(|row| row.get(0)).collect::<Result<Vec<i64>, _>>()
        };
        assert_eq!(
            house.stores.tenant(&office.scope).read(days).await.expect("days").first(),
            Some(&(today - 4)),
            "five whole days before today's"
        );
    });
}

#[test]
fn rows_of_the_identity_store_end_tenant_by_tenant_and_one_without_a_time_never_does() {
    on_both_engines_with(LETTERS, async |house| {
        let office = Office::open(&house).await;
        office.settle(tenant(2)).await;
        let old = office.now().minus(DAY * 2);
        let rows =
            vec![params![tenant(1), 1_i64, Some(old)], params![tenant(1), 2_i64, None::<Timestamp>], params![tenant(2), 3_i64, Some(old)]];
        house.stores.identity().write(move |tx| tx.execute_many(&PRINT_POSTMARK, rows.clone())).await.expect("printed");
        office.run().await;
        house.hand.advance(SHOWN_AHEAD * 500);
        let ended = office.run().await.ended;
        assert_eq!(ended.iter().map(|ended| (ended.table.as_str(), ended.rows)).collect::<Vec<_>>(), [("identity.postmark", 1)]);
        let read = |tx: &mut store::Tx<'_>| tx.query(&POSTMARKS, &[])?.iter().map(|row| row.get(0)).collect::<Result<Vec<i64>, _>>();
        assert_eq!(house.stores.identity().read(read).await.expect("postmarks"), [2, 3], "another tenant's waits for its own turn");
    });
}

#[test]
fn an_owner_who_sees_too_much_in_the_preview_chooses_more_days_and_nothing_goes() {
    on_both_engines_with(LETTERS, async |house| {
        let office = Office::open(&house).await;
        office.write(1, office.now().minus(DAY * 40)).await;
        office.run().await;
        assert!(office.shown("letter").await.going.is_some());
        office.retentions.choose(&office.scope, "tenant.letter", Some(60)).await.expect("within the bounds");
        let shown = office.shown("letter").await;
        assert_eq!((shown.days, shown.days_default, shown.going), (60, 30, None));
        house.hand.advance(SHOWN_AHEAD);
        assert_eq!(office.run().await.ended, []);
        assert_eq!(office.letters().await, [1]);
        office.retentions.choose(&office.scope, "tenant.letter", None).await.expect("as where nobody chose");
        assert_eq!((office.shown("letter").await.days, office.shown("letter").await.chosen_at), (30, None));
        let told = office.told(LeafKind::RetentionChanged).await;
        let change = |before: u16, days: u16| json!({ "table": "tenant.letter", "days_before": before, "days": days });
        assert_eq!(told, [change(30, 60), change(60, 30)]);
    });
}

#[test]
fn what_was_shown_by_fewer_days_is_deleted_by_those_in_force_when_it_is_due() {
    on_both_engines_with(LETTERS, async |house| {
        let office = Office::open(&house).await;
        office.retentions.choose(&office.scope, "tenant.letter", Some(10)).await.expect("within the bounds");
        office.write(1, office.now().minus(DAY * 70)).await;
        office.write(2, office.now().minus(DAY * 20)).await;
        office.run().await;
        assert_eq!(office.shown("letter").await.going.map(|going| going.rows), Some(2));
        // As an import or a release does it, which drop nothing that was shown.
        let choose = |tx: &mut store::Tx<'_>| tx.execute(&CHOOSE, &params![tenant(1), 990_i64, 60_i64]);
        house.stores.tenant(&office.scope).write(choose).await.expect("chosen");
        house.hand.advance(SHOWN_AHEAD);
        office.run().await;
        assert_eq!(office.letters().await, [2]);
    });
}

#[test]
fn days_are_chosen_within_the_bounds_of_the_data_map_and_only_where_it_gives_some() {
    on_both_engines_with(LETTERS, async |house| {
        let office = Office::open(&house).await;
        for days in [10, 60] {
            office.retentions.choose(&office.scope, "tenant.letter", Some(days)).await.expect("at the bound");
        }
        for days in [0, 9, 61, u16::MAX] {
            let refused = office.retentions.choose(&office.scope, "tenant.letter", Some(days)).await;
            assert!(matches!(refused, Err(RetentionError::Bounds { min: 10, max: 60, .. })), "{days}: {refused:?}");
        }
        for table in ["tenant.letter_day", "identity.postmark", "letter", "tenant.ledger_leaf", "system.access_log_segment", ""] {
            let refused = office.retentions.choose(&office.scope, table, Some(30)).await;
            assert!(matches!(refused, Err(RetentionError::Unknown(_))), "{table}: {refused:?}");
        }
        assert_eq!(office.shown("letter").await.days, 60, "what is refused changes nothing");
    });
}

#[test]
fn what_one_turn_does_not_delete_the_next_does_and_the_ledger_has_the_whole_count() {
    on_both_engines_with(LETTERS, async |house| {
        let office = Office::open(&house).await;
        let rows = (ROWS_AT_ONCE * BATCHES_AT_ONCE) as i64;
        let old = office.now().minus(DAY * 40);
        for first in (0..=rows).step_by(20_000) {
            office.write_many(first..(first + 20_000).min(rows + 1), old).await;
        }
        office.run().await;
        house.hand.advance(SHOWN_AHEAD);
        let turn = office.run().await;
        assert!(turn.is_cut_off && turn.ended.is_empty(), "it is not told before it is done");
        assert_eq!(office.letters().await, [rows], "the last one of them is left");
        // Another process goes on; the days are more by now, but what has begun is not dropped.
        let other = Office::retentions(&house, &office.trust);
        let turn = other.run(&office.scope).await.expect("a turn");
        assert_eq!(turn.ended.first().map(|ended| ended.rows), Some(rows as u64 + 1));
        assert_eq!(office.letters().await, Vec::<i64>::new());
        assert_eq!(office.told(LeafKind::RetentionRun).await.len(), 1);
    });
}

#[test]
fn a_step_looks_at_every_tenant_once_a_day_and_at_one_when_its_rows_are_due() {
    on_both_engines_with(LETTERS, async |house| {
        let office = Office::open(&house).await;
        for number in 2..=TENANTS_AT_ONCE as u64 + 1 {
            office.settle(tenant(number)).await;
        }
        office.write(1, office.now().minus(DAY * 40)).await;
        let first = office.retentions.step().await.expect("a step");
        assert_eq!((first.tenants, first.is_more), (TENANTS_AT_ONCE, true));
        let second = office.retentions.step().await.expect("a step");
        assert_eq!((second.tenants, second.is_more), (1, false));
        assert_eq!(office.retentions.step().await.expect("a step").tenants, 0, "until the day is over");
        house.hand.advance(SHOWN_AHEAD);
        const { assert!(SHOWN_AHEAD.as_secs() <= SWEEP_INTERVAL.as_secs(), "what is due is woken for") };
        let due = office.retentions.step().await.expect("a step");
        assert_eq!(due.rows, 1);
        assert_eq!(office.letters().await, Vec::<i64>::new());
    });
}

#[test]
fn what_a_choice_has_shown_is_deleted_when_it_is_due_and_not_at_the_next_daily_look() {
    on_both_engines_with(LETTERS, async |house| {
        let office = Office::open(&house).await;
        office.write(1, office.now().minus(DAY * 20)).await;
        assert_eq!(office.retentions.step().await.expect("the daily look").tenants, 1);
        house.hand.advance(Duration::from_secs(3_600));
        office.retentions.choose(&office.scope, "tenant.letter", Some(10)).await.expect("within the bounds");
        // As often as the server looks, until what the choice woke for is done with.
        for _ in 0..4 {
            office.retentions.step().await.expect("a step");
            house.hand.advance(WAKE_QUIET_TIME);
        }
        let due_at = office.shown("letter").await.going.expect("shown").due_at;
        house.hand.set(due_at.minus(Duration::from_micros(1)));
        assert_eq!(office.retentions.step().await.expect("a step").rows, 0);
        house.hand.set(due_at);
        assert_eq!(office.retentions.step().await.expect("a step").rows, 1);
        assert_eq!(office.letters().await, Vec::<i64>::new());
    });
}

#[test]
fn the_ledger_tells_how_many_rows_were_deleted_where_some_went_otherwise() {
    on_both_engines_with(LETTERS, async |house| {
        let office = Office::open(&house).await;
        office.write_many(1..=3, office.now().minus(DAY * 40)).await;
        office.run().await;
        house.hand.advance(SHOWN_AHEAD);
        // As where a turn has begun and was cut off, and a letter went with the device that it was of.
        let go = |tx: &mut store::Tx<'_>| {
            tx.execute(&BEGIN, &params![tenant(1), 990_i64])?;
            tx.execute(&BURN_LETTER, &params![tenant(1), 2_i64])
        };
        house.stores.tenant(&office.scope).write(go).await.expect("gone");
        assert_eq!(office.shown("letter").await.going.map(|going| (going.rows, going.is_begun)), Some((3, true)));
        assert_eq!(office.run().await.ended.first().map(|ended| ended.rows), Some(2));
        assert_eq!(office.told(LeafKind::RetentionRun).await[0]["tables"][0]["rows"], json!(2));
    });
}

#[test]
fn a_preview_counts_once_in_ten_minutes_and_again_after_a_choice_or_a_turn() {
    on_both_engines_with(LETTERS, async |house| {
        let office = Office::open(&house).await;
        let young = office.now();
        let rows = async || office.shown("letter").await.rows;
        office.write(1, young).await;
        assert_eq!(rows().await, 1);
        office.write(2, young).await;
        house.hand.advance(COUNTED_FOR - Duration::from_micros(1));
        assert_eq!(rows().await, 1, "as it was counted");
        house.hand.advance(Duration::from_micros(1));
        assert_eq!(rows().await, 2);
        office.write(3, young).await;
        office.retentions.choose(&office.scope, "tenant.letter", Some(60)).await.expect("within the bounds");
        assert_eq!(rows().await, 3);
        office.write(4, young).await;
        office.run().await;
        assert_eq!(rows().await, 4);
    });
}

#[test]
fn a_table_whose_retention_is_no_time_is_shown_as_such_and_never_run() {
    on_both_engines_with(LETTERS, async |house| {
        let office = Office::open(&house).await;
        let shown = office.retentions.shown(&office.scope).await.expect("shown");
        let leaves = shown.iter().find(|shown| shown.table.name == "ledger_leaf").expect("every table is shown");
        assert_eq!((leaves.table.retention, leaves.timed), (Retention::WithSubject, None));
        assert!(shown.is_sorted_by_key(|shown| (shown.table.store, shown.table.number)));
        let instance = office.retentions.shown_of_instance().await.expect("shown");
        let access_log = instance.iter().find(|shown| shown.table.name == "access_log_segment").and_then(|shown| shown.timed);
        assert_eq!(access_log.map(|timed| timed.days), Some(30));
    });
}

#[test]
fn the_statements_that_are_made_for_any_table_answer_alike_on_both_engines() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
    runtime.block_on(check_statements(LETTERS.to_vec()));
}
