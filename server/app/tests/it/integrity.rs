//! What somebody with the database's password did to it, and whether it is named.

use kernel::data_map::Storage;
use kernel::{Scope, ScopeMint, SystemWork, TenantId};
use notify::{About, Letter, Outbox};
use store::{MappedTable, Statement, StoreError, StoreKind, Tx, Type, Value};
use trust::integrity::{Checked, Finding, What};

use crate::device::state;
use crate::rights::lived_with;
use crate::world::{World, on_both_engines};

pub(crate) fn host(tenant: TenantId) -> Scope {
    ScopeMint::for_app().system(tenant, SystemWork::HostAdministration)
}

pub(crate) async fn tenant(world: &World, name: &str) -> TenantId {
    let tenant = world.tenant(name).await;
    for (number, host) in ["one", "two"].into_iter().enumerate() {
        let device = world.enrol(&tenant, &format!("{host}.{name}")).await;
        for (sequence, version) in [(1, "1.0-1"), (2, "1.0-2")] {
            world.report(&device, sequence, &state(host, &[("tool", version), (&format!("tool-{number}"), version)])).await;
        }
    }
    for group in ["first", "second"] {
        let query = serde_json::json!({ "name": group, "kind": "query", "selector": "label:site=x" });
        world.done(&tenant.owner, "POST", "/api/v1/groups", Some(query)).await;
    }
    world.people_and_keys(&tenant, name).await;
    let number: TenantId = tenant.number.parse().expect("a tenant");
    mail(world, number).await;
    lived_with(world, number, name).await;
    world.opened.identity().recover_user(number, &tenant.email).await.expect("a link");
    world.opened.integrity().settle(&host(number)).await.expect("settled");
    world.opened.ledger().sequence_step().await.expect("in order");
    assert!(world.opened.ledger().gather_step().await.expect("gathered") > 0, "its checkpoint is in the instance's log");
    number
}

/// Two mails that wait for the owner.
pub(crate) async fn mail(world: &World, tenant: TenantId) {
    let owners = world.opened.identity().owners(tenant, None).await.expect("owners");
    let outbox = Outbox::new(world.opened.stores(), world.opened.trust().keyring());
    for case in ["cas_1", "cas_2"] {
        let about = About::Breach { case: case.to_owned(), known_since: None };
        let letter = Letter { about, public_url: "https://localhost:8443".to_owned(), privacy_contact: None };
        assert_eq!(outbox.put(&host(tenant), owners.clone(), "breach-notice", case, letter).await.expect("put in"), 1);
    }
}

pub(crate) async fn check(world: &World, tenant: TenantId) -> Checked {
    world.opened.integrity().check(&host(tenant)).await.expect("looked through")
}

/// Runs a statement as whoever has the database's password: how many rows it changed.
pub(crate) async fn tamper(world: &World, store: StoreKind, tenant: TenantId, sql: String, values: Vec<(Type, Value)>) -> u64 {
    let (types, values): (Vec<Type>, Vec<Value>) = values.into_iter().unzip();
    let statement: &'static Statement =
        Box::leak(Box::new(Statement { name: "CHANGE", store, sql: sql.leak(), params: types.leak(), columns: &[] }));
    let write = move |tx: &mut Tx<'_>| tx.tamper(statement, &values);
    let changed: Result<u64, StoreError> = match store {
        StoreKind::Tenant => world.opened.stores().tenant(&host(tenant)).write(write).await,
        _ => world.opened.stores().identity().write(write).await,
    };
    changed.expect("changed")
}

async fn change(world: &World, store: StoreKind, tenant: TenantId, sql: String, values: Vec<Value>) {
    let values = values.into_iter().map(|value| (value.kind().expect("a value"), value)).collect();
    assert_eq!(tamper(world, store, tenant, sql, values).await, 1);
}

/// The rows of a table as it has them.
pub(crate) async fn rows(world: &World, tenant: TenantId, table: &'static MappedTable) -> Vec<Vec<Value>> {
    let read = move |tx: &mut Tx<'_>| table.page(tx, kernel::Subject::Tenant(tenant), None, 10_000);
    let rows: Result<Vec<store::Row>, StoreError> = match table.map().store {
        StoreKind::Tenant => world.opened.stores().tenant(&host(tenant)).read(read).await,
        _ => world.opened.stores().identity().read(read).await,
    };
    rows.expect("rows").into_iter().map(|row| row.values().to_vec()).collect()
}

struct Column {
    table: &'static MappedTable,
    name: &'static str,
    at: usize,
    key: usize,
}

impl Column {
    fn is_named(&self, checked: &Checked) -> bool {
        let table = format!("{:?}.{}", self.table.map().store, self.table.map().name).to_lowercase();
        checked.findings.iter().any(|found| found.table == table && found.column == self.name && found.what == What::Altered)
    }

    async fn put(&self, world: &World, tenant: TenantId, row: &[Value], sealed: &Value) {
        let (name, key) = (self.name, self.table.columns()[self.key].0);
        let sql = format!("UPDATE {} SET {name} = $3 WHERE tenant_id = $1 AND {key} = $2", self.table.map().name);
        let values = vec![Value::from(tenant), row[self.key].clone(), sealed.clone()];
        change(world, self.table.map().store, tenant, sql, values).await;
    }
}

/// Every sealed column of a table whose rows one number tells apart.
fn sealed_columns(world: &World) -> Vec<Column> {
    let tables = world.opened.stores().mapped().expect("tables");
    let of_tenants = tables.iter().filter(|table| matches!(table.map().store, StoreKind::Tenant | StoreKind::Identity));
    let mut columns = Vec::new();
    for table in of_tenants {
        let Some(key) = table.map().bound_to.and_then(|name| table.place_of(name)) else { continue };
        for column in table.map().columns {
            let is_sealed = !matches!(column.storage, Storage::Clear | Storage::KeyedHash | Storage::Digest);
            let Some(at) = table.place_of(column.name).filter(|_| is_sealed) else { continue };
            // Links of one user lie under one number; each of them has another secret, and the key is a digest.
            if table.map().name != "one_time_link" {
                columns.push(Column { table, name: column.name, at, key });
            }
        }
    }
    columns
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_an_exchange_and_a_value_of_another_tenant_are_named_in_every_sealed_column() {
    on_both_engines(async |world| {
        let (mine, other) = (tenant(&world, "quokka").await, tenant(&world, "wombat").await);
        let sound = check(&world, mine).await;
        assert_eq!((sound.findings_total, sound.erased), (0, 0), "{:?}", sound.findings);
        assert!(sound.values > 20, "{}", sound.values);
        let (mut exchanged, mut columns) = (0, 0);
        for column in sealed_columns(&world) {
            let what = format!("{}.{}", column.table.map().name, column.name);
            let is_there = |row: &&Vec<Value>| matches!(row[column.at], Value::Blob(_));
            let (all, foreign) = (rows(&world, mine, column.table).await, rows(&world, other, column.table).await);
            let mut own = all.iter().filter(is_there);
            let first = own.next().unwrap_or_else(|| panic!("{what} has a row"));
            let Value::Blob(bytes) = &first[column.at] else { continue };
            let mut flipped = bytes.clone();
            *flipped.last_mut().expect("it is sealed") ^= 1;
            let elsewhere = foreign.iter().find(is_there).map(|row| row[column.at].clone()).expect("the other has one too");
            for (case, value) in [("a flipped bit", Value::Blob(flipped)), ("another tenant's value", elsewhere)] {
                column.put(&world, mine, first, &value).await;
                let found = check(&world, mine).await;
                assert!(column.is_named(&found) && found.findings_total == 1, "{what}, {case}: {:?}", found.findings);
                column.put(&world, mine, first, &first[column.at]).await;
            }
            if let Some(second) = own.next() {
                column.put(&world, mine, first, &second[column.at]).await;
                column.put(&world, mine, second, &first[column.at]).await;
                let found = check(&world, mine).await;
                assert!(column.is_named(&found) && found.findings_total == 2, "{what}, exchanged: {:?}", found.findings);
                column.put(&world, mine, first, &first[column.at]).await;
                column.put(&world, mine, second, &second[column.at]).await;
                exchanged += 1;
            }
            columns += 1;
        }
        assert!(columns >= 12 && exchanged >= 7, "{columns} columns, {exchanged} of them exchanged");
        assert_eq!(check(&world, mine).await, sound, "put back, all is as before");
        assert_eq!(check(&world, other).await.findings_total, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_the_ledger_that_is_removed_or_moved_is_named_by_its_place() {
    on_both_engines(async |world| {
        let mine = tenant(&world, "quokka").await;
        check(&world, mine).await;
        let at = |place: u64, what| Finding { table: "tenant.ledger_leaf".into(), row: format!("sequence {place}"), column: "", what };
        let sequence = |sql: &str| sql.to_owned();
        let set = async |from: i64, to: i64| {
            let sql = sequence("UPDATE ledger_leaf SET sequence = $3 WHERE tenant_id = $1 AND sequence = $2");
            change(&world, StoreKind::Tenant, mine, sql, vec![Value::from(mine), Value::Int(from), Value::Int(to)]).await;
        };
        set(1, 1_000_000).await;
        set(2, 1).await;
        set(1_000_000, 2).await;
        assert_eq!(check(&world, mine).await.findings, [at(1, What::NotInTree), at(2, What::NotInTree)]);
        let remove = sequence("DELETE FROM ledger_leaf WHERE tenant_id = $1 AND sequence = $2");
        change(&world, StoreKind::Tenant, mine, remove, vec![Value::from(mine), Value::Int(0)]).await;
        assert_eq!(check(&world, mine).await.findings[0], at(0, What::Missing));
    })
    .await;
}
