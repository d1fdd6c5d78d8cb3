//! Each store is reached by those alone whose work it is: a role each on PostgreSQL, an open file each when embedded.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kernel::SecretText;
use store::testing::{TestEnv, both_engines, on_postgres, on_sqlite};
use store::{DatabaseUrls, Engine, RoleUrls, ServingRole, StoreConfig, StoreError, Stores, params};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls};

use crate::fixture::{ADVICE, INSERT_ACCOUNT, INSERT_ADVICE, INSERT_KEY, INSERT_NOTE, NOTES, SCHEMAS};

const TABLES: [&str; 5] =
    ["purser_system.note", "purser_tenant.thing", "purser_identity.account", "purser_keyring.wrapped", "purser_master.advice"];

async fn log_in(env: &TestEnv, role: ServingRole) -> Client {
    let (client, connection) = env.database_of(role).expect("PostgreSQL").connect(NoTls).await.expect("the role logs in");
    tokio::spawn(connection);
    client
}

async fn owner(env: &TestEnv) -> Client {
    let url = env.database_url.as_ref().expect("PostgreSQL");
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the owner logs in");
    tokio::spawn(connection);
    client
}

/// Whether the database lets a role do something; anything but its "permission denied" counts as letting.
async fn may(client: &Client, sql: &str) -> bool {
    match client.batch_execute(&format!("BEGIN; {sql}")).await {
        Ok(()) => {
            client.batch_execute("ROLLBACK").await.expect("undone");
            true
        }
        Err(error) => {
            client.batch_execute("ROLLBACK").await.expect("undone");
            error.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE)
        }
    }
}

async fn readable(client: &Client) -> Vec<&'static str> {
    let mut found = Vec::new();
    for table in TABLES {
        if may(client, &format!("SELECT count(*) FROM {table}")).await {
            found.push(table);
        }
    }
    found
}

async fn writable(client: &Client) -> Vec<&'static str> {
    let mut found = Vec::new();
    for table in TABLES {
        let verbs =
            [format!("INSERT INTO {table} SELECT * FROM {table}"), format!("UPDATE {table} SET id = 1"), format!("DELETE FROM {table}")];
        let mut counted = 0;
        for verb in verbs {
            counted += u8::from(may(client, &verb).await);
        }
        assert!(matches!(counted, 0 | 3), "{table}: {counted} of the three verbs");
        if counted == 3 {
            found.push(table);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_op_6_and_op_17_each_role_reaches_the_rows_of_its_own_work_only() {
    on_postgres(SCHEMAS, |stores, env| async move {
        fill(&stores).await;
        let expected: [(ServingRole, &[&str], &[&str]); 4] = [
            (
                ServingRole::Service,
                &["purser_system.note", "purser_tenant.thing", "purser_master.advice"],
                &["purser_system.note", "purser_tenant.thing"],
            ),
            (ServingRole::Identity, &["purser_identity.account"], &["purser_identity.account"]),
            (ServingRole::Keyring, &["purser_keyring.wrapped"], &["purser_keyring.wrapped"]),
            (ServingRole::MasterWriter, &["purser_master.advice"], &["purser_master.advice"]),
        ];
        for (role, reads, writes) in expected {
            let client = log_in(&env, role).await;
            assert_eq!(readable(&client).await, reads, "{role:?} reads");
            assert_eq!(writable(&client).await, writes, "{role:?} writes");
            assert!(!may(&client, "CREATE TABLE purser_master.own (id BIGINT)").await, "{role:?}");
        }
        // The control: whoever owns the tables may do all of it.
        let owner = owner(&env).await;
        assert_eq!((readable(&owner).await, writable(&owner).await), (TABLES.to_vec(), TABLES.to_vec()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_of_an_earlier_version_are_taken_at_the_next_start() {
    on_postgres(SCHEMAS, |stores, env| async move {
        stores.close().await;
        let service = env.database_of(ServingRole::Service).expect("PostgreSQL");
        let service = service.get_user().expect("a role");
        for schema in ["purser_identity", "purser_keyring", "purser_master"] {
            let grant =
                format!("GRANT USAGE ON SCHEMA {schema} TO {service}; GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA {schema} TO {service}");
            owner(&env).await.batch_execute(&grant).await.expect("granted");
        }
        let client = log_in(&env, ServingRole::Service).await;
        assert_eq!(readable(&client).await, TABLES);
        let stores = env.reopen().await;
        assert_eq!(readable(&client).await, ["purser_system.note", "purser_tenant.thing", "purser_master.advice"]);
        assert!(!may(&client, "INSERT INTO purser_master.advice VALUES (1, 'a')").await);
        stores.close().await;
    })
    .await;
}

/// The serving roles' logins, as an administrator gives them.
fn logins(env: &TestEnv) -> BTreeMap<ServingRole, (String, String)> {
    let login = |role| {
        let config = env.database_of(role).expect("PostgreSQL");
        let password = String::from_utf8(config.get_password().expect("a password").to_vec()).expect("text");
        (role, (config.get_user().expect("a name").to_owned(), password))
    };
    ServingRole::ALL.into_iter().map(login).collect()
}

async fn opened_with(env: &TestEnv, logins: &BTreeMap<ServingRole, (String, String)>) -> Result<Stores, StoreError> {
    let url = env.database_url.clone().expect("PostgreSQL");
    let (_, place) = url.rsplit_once('@').expect("a host");
    let of = |role| {
        let (name, password) = &logins[&role];
        SecretText::new(format!("postgres://{name}:{password}@{place}"))
    };
    let roles = RoleUrls {
        service: of(ServingRole::Service),
        identity: of(ServingRole::Identity),
        keyring: of(ServingRole::Keyring),
        master_writer: of(ServingRole::MasterWriter),
    };
    let database = DatabaseUrls { owner: SecretText::new(url.clone()), roles: Some(roles) };
    let config = StoreConfig { data: env.dir.clone(), database: Some(database), own_databases: BTreeMap::new() };
    Stores::open(config, SCHEMAS.to_vec(), env.clock.clone(), env.rng.clone()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_that_an_administrator_made_are_used_and_one_for_two_purposes_is_refused() {
    on_postgres(SCHEMAS, |stores, env| async move {
        fill(&stores).await;
        let given = logins(&env);
        let again = opened_with(&env, &given).await.expect("it opens");
        assert_eq!(advice(&again).await, [1]);
        again.close().await;
        let mut twice = given.clone();
        twice.insert(ServingRole::MasterWriter, given[&ServingRole::Service].clone());
        let refused = opened_with(&env, &twice).await.expect_err("two purposes");
        assert!(matches!(&refused, StoreError::Setup(text) if text.contains("for two purposes")), "{refused}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_op_6_and_op_17_a_role_that_could_become_another_is_refused() {
    on_postgres(SCHEMAS, |stores, env| async move {
        stores.close().await;
        let given = logins(&env);
        let (service, identity) = (&given[&ServingRole::Service].0, &given[&ServingRole::Identity].0);
        let cases = [
            (format!("GRANT {identity} TO {service}"), format!("REVOKE {identity} FROM {service}"), "is a member of"),
            (format!("ALTER ROLE {service} CREATEROLE"), format!("ALTER ROLE {service} NOCREATEROLE"), "may make roles"),
        ];
        for (weaken, mend, said) in cases {
            owner(&env).await.batch_execute(&weaken).await.expect("the owner may");
            let refused = opened_with(&env, &given).await.map(|_| ()).expect_err(said);
            assert!(matches!(&refused, StoreError::Setup(text) if text.contains(said) && text.contains(service.as_str())), "{refused}");
            owner(&env).await.batch_execute(&mend).await.expect("the owner may");
            opened_with(&env, &given).await.expect("it opens").close().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_served_before_under_another_name_keeps_no_rights() {
    on_postgres(SCHEMAS, |stores, env| async move {
        stores.close().await;
        let mut given = logins(&env);
        let former = log_in(&env, ServingRole::Identity).await;
        assert_eq!(readable(&former).await, ["purser_identity.account"], "the control");
        let (name, password) = given[&ServingRole::Identity].clone();
        let next = format!("next_{name}");
        let make = format!("CREATE ROLE {next} LOGIN NOINHERIT PASSWORD '{password}'");
        owner(&env).await.batch_execute(&make).await.expect("the owner may");
        given.insert(ServingRole::Identity, (next.clone(), password));
        let again = opened_with(&env, &given).await.expect("it opens");
        assert_eq!(readable(&former).await, Vec::<&str>::new());
        again.close().await;
        // Back again, so that the next one, too, is a former.
        env.reopen().await.close().await;
        assert_eq!(readable(&former).await, ["purser_identity.account"]);
        owner(&env).await.batch_execute(&format!("DROP ROLE {next}")).await.expect("it has no rights left");
    })
    .await;
}

/// The files of a store that this process has open, and whether each may be written by its descriptor.
fn open_descriptors(file: &Path) -> Vec<bool> {
    const WRITING: u32 = 0o3;
    let own = fs::read_dir("/proc/self/fd")
        .expect("Linux")
        .flatten()
        .filter(|entry| fs::read_link(entry.path()).is_ok_and(|target| target == file));
    own.map(|entry| {
        let info = fs::read_to_string(Path::new("/proc/self/fdinfo").join(entry.file_name())).expect("its flags");
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).expect("a line").trim();
        u32::from_str_radix(flags, 8).expect("octal") & WRITING != 0
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_op_17_embedded_the_master_is_open_for_writing_once_and_every_reader_has_it_read_only() {
    on_sqlite(SCHEMAS, |stores, env| async move {
        fill(&stores).await;
        let barrier = std::sync::Arc::new(std::sync::Barrier::new(3));
        let reads: Vec<_> = (0..3)
            .map(|_| {
                let (master, barrier) = (stores.master().clone(), std::sync::Arc::clone(&barrier));
                tokio::spawn(async move {
                    let read = move |tx: &mut store::Tx<'_>| {
                        barrier.wait();
                        tx.query(&ADVICE, &[]).map(|rows| rows.len())
                    };
                    master.read(read).await
                })
            })
            .collect();
        for read in reads {
            assert_eq!(read.await.expect("no panic").expect("read"), 1);
        }
        let file = fs::canonicalize(env.dir.join("master.db")).expect("a file");
        let descriptors = open_descriptors(&file);
        assert_eq!(descriptors.iter().filter(|writes| **writes).count(), 1, "the writer's");
        assert!(descriptors.iter().filter(|writes| !**writes).count() >= 3, "the readers': {descriptors:?}");

        let written = stores.master().read(|tx| tx.execute(&INSERT_ADVICE, &params![2_i64, "master"])).await;
        assert!(written.is_err(), "a reader wrote");
        assert_eq!(advice(&stores).await, [1]);
    })
    .await;
}

async fn fill(stores: &Stores) {
    stores.master_writer().write(|tx| tx.execute(&INSERT_ADVICE, &params![1_i64, "master"])).await.expect("written");
    stores.system().write(|tx| tx.execute(&INSERT_NOTE, &params![1_i64, "service"])).await.expect("written");
    stores.identity().write(|tx| tx.execute(&INSERT_ACCOUNT, &params![1_i64, "a@example.org"])).await.expect("written");
    stores.keyring().write(|tx| tx.execute(&INSERT_KEY, &params![1_i64, "keyring"])).await.expect("written");
}

async fn advice(stores: &Stores) -> Vec<i64> {
    let rows = stores.master().read(|tx| tx.query(&ADVICE, &[])).await.expect("read");
    rows.iter().map(|row| row.get(0).expect("a number")).collect()
}

async fn notes(stores: &Stores) -> usize {
    stores.system().read(|tx| tx.query(&NOTES, &[])).await.expect("read").len()
}

/// Takes a closed store away, or puts it back.
async fn rename(env: &TestEnv, from: &str, to: &str) {
    match env.engine {
        Engine::Embedded => {
            for end in ["", "-wal", "-shm"] {
                let (from, to) = (env.dir.join(format!("{from}.db{end}")), env.dir.join(format!("{to}.db{end}")));
                if from.exists() {
                    fs::rename(from, to).expect("renamed");
                } else {
                    let _is_not_there = fs::remove_file(to);
                }
            }
        }
        Engine::Postgres => {
            let sql = format!("DROP SCHEMA IF EXISTS purser_{to} CASCADE; ALTER SCHEMA purser_{from} RENAME TO purser_{to}");
            owner(env).await.batch_execute(&sql).await.expect("renamed");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_op_17_the_master_is_restored_without_the_service_and_the_service_without_the_master() {
    both_engines(SCHEMAS, |stores, env| async move {
        fill(&stores).await;
        stores.close().await;

        rename(&env, "master", "kept").await;
        let stores = env.reopen().await;
        assert_eq!((advice(&stores).await, notes(&stores).await), (vec![], 1), "the service has all of its own without the master");
        stores.close().await;

        rename(&env, "kept", "master").await;
        rename(&env, "system", "kept").await;
        let stores = env.reopen().await;
        assert_eq!((advice(&stores).await, notes(&stores).await), (vec![1], 0), "the master came back whole, and needs nobody");
        stores.close().await;

        rename(&env, "kept", "system").await;
        let stores = env.reopen().await;
        assert_eq!((advice(&stores).await, notes(&stores).await), (vec![1], 1));
        stores.close().await;
    })
    .await;
}
