//! Administration by whoever may read the data folder: there is nothing to sign in to.
//!
//! Where a server runs on the folder, a request goes to it by its Unix socket ([`client`]); where none does, the
//! installation is opened for this one request. Both end in [`perform`], so that they cannot differ.

pub mod client;
mod perform;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wire::Timestamp;

pub use self::client::{HostError, ask};
use crate::opened::Opened;

/// What can be asked.
#[derive(Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Make a tenant: [`TenantCreated`].
    TenantCreate {
        /// The organisation's name.
        name: String,
    },
    /// Every tenant: a list of [`TenantLine`].
    TenantList {},
    /// A new set-up link for an owner who has not used the first: [`Link`].
    TenantLink {
        /// Whose.
        tenant: String,
    },
    /// A new way in for somebody who lost password or second factor: [`Link`].
    UserRecover {
        /// Whose.
        tenant: String,
        /// The account's address.
        email: String,
    },
    /// A token by which devices join: [`EnrolmentCreated`].
    EnrolmentCreate {
        /// Which tenant they join.
        tenant: String,
        /// What people call it.
        name: String,
        /// Labels that its devices get.
        labels: BTreeMap<String, String>,
        /// How long it works.
        lifetime_seconds: u64,
        /// How many devices may join by it; any number where absent.
        uses_max: Option<i64>,
    },
    /// An API or telemetry token: [`TokenCreated`].
    TokenCreate {
        /// Whose.
        tenant: String,
        /// What people call it.
        name: String,
        /// `api` or `telemetry`.
        kind: String,
        /// What it may do.
        permissions: Vec<String>,
        /// How long it works; for ever where absent.
        lifetime_seconds: Option<u64>,
    },
    /// The certificate that the server answers with: [`CertificateFacts`].
    Certificate {},
}

/// A tenant that was made.
#[derive(Serialize, Deserialize)]
pub struct TenantCreated {
    /// Its number.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// By which its owner sets the account up.
    pub setup_link: String,
    /// When the link stops working.
    pub link_expires_at: Timestamp,
}

/// A tenant in the list.
#[derive(Serialize, Deserialize)]
pub struct TenantLine {
    /// Its number.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// `ready` where the owner has an account, else `waiting`.
    pub owner: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A one-time link.
#[derive(Serialize, Deserialize)]
pub struct Link {
    /// The page to open.
    pub setup_link: String,
    /// When it stops working.
    pub link_expires_at: Timestamp,
}

/// An enrolment token that was made.
#[derive(Serialize, Deserialize)]
pub struct EnrolmentCreated {
    /// The secret, shown once.
    pub token: String,
    /// The SHA-256 of the server's signing key, which guards the first contact.
    pub server_key_fingerprint: String,
    /// What to run on the device.
    pub command: String,
    /// When the token stops working.
    pub expires_at: Timestamp,
}

/// An API or telemetry token that was made.
#[derive(Serialize, Deserialize)]
pub struct TokenCreated {
    /// Its id.
    pub token: String,
    /// The secret, shown once.
    pub secret: String,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// The certificate that the server answers with.
#[derive(Serialize, Deserialize)]
pub struct CertificateFacts {
    /// SHA-256, in hexadecimal pairs as browsers show it.
    pub sha256: String,
    /// When it ends.
    pub ends_at: Timestamp,
    /// The instance's own authority, PEM; absent where the certificate is the user's.
    pub authority: Option<String>,
}

/// What the socket's door does with a request: [`perform::perform`], its answer as `{"ok": …}` or `{"error": "…"}`.
pub(crate) fn answering(opened: Opened) -> web::admin::Admin {
    Arc::new(move |request| {
        let opened = opened.clone();
        Box::pin(async move { answer(&opened, request).await }) as Pin<Box<dyn Future<Output = Value> + Send>>
    })
}

async fn answer(opened: &Opened, request: Value) -> Value {
    let request = match serde_json::from_value::<Request>(request) {
        Ok(request) => request,
        Err(error) => return json!({ "error": format!("the server does not know this request (is it of another version?): {error}") }),
    };
    match perform::perform(opened, request).await {
        Ok(value) => json!({ "ok": value }),
        Err(error) => json!({ "error": error.to_string() }),
    }
}
