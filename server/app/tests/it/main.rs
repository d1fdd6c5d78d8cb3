//! The whole server in one process, on both engines, driven by HTTP.

mod archives;
mod archives_over;
mod attacks;
mod audit;
#[expect(dead_code, reason = "more of it is for the tests of identity")]
#[path = "../../../identity/tests/it/authenticator.rs"]
mod authenticator;
mod backup;
mod bans;
mod breach;
mod canaries;
mod client;
mod device;
mod doctor;
mod document;
mod erasure;
mod erasure_canaries;
mod export;
mod filter;
mod imports;
mod instance_log;
mod integrity;
mod keyring;
mod mail;
mod mutual_tls;
mod operators;
mod passkeys;
mod put_back;
mod registry;
mod retention;
mod rights;
mod roles;
mod routes;
mod sign_on;
mod starting;
mod totp;
mod trust_page;
mod world;
