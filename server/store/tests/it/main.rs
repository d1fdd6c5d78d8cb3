//! What the store promises, driven through its facade, on both engines.

mod apart;
mod blobs;
mod connections;
mod copied;
mod durability;
mod fixture;
mod inspect;
mod intake;
mod jobs;
mod leases;
mod marks;
mod migrations;
mod races;
mod roles;
mod sealed;
mod stamps;
mod statements;
mod transactions;
