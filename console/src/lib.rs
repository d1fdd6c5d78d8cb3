//! The web console: TypeScript sources and the crate that embeds its built assets.
