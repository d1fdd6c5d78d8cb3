//! The whole server in one process, on both engines, driven by HTTP.

mod client;
mod document;
mod registry;
mod starting;
mod totp;
mod world;
