//! Single sign-on: people of a tenant sign in by a provider of its own (OpenID Connect, the code flow with PKCE).
//!
//! * [`provider`]: which providers a tenant has, and what groups there give. [`flow`]: to the provider and back.
//!   [`attempt`]: what binds an answer to the browser that asked. `check`: whether a provider can be used, in a word.
//! * `relying_party`: what is asked of a provider. [`outbound`]: the way there, past nobody's inner network.
//!   [`address`]: where it is; `discovery`: what it says of itself.
//! * `signed_token` and `key_set`: who signed. [`id_token`]: what is said, and every check of it. `fault`: what can be wrong.
//!
//! The verification is our own, over aws-lc-rs ([0071](../../../../docs/decisions/0071-single-sign-on-is-verified-over-our-one-provider.md)).

pub mod address;
pub mod attempt;
mod check;
mod discovery;
mod fault;
pub mod flow;
pub mod id_token;
mod key_set;
pub mod outbound;
pub mod provider;
pub(crate) mod relying_party;
mod signed_token;

pub use self::address::Issuer;
pub use self::outbound::SignOnConfig;
