//! The crate's specification, through its public doors.

mod documents;
mod matching;
mod oracle;
mod records;
mod scanning;
mod shared_sources;
mod support;
