//! Reports in, history, receipts, the fleet in memory: on both engines, through the facade.

mod gaps;
mod house;
mod intake;
mod reports;
mod snapshots;
