//! The crate's specification, through its public doors.

mod documents;
mod exposure;
mod feeds;
mod house;
mod http;
mod importing;
mod kernels;
mod matching;
mod oracle;
mod provenance;
mod records;
mod scanning;
mod shared_sources;
mod support;
mod tls_server;
