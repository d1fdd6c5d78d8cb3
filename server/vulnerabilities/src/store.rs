//! All of this crate's SQL.

use ::store::{Migration, Schema, StoreError, Tx, params, statements};
use kernel::data_map::StoreKind;
use kernel::{ProvenanceId, Scope, Timestamp};

use crate::advisory::Advisory;
use crate::cve::Cve;
use crate::data_map;
use crate::error::VulnerabilitiesError;
use crate::kev::KnownExploited;
use crate::master::unpack_advisory;

/// What this crate keeps, in each store that it keeps something in.
pub static SCHEMAS: &[Schema] = &[
    Schema::new(
        "vulnerabilities",
        StoreKind::Master,
        &[
            Migration { version: 1, name: "master", sql: include_str!("../migrations/0001_master.sql") },
            Migration { version: 2, name: "provenance", sql: include_str!("../migrations/0002_provenance.sql") },
        ],
        data_map::MASTER,
        MASTER_STATEMENTS,
    ),
    Schema::new(
        "vulnerabilities",
        StoreKind::Tenant,
        &[Migration { version: 1, name: "exposure", sql: include_str!("../migrations/0001_exposure.sql") }],
        data_map::TENANT,
        TENANT_STATEMENTS,
    ),
];

/// Most days of history that are read at a time.
pub(crate) const HISTORY_DAYS_MAX: u32 = 400;

statements! {
    registry = MASTER_STATEMENTS;
    store = Master;

    /// How often the master changed.
    GENERATION = "SELECT generation FROM master_head WHERE head_id = 1" () -> (generation: BigInt);

    /// Counts one more change.
    ADVANCE_GENERATION = "INSERT INTO master_head (head_id, generation) VALUES (1, 1) \
                          ON CONFLICT (head_id) DO UPDATE SET generation = master_head.generation + 1" ();

    /// What is known of every feed that ever did something.
    FEED_STATES = "SELECT feed, enabled, last_attempt_at, last_success_at, last_error, failures, etag, last_modified, document_sha256, records, was_fetched \
                   FROM feed_state ORDER BY feed"
        () -> (feed: Text, enabled: Boolean, last_attempt_at: BigInt, last_success_at: BigInt, last_error: Text, failures: BigInt,
               etag: Text, last_modified: Text, document_sha256: Blob, records: BigInt, was_fetched: Boolean);

    /// Switches a feed.
    SWITCH_FEED = "INSERT INTO feed_state (feed, enabled, failures) VALUES ($1, $2, 0) \
                   ON CONFLICT (feed) DO UPDATE SET enabled = EXCLUDED.enabled"
        (Text, Boolean);

    /// Notes that a feed was asked for in vain.
    FEED_FAILED = "INSERT INTO feed_state (feed, last_attempt_at, last_error, failures) VALUES ($1, $2, $3, 1) \
                   ON CONFLICT (feed) DO UPDATE SET last_attempt_at = EXCLUDED.last_attempt_at, last_error = EXCLUDED.last_error, \
                   failures = feed_state.failures + 1"
        (Text, BigInt, Text);

    /// Notes that a feed's document is the one that was imported.
    FEED_UNCHANGED = "INSERT INTO feed_state (feed, last_attempt_at, last_success_at, failures) VALUES ($1, $2, $2, 0) \
                      ON CONFLICT (feed) DO UPDATE SET last_attempt_at = EXCLUDED.last_attempt_at, \
                      last_success_at = EXCLUDED.last_success_at, last_error = NULL, failures = 0"
        (Text, BigInt);

    /// Notes that a feed's document was imported.
    FEED_IMPORTED = "INSERT INTO feed_state (feed, last_attempt_at, last_success_at, failures, etag, last_modified, document_sha256, records, was_fetched) \
                     VALUES ($1, $2, $2, 0, $3, $4, $5, $6, $7) \
                     ON CONFLICT (feed) DO UPDATE SET last_attempt_at = EXCLUDED.last_attempt_at, last_success_at = EXCLUDED.last_success_at, \
                     last_error = NULL, failures = 0, etag = EXCLUDED.etag, last_modified = EXCLUDED.last_modified, \
                     document_sha256 = EXCLUDED.document_sha256, records = EXCLUDED.records, was_fetched = EXCLUDED.was_fetched"
        (Text, BigInt, Text, Text, Blob, BigInt, Boolean);

    /// Notes a document.
    INSERT_DOCUMENT = "INSERT INTO feed_document \
                       (document_id, feed, origin, sha256, packed_bytes, unpacked_bytes, records_read, records_refused, imported_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        (BigInt, Text, Text, Blob, BigInt, BigInt, BigInt, BigInt, BigInt);

    /// What tells whether an advisory is new.
    ADVISORY_DIGESTS = "SELECT advisory_id, modified, digest FROM advisory ORDER BY advisory_id"
        () -> (advisory_id: Text, modified: BigInt, digest: Blob);

    /// Advisories after an id, each with the feed that brought it.
    ADVISORIES_AFTER = "SELECT a.advisory_id, a.body, d.feed FROM advisory a JOIN feed_document d ON d.document_id = a.document_id \
                        WHERE a.advisory_id > $1 ORDER BY a.advisory_id LIMIT $2"
        (Text, BigInt) -> (advisory_id: Text, body: Blob, feed: Text);

    /// An advisory with its provenance.
    ADVISORY_BY_ID = "SELECT a.body, d.document_id, d.feed, d.sha256, d.imported_at \
                      FROM advisory a JOIN feed_document d ON d.document_id = a.document_id WHERE a.advisory_id = $1"
        (Text) -> (body: Blob, document_id: BigInt, feed: Text, sha256: Blob, imported_at: BigInt);

    /// Keeps an advisory in its newest form.
    PUT_ADVISORY = "INSERT INTO advisory (advisory_id, document_id, modified, digest, body) VALUES ($1, $2, $3, $4, $5) \
                    ON CONFLICT (advisory_id) DO UPDATE SET document_id = EXCLUDED.document_id, modified = EXCLUDED.modified, \
                    digest = EXCLUDED.digest, body = EXCLUDED.body"
        (Text, BigInt, BigInt, Blob, Blob);

    /// Keeps the form of an advisory that a document is about to replace.
    KEEP_ADVISORY_FORM = "INSERT INTO advisory_form (advisory_id, document_id, replaced_by, modified, digest, body) \
                          SELECT advisory_id, document_id, $2, modified, digest, body FROM advisory \
                          WHERE advisory_id = $1 AND document_id <> $2 ON CONFLICT (advisory_id, document_id) DO NOTHING"
        (Text, BigInt);

    /// Every form that an advisory had and has, the oldest first; of the present one nothing says what replaced it.
    ADVISORY_FORMS = "SELECT f.body, f.digest, d.document_id, d.feed, d.sha256, d.imported_at, f.replaced_by \
                      FROM advisory_form f JOIN feed_document d ON d.document_id = f.document_id WHERE f.advisory_id = $1 \
                      UNION ALL SELECT a.body, a.digest, d.document_id, d.feed, d.sha256, d.imported_at, NULL \
                      FROM advisory a JOIN feed_document d ON d.document_id = a.document_id WHERE a.advisory_id = $1"
        (Text) -> (body: Blob, digest: Blob, document_id: BigInt, feed: Text, sha256: Blob, imported_at: BigInt, replaced_by: BigInt);

    /// Keeps the form of an entry that a document is about to replace.
    KEEP_KNOWN_EXPLOITED_FORM = "INSERT INTO known_exploited_form (cve, document_id, replaced_by, added_on, due_on, ransomware, name) \
                                 SELECT cve, document_id, $2, added_on, due_on, ransomware, name FROM known_exploited \
                                 WHERE cve = $1 AND document_id <> $2 ON CONFLICT (cve, document_id) DO NOTHING"
        (BigInt, BigInt);

    /// Keeps which scores a document changed.
    INSERT_SCORES_CHANGE = "INSERT INTO exploit_scores_change (document_id, packed) VALUES ($1, $2)" (BigInt, Blob);

    /// The catalogue of known exploited vulnerabilities.
    KNOWN_EXPLOITED = "SELECT cve, added_on, due_on, ransomware, name FROM known_exploited ORDER BY cve"
        () -> (cve: BigInt, added_on: Text, due_on: Text, ransomware: Boolean, name: Text);

    /// Keeps an entry of the catalogue.
    PUT_KNOWN_EXPLOITED = "INSERT INTO known_exploited (cve, document_id, added_on, due_on, ransomware, name) VALUES ($1, $2, $3, $4, $5, $6) \
                           ON CONFLICT (cve) DO UPDATE SET document_id = EXCLUDED.document_id, added_on = EXCLUDED.added_on, \
                           due_on = EXCLUDED.due_on, ransomware = EXCLUDED.ransomware, name = EXCLUDED.name"
        (BigInt, BigInt, Text, Text, Boolean, Text);

    /// The scores.
    SCORES = "SELECT packed FROM exploit_scores WHERE scores_id = 1" () -> (packed: Blob);

    /// Keeps the scores.
    PUT_SCORES = "INSERT INTO exploit_scores (scores_id, document_id, score_count, packed) VALUES (1, $1, $2, $3) \
                  ON CONFLICT (scores_id) DO UPDATE SET document_id = EXCLUDED.document_id, score_count = EXCLUDED.score_count, \
                  packed = EXCLUDED.packed"
        (BigInt, BigInt, Blob);
}

statements! {
    registry = TENANT_STATEMENTS;
    store = Tenant;

    /// Keeps the counts of a day.
    PUT_EXPOSURE_DAY = "INSERT INTO exposure_day (tenant_id, day, cves, cves_known_exploited, devices_exposed) VALUES ($1, $2, $3, $4, $5) \
                        ON CONFLICT (tenant_id, day) DO UPDATE SET cves = EXCLUDED.cves, \
                        cves_known_exploited = EXCLUDED.cves_known_exploited, devices_exposed = EXCLUDED.devices_exposed"
        (BigInt, BigInt, BigInt, BigInt, BigInt);

    /// The counts since a day.
    EXPOSURE_DAYS = "SELECT day, cves, cves_known_exploited, devices_exposed FROM exposure_day \
                     WHERE tenant_id = $1 AND day >= $2 ORDER BY day LIMIT $3"
        (BigInt, BigInt, BigInt) -> (day: BigInt, cves: BigInt, cves_known_exploited: BigInt, devices_exposed: BigInt);
}

/// What the store knows of a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FeedRow {
    pub(crate) enabled: Option<bool>,
    pub(crate) last_attempt_at: Option<Timestamp>,
    pub(crate) last_success_at: Option<Timestamp>,
    pub(crate) last_error: Option<String>,
    pub(crate) failures: u32,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    pub(crate) document_sha256: Option<[u8; 32]>,
    pub(crate) records: Option<u64>,
    pub(crate) was_fetched: Option<bool>,
}

/// Where a record came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The document.
    pub document: ProvenanceId,
    /// The feed.
    pub feed: String,
    /// SHA-256 of the document as given.
    pub document_sha256: [u8; 32],
    /// When it was imported first.
    pub imported_at: Timestamp,
}

/// A form of an advisory, present or past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvisoryForm {
    /// The advisory.
    pub advisory: Advisory,
    /// SHA-256 of its canonical text.
    pub digest: [u8; 32],
    /// Where it came from, and when.
    pub provenance: Provenance,
    /// The document that replaced it; none of the present form.
    pub replaced_by: Option<ProvenanceId>,
}

/// A day's counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExposureDay {
    /// Days since 1970-01-01, UTC.
    pub day: i64,
    /// Vulnerabilities that concerned at least one device.
    pub cves: u64,
    /// Those of them that were known to be exploited.
    pub cves_known_exploited: u64,
    /// Devices that at least one concerned.
    pub devices_exposed: u64,
}

pub(crate) fn generation(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    tx.query_optional(&GENERATION, &[])?.map_or(Ok(0), |row| row.get(0))
}

pub(crate) fn feed_states(tx: &mut Tx<'_>) -> Result<Vec<(String, FeedRow)>, StoreError> {
    let rows = tx.query(&FEED_STATES, &[])?;
    rows.iter()
        .map(|row| {
            let state = FeedRow {
                enabled: row.get(1)?,
                last_attempt_at: row.get(2)?,
                last_success_at: row.get(3)?,
                last_error: row.get(4)?,
                failures: row.get(5)?,
                etag: row.get(6)?,
                last_modified: row.get(7)?,
                document_sha256: row.get(8)?,
                records: row.get(9)?,
                was_fetched: row.get(10)?,
            };
            Ok((row.get(0)?, state))
        })
        .collect()
}

pub(crate) fn known_exploited(tx: &mut Tx<'_>) -> Result<Vec<KnownExploited>, StoreError> {
    let rows = tx.query(&KNOWN_EXPLOITED, &[])?;
    rows.iter()
        .map(|row| {
            Ok(KnownExploited {
                cve: Cve::from_number(row.get(0)?),
                added_on: row.get(1)?,
                due_on: row.get(2)?,
                ransomware: row.get(3)?,
                name: row.get(4)?,
            })
        })
        .collect()
}

pub(crate) fn advisory_forms(tx: &mut Tx<'_>, id: &str) -> Result<Vec<AdvisoryForm>, VulnerabilitiesError> {
    let mut waiting = Vec::new();
    for row in tx.query(&ADVISORY_FORMS, &params![id])? {
        let body: Vec<u8> = row.get(0)?;
        let provenance = Provenance { document: row.get(2)?, feed: row.get(3)?, document_sha256: row.get(4)?, imported_at: row.get(5)? };
        waiting.push(AdvisoryForm { advisory: unpack_advisory(id, &body)?, digest: row.get(1)?, provenance, replaced_by: row.get(6)? });
    }
    // Each form names the document that replaced it, so the last one, which names none, leads back to the first.
    let mut forms = Vec::with_capacity(waiting.len());
    let mut next = None;
    while let Some(at) = waiting.iter().position(|form| form.replaced_by == next) {
        let form = waiting.swap_remove(at);
        next = Some(form.provenance.document);
        forms.push(form);
    }
    if let Some(form) = waiting.first() {
        let reason = format!("nothing leads from its form of {} to the present one", form.provenance.document);
        return Err(VulnerabilitiesError::Stored { id: id.to_owned(), reason });
    }
    forms.reverse();
    Ok(forms)
}

pub(crate) fn exposure_days(tx: &mut Tx<'_>, scope: &Scope, since_day: i64) -> Result<Vec<ExposureDay>, StoreError> {
    let rows = tx.query(&EXPOSURE_DAYS, &params![scope.tenant(), since_day, HISTORY_DAYS_MAX])?;
    rows.iter()
        .map(|row| Ok(ExposureDay { day: row.get(0)?, cves: row.get(1)?, cves_known_exploited: row.get(2)?, devices_exposed: row.get(3)? }))
        .collect()
}

pub(crate) fn put_exposure_day(tx: &mut Tx<'_>, scope: &Scope, day: ExposureDay) -> Result<(), StoreError> {
    let tenant = scope.tenant();
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    tx.execute(&PUT_EXPOSURE_DAY, &params![tenant, day.day, count(day.cves), count(day.cves_known_exploited), count(day.devices_exposed)])?;
    Ok(())
}
