//! What the owner role does at start: schemas, migrations, row-level security, and the serving roles with their rights.
//!
//! **The owner and those that serve.** The owner owns every table and only migrates. The serving roles
//! ([`ServingRole`]) answer requests: they log in by themselves, own nothing, are no members of the owner, cannot bypass
//! row-level security and get rights on rows only, each on its own stores. They are logins of their own and not a
//! `SET ROLE` of the owner's session, because `SET ROLE` is undone by anybody who can make a statement call
//! `set_config('role', …)`.
//!
//! With the short form (one URL) the owner makes the serving roles and derives their passwords from its own, so that every
//! node that knows the URL knows them all, and nothing more is to be stored.

use std::collections::BTreeMap;

use kernel::Clock;
use kernel::data_map::StoreKind;
use tokio::runtime::Handle;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config};

use crate::StoreError;
use crate::dialect::postgres_migration;
use crate::parked::wait;
use crate::plan::{Applied, Plans, Step, pending};
use crate::postgres::failure::failure;
use crate::postgres::pool::connect;
use crate::postgres::reach::Reach;
use crate::postgres::roles::ServingRole;
use crate::postgres::schema_of;
use crate::stores::DatabaseUrls;

/// How often the set-up runs again where another node does the same at the same time.
const SETUP_RUNS_MAX: u32 = 8;

/// The tables that a tenant's rows lie in, with what protects them.
const UNPROTECTED_TABLES: &str = "
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND c.relname <> 'store_migration'
      AND NOT (c.relrowsecurity AND c.relforcerowsecurity
               AND 1 = (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'own_tenant' AND p.polcmd = '*'))
    ORDER BY c.relname";

const TABLES: &str = "
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND c.relname <> 'store_migration' ORDER BY c.relname";

/// A database as its owner sees it.
pub(crate) struct Owner {
    client: Client,
    /// How each role reaches it.
    serving: BTreeMap<ServingRole, Reach>,
}

impl Owner {
    /// Connects as the owner, makes the serving roles where the short form leaves that to us, and checks them.
    pub(crate) fn connect(runtime: &Handle, urls: &DatabaseUrls) -> Result<Self, StoreError> {
        let owner = Reach::parse(urls.owner.expose(), "the database URL")?;
        let client = connect(runtime, &owner)?;
        let mut serving = BTreeMap::new();
        for role in ServingRole::ALL {
            let reach = match &urls.roles {
                Some(given) => Reach::parse(given.of(role).expose(), "a serving role's database URL")?,
                None => derived_role(&client, &owner, role)?,
            };
            check_role(&client, user_of(&reach))?;
            if let Some((other, _)) = serving.iter().find(|(_, known)| user_of(known) == user_of(&reach)) {
                return Err(StoreError::Setup(format!(
                    "the role {} is given for two purposes, {other:?} and {role:?}: neither would be kept from the other's rows. Make a role for each",
                    user_of(&reach)
                )));
            }
            serving.insert(role, reach);
        }
        check_apart(&client, &serving)?;
        let owner = Self { client, serving };
        match owner.try_roles(runtime) {
            // The owner's password has changed since, and with it the derived ones.
            Err(StoreError::Setup(_)) if urls.roles.is_none() => {
                owner.serving.values().try_for_each(|reach| set_password(&owner.client, &reach.config))?;
                owner.try_roles(runtime)?;
            }
            tried => tried?,
        }
        Ok(owner)
    }

    fn try_roles(&self, runtime: &Handle) -> Result<(), StoreError> {
        self.serving.values().try_for_each(|reach| connect(runtime, reach).map(drop))
    }

    /// How a role reaches the database.
    pub(crate) fn reach(&self, role: ServingRole) -> Reach {
        // `connect` has one for each role.
        self.serving[&role].clone()
    }

    /// Makes and migrates one store's schema.
    pub(crate) fn prepare(&self, store: StoreKind, plans: &Plans, clock: &Clock) -> Result<(), StoreError> {
        let roles: Vec<_> = self.serving.iter().map(|(role, reach)| (*role, user_of(reach).to_owned())).collect();
        let mut runs = 0;
        loop {
            runs += 1;
            match migrate(&self.client, store, plans, clock, &roles) {
                Err(Stopped::Raced(_)) if runs < SETUP_RUNS_MAX => {}
                Err(Stopped::Raced(error) | Stopped::Failed(error)) => return Err(error),
                Ok(()) => return Ok(()),
            }
        }
    }
}

fn user_of(reach: &Reach) -> &str {
    reach.config.get_user().unwrap_or_default()
}

/// A serving role of the short form; made where there is none.
fn derived_role(client: &Client, owner: &Reach, role: ServingRole) -> Result<Reach, StoreError> {
    let config = role.config(&owner.config);
    let name = config.get_user().unwrap_or_default().to_owned();
    let password = password_clause(&config);
    let serving = owner.with(config);
    if role_exists(client, &name)? {
        return Ok(serving);
    }
    let options = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS";
    match wait(client.batch_execute(&format!("CREATE ROLE {} {options}{}", quoted(&name), password))) {
        Ok(()) => Ok(serving),
        // Another node was faster.
        Err(error) if error.code() == Some(&SqlState::DUPLICATE_OBJECT) || error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Ok(serving),
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            Err(StoreError::Setup(format!("the database's owner may not make the role {name}: give it CREATEROLE")))
        }
        Err(error) => Err(failure("making a serving role", &error)),
    }
}

/// The verifier instead of the password: statements may be logged.
fn password_clause(config: &Config) -> String {
    config
        .get_password()
        .map_or_else(String::new, |password| format!(" PASSWORD '{}'", postgres_protocol::password::scram_sha_256(password)))
}

fn set_password(client: &Client, serving: &Config) -> Result<(), StoreError> {
    let role = quoted(serving.get_user().unwrap_or_default());
    let clause = password_clause(serving);
    if clause.is_empty() {
        return Ok(());
    }
    wait(client.batch_execute(&format!("ALTER ROLE {role}{clause}"))).map_err(|error| failure("setting a serving role's password", &error))
}

fn role_exists(client: &Client, name: &str) -> Result<bool, StoreError> {
    let found = wait(client.query_opt("SELECT 1 FROM pg_roles WHERE rolname = $1", &[&name]));
    found.map(|row| row.is_some()).map_err(|error| failure("looking for a serving role", &error))
}

/// Refuses a serving role that could look past row-level security, switch it off, or come by another's rights.
fn check_role(client: &Client, role: &str) -> Result<(), StoreError> {
    let question = "SELECT rolsuper, rolbypassrls, pg_has_role(oid, (SELECT oid FROM pg_roles WHERE rolname = current_user), 'MEMBER'),
        rolcreaterole, rolreplication,
        EXISTS (SELECT 1 FROM pg_roles given WHERE given.rolname LIKE 'pg\\_%' AND pg_has_role(pg_roles.oid, given.oid, 'MEMBER'))
        FROM pg_roles WHERE rolname = $1";
    let found = wait(client.query_opt(question, &[&role])).map_err(|error| failure("looking at a serving role", &error))?;
    let row = found.ok_or_else(|| StoreError::Setup(format!("the role {role} does not exist on the server")))?;
    let forbidden = [
        "is a superuser",
        "may bypass row-level security",
        "is the owner or a member of it",
        "may make roles, and so become another",
        "may replicate, and so read everything",
        "is a member of one of PostgreSQL's own roles, which reach every table",
    ];
    for (index, what) in forbidden.iter().enumerate() {
        if row.try_get::<_, bool>(index).map_err(|error| failure("looking at a serving role", &error))? {
            return Err(StoreError::Setup(format!("the role {role} {what}: tenants would not be kept apart. Make a role of its own")));
        }
    }
    Ok(())
}

/// Refuses serving roles of which one is a member of another: it could take that one's place.
fn check_apart(client: &Client, serving: &BTreeMap<ServingRole, Reach>) -> Result<(), StoreError> {
    let looking = |error| failure("looking at the serving roles", &error);
    for member in serving.values().map(user_of) {
        for other in serving.values().map(user_of).filter(|other| *other != member) {
            let row = wait(client.query_one("SELECT pg_has_role($1::name, $2::name, 'MEMBER')", &[&member, &other])).map_err(looking)?;
            if row.try_get(0).map_err(looking)? {
                return Err(StoreError::Setup(format!(
                    "the role {member} is a member of {other}: it could do what that one may. Take it out with REVOKE {} FROM {}",
                    quoted(other),
                    quoted(member)
                )));
            }
        }
    }
    Ok(())
}

/// Why the set-up stopped.
enum Stopped {
    /// Another node did the same at the same time.
    Raced(StoreError),
    Failed(StoreError),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

fn batch(client: &Client, doing: &str, sql: &str) -> Result<(), Stopped> {
    wait(client.batch_execute(sql)).map_err(|error| {
        let races = [
            SqlState::UNIQUE_VIOLATION,
            SqlState::DUPLICATE_TABLE,
            SqlState::DUPLICATE_SCHEMA,
            SqlState::DUPLICATE_OBJECT,
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            // "tuple concurrently updated", of a GRANT.
            SqlState::INTERNAL_ERROR,
        ];
        let failed = failure(doing, &error);
        if error.code().is_some_and(|code| races.contains(code)) { Stopped::Raced(failed) } else { Stopped::Failed(failed) }
    })
}

fn migrate(client: &Client, store: StoreKind, plans: &Plans, clock: &Clock, roles: &[(ServingRole, String)]) -> Result<(), Stopped> {
    let schema = schema_of(store);
    batch(
        client,
        "making a schema",
        &format!(
            "CREATE SCHEMA IF NOT EXISTS {schema};
             SET search_path = {schema}, pg_temp;
             CREATE TABLE IF NOT EXISTS store_migration (
                 domain TEXT COLLATE \"C\" NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL,
                 digest BYTEA NOT NULL, applied_at BIGINT NOT NULL, PRIMARY KEY (domain, version));
             INSERT INTO store_migration VALUES ('', 0, 'lock', '', 0) ON CONFLICT DO NOTHING"
        ),
    )?;
    batch(client, "beginning a migration", "BEGIN")?;
    let done = migrate_locked(client, store, plans, clock, roles);
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    done.and(batch(client, "ending a migration", end))
}

fn migrate_locked(client: &Client, store: StoreKind, plans: &Plans, clock: &Clock, roles: &[(ServingRole, String)]) -> Result<(), Stopped> {
    let broken = |error: tokio_postgres::Error| Stopped::from(failure("reading which migrations are applied", &error));
    // One node migrates at a time: a row's lock, which every PostgreSQL-compatible engine has.
    batch(client, "locking the migrations", "SELECT 1 FROM store_migration WHERE domain = '' FOR UPDATE")?;
    let rows = wait(client.query("SELECT domain, version, digest FROM store_migration WHERE domain <> ''", &[])).map_err(broken)?;
    let applied = rows.iter().map(|row| Ok(Applied { domain: row.try_get(0)?, version: row.try_get(1)?, digest: row.try_get(2)? }));
    let applied = applied.collect::<Result<Vec<_>, _>>().map_err(broken)?;
    let steps = plans.for_store(store);
    let pending = pending(&steps, &applied)?;
    if !pending.is_empty() {
        apply(client, store, &pending, clock)?;
    }
    let former = take_note(client, roles)?;
    grant(client, store, roles, &former)
}

/// Notes who serves from now on: those that served before under other names, and are there still. The rows are of no migration, as the
/// one that is locked.
fn take_note(client: &Client, roles: &[(ServingRole, String)]) -> Result<Vec<String>, Stopped> {
    let broken = |error: tokio_postgres::Error| Stopped::from(failure("noting who serves", &error));
    let question = "SELECT name FROM store_migration JOIN pg_roles ON rolname = name WHERE domain = '' AND version > 0";
    let rows = wait(client.query(question, &[])).map_err(broken)?;
    let noted = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>().map_err(broken)?;
    for (place, (_, name)) in (1_i64..).zip(roles) {
        let note = "INSERT INTO store_migration (domain, version, name, digest, applied_at) VALUES ('', $1, $2, '', 0)
            ON CONFLICT (domain, version) DO UPDATE SET name = EXCLUDED.name";
        wait(client.execute(note, &[&place, name])).map_err(broken)?;
    }
    Ok(noted.into_iter().filter(|former| roles.iter().all(|(_, name)| name != former)).collect())
}

fn apply(client: &Client, store: StoreKind, steps: &[&Step], clock: &Clock) -> Result<(), Stopped> {
    let is_tenant = store == StoreKind::Tenant;
    if is_tenant {
        // Forced policies bind the owner too, so that a step that rewrites rows would see none. Nobody else sees this state.
        for table in names(client, store, TABLES)? {
            batch(client, "opening a table for its migration", &format!("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY", quoted(&table)))?;
        }
    }
    for step in steps {
        for statement in postgres_migration(step.sql) {
            batch(client, &format!("migration {} of {}", step.name, step.domain), &statement)?;
        }
        let recorded = wait(client.execute(
            "INSERT INTO store_migration (domain, version, name, digest, applied_at) VALUES ($1, $2, $3, $4, $5)",
            &[&step.domain, &i64::from(step.version), &step.name, &step.digest.as_slice(), &clock.now().micros()],
        ));
        recorded.map_err(|error| Stopped::from(failure("recording a migration", &error)))?;
    }
    if is_tenant {
        protect(client, store)?;
    }
    Ok(())
}

/// Row-level security on every table of the tenant store, forced. An unset setting reads as an empty text on a
/// connection that had one before; NULLIF makes both "no tenant", which equals nothing.
fn protect(client: &Client, store: StoreKind) -> Result<(), Stopped> {
    for table in names(client, store, UNPROTECTED_TABLES)? {
        let table = quoted(&table);
        let own = "tenant_id = NULLIF(current_setting('purser.tenant', true), '')::BIGINT";
        let sql = format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
             ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
             DROP POLICY IF EXISTS own_tenant ON {table};
             CREATE POLICY own_tenant ON {table} USING ({own}) WITH CHECK ({own})"
        );
        batch(client, "protecting a tenant's table (does it have a column tenant_id?)", &sql)?;
    }
    Ok(())
}

/// Gives each role its rights on a store, and takes whatever else it had: an earlier version had one role for all. Who served before, and
/// does not any more, keeps none.
fn grant(client: &Client, store: StoreKind, roles: &[(ServingRole, String)], former: &[String]) -> Result<(), Stopped> {
    let unprotected = if store == StoreKind::Tenant { names(client, store, UNPROTECTED_TABLES)? } else { Vec::new() };
    if !unprotected.is_empty() {
        return Err(StoreError::Setup(format!("the tables {unprotected:?} are without forced row-level security")).into());
    }
    let schema = schema_of(store);
    let mut sql = format!("REVOKE ALL ON SCHEMA {schema} FROM PUBLIC; REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM PUBLIC;");
    for name in former.iter().map(|name| quoted(name)) {
        sql += &format!("REVOKE ALL ON SCHEMA {schema} FROM {name}; REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {name};");
    }
    for (role, name) in roles {
        let name = quoted(name);
        sql += &format!("REVOKE ALL ON SCHEMA {schema} FROM {name}; REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {name};");
        if let Some(rights) = role.rights(store) {
            sql += &format!(
                "GRANT USAGE ON SCHEMA {schema} TO {name}; GRANT {rights} ON ALL TABLES IN SCHEMA {schema} TO {name};
                 REVOKE ALL ON store_migration FROM {name};"
            );
        }
    }
    batch(client, "granting the serving roles their rights", &sql)
}

fn names(client: &Client, store: StoreKind, question: &str) -> Result<Vec<String>, Stopped> {
    let broken = |error: tokio_postgres::Error| Stopped::from(failure("listing tables", &error));
    let rows = wait(client.query(question, &[&schema_of(store)])).map_err(broken)?;
    rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>().map_err(broken)
}

/// A name in SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
