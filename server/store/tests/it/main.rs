//! What the store promises, driven through its facade, on both engines.

mod fixture;
mod transactions;
