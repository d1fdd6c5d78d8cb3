//! What holds for every table, column and statement of every crate, found in the code so that none can be forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use app::opened::schemas;
use kernel::data_map::{DataClass, Erasure, Storage, StoreKind, Table};
use rusqlite::Connection;
use store::Statement;
use tokio_postgres::NoTls;

use crate::world::on_both_engines;

/// The store's note of migrations: its data map stands with the system store's, and holds for every store.
const IN_EVERY_STORE: &str = "store_migration";

/// The hundred of table numbers that each crate has.
const HUNDREDS: &[(&str, u16)] =
    &[("store", 100), ("trust", 200), ("identity", 300), ("devices", 400), ("inventory", 500), ("vulnerabilities", 600), ("notify", 700)];

fn all_schemas() -> Vec<store::Schema> {
    store::SCHEMAS.iter().copied().chain(schemas()).collect()
}

fn tables() -> Vec<Table> {
    all_schemas().iter().flat_map(|schema| schema.tables).copied().collect()
}

#[test]
fn every_table_has_a_number_of_its_own_in_its_crates_hundred() {
    let mut numbers = BTreeSet::new();
    for schema in all_schemas() {
        let hundred = HUNDREDS.iter().find(|(domain, _)| schema.domain.starts_with(domain)).map(|(_, hundred)| *hundred);
        let hundred = hundred.or((schema.domain == "intake").then_some(100)).unwrap_or_else(|| panic!("{} has no hundred", schema.domain));
        for table in schema.tables {
            assert!(numbers.insert(table.number), "table number {} is used twice", table.number);
            assert_eq!(table.number / 100 * 100, hundred, "{}", table.name);
            assert_eq!(table.store, schema.store, "{}", table.name);
        }
    }
}

#[test]
fn every_column_has_a_number_of_its_own_in_its_table_and_says_what_it_means() {
    for table in tables() {
        let numbers: BTreeSet<u16> = table.columns.iter().map(|column| column.number).collect();
        assert_eq!(numbers.len(), table.columns.len(), "{}", table.name);
        assert!(!table.purpose.is_empty(), "{}", table.name);
        for column in table.columns {
            assert!(!column.meaning.is_empty() && column.number > 0, "{}.{}", table.name, column.name);
        }
    }
}

#[test]
fn nothing_that_identifies_a_machine_or_a_person_or_opens_something_lies_in_clear() {
    for table in tables() {
        for column in table.columns {
            assert!(column.is_fit(), "{}.{} is {:?} and stored {:?}", table.name, column.name, column.class, column.storage);
            let is_sealed = !matches!(column.storage, Storage::Clear | Storage::KeyedHash | Storage::Digest);
            assert!(!is_sealed || table.store != StoreKind::Master, "{}.{}: the master holds nothing to seal", table.name, column.name);
        }
    }
}

/// Tables whose owner binds sealed values in a way of its own: the keyring's wrappings, a blob to its name, and a segment of the
/// access log to its day and number, under the key of the day, and a result of the doctor to its check's name.
const BOUND_BY_THEIR_OWNER: &[&str] = &[
    "access_log_segment",
    "blob",
    "doctor_result",
    "keyring_day_key",
    "keyring_epoch",
    "keyring_instance_key",
    "keyring_key",
    "keyring_root",
];

#[test]
fn every_table_says_what_its_sealed_values_are_bound_to() {
    for table in tables() {
        let is_sealed = |storage: Storage| !matches!(storage, Storage::Clear | Storage::KeyedHash | Storage::Digest);
        let needs = table.columns.iter().any(|column| is_sealed(column.storage)) && !BOUND_BY_THEIR_OWNER.contains(&table.name);
        assert_eq!(table.bound_to.is_some(), needs, "{}", table.name);
        if let Some(bound) = table.bound_to {
            assert!(table.columns.iter().any(|column| column.name == bound), "{} has no column {bound}", table.name);
        }
    }
}

#[test]
fn every_table_that_is_erased_with_a_subject_names_it() {
    for table in tables() {
        let has = |name: &str| table.columns.iter().any(|column| column.name == name && column.storage == Storage::Clear);
        assert!(table.erasure == Erasure::Never || has("tenant_id"), "{} is erased, but names no tenant", table.name);
        assert!(table.erasure.subject_column().is_none_or(has), "{} is erased with a subject that it does not name", table.name);
        for column in table.columns {
            let of_subject = match column.storage {
                Storage::SealedDevice => Some(Erasure::Device),
                Storage::SealedUser => Some(Erasure::User),
                _ => None,
            };
            assert!(of_subject.is_none_or(|erasure| erasure == table.erasure), "{}.{}", table.name, column.name);
        }
    }
}

#[test]
fn promise_op_17_nothing_of_the_master_refers_to_a_tenant_or_to_anything_of_one() {
    const OF_A_TENANT: [&str; 6] = ["tenant", "device", "user", "actor", "account", "subject"];
    let of_a_tenant = |text: &str| OF_A_TENANT.into_iter().find(|word| text.to_lowercase().contains(word));
    let columns = |store: StoreKind| {
        let tables = tables().into_iter().filter(move |table| table.store == store);
        tables.flat_map(|table| table.columns.iter().map(move |column| (format!("{}.{}", table.name, column.name), *column)))
    };
    for (name, column) in columns(StoreKind::Master) {
        assert_eq!(of_a_tenant(&name), None, "{name}");
        assert!(matches!(column.class, DataClass::Public | DataClass::Configuration), "{name} is {:?}", column.class);
    }
    for schema in all_schemas().iter().filter(|schema| schema.store == StoreKind::Master) {
        for migration in schema.migrations {
            assert_eq!(of_a_tenant(migration.sql), None, "migration {} of {}", migration.name, schema.domain);
        }
    }
    // The control: the same look finds it where it is.
    assert!(columns(StoreKind::Tenant).any(|(name, _)| of_a_tenant(&name).is_some()) && columns(StoreKind::Master).count() > 20);
}

#[test]
fn every_tenant_table_begins_with_its_tenant() {
    for table in tables().iter().filter(|table| table.store == StoreKind::Tenant) {
        assert_eq!(table.columns.first().map(|column| column.name), Some("tenant_id"), "{}", table.name);
    }
}

#[test]
fn every_statement_obeys_the_lint() {
    let statements: Vec<&'static Statement> = all_schemas().iter().flat_map(|schema| schema.statements).copied().collect();
    assert!(statements.len() > 70, "the statements are found: {}", statements.len());
    assert_eq!(store::lint(&statements), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_answers_alike_on_both_engines() {
    store::testing::check_statements(schemas()).await;
}

type Columns = BTreeMap<String, BTreeSet<String>>;

fn claimed(stores: &[StoreKind]) -> Columns {
    let mut claimed = Columns::new();
    for table in tables().iter().filter(|table| stores.contains(&table.store) || table.name == IN_EVERY_STORE) {
        claimed.entry(table.name.to_owned()).or_default().extend(table.columns.iter().map(|column| column.name.to_owned()));
    }
    claimed
}

/// Reading the data maps against the migrations themselves would need a parser of SQL; the engines have one.
#[tokio::test(flavor = "multi_thread")]
async fn the_data_maps_claim_every_column_that_the_migrations_make_and_no_other() {
    on_both_engines(async |world| {
        world.tenant("Example").await;
        let found = match &world.database_url {
            None => sqlite_columns(&world.data),
            Some(url) => postgres_columns(url).await,
        };
        // Both `system` and `identity` have a table `tenant`; embedded they lie in files of their own.
        for (stores, columns) in found {
            assert_eq!(columns, claimed(&stores), "{stores:?}");
        }
    })
    .await;
}

fn sqlite_columns(data: &Path) -> Vec<(Vec<StoreKind>, Columns)> {
    let tenant = std::fs::read_dir(data.join("tenants")).expect("tenants' files").flatten().map(|entry| entry.path());
    let tenant = tenant.filter(|path| path.extension().is_some_and(|extension| extension == "db")).last().expect("a tenant's file");
    let mut system = columns_of(&data.join("system.db"));
    system.extend(columns_of(&data.join("intake.db")));
    vec![
        (vec![StoreKind::System], system),
        (vec![StoreKind::Identity], columns_of(&data.join("identity.db"))),
        (vec![StoreKind::Keyring], columns_of(&data.join("keyring.db"))),
        (vec![StoreKind::Master], columns_of(&data.join("master.db"))),
        (vec![StoreKind::Tenant], columns_of(&tenant)),
    ]
}

fn columns_of(file: &Path) -> Columns {
    let connection = Connection::open(file).expect("a database file");
    let sql = "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'";
    let mut statement = connection.prepare(sql).expect("SQL");
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).expect("rows");
    gathered(rows.map(|row| row.expect("a row")))
}

async fn postgres_columns(url: &str) -> Vec<(Vec<StoreKind>, Columns)> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the database answers");
    tokio::spawn(connection);
    let sql = "SELECT n.nspname::text, c.relname::text, a.attname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
               JOIN pg_attribute a ON a.attrelid = c.oid \
               WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname !~ '^(pg_|information_schema)'";
    let mut by_schema: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in client.query(sql, &[]).await.expect("rows") {
        by_schema.entry(row.get(0)).or_default().push((row.get(1), row.get(2)));
    }
    by_schema.into_iter().map(|(name, rows)| (stores_of(&name), gathered(rows))).collect()
}

/// Which stores lie in a schema of this name.
fn stores_of(name: &str) -> Vec<StoreKind> {
    let kinds = [
        ("system", StoreKind::System),
        ("intake", StoreKind::System),
        ("identity", StoreKind::Identity),
        ("keyring", StoreKind::Keyring),
        ("master", StoreKind::Master),
        ("tenant", StoreKind::Tenant),
    ];
    kinds.iter().filter(|(part, _)| name.contains(part)).map(|(_, kind)| *kind).collect()
}

fn gathered(rows: impl IntoIterator<Item = (String, String)>) -> Columns {
    let mut columns = Columns::new();
    for (table, column) in rows {
        columns.entry(table).or_default().insert(column);
    }
    columns
}
