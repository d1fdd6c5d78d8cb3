//! The whole server in one process, on both engines, driven by HTTP.

mod archives;
mod attacks;
mod audit;
mod backup;
mod breach;
mod canaries;
mod client;
mod device;
mod doctor;
mod document;
mod erasure;
mod erasure_canaries;
mod export;
mod imports;
mod integrity;
mod keyring;
mod mail;
mod put_back;
mod registry;
mod retention;
mod rights;
mod routes;
mod starting;
mod totp;
mod trust_page;
mod world;
