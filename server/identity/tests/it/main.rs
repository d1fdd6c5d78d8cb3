//! Identity through its doors: HTTP for people and programs, the facade for the host.

mod access_tokens;
mod account;
mod allow_lists;
mod apart;
#[expect(dead_code, reason = "more of it is for the tests of the verifier")]
mod authenticator;
mod client_certificates;
mod directory;
mod directory_groups;
mod directory_protocol;
mod enrolment_tokens;
mod keys;
mod links;
mod made_up_provider;
mod operators;
mod passkeys;
mod people;
mod presets;
mod recovery_codes;
mod sessions;
mod settings;
mod sign_in;
mod single_sign_on;
mod single_sign_on_tampered;
mod tenancy;
mod tokens;
mod totp;
mod world;
