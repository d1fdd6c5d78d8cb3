//! What somebody with the database's password put back to an older state, whole and validly sealed, and whether it is named.

use std::collections::BTreeSet;
use std::time::Duration;

use kernel::data_map::{Column, Storage};
use kernel::{DeviceId, KeyRef, Place, Subject, TenantId, UserId};
use serde_json::json;
use store::stamps::{GENERATIONS_BACK, is_stamped};
use store::{MappedTable, Statement, StoreError, StoreKind, Tx, Type, Value};
use trust::LeafKind;
use trust::integrity::{AcceptError, Checked, Finding, REASON_CHARS_MAX, What};

use crate::integrity::{check, host, rows, tamper, tenant};
use crate::world::{World, on_both_engines};

/// A table with what it held at one time.
struct Copy {
    table: &'static MappedTable,
    rows: Vec<Vec<Value>>,
}

pub(crate) fn table(world: &World, store: StoreKind, name: &str) -> &'static MappedTable {
    let tables = world.opened.stores().mapped().expect("tables");
    tables.iter().find(|table| table.map().store == store && table.map().name == name).expect("a table")
}

/// The tables whose values are stamped.
fn stamped(world: &World) -> Vec<&'static MappedTable> {
    let tables = world.opened.stores().mapped().expect("tables").iter();
    tables.filter(|table| stamped_columns(table).next().is_some()).collect()
}

fn stamped_columns(table: &'static MappedTable) -> impl Iterator<Item = &'static Column> {
    table.map().columns.iter().filter(|column| is_stamped(table.map(), column.storage))
}

/// A table as it is, those rows first that have something that is stamped.
async fn copy(world: &World, tenant: TenantId, table: &'static MappedTable) -> Copy {
    let mut rows = rows(world, tenant, table).await;
    rows.sort_by_key(|row| !stamped_columns(table).any(|column| matches!(row[at(table, column.name)], Value::Blob(_))));
    Copy { table, rows }
}

/// Puts a table back to what it was, as whoever has the database's password.
async fn put_back(world: &World, tenant: TenantId, copy: &Copy) {
    let map = copy.table.map();
    let of_tenant = vec![(Type::BigInt, Value::from(tenant))];
    tamper(world, map.store, tenant, format!("DELETE FROM {} WHERE tenant_id = $1", map.name), of_tenant).await;
    for row in &copy.rows {
        insert(world, tenant, copy.table, row).await;
    }
}

async fn insert(world: &World, tenant: TenantId, table: &'static MappedTable, row: &[Value]) {
    let names: Vec<&str> = table.columns().iter().map(|(name, _)| *name).collect();
    let places: Vec<String> = (1..=names.len()).map(|number| format!("${number}")).collect();
    let sql = format!("INSERT INTO {} ({}) VALUES ({})", table.map().name, names.join(", "), places.join(", "));
    let values = table.columns().iter().map(|(_, kind)| *kind).zip(row.iter().cloned()).collect();
    assert_eq!(tamper(world, table.map().store, tenant, sql, values).await, 1);
}

fn at(table: &MappedTable, name: &str) -> usize {
    table.place_of(name).expect("a column")
}

fn number(table: &MappedTable, row: &[Value], name: &str) -> i64 {
    let Value::Int(number) = row[at(table, name)] else { panic!("{name} is a number") };
    number
}

/// Seals a row's values once more, as the program would, and writes them: the same content, and yet a later state.
pub(crate) async fn write_anew(world: &World, tenant: TenantId, table: &'static MappedTable, row: &[Value]) {
    let (keys, map) = (world.opened.trust().keyring(), table.map());
    let bound_to = map.bound_to.expect("it says so");
    let key_at = at(table, bound_to);
    for column in stamped_columns(table) {
        let Value::Blob(sealed) = &row[at(table, column.name)] else { continue };
        let key = match column.storage {
            Storage::SealedDevice => KeyRef::Device(tenant, DeviceId::from_number(number(table, row, "device_id")).expect("a device")),
            Storage::SealedUser => KeyRef::User(tenant, UserId::from_number(number(table, row, "user_id")).expect("a user")),
            _ => KeyRef::Tenant(tenant),
        };
        let place = Place { table: map.number, column: column.number, row: number(table, row, bound_to) };
        let content = keys.open(key, place, sealed).expect("it opens");
        let again = keys.seal(key, place, &content).expect("it seals");
        let sql = format!("UPDATE {} SET {} = $3 WHERE tenant_id = $1 AND {bound_to} = $2", map.name, column.name);
        let params: &'static [Type] = &[Type::BigInt, Type::BigInt, Type::Blob];
        let statement: &'static Statement =
            Box::leak(Box::new(Statement { name: "WRITE_ANEW", store: map.store, sql: sql.leak(), params, columns: &[] }));
        let values = [Value::from(tenant), row[key_at].clone(), Value::Blob(again)];
        write(world, tenant, map.store, move |tx| tx.execute(statement, &values)).await;
    }
}

async fn write(
    world: &World,
    tenant: TenantId,
    store: StoreKind,
    work: impl FnMut(&mut Tx<'_>) -> Result<u64, StoreError> + Send + 'static,
) {
    let written = match store {
        StoreKind::Tenant => world.opened.stores().tenant(&host(tenant)).write(work).await,
        _ => world.opened.stores().identity().write(work).await,
    };
    assert_eq!(written.expect("written"), 1);
}

async fn settle(world: &World, tenant: TenantId) {
    world.opened.integrity().settle(&host(tenant)).await.expect("settled");
}

/// What was named of rows, by table, row and column, without the ledger's own.
fn named(checked: &Checked, what: What) -> BTreeSet<(String, String, &'static str)> {
    assert_eq!(checked.findings_total, checked.findings.len() as u64);
    assert!(checked.findings.iter().all(|found| found.what == what), "{:?}", checked.findings);
    checked.findings.iter().map(|found| (found.table.clone(), found.row.clone(), found.column)).collect()
}

/// How many values of a copy are stamped.
fn values(copy: &Copy) -> usize {
    let is_there = |row: &Vec<Value>, column: &Column| matches!(row[at(copy.table, column.name)], Value::Blob(_));
    copy.rows.iter().map(|row| stamped_columns(copy.table).filter(|column| is_there(row, column)).count()).sum()
}

fn name_of(table: &MappedTable) -> String {
    format!("{:?}.{}", table.map().store, table.map().name).to_lowercase()
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_me_6_a_row_and_a_table_that_were_put_back_are_named_and_nothing_else_is() {
    on_both_engines(async |world| {
        let (mine, other) = (tenant(&world, "quokka").await, tenant(&world, "wombat").await);
        let sound = check(&world, mine).await;
        assert_eq!((sound.findings_total, sound.uncompared), (0, 0), "{:?}", sound.findings);
        let (mut columns, mut tables) = (0, 0);
        for table in stamped(&world) {
            let before = copy(&world, mine, table).await;
            assert!(!before.rows.is_empty(), "{} has rows", name_of(table));
            for row in &before.rows {
                write_anew(&world, mine, table, row).await;
            }
            let after = copy(&world, mine, table).await;
            // Once with stamps that are fresh, once with settled ones.
            for is_settled in [false, true] {
                let written = check(&world, mine).await;
                assert_eq!((written.findings_total, written.compared), (0, sound.compared), "{}: {:?}", name_of(table), written.findings);
                let one = Copy { table, rows: [&before.rows[..1], &after.rows[1..]].concat() };
                put_back(&world, mine, &one).await;
                let found = named(&check(&world, mine).await, What::PutBack);
                let row = found.iter().map(|(table, row, _)| (table.clone(), row.clone())).collect::<BTreeSet<_>>();
                assert_eq!((row.len(), row.first().expect("one").0.as_str()), (1, name_of(table).as_str()), "{found:?}");
                put_back(&world, mine, &before).await;
                let found = named(&check(&world, mine).await, What::PutBack);
                assert_eq!(found.len(), values(&before), "{}: each value of each row: {found:?}", name_of(table));
                put_back(&world, mine, &after).await;
                if !is_settled {
                    settle(&world, mine).await;
                }
            }
            columns += stamped_columns(table).count();
            tables += 1;
        }
        assert!(tables >= 8 && columns >= 11, "{tables} tables, {columns} columns");
        assert_eq!(check(&world, mine).await.findings_total, 0);
        assert_eq!(check(&world, other).await.findings_total, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_me_6_rows_that_were_removed_or_brought_back_are_named() {
    on_both_engines(async |world| {
        let mine = tenant(&world, "quokka").await;
        for table in stamped(&world) {
            let all = copy(&world, mine, table).await;
            let rest = Copy { table, rows: all.rows[1..].to_vec() };
            let first = Copy { table, rows: all.rows[..1].to_vec() };
            put_back(&world, mine, &rest).await;
            assert_eq!(named(&check(&world, mine).await, What::Removed).len(), values(&first), "{}", name_of(table));
            put_back(&world, mine, &all).await;
        }
        assert_eq!(check(&world, mine).await.findings_total, 0);
        // A group that its owner removed comes back, before and after that is settled.
        let groups = table(&world, StoreKind::Tenant, "device_group");
        let all = copy(&world, mine, groups).await;
        let group = number(groups, &all.rows[0], "group_id");
        let delete: &'static Statement = Box::leak(Box::new(Statement {
            name: "DELETE_GROUP",
            store: StoreKind::Tenant,
            sql: "DELETE FROM device_group WHERE tenant_id = $1 AND group_id = $2",
            params: &[Type::BigInt, Type::BigInt],
            columns: &[],
        }));
        write(&world, mine, StoreKind::Tenant, move |tx| tx.execute(delete, &[Value::from(mine), Value::Int(group)])).await;
        for _ in 0..2 {
            assert_eq!(check(&world, mine).await.findings_total, 0);
            insert(&world, mine, groups, &all.rows[0]).await;
            assert_eq!(named(&check(&world, mine).await, What::Unknown).len(), 2, "name and selector");
            let again = vec![(Type::BigInt, Value::from(mine)), (Type::BigInt, Value::Int(group))];
            tamper(&world, StoreKind::Tenant, mine, delete.sql.to_owned(), again).await;
            settle(&world, mine).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_me_6_a_table_that_was_put_back_with_its_stamps_is_named_and_so_are_stamps_behind_the_ledger() {
    on_both_engines(async |world| {
        let mine = tenant(&world, "quokka").await;
        settle(&world, mine).await;
        for (store, name) in [(StoreKind::Tenant, "device_state"), (StoreKind::Identity, "user_account")] {
            let (states, stamps) = (table(&world, store, name), table(&world, store, "stamp"));
            let (fresh, head) = (table(&world, store, "fresh_stamp"), table(&world, store, "stamp_head"));
            let everything = [states, stamps, fresh, head];
            let mut before = Vec::new();
            for table in everything {
                before.push(copy(&world, mine, table).await);
            }
            for row in &before[0].rows {
                write_anew(&world, mine, states, row).await;
            }
            let freshly = copy(&world, mine, fresh).await;
            settle(&world, mine).await;
            let mut after = Vec::new();
            for table in everything {
                after.push(copy(&world, mine, table).await);
            }
            assert_eq!(check(&world, mine).await.findings_total, 0);
            // Table and stamps, not the head.
            for old in &before[..3] {
                put_back(&world, mine, old).await;
            }
            let found = check(&world, mine).await.findings;
            let [Finding { table, what: What::StampsPutBack, .. }] = found.as_slice() else { panic!("{found:?}") };
            assert_eq!(*table, name_of(states));
            // All of them: the ledger was told of later ones. Settling does not heal it.
            put_back(&world, mine, &before[3]).await;
            settle(&world, mine).await;
            let found = check(&world, mine).await.findings;
            let [Finding { table, what: What::StampsBehind, .. }] = found.as_slice() else { panic!("{found:?}") };
            assert_eq!(*table, name_of(head));
            for new in &after {
                put_back(&world, mine, new).await;
            }
            assert_eq!(check(&world, mine).await.findings_total, 0);
            // Stamps that were fresh long ago are none, and one that was made up is none either.
            for _ in 0..=GENERATIONS_BACK {
                write_anew(&world, mine, states, &after[0].rows[0]).await;
                settle(&world, mine).await;
            }
            let newest = [copy(&world, mine, states).await, copy(&world, mine, fresh).await];
            put_back(&world, mine, &after[0]).await;
            put_back(&world, mine, &freshly).await;
            settle(&world, mine).await;
            let found = named(&check(&world, mine).await, What::Restamped);
            assert_eq!(found.len(), values(&after[0]), "{found:?}");
            for new in &newest {
                put_back(&world, mine, new).await;
            }
            let tag = at(stamps, "tag");
            let mut made_up = copy(&world, mine, stamps).await;
            for row in &mut made_up.rows {
                let Value::Blob(bytes) = &mut row[tag] else { panic!("a tag") };
                bytes[0] ^= 1;
            }
            let right = copy(&world, mine, stamps).await;
            put_back(&world, mine, &made_up).await;
            let found = check(&world, mine).await.findings;
            assert!(found.iter().any(|found| found.what == What::Restamped), "{found:?}");
            assert!(found.iter().any(|found| found.what == What::StampsPutBack), "{found:?}");
            put_back(&world, mine, &right).await;
            assert_eq!(check(&world, mine).await.findings_total, 0);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_back_on_purpose_is_accepted_on_the_hosts_word_told_of_and_settled_again() {
    on_both_engines(async |world| {
        let mine = tenant(&world, "quokka").await;
        settle(&world, mine).await;
        let accept = async |name: &str, reason: &str| {
            let names = BTreeSet::from([name.to_owned()]);
            world.opened.integrity().accept(&host(mine), &names, reason).await
        };
        for (store, name) in [(StoreKind::Tenant, "device_state"), (StoreKind::Identity, "user_account")] {
            let states = table(&world, store, name);
            let write_all_anew = async || {
                for row in &copy(&world, mine, states).await.rows {
                    write_anew(&world, mine, states, row).await;
                }
                settle(&world, mine).await;
            };
            let before = copy(&world, mine, states).await;
            write_all_anew().await;
            put_back(&world, mine, &before).await;
            assert_eq!(named(&check(&world, mine).await, What::PutBack).len(), values(&before), "the control");
            let accepted = accept(&name_of(states), "Friday's backup").await.expect("accepted");
            assert_eq!((accepted, check(&world, mine).await.findings_total), (values(&before) as u64, 0));
            write_all_anew().await;
            assert_eq!(check(&world, mine).await.findings_total, 0, "it goes on");

            let all = ["stamp", "fresh_stamp", "stamp_head"].map(|name| table(&world, store, name));
            let mut before = vec![copy(&world, mine, states).await];
            for table in all {
                before.push(copy(&world, mine, table).await);
            }
            write_all_anew().await;
            for old in &before {
                put_back(&world, mine, old).await;
            }
            assert_eq!(named(&check(&world, mine).await, What::StampsBehind).len(), 1, "the control");
            let refused = accept(&name_of(states), "Friday's backup").await;
            assert!(matches!(refused, Err(AcceptError::WholeStore { .. })), "{refused:?}");
            accept(&name_of(all[2]), "all of Friday's backup").await.expect("accepted");
            assert_eq!(check(&world, mine).await.findings_total, 0);
            write_all_anew().await;
            assert_eq!(check(&world, mine).await.findings_total, 0, "it is settled again, and the ledger told");
        }
        let told = world.opened.ledger().newest_of_kind(&host(mine), LeafKind::StoresAccepted, 10).await.expect("read");
        // The clock of the test stands still, so they have no order.
        let told: BTreeSet<String> = told.into_iter().map(|leaf| leaf.opened.expect("it opens").1["payload"].to_string()).collect();
        let said = |table, reason| json!({ "tables": [table], "reason": reason }).to_string();
        let expected = ["tenant.device_state", "identity.user_account"].map(|table| said(table, "Friday's backup"));
        let whole = ["tenant.stamp_head", "identity.stamp_head"].map(|table| said(table, "all of Friday's backup"));
        assert_eq!(told, expected.into_iter().chain(whole).collect());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_accepted_without_a_reason_nor_what_is_not_compared_nor_entries_of_a_ledger() {
    on_both_engines(async |world| {
        let mine = tenant(&world, "quokka").await;
        settle(&world, mine).await;
        let accept = async |name: &str, reason: &str| {
            let names = BTreeSet::from([name.to_owned()]);
            world.opened.integrity().accept(&host(mine), &names, reason).await
        };
        let long = "x".repeat(REASON_CHARS_MAX);
        for reason in ["", "  ", &format!("{long}x")] {
            assert!(matches!(accept("tenant.device_state", reason).await, Err(AcceptError::Reason)), "{reason}");
        }
        for name in ["tenant.ledger_leaf", "tenant.nothing", "device_state"] {
            assert!(matches!(accept(name, "a reason").await, Err(AcceptError::NoSuchTable { .. })), "{name}");
        }
        let told = world.opened.ledger().newest_of_kind(&host(mine), LeafKind::StoresAccepted, 10).await.expect("read");
        assert_eq!(told.len(), 0);
        accept("tenant.device_state", &long).await.expect("it is as long as may be");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_was_put_back_as_a_whole_is_behind_what_was_signed() {
    on_both_engines(async |world| {
        let mine = tenant(&world, "quokka").await;
        let tables = world.opened.stores().mapped().expect("tables").iter();
        let tables: Vec<_> = tables.filter(|table| table.map().store == StoreKind::Tenant).collect();
        let mut before = Vec::new();
        for table in &tables {
            before.push(copy(&world, mine, table).await);
        }
        let states = table(&world, StoreKind::Tenant, "device_state");
        write_anew(&world, mine, states, &copy(&world, mine, states).await.rows[0]).await;
        settle(&world, mine).await;
        world.opened.ledger().sequence_step().await.expect("in order");
        world.opened.ledger().checkpoint(&host(mine)).await.expect("signed");
        for old in &before {
            put_back(&world, mine, old).await;
        }
        let found = check(&world, mine).await.findings;
        let [Finding { table, what: What::RolledBack, .. }] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(table, "tenant.ledger_leaf");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_were_there_before_stamps_are_adopted_once_and_the_ledger_says_how_many() {
    on_both_engines(async |world| {
        let mine = tenant(&world, "quokka").await;
        let sound = check(&world, mine).await;
        for store in [StoreKind::Tenant, StoreKind::Identity] {
            for name in ["fresh_stamp", "stamp", "stamp_head"] {
                put_back(&world, mine, &Copy { table: table(&world, store, name), rows: Vec::new() }).await;
            }
        }
        // The ledger remembers that stamps were begun, so whoever takes them away gains nothing.
        settle(&world, mine).await;
        let taken: BTreeSet<What> = check(&world, mine).await.findings.iter().map(|found| found.what).collect();
        assert_eq!(taken, BTreeSet::from([What::StampsBehind]));
        forget_that_stamps_were_begun(&world, mine).await;
        let unadopted = check(&world, mine).await;
        assert_eq!((unadopted.compared, unadopted.uncompared), (0, sound.compared));
        // What is written meanwhile has its fresh stamp already, and is adopted no second time.
        let states = table(&world, StoreKind::Tenant, "device_state");
        write_anew(&world, mine, states, &copy(&world, mine, states).await.rows[0]).await;
        let fresh = copy(&world, mine, table(&world, StoreKind::Tenant, "fresh_stamp")).await.rows.len() as u64;
        assert!(fresh > 0);
        assert_eq!(world.opened.integrity().adopt_step().await.expect("adopted"), 1);
        assert_eq!(world.opened.integrity().adopt_step().await.expect("adopted"), 0, "once");
        let adopted = check(&world, mine).await;
        assert_eq!((adopted.compared, adopted.uncompared), (sound.compared, 0));
        assert!(adopted.findings.iter().all(|found| found.table == "tenant.ledger_leaf"), "{:?}", adopted.findings);
        let (store, identity) = (world.opened.stores().tenant(&host(mine)), world.opened.stores().identity().clone());
        let of_tenant = store.read(move |tx| tx.stamp_head(mine)).await.expect("a head").expect("one").adopted;
        let of_accounts = identity.read(move |tx| tx.stamp_head(mine)).await.expect("a head").expect("one").adopted;
        assert_eq!(of_tenant + of_accounts + fresh, sound.compared);
        let before = copy(&world, mine, states).await;
        write_anew(&world, mine, states, &before.rows[0]).await;
        put_back(&world, mine, &before).await;
        assert!(check(&world, mine).await.findings.iter().any(|found| found.what == What::PutBack));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_does_not_go_on_adopting() {
    on_both_engines(async |world| {
        let mine = tenant(&world, "quokka").await;
        for store in [StoreKind::Tenant, StoreKind::Identity] {
            for name in ["fresh_stamp", "stamp", "stamp_head"] {
                put_back(&world, mine, &Copy { table: table(&world, store, name), rows: Vec::new() }).await;
            }
        }
        forget_that_stamps_were_begun(&world, mine).await;
        world.opened.integrity().stop();
        world.opened.integrity().adopt_step().await.expect("nothing is wrong");
        settle(&world, mine).await;
        assert_eq!(check(&world, mine).await.compared, 0, "the next start begins anew");
    })
    .await;
}

/// As in an installation of before there were stamps.
async fn forget_that_stamps_were_begun(world: &World, tenant: TenantId) {
    let leaf = "DELETE FROM ledger_leaf WHERE tenant_id = $1 AND kind = 'stores-settled'";
    tamper(world, StoreKind::Tenant, tenant, leaf.to_owned(), vec![(Type::BigInt, Value::from(tenant))]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_program_erases_is_no_finding_and_leaves_no_stamp() {
    on_both_engines(async |world| {
        let mine = tenant(&world, "quokka").await;
        let states = table(&world, StoreKind::Tenant, "device_state");
        let device = number(states, &copy(&world, mine, states).await.rows[0], "device_id");
        let device = Subject::Device(mine, DeviceId::from_number(device).expect("a device"));
        let before = check(&world, mine).await;
        world.opened.erasures().request(&host(mine), device, Duration::ZERO).await.expect("it is taken on");
        assert_eq!(world.opened.erasures().run_due().await.expect("it runs"), 1);
        for _ in ["before it is settled", "and after"] {
            let checked = check(&world, mine).await;
            assert_eq!((checked.findings_total, checked.uncompared), (0, 0), "{:?}", checked.findings);
            assert!(checked.compared < before.compared);
            settle(&world, mine).await;
        }
        let fresh = copy(&world, mine, table(&world, StoreKind::Tenant, "fresh_stamp")).await;
        let stamps = copy(&world, mine, table(&world, StoreKind::Tenant, "stamp")).await;
        let is_of = |row: &Vec<Value>| number(stamps.table, row, "row_number") == device.number();
        assert!(fresh.rows.is_empty() && !stamps.rows.iter().any(is_of), "no stamp is left of the device's own rows");
    })
    .await;
}

/// A stamp is of a table, a number and a column: where two rows shared the number, one would pass for the other put back.
#[tokio::test(flavor = "multi_thread")]
async fn every_row_that_is_stamped_has_a_number_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::new(folder.path().join("data"), None).await;
    let tables = stamped(&world);
    assert!(tables.len() >= 8);
    for table in tables {
        let bound_to = table.map().bound_to.expect("it says so");
        let others: Vec<&str> = table.key().filter(|column| *column != bound_to).collect();
        // The number of a line of history is random; device and time are there for the order.
        let is_random = table.map().name == "package_history";
        assert!(others.is_empty() || is_random, "{}: {others:?} tell rows apart, and values are bound to {bound_to}", name_of(table));
    }
    world.opened.close().await;
}
