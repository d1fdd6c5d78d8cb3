//! The router that demands a permission; problem+json; paging; OpenAPI; TLS listeners.
//!
//! A domain crate writes one file per endpoint and mounts it with one line that names its [`Access`] and its
//! [`Doc`]. There is no way to mount a route without both, so the route table, the OpenAPI document and the tests that
//! run over "every route" come from the code itself.
//!
//! * [`routes`]: [`Routes`], in which a domain lists its endpoints; [`app`]: [`Web`], which turns them into a [`WebApp`].
//! * Taking a request apart: [`Json`], [`WireJson`], [`RawBody`] ([`body`]), [`Query`], [`Paging`] ([`query`]), [`Path`]
//!   ([`path`]), [`Caller`], [`Credential`] ([`caller`]), [`PeerInfo`], [`Shown`] ([`peer`]), [`BrowserKind`] ([`browser`]),
//!   [`AttemptSecret`] ([`attempt`]).
//! * Answering: [`Answer`], [`Failure`] ([`answer`]), [`Created`], [`Accepted`], [`NoContent`], [`Paged`], [`SignedIn`],
//!   [`SignedOut`] ([`respond`]), [`Begun`] ([`attempt`]).
//! * [`scim`]: requests and answers of the protocol by which directories keep accounts.
//! * `source`: the peer as lists of addresses see it.
//! * [`accessed`]: what the access log is told of each request.
//! * [`doors`]: limits and bans. [`filter`]: shapes of attacks.
//! * [`client_authority`]: authorities that issue client certificates, for whoever keeps one.
//! * API types: [`Id`] and [`Time`] ([`schema`]) give the ids and times of `wire` a JSON schema.
//! * Serving: [`names`], [`certificate`], [`client_certificate`], [`strength`], [`tls`], [`serve`](mod@serve), [`proxies`]; [`console`] for the built console; [`admin`] for
//!   host-side administration, [`operators`] for the same by operators from elsewhere.
//!
//! # One endpoint, whole
//!
//! ```
//! use axum::extract::State;
//! use kernel::{Access, DeviceId, Permission, Problem, Timestamp};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use web::{Answer, Caller, Doc, Id, Json, NoContent, Paged, Paging, Path, Query, Routes, Time};
//!
//! #[derive(Clone)]
//! struct Devices; // the crate's facade, cheap to clone
//!
//! /// A device.
//! #[derive(Serialize, JsonSchema)]
//! struct Device {
//!     device: Id<DeviceId>,
//!     last_seen_at: Option<Time>,
//! }
//!
//! /// Filters. No `deny_unknown_fields` here: the router refuses query keys that the document does not name.
//! #[derive(Deserialize, JsonSchema)]
//! struct DeviceFilter {
//!     /// Part of the name.
//!     q: Option<String>,
//! }
//!
//! /// What may be changed.
//! #[derive(Deserialize, JsonSchema)]
//! #[serde(deny_unknown_fields)] // demanded of every request body: without it, `build` panics
//! struct DeviceChange {
//!     stale: bool,
//! }
//!
//! async fn list(
//!     State(_devices): State<Devices>,
//!     Caller(_scope): Caller,
//!     Query(_filter): Query<DeviceFilter>,
//!     Paging(page): Paging,
//! ) -> Answer<Paged<Device>> {
//!     let rows = vec![Device { device: Id(DeviceId::from_random(7)), last_seen_at: Some(Time(Timestamp::from_seconds(0))) }];
//!     Ok(Paged(kernel::Page::of_one_more(rows, page.limit, |row| row.device.0.to_string())))
//! }
//!
//! async fn change(Caller(_scope): Caller, Path(Id(_device)): Path<Id<DeviceId>>, Json(_change): Json<DeviceChange>) -> Answer<NoContent> {
//!     Err(Problem::not_found())? // "not yours" and "does not exist" alike; `?` takes everything that is `Into<Problem>`
//! }
//!
//! // Paths are given without `/api/v1`, which the router adds.
//! let routes = Routes::new("devices", Devices)
//!     .get("/devices", Access::Person(Permission::DevicesRead), Doc::new("listDevices", "List devices"), list)
//!     .patch(
//!         "/devices/{device}",
//!         Access::Person(Permission::DevicesWrite),
//!         Doc::new("changeDevice", "Change a device's labels").problems(&[]), // kinds beyond those that every route may answer with
//!         change,
//!     );
//! # drop(routes);
//! ```

pub mod accessed;
pub mod admin;
pub mod answer;
pub mod app;
pub mod attempt;
pub mod body;
pub mod browser;
pub mod caller;
pub mod certificate;
pub mod client_authority;
pub mod client_certificate;
pub mod console;
pub mod doors;
pub mod filter;
mod front;
mod guard;
mod idle;
pub mod names;
mod openapi;
pub mod operators;
pub mod panics;
pub mod path;
pub mod peer;
mod places;
pub mod proxies;
mod proxy_header;
pub mod query;
pub mod respond;
pub mod routes;
pub mod schema;
mod schemas;
pub mod scim;
pub mod serve;
pub mod session;
mod source;
mod strangers;
pub mod strength;
mod tar_file;
mod tie;
pub mod tls;

pub use accessed::{AccessLog, Accessed};
pub use answer::{Answer, Failure};
pub use app::{Health, RouteEntry, SECURITY_TXT_PATH, SecurityTxt, Web, WebApp, WebBuilder};
pub use attempt::{AttemptSecret, Begun};
pub use body::{BodyLimit, Json, RawBody, WireJson, parse_json};
pub use browser::BrowserKind;
pub use caller::{Caller, Credential};
pub use console::{ConsoleFile, ConsoleFiles};
pub use doors::Doors;
pub use front::REQUEST_ID_HEADER;
pub use guard::problem_of;
pub use kernel::Access;
pub use operators::{OperatorApp, Operators};
pub use panics::log_panics;
pub use path::Path;
pub use peer::{PeerInfo, Shown};
pub use proxies::{TrustedProxies, TrustedProxy};
pub use query::{Paging, Query};
pub use respond::{Accepted, Created, Issued, NoContent, Paged, SignedIn, SignedOut};
pub use routes::{Doc, Method, Routes};
pub use schema::{Id, Time, WireId};
pub use serve::{ListenConfig, ServeError, Server, serve};
pub use tar_file::{TarFile, Writing};
pub use tie::{TIE_COOKIE, Tie, Tied};
pub use tls::{CertificateConfig, CertificateSource, Certificates};
