//! What the router, its extractors and its listeners promise, driven through requests.

mod bodies;
mod client_certificates;
mod console;
mod document;
mod doors;
mod filter;
mod guesses;
mod headers;
mod limits;
mod listening;
mod logs;
mod operators;
mod problems;
mod proxies;
mod queries;
mod rights;
mod strength;
mod world;
