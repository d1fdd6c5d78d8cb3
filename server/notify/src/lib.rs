//! Mail to people: what it says, the outbox that it waits in, its way to the relay, and the proof that it went.
//!
//! - [`letter`]: what a mail says, in English and Polish.
//! - [`outbox`]: mails in the tenant's store until they are settled, and afterwards as their own proof.
//! - [`relay`]: the SMTP server that takes them.
//! - [`sending`]: from the one to the other, tried again until it is done or given up.
//! - `testing` (feature): an SMTP server that keeps what it gets.
//! - `store`: all SQL. [`data_map`]: what lies in the table.
//!
//! An address is never stored or logged here: whoever wires the program gives it, from the identity store, when a mail is sent.
//! Nothing is sent without a [`Leave`].

pub mod data_map;
pub mod error;
pub mod letter;
pub mod outbox;
pub mod relay;
pub mod sending;
mod store;
// Lies with the tests: nothing that ships listens, and this listens in clear.
#[cfg(feature = "testing")]
#[path = "../tests/sink/smtp.rs"]
pub mod testing;

pub use self::error::{MailFailure, RelayError, RelayFailure, SendError};
pub use self::letter::{About, Letter, Written};
pub use self::outbox::{Count, MAILS_LISTED_MAX, MailLine, Outbox, State};
pub use self::relay::{Login, Relay, RelayConfig, Security, is_loopback};
pub use self::sending::{Addressee, Addresses, Delivery, Leave, Parties, Sent, Telling};
pub use self::store::SCHEMAS;
