//! What leaves a machine.
//!
//! Everything that an agent sends and that a server answers is a type in this crate, and nothing else travels. A
//! reader who wants to know what Purser collects reads [`state`]; a reader who wants to know what a field gives away
//! looks for [`Identifying`], which marks each value that names a machine or a person's property.
//!
//! * [`ids`]: the typed ids that travel, in one registry.
//! * [`time`]: the one timestamp type.
//! * [`state`]: the device as collected: the *canonical state*, which is also the inspection copy.
//! * [`fields`]: every field of it, with what it tells.
//! * [`report`]: the envelope around a state, a delta or a digest, and the receipt that answers it.
//! * [`enrol`]: how a device joins and signs in.
//! * [`identifying`]: the mark, and its one visitor.

pub mod enrol;
pub mod fields;
pub mod identifying;
pub mod ids;
pub mod report;
pub mod state;
pub mod time;

pub use identifying::Identifying;
pub use time::Timestamp;
