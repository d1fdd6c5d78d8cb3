//! Feeds: whose documents are taken, how each stands, and the master that they fill.
//!
//! The catalogue is the allow-list: no other address is ever fetched. A document given as a file goes the same way.
//! Whatever is refused (a feed that is not in the catalogue, an address without TLS, a document that is not its publisher's
//! or cannot be read) is refused before it changes anything, and stands in the instance's ledger.
//! A fetch asks with the marks of the last document, so that an unchanged feed costs one small answer; a failed one is
//! tried again after a growing wait. What is there already stays whatever happens.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use ::store::{StoreError, Stores, params};
use kernel::{Actor, KeyRing, SystemWork, Timestamp};
use serde_json::json;
use trust::ledger::{LeafEntry, LeafKind, Recorded, record_instance};

use crate::error::{VulnerabilitiesError, sentence};
use crate::fetch::{self, FetchError, FetchProgress, Fetched, Roots, document_of_file};
use crate::import::{self, Document, Held, ImportReport, Origin, Progress};
use crate::master::Master;
use crate::store as sql;
use crate::store::{AdvisoryForm, FeedRow};

/// How long after a success a feed is asked for again.
pub const FETCH_INTERVAL: Duration = Duration::from_secs(6 * 3_600);
/// How long after a first failure it is tried again; twice as long after each further one, up to [`FETCH_INTERVAL`].
pub const RETRY_INTERVAL: Duration = Duration::from_secs(15 * 60);
/// Most bytes of a failure's text that are kept.
const ERROR_CHARS_MAX: usize = 500;

/// A feed of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Its name, as in `osv-debian`.
    pub name: String,
    /// For people.
    pub title: String,
    /// The one address that is fetched.
    pub url: String,
    /// The licence of its data.
    pub licence: String,
    /// Whether it is fetched unless somebody switches it off: the feeds that a fleet of distributions needs.
    pub on_by_default: bool,
}

/// How a feed stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedCondition {
    /// Nothing was ever taken from it.
    Never,
    /// It is being fetched now.
    Fetching,
    /// The last fetch found it up to date, or brought it up to date.
    Ok,
    /// Its records came from a file.
    Imported,
    /// The last attempt failed.
    Failed,
}

/// A feed and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedState {
    /// The feed.
    pub feed: Feed,
    /// Whether it is fetched by itself.
    pub enabled: bool,
    /// How it stands.
    pub condition: FeedCondition,
    /// When it was last asked for or imported.
    pub last_attempt_at: Option<Timestamp>,
    /// When it was last found up to date.
    pub last_success_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Records read from the last document.
    pub records: Option<u64>,
    /// SHA-256 of the last document.
    pub document_sha256: Option<[u8; 32]>,
    /// Bytes received and expected, while it is being fetched.
    pub receiving: Option<(u64, Option<u64>)>,
    /// Whether fetching is switched off for the whole installation, whatever `enabled` says: records come from files.
    pub offline: bool,
}

/// What a fetch came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchOutcome {
    /// The publisher has nothing newer.
    Unchanged,
    /// The document was imported.
    Imported(ImportReport),
}

impl FeedCondition {
    /// The condition's name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Fetching => "fetching",
            Self::Ok => "ok",
            Self::Imported => "imported",
            Self::Failed => "failed",
        }
    }
}

/// The catalogue.
#[must_use]
pub fn catalogue() -> Vec<Feed> {
    let osv = |ecosystem: &str, title: &str, licence: &str, on_by_default: bool| Feed {
        name: format!("osv-{}", ecosystem.to_lowercase().replace(' ', "-")),
        title: format!("{title} (OSV)"),
        url: format!("https://storage.googleapis.com/osv-vulnerabilities/{}/all.zip", ecosystem.replace(' ', "%20")),
        licence: licence.to_owned(),
        on_by_default,
    };
    vec![
        osv("Debian", "Debian security advisories", "as Debian's security tracker", true),
        osv("Ubuntu", "Ubuntu security notices", "CC-BY-SA-4.0", true),
        osv("AlmaLinux", "AlmaLinux errata", "MIT", true),
        osv("Rocky Linux", "Rocky Linux errata", "BSD-3-Clause", true),
        osv("crates.io", "RustSec advisories", "CC0-1.0", false),
        osv("Go", "Go vulnerability database", "CC-BY-4.0", false),
        osv("PyPI", "Python advisories", "CC-BY-4.0", false),
        Feed {
            name: "cisa-kev".to_owned(),
            title: "CISA known exploited vulnerabilities".to_owned(),
            url: "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json".to_owned(),
            licence: "CC0-1.0".to_owned(),
            on_by_default: true,
        },
        Feed {
            name: "epss".to_owned(),
            title: "FIRST exploit prediction scores (EPSS)".to_owned(),
            url: "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz".to_owned(),
            licence: "free of charge; FIRST asks for attribution".to_owned(),
            on_by_default: true,
        },
    ]
}

/// The feeds and their master. Cloning shares everything.
#[derive(Clone)]
pub struct Feeds(Arc<Inner>);

struct Inner {
    stores: Stores,
    keys: Arc<dyn KeyRing>,
    catalogue: Vec<Feed>,
    roots: Roots,
    master: RwLock<Arc<Master>>,
    fetching: Mutex<HashMap<String, FetchProgress>>,
    /// One import at a time: each holds the digests of the whole master.
    importing: tokio::sync::Mutex<()>,
    offline: AtomicBool,
}

impl std::fmt::Debug for Feeds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Feeds")
    }
}

impl Feeds {
    /// Opens the feeds over a master, and loads the master into memory.
    ///
    /// # Errors
    /// The store's; a stored advisory that is broken.
    pub async fn open(stores: Stores, keys: Arc<dyn KeyRing>, catalogue: Vec<Feed>, roots: Roots) -> Result<Self, VulnerabilitiesError> {
        let feeds = Self(Arc::new(Inner {
            stores,
            keys,
            catalogue,
            roots,
            master: RwLock::default(),
            fetching: Mutex::default(),
            importing: tokio::sync::Mutex::default(),
            offline: AtomicBool::new(false),
        }));
        let master = feeds.0.stores.master().read(Master::load).await?;
        feeds.replace_master(master);
        Ok(feeds)
    }

    /// From now on nothing is fetched, neither by itself nor when somebody asks for it: no name is looked up, no connection
    /// is made. Files are imported as before.
    pub fn go_offline(&self) {
        self.0.offline.store(true, Ordering::Relaxed);
    }

    /// Whether fetching is switched off for the whole installation.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.0.offline.load(Ordering::Relaxed)
    }

    /// The master as it is now.
    #[must_use]
    pub fn master(&self) -> Arc<Master> {
        Arc::clone(&self.0.master.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The feed of this name.
    ///
    /// # Errors
    /// There is none in the catalogue.
    pub fn feed(&self, name: &str) -> Result<&Feed, VulnerabilitiesError> {
        self.0.catalogue.iter().find(|feed| feed.name == name).ok_or(VulnerabilitiesError::NotFound)
    }

    /// The feed of this name, for somebody who wants to do something with it.
    ///
    /// # Errors
    /// There is none in the catalogue, which the ledger then tells; the store's.
    pub async fn listed(&self, name: &str, actor: Actor) -> Result<&Feed, VulnerabilitiesError> {
        match self.feed(name) {
            Ok(feed) => Ok(feed),
            Err(error) => Err(self.refused(name, error, actor).await),
        }
    }

    /// Every feed of the catalogue, and how it stands.
    ///
    /// # Errors
    /// The store's.
    pub async fn states(&self) -> Result<Vec<FeedState>, VulnerabilitiesError> {
        let rows = self.rows().await?;
        Ok(self.0.catalogue.iter().map(|feed| self.state(feed, rows.get(&feed.name).cloned().unwrap_or_default())).collect())
    }

    /// Switches whether a feed is fetched by itself.
    ///
    /// # Errors
    /// There is no such feed; the store's.
    pub async fn switch(&self, name: &str, enabled: bool, actor: Actor) -> Result<(), VulnerabilitiesError> {
        let feed = self.listed(name, actor).await?.name.clone();
        let named = feed.clone();
        let told = self.record(LeafKind::FeedSwitched, actor, json!({ "feed": feed, "enabled": enabled })).await?;
        Ok(self.0.stores.master_writer().write(move |tx| switch(tx, &told, &named, enabled)).await?)
    }

    /// Imports a document: all of it, or nothing.
    ///
    /// # Errors
    /// The document is refused, which the ledger then tells; the store's.
    pub async fn import(&self, document: Document, progress: Progress, actor: Actor) -> Result<ImportReport, VulnerabilitiesError> {
        let feed = match &document.origin {
            Origin::Fetched { feed, .. } => feed.clone(),
            Origin::File => String::new(),
        };
        match self.import_unless_refused(document, progress, actor).await {
            Ok(report) => Ok(report),
            Err(error) => Err(self.refused(&feed, error, actor).await),
        }
    }

    async fn import_unless_refused(
        &self,
        document: Document,
        progress: Progress,
        actor: Actor,
    ) -> Result<ImportReport, VulnerabilitiesError> {
        let _alone = self.0.importing.lock().await;
        let held = self.0.stores.master().read(Held::load).await?;
        let preparing = tokio::task::spawn_blocking(move || import::prepare(&document, held, &progress));
        let mut prepared = preparing.await.map_err(|_| VulnerabilitiesError::Worker)??;
        let told = self.record(LeafKind::FeedImported, actor, facts(prepared.report())).await?;
        let report = self.0.stores.master_writer().write(move |tx| prepared.write(tx, &told)).await?;
        if report.added + report.updated > 0 {
            let master = self.0.stores.master().read(Master::load).await?;
            self.replace_master(master);
        }
        Ok(report)
    }

    /// Every form that an advisory had and has, the oldest first.
    ///
    /// # Errors
    /// The store's; a stored form that is broken.
    pub async fn history(&self, advisory: &str) -> Result<Vec<AdvisoryForm>, VulnerabilitiesError> {
        let id = advisory.to_owned();
        self.0.stores.master().read(move |tx| sql::advisory_forms(tx, &id)).await
    }

    /// Imports a file.
    ///
    /// # Errors
    /// The file cannot be read; as [`Feeds::import`].
    pub async fn import_file(&self, path: &Path, progress: Progress) -> Result<ImportReport, VulnerabilitiesError> {
        let document = document_of_file(path).map_err(VulnerabilitiesError::File)?;
        self.import(document, progress, Actor::System(SystemWork::HostAdministration)).await
    }

    /// Fetches a feed now, and imports what came.
    ///
    /// # Errors
    /// There is no such feed; fetching is switched off, which changes nothing; it was not fetched, or what came is refused:
    /// either is kept as the feed's state.
    pub async fn fetch(&self, name: &str, progress: FetchProgress, actor: Actor) -> Result<FetchOutcome, VulnerabilitiesError> {
        let feed = self.listed(name, actor).await?.clone();
        if self.is_offline() {
            return Err(VulnerabilitiesError::Offline);
        }
        self.fetching().insert(feed.name.clone(), progress.clone());
        let done = self.fetch_and_import(&feed, progress, actor).await;
        self.fetching().remove(&feed.name);
        if let Err(error) = &done {
            let reason: String = sentence(error).chars().take(ERROR_CHARS_MAX).collect();
            let name = feed.name.clone();
            let failed = move |tx: &mut ::store::Tx<'_>| {
                let now = tx.now();
                tx.execute(&sql::FEED_FAILED, &params![&name, now, &reason]).map(|_| ())
            };
            self.0.stores.master_writer().write(failed).await?;
        }
        done
    }

    /// Whether a feed is being fetched now.
    #[must_use]
    pub fn is_fetching(&self, name: &str) -> bool {
        self.fetching().contains_key(name)
    }

    /// Fetches every feed whose time has come, one after the other; tells how many were tried. A failure is kept as the
    /// feed's state and ends nothing.
    ///
    /// # Errors
    /// The store's.
    pub async fn fetch_due(&self) -> Result<usize, VulnerabilitiesError> {
        if self.is_offline() {
            return Ok(0);
        }
        let now = self.0.stores.clock().now();
        let rows = self.rows().await?;
        let mut tried = 0;
        for feed in &self.0.catalogue {
            let row = rows.get(&feed.name).cloned().unwrap_or_default();
            if !row.enabled.unwrap_or(feed.on_by_default) || due_at(&row).is_some_and(|due| due > now) {
                continue;
            }
            tried += 1;
            if let Err(error) = self.fetch(&feed.name, FetchProgress::default(), Actor::System(SystemWork::Feeds)).await {
                tracing::warn!(feed = feed.name, error = sentence(&error), "a feed was not fetched");
            }
        }
        Ok(tried)
    }

    async fn fetch_and_import(&self, feed: &Feed, progress: FetchProgress, actor: Actor) -> Result<FetchOutcome, VulnerabilitiesError> {
        let row = self.rows().await?.remove(&feed.name).unwrap_or_default();
        let (roots, asked) = (self.0.roots.clone(), feed.clone());
        let fetching = tokio::task::spawn_blocking(move || {
            let request = fetch::Request {
                feed: &asked.name,
                url: &asked.url,
                etag: row.etag.as_deref(),
                last_modified: row.last_modified.as_deref(),
            };
            fetch::fetch(&roots, &request, &progress)
        });
        let fetched: Result<Fetched, FetchError> = fetching.await.map_err(|_| VulnerabilitiesError::Worker)?;
        let fetched = match fetched {
            Ok(fetched) => fetched,
            Err(error) => return Err(self.refused(&feed.name, error.into(), actor).await),
        };
        match fetched {
            Fetched::Document(document) => self.import(document, Progress::default(), actor).await.map(FetchOutcome::Imported),
            Fetched::Unchanged => {
                let name = feed.name.clone();
                let unchanged = move |tx: &mut ::store::Tx<'_>| {
                    let now = tx.now();
                    tx.execute(&sql::FEED_UNCHANGED, &params![&name, now]).map(|_| ())
                };
                self.0.stores.master_writer().write(unchanged).await?;
                Ok(FetchOutcome::Unchanged)
            }
        }
    }

    async fn rows(&self) -> Result<HashMap<String, FeedRow>, StoreError> {
        Ok(self.0.stores.master().read(sql::feed_states).await?.into_iter().collect())
    }

    fn state(&self, feed: &Feed, row: FeedRow) -> FeedState {
        let fetching = self.fetching().get(&feed.name).cloned();
        let condition = match (&fetching, &row) {
            (Some(_), _) => FeedCondition::Fetching,
            (None, FeedRow { last_error: Some(_), .. }) => FeedCondition::Failed,
            (None, FeedRow { last_success_at: None, .. }) => FeedCondition::Never,
            (None, FeedRow { was_fetched: Some(false), .. }) => FeedCondition::Imported,
            (None, _) => FeedCondition::Ok,
        };
        FeedState {
            enabled: row.enabled.unwrap_or(feed.on_by_default),
            feed: feed.clone(),
            condition,
            last_attempt_at: row.last_attempt_at,
            last_success_at: row.last_success_at,
            error: row.last_error,
            records: row.records,
            document_sha256: row.document_sha256,
            receiving: fetching.map(|progress| (progress.received_bytes(), progress.expected_bytes())),
            offline: self.is_offline(),
        }
    }

    fn fetching(&self) -> std::sync::MutexGuard<'_, HashMap<String, FetchProgress>> {
        self.0.fetching.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace_master(&self, master: Master) {
        *self.0.master.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(master);
    }

    /// Tells the ledger of an error that is a refusal, and gives it back; where the ledger cannot be written, that error.
    async fn refused(&self, feed: &str, error: VulnerabilitiesError, actor: Actor) -> VulnerabilitiesError {
        let is_refusal = match &error {
            VulnerabilitiesError::NotFound | VulnerabilitiesError::Document(_) => true,
            VulnerabilitiesError::Fetch(error) => error.is_refusal(),
            _ => false,
        };
        if !is_refusal {
            return error;
        }
        let bounded = |text: String| text.chars().take(ERROR_CHARS_MAX).collect::<String>();
        let facts = json!({ "feed": bounded(feed.to_owned()), "reason": bounded(sentence(&error)) });
        match self.record(LeafKind::FeedRefused, actor, facts).await {
            Ok(_told) => error,
            Err(not_recorded) => not_recorded,
        }
    }

    /// The master and the instance's ledger are two stores: the act is recorded before it is done, since what cannot be recorded is
    /// not done.
    async fn record(&self, kind: LeafKind, actor: Actor, payload: serde_json::Value) -> Result<Recorded, VulnerabilitiesError> {
        let keys = Arc::clone(&self.0.keys);
        let entry = LeafEntry { kind, subject: None, payload };
        Ok(self.0.stores.system().write(move |tx| record_instance(tx, &*keys, actor, entry.clone())).await?)
    }
}

fn switch(tx: &mut ::store::Tx<'_>, _told: &Recorded, feed: &str, enabled: bool) -> Result<(), StoreError> {
    tx.execute(&sql::SWITCH_FEED, &params![feed, enabled]).map(|_| ())
}

/// What the ledger tells of an import.
fn facts(report: &ImportReport) -> serde_json::Value {
    json!({
        "feed": report.feed,
        "document_sha256": hex(&report.document_sha256),
        "records_read": report.records_read,
        "added": report.added,
        "updated": report.updated,
        "refused": report.refused_total,
    })
}

/// When a feed is to be asked for again; nothing where it never was.
fn due_at(row: &FeedRow) -> Option<Timestamp> {
    let last = row.last_attempt_at?;
    if row.failures == 0 {
        return Some(last.plus(FETCH_INTERVAL));
    }
    let doubled = RETRY_INTERVAL.saturating_mul(1_u32.checked_shl(row.failures - 1).unwrap_or(u32::MAX));
    Some(last.plus(doubled.min(FETCH_INTERVAL)))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
