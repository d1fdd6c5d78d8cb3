//! A PostgreSQL database of a test's own.

use kernel::Rng;
use tokio_postgres::{Client, Config, NoTls};

use crate::postgres::ServingRole;

/// Names the server and the role that may make databases and roles; no superuser, so that tests meet real rights.
const SERVER_VARIABLE: &str = "PURSER_TEST_DATABASE_URL";

/// A database that the test alone uses.
pub struct TestDatabase {
    /// Its address, with the role that owns it.
    pub url: String,
    name: String,
    server: Config,
}

impl TestDatabase {
    /// Makes one; none, with a printed line, where no server is named.
    ///
    /// # Panics
    /// Where it cannot be made; where none is named and `CI=true`.
    pub async fn make() -> Option<Self> {
        let Ok(server_url) = std::env::var(SERVER_VARIABLE) else {
            let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
            assert!(!is_ci, "{SERVER_VARIABLE} must name a PostgreSQL server: tests run on both engines");
            println!("skipped on PostgreSQL: {SERVER_VARIABLE} is not set");
            return None;
        };
        let server: Config = server_url.parse().expect("the test server's URL can be read");
        let name = format!("purser_test_{:016x}", Rng::system().bits());
        let client = connect(&server).await;
        client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).await.expect("a database for the test is made");
        let base = server_url.split('?').next().unwrap_or_default();
        let (base, _) = base.rsplit_once('/').expect("the test server's URL names a database");
        Some(Self { url: format!("{base}/{name}"), name, server })
    }

    /// Removes it, with its serving roles.
    ///
    /// # Panics
    /// Where that fails.
    pub async fn remove(self) {
        let client = connect(&self.server).await;
        let mut own = Vec::new();
        for role in ServingRole::ALL.map(|role| role.name(&self.name)) {
            // Who may end a role's sessions must be a member of it.
            if client.batch_execute(&format!("GRANT {role} TO CURRENT_USER")).await.is_ok() {
                own.push(role);
            }
        }
        client.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await.expect("the test's database is dropped");
        for role in own {
            client.batch_execute(&format!("DROP ROLE {role}")).await.expect("the test's role is dropped");
        }
    }
}

async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.expect("the test server answers");
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            println!("the connection to the test server broke: {error}");
        }
    });
    client
}
