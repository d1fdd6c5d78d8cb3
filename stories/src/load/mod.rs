//! Load for the benchmark programs: a server process, many devices, and where the processor time goes.

pub mod client;
pub mod device;
pub mod process;
