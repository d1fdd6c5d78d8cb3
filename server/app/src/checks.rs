//! The doctor's live checks of what trust does not know: stores, credentials, routes, listeners, the process itself.
//!
//! Each looks at the installation as it is now and can fail; what it cannot look at, it says it does not know. A promise names
//! its check in its file (`promises/`).

mod apart;
mod mail;
mod process;
mod reached;
mod stored;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use identity::Identity;
use kernel::{KeyRing, Scope, ScopeMint, SystemWork, TenantId};
use store::Stores;
use trust::cases::overdue;
use trust::doctor::{Check, Doctor, checks};
use trust::{Ledger, Trust};
use web::WebApp;
use web::tls::Certificates;

pub(crate) use self::mail::Queue;
use crate::config::Config;
use crate::mail::Mail;

/// What serves at present: nothing where no server runs on the installation.
#[derive(Clone, Default)]
pub(crate) struct Serving(Arc<RwLock<Option<Served>>>);

/// A server that serves.
#[derive(Clone)]
pub(crate) struct Served {
    /// Where it listens on the network.
    pub(crate) address: SocketAddr,
    /// What it serves there.
    pub(crate) site: WebApp,
}

impl Serving {
    /// A server began, or ended.
    pub(crate) fn set(&self, served: Option<Served>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = served;
    }

    pub(crate) fn get(&self) -> Option<Served> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What the checks look at.
#[derive(Clone)]
pub(crate) struct Looked {
    pub(crate) config: Arc<Config>,
    pub(crate) stores: Stores,
    pub(crate) keys: Arc<dyn KeyRing>,
    pub(crate) identity: Identity,
    pub(crate) certificates: Certificates,
    pub(crate) serving: Serving,
    pub(crate) second_copy: Arc<Mutex<Option<PathBuf>>>,
    pub(crate) mint: ScopeMint,
    pub(crate) mail: Mail,
}

impl Looked {
    fn scope(&self, tenant: TenantId) -> Scope {
        self.mint.system(tenant, SystemWork::Reconciler)
    }
}

/// The doctor with every check.
pub(crate) fn doctor(looked: &Looked, trust: &Trust, ledger: &Ledger) -> Doctor {
    let (stores, mint) = (&looked.stores, looked.mint.clone());
    let all: Vec<Check> = vec![
        checks::ledgers(stores, trust, ledger, mint),
        checks::epochs(stores, trust),
        checks::erasures(stores),
        overdue::check(stores),
        apart::tenants_apart(looked),
        stored::values(looked),
        stored::schema(looked),
        stored::password_hashes(looked),
        reached::routes(looked),
        reached::transport(looked),
        reached::certificate(looked),
        process::keys_at_rest(looked),
        process::memory(),
        process::second_copy(looked, trust),
        process::privacy_contact(looked),
        mail::mail(looked),
    ];
    Doctor::new(stores, trust, all)
}
