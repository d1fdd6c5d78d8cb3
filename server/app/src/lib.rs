//! Configuration, wiring, workers, ports.
//!
//! * [`config`]: where everything is. [`opened`]: an installation, opened and wired. [`running`]: a server on it.
//! * `checks`: the doctor's live checks. [`contact`]: whom to write to.
//! * `bans`: bans in the ledger.
//! * `site`: every route in one router. `workers`: what runs by itself. `erasing`: what every domain does about an erasure.
//! * [`host`]: administration by whoever may read the data folder, with or without a running server.
//! * `mail`: mail to the owners of tenants.
//! * [`advisories`]: advisories from files, without a store: what `purser scan` compares with.
//! * [`logging`]: how the server speaks to logs; [`in_words`]: how errors speak to people.

pub mod advisories;
mod bans;
mod checks;
pub mod config;
pub mod contact;
mod erasing;
pub mod host;
pub mod in_words;
pub mod keyring;
pub mod logging;
mod mail;
pub mod opened;
pub mod running;
pub mod sign_on;
mod site;
mod workers;

pub use kernel::{Clock, Rng, SecretText, TenantId};
pub use trust::export::source::{ExportSource, SourceError};
pub use trust::{RootSource, TokenKey};
pub use vulnerabilities::matcher::AdvisorySet;
pub use vulnerabilities::package_class::PackageClass;
pub use vulnerabilities::profile::NotCovered;
pub use vulnerabilities::scan::{Host, ScanReport, ScanRow, scan};
pub use web::TrustedProxy;
pub use web::certificate::CertificateError;
pub use web::client_authority::KeyAndRequest;
pub use web::filter::FilterMode;
pub use web::operators::OPERATOR_PATH;
pub use web::tls::FrontCertificate;

pub use self::config::{Config, DataFolder, TlsFiles, Wishes};
pub use self::contact::{Contact, ContactError};
pub use self::mail::settings::{MailSecurity, MailSettings, MailSettingsError};
pub use self::opened::{OpenError, Opened};
pub use self::running::{Running, StartError, start};
pub use self::site::{operators, site};
