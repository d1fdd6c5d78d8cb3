//! `GET /trust`: what is promised and how it stands, and what is stored. For anybody: it holds nothing of a tenant, and no number
//! of tenants, users or devices.

use axum::extract::State;
use kernel::data_map::{Choice, Retention, Table};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Doc, Json, Time};
use words::{Language, Sentence};

use crate::TrustPage;
use crate::doctor::Standing;
use crate::page;
use crate::promises::{Change, Promise, changes, promises};

pub(super) const DOC: Doc = Doc::new("readTrustPage", "Read what is promised about privacy, and how it stands").description(
    "Generated from the promises' files, the data maps and the results of the doctor. `version` is signed by the instance: the \
     signature is over the context `purser trust page`, the version as four bytes, and the digest.",
);

/// A text in both languages.
#[derive(Serialize, JsonSchema)]
pub(super) struct Said {
    /// In English.
    pub(super) en: String,
    /// In Polish.
    pub(super) pl: String,
}

impl From<Sentence> for Said {
    fn from(sentence: Sentence) -> Self {
        Self { en: sentence.text(Language::English).to_owned(), pl: sentence.text(Language::Polish).to_owned() }
    }
}

/// What is promised, and what is stored.
#[derive(Serialize, JsonSchema)]
pub(super) struct PublicTrust {
    /// The version of all of it.
    version: PolicyVersion,
    /// What changed, the newest first.
    changes: Vec<PolicyChange>,
    /// Whom to ask about privacy, as a URI; absent where nobody is named.
    privacy_contact: Option<String>,
    /// Whom to tell of a weakness, as a URI; absent where nobody is named.
    security_contact: Option<String>,
    /// When the newest of the live checks was made; absent where none was yet.
    checked_at: Option<Time>,
    /// Every promise.
    promises: Vec<PromiseStanding>,
    /// Everything that is stored.
    tables: Vec<StoredTable>,
}

/// A version of what is said.
#[derive(Serialize, JsonSchema)]
pub(super) struct PolicyVersion {
    /// Its number.
    number: u32,
    /// The day on which it was announced.
    date: String,
    /// SHA-256 over all of it, in hexadecimal.
    digest: String,
    /// Whether that is the digest that was announced.
    is_announced: bool,
    /// The instance's signature over number and digest.
    signature: String,
    /// The instance's key that signed.
    key: String,
}

/// A change of what is said.
#[derive(Serialize, JsonSchema)]
pub(super) struct PolicyChange {
    /// Number of the version that it made.
    version: u32,
    /// The day.
    date: String,
    /// What changed.
    said: Said,
}

/// A promise, and how it stands.
#[derive(Serialize, JsonSchema)]
pub(super) struct PromiseStanding {
    /// Its code.
    code: String,
    /// What is promised.
    sentence: Said,
    /// How it is kept: `enforced`, `policy`, `deployment` or `organisation`.
    kind: &'static str,
    /// How it stands: `ok`, `warning`, `failed`, `unknown`, or `proven-by-tests` where nothing looks at the live installation.
    standing: &'static str,
    /// The live check.
    check: Option<String>,
    /// Since when it stands so.
    since: Option<Time>,
    /// When the check last looked.
    checked_at: Option<Time>,
    /// The tests that prove it, each with its crate.
    proved_by: Vec<String>,
    /// The files that enforce it.
    enforced_by: Vec<String>,
}

/// A table of a store.
#[derive(Serialize, JsonSchema)]
pub(super) struct StoredTable {
    /// The store: `tenant`, `identity`, `keyring`, `system` or `master`.
    store: &'static str,
    /// Its name.
    table: &'static str,
    /// What it is for.
    purpose: Said,
    /// How long rows live: `with-subject`, `transient`, `instance`, or `days`.
    retention: &'static str,
    /// How many days, where it is days: as this instance is set up, and where the tenant's owner chose nothing else.
    retention_days: Option<u16>,
    /// The column from whose time on the days count.
    retention_since: Option<&'static str>,
    /// The fewest days that a tenant's owner may choose; absent where there is no choice.
    retention_days_min: Option<u16>,
    /// The most days that a tenant's owner may choose.
    retention_days_max: Option<u16>,
    /// With what rows are erased: `device`, `user`, `tenant` or `never`.
    erasure: &'static str,
    /// Its columns.
    columns: Vec<StoredColumn>,
}

/// A column of a table.
#[derive(Serialize, JsonSchema)]
pub(super) struct StoredColumn {
    /// Its name.
    name: &'static str,
    /// What kind of data it holds: `public`, `configuration`, `identifying`, `personal` or `secret`.
    class: &'static str,
    /// How it is stored.
    storage: &'static str,
}

impl From<&Change> for PolicyChange {
    fn from(change: &Change) -> Self {
        Self { version: change.version, date: change.date.clone(), said: change.sentence().into() }
    }
}

/// A table as it is kept here: of what the instance was set up with, with the days of that.
fn stored_table(table: &'static Table, instance_days: u16) -> StoredTable {
    let days = match table.retention {
        Retention::Days(days) => Some(days),
        Retention::WithSubject | Retention::Transient | Retention::Instance => None,
    };
    let bounds = days.and_then(|days| match days.choice {
        Choice::Owner { min, max } => Some((min, max)),
        Choice::Nobody | Choice::Instance => None,
    });
    let columns = table.columns.iter();
    let columns =
        columns.map(|column| StoredColumn { name: column.name, class: page::class(column.class), storage: page::storage(column.storage) });
    StoredTable {
        store: page::store_name(table.store),
        table: table.name,
        purpose: page::purpose(table).into(),
        retention: page::retention_word(table.retention),
        retention_days: days.map(|days| if days.choice == Choice::Instance { instance_days } else { days.days }),
        retention_since: days.map(|days| days.since),
        retention_days_min: bounds.map(|(min, _)| min),
        retention_days_max: bounds.map(|(_, max)| max),
        erasure: page::erasure(table.erasure),
        columns: columns.collect(),
    }
}

fn promise_standing(promise: &Promise, standing: Standing) -> PromiseStanding {
    let (text, times) = match standing {
        Standing::Checked(examined) => (examined.observation.outcome.text(), Some((examined.since, examined.checked_at))),
        Standing::NotYet(_) => ("unknown", None),
        Standing::ProvenByTests => ("proven-by-tests", None),
    };
    PromiseStanding {
        code: promise.code.clone(),
        sentence: promise.sentence().into(),
        kind: promise.kind.text(),
        standing: text,
        check: promise.doctor.clone(),
        since: times.map(|(since, _)| Time(since)),
        checked_at: times.map(|(_, at)| Time(at)),
        proved_by: promise.proved_by.clone(),
        enforced_by: promise.enforced_by.clone(),
    }
}

pub(super) async fn handle(State(page): State<TrustPage>) -> Answer<Json<PublicTrust>> {
    let doctor = page.doctor();
    let results = doctor.results().await?;
    let digest = page::digest_text(page.digest());
    let newest = changes().last();
    let (number, date) = newest.map_or((0, String::new()), |change| (change.version, change.date.clone()));
    let (signature, key) = page.signed(number);
    let is_announced = newest.is_some_and(|change| change.digest == digest);
    let mut tables = page.tables().to_vec();
    tables.sort_by_key(|table| (table.store, table.number));
    Ok(Json(PublicTrust {
        version: PolicyVersion { number, date, digest, is_announced, signature, key },
        changes: changes().iter().rev().map(PolicyChange::from).collect(),
        privacy_contact: page.contacts().privacy.clone(),
        security_contact: page.contacts().security.clone(),
        checked_at: page::newest(results.values().map(|examined| examined.checked_at)).map(Time),
        promises: promises().iter().map(|promise| promise_standing(promise, doctor.standing(promise, &results))).collect(),
        tables: tables.into_iter().map(|table| stored_table(table, page.instance_days())).collect(),
    }))
}
