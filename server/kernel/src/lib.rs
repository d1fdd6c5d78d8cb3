//! What every server crate shares, and no I/O.
//!
//! * [`clock`], [`rng`]: time and chance, handed in.
//! * [`scope`]: who acts, for which tenant, with which permission; every store function takes it first.
//! * [`subject`]: whose data something is.
//! * [`problem`], [`page`], [`limits`]: the public error, keyset pages, limits that several crates share.
//! * [`secret`]: texts that never print.
//! * [`keyring`], [`authenticator`]: handles that `app` fills, so that lower floors can use what higher ones own.
//! * [`data_map`]: the types in which each crate registers its tables.

pub mod authenticator;
pub mod clock;
pub mod data_map;
pub mod keyring;
pub mod limits;
pub mod page;
pub mod problem;
pub mod rng;
pub mod scope;
pub mod secret;
pub mod selectors;
pub mod subject;

pub use authenticator::{Access, Authenticator, ClientCertificate, Denied, Origin, Presented, Source};
pub use clock::{Clock, ManualClock};
pub use keyring::{KeyError, KeyRef, KeyRing, Place};
pub use page::{Page, PageRequest};
pub use problem::Problem;
pub use rng::Rng;
pub use scope::{Actor, DeviceScope, Permission, Scope, ScopeMint, SystemWork};
pub use secret::SecretText;
pub use selectors::SelectorLanguage;
pub use subject::Subject;
pub use wire::Timestamp;
pub use wire::ids::*;
