//! The crate's specification, through its public door.

mod orders;
mod properties;
mod vectors;
