//! For tests: both engines, a keyring without the `trust` crate, and checks over every registered statement.

mod engines;
mod keyring;

pub use self::engines::{TestEnv, both_engines, check_statements};
pub use self::keyring::PlainKeyRing;
