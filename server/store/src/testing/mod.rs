//! For tests: both engines, a keyring without the `trust` crate, and checks over every registered statement.

mod check;
mod database;
mod engines;
mod keyring;

pub use self::check::check_statements;
pub use self::database::TestDatabase;
pub use self::engines::{TestEnv, both_engines, on_postgres, on_sqlite};
pub use self::keyring::PlainKeyRing;
