//! Identity through its doors: HTTP for people and programs, the facade for the host.

mod account;
mod allow_lists;
mod apart;
mod enrolment_tokens;
mod keys;
mod links;
mod people;
mod presets;
mod recovery_codes;
mod sessions;
mod settings;
mod sign_in;
mod tenancy;
mod tokens;
mod totp;
mod world;
