//! Devices through its doors: HTTP for agents and people, the facade for the crates above.

mod access_tokens;
mod cut_off;
mod enrolment;
mod groups;
mod limits;
mod lists;
mod machine;
mod oracle;
mod reports;
mod service;
mod start;
mod tenancy;
mod world;
