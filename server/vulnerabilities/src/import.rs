//! Takes a document into the master: all of it, or nothing.
//!
//! It is read and compared first, without a transaction, and then what is new is written in one. Nothing else writes
//! advisories in between: imports come one at a time, and one process serves a master.
//!
//! A record that is there already, in the same or a newer form, changes nothing; so importing a document twice changes
//! nothing. Each record remembers the document that brought its present form: which feed, which digest, when.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::store::{Tx, params};
use bytes::Bytes;
use kernel::{ProvenanceId, Timestamp};
use trust::Recorded;

use crate::advisory::Advisory;
use crate::document::{DocumentReport, ReadSeek, Record, Refused, read_document};
use crate::epss::Score;
use crate::error::VulnerabilitiesError;
use crate::fetch::FetchError;
use crate::kev::KnownExploited;
use crate::master::{pack_advisory, scores};
use crate::scores::Scores;
use crate::spool::{Row, Spool};
use crate::store as sql;

/// Advisories that are written together.
const WRITE_ROWS: usize = 500;

/// A document to import.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its file name; it may decide between formats.
    pub name: String,
    /// Its bytes.
    pub content: Content,
    /// Where it comes from.
    pub origin: Origin,
}

/// A document's bytes.
#[derive(Clone, Debug)]
pub enum Content {
    /// In memory.
    Bytes(Bytes),
    /// In a file, from its beginning.
    File(Arc<File>),
}

/// Where a document comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Fetched from a feed, with the publisher's marks for asking again.
    Fetched {
        /// The feed.
        feed: String,
        /// `ETag`.
        etag: Option<String>,
        /// `Last-Modified`.
        last_modified: Option<String>,
        /// The digest that the publisher named, where it did.
        digest: Option<PublishersDigest>,
    },
    /// Given as a file; its content tells the feed.
    File,
}

/// What a publisher says the document's digest is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishersDigest {
    /// Whose server said it.
    pub host: String,
    /// SHA-256 of the document.
    pub sha256: [u8; 32],
}

/// What became of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// SHA-256 of the document as given.
    pub document_sha256: [u8; 32],
    /// What it holds: `osv`, `kev`, `epss`, or `mixed`.
    pub format: &'static str,
    /// The feed that its records belong to.
    pub feed: String,
    /// Records read.
    pub records_read: u64,
    /// Records that are new.
    pub added: u64,
    /// Records that were there in an older form.
    pub updated: u64,
    /// Records that change nothing.
    pub unchanged: u64,
    /// Records refused.
    pub refused_total: u64,
    /// The first of them.
    pub refused: Vec<Refused>,
}

impl Content {
    fn open(&self) -> Box<dyn ReadSeek + '_> {
        match self {
            Self::Bytes(bytes) => Box::new(Cursor::new(bytes)),
            Self::File(file) => Box::new(&**file),
        }
    }

    /// Its size in bytes, where that can be told.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(file) => file.metadata().map_or(0, |metadata| metadata.len()),
        }
    }
}

/// How far the reading of a document is, for a progress bar. A document is read twice: once for its digest.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// Bytes read so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Watched<'a> {
    inner: Box<dyn ReadSeek + 'a>,
    progress: &'a Progress,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.progress.0.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for Watched<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// What the master holds, as far as it tells what of a document is new.
#[derive(Debug, Default)]
pub(crate) struct Held {
    advisories: HashMap<String, Known>,
    exploited: HashMap<i64, KnownExploited>,
    scores: Scores,
}

/// What is known of the advisory that lies in the master under an id.
#[derive(Debug)]
struct Known {
    modified: Option<Timestamp>,
    digest: [u8; 32],
}

impl Held {
    pub(crate) fn load(tx: &mut Tx<'_>) -> Result<Self, VulnerabilitiesError> {
        let mut advisories = HashMap::new();
        tx.query_each(&sql::ADVISORY_DIGESTS, &[], |row| {
            advisories.insert(row.get(0)?, Known { modified: row.get(1)?, digest: row.get(2)? });
            Ok::<(), VulnerabilitiesError>(())
        })?;
        let exploited = sql::known_exploited(tx)?.into_iter().map(|entry| (entry.cve.number(), entry)).collect();
        Ok(Self { advisories, exploited, scores: scores(tx)? })
    }
}

/// A document that is read to its end, and what of it is new.
#[derive(Debug)]
pub(crate) struct Prepared {
    origin: Origin,
    read: DocumentReport,
    report: ImportReport,
    advisories: Spool,
    exploited: Vec<KnownExploited>,
    /// All scores, where the document changes one.
    scores: Option<PackedScores>,
}

/// The scores as they are stored.
#[derive(Debug)]
struct PackedScores {
    count: usize,
    all: Vec<u8>,
    /// Those that the document adds or changes.
    changed: Vec<u8>,
}

/// Reads a document and compares it with what the master holds. It takes its time, and no transaction waits for it.
pub(crate) fn prepare(document: &Document, held: Held, progress: &Progress) -> Result<Prepared, VulnerabilitiesError> {
    let mut comparing = Comparing {
        held,
        advisories: Spool::new(),
        exploited: Vec::new(),
        scores: Vec::new(),
        ecosystem: None,
        is_of_several: false,
        report: ImportReport::default(),
    };
    let mut failure = None;
    let mut input = Watched { inner: document.content.open(), progress };
    let read = read_document(&document.name, &mut input, &mut |record| match comparing.take(record) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            failure = Some(error);
            ControlFlow::Break(())
        }
    });
    if let Some(error) = failure {
        return Err(error);
    }
    let read = read?;
    if let Origin::Fetched { digest: Some(named), .. } = &document.origin
        && named.sha256 != read.sha256
    {
        return Err(FetchError::Digest { host: named.host.clone() }.into());
    }
    comparing.finish(&document.origin, read)
}

impl Prepared {
    /// What will have been done.
    pub(crate) const fn report(&self) -> &ImportReport {
        &self.report
    }

    /// Writes what is new: all of it, or nothing where the caller rolls back. It may be called again after that.
    pub(crate) fn write(&mut self, tx: &mut Tx<'_>, _told: &Recorded) -> Result<ImportReport, VulnerabilitiesError> {
        if self.report.added + self.report.updated > 0 {
            let document = ProvenanceId::from_random(tx.rng().bits());
            // First, for no record can be written whose document is not known.
            self.note_document(tx, document)?;
            self.write_records(tx, document)?;
            tx.execute(&sql::ADVANCE_GENERATION, &[])?;
        }
        note_feed(tx, &self.origin, &self.report)?;
        Ok(self.report.clone())
    }

    fn write_records(&mut self, tx: &mut Tx<'_>, document: ProvenanceId) -> Result<(), VulnerabilitiesError> {
        let (mut replaced, mut waiting) = (Vec::new(), Vec::new());
        for row in self.advisories.read().map_err(VulnerabilitiesError::File)? {
            let row = row.map_err(VulnerabilitiesError::File)?;
            replaced.push(params![&row.id, document]);
            waiting.push(params![&row.id, document, row.modified, row.digest, row.body]);
            if waiting.len() >= WRITE_ROWS {
                tx.execute_many(&sql::KEEP_ADVISORY_FORM, std::mem::take(&mut replaced))?;
                tx.execute_many(&sql::PUT_ADVISORY, std::mem::take(&mut waiting))?;
            }
        }
        tx.execute_many(&sql::KEEP_ADVISORY_FORM, replaced)?;
        tx.execute_many(&sql::PUT_ADVISORY, waiting)?;
        for entry in &self.exploited {
            tx.execute(&sql::KEEP_KNOWN_EXPLOITED_FORM, &params![entry.cve.number(), document])?;
            tx.execute(
                &sql::PUT_KNOWN_EXPLOITED,
                &params![entry.cve.number(), document, &entry.added_on, entry.due_on.clone(), entry.ransomware, &entry.name],
            )?;
        }
        if let Some(PackedScores { count, all, changed }) = &self.scores {
            tx.execute(&sql::PUT_SCORES, &params![document, i64::try_from(*count).unwrap_or(i64::MAX), all.clone()])?;
            tx.execute(&sql::INSERT_SCORES_CHANGE, &params![document, changed.clone()])?;
        }
        Ok(())
    }

    /// Records now name this document, so its row must exist: under the id that they carry, also where the very same
    /// document was imported before and others came between.
    fn note_document(&self, tx: &mut Tx<'_>, document: ProvenanceId) -> Result<(), VulnerabilitiesError> {
        let origin = match self.origin {
            Origin::Fetched { .. } => "fetched",
            Origin::File => "file",
        };
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let now = tx.now();
        tx.execute(
            &sql::INSERT_DOCUMENT,
            &params![
                document,
                &self.report.feed,
                origin,
                self.read.sha256,
                number(self.read.packed_bytes),
                number(self.read.unpacked_bytes),
                number(self.report.records_read),
                number(self.read.refused_total),
                now
            ],
        )?;
        Ok(())
    }
}

/// A document on its way through the comparison.
struct Comparing {
    held: Held,
    advisories: Spool,
    exploited: Vec<KnownExploited>,
    scores: Vec<Score>,
    ecosystem: Option<String>,
    is_of_several: bool,
    report: ImportReport,
}

impl Comparing {
    fn take(&mut self, record: Record) -> Result<(), VulnerabilitiesError> {
        match record {
            Record::Advisory(advisory) => self.take_advisory(&advisory)?,
            Record::KnownExploited(entry) => self.take_known_exploited(entry),
            Record::Score(score) => self.scores.push(score),
        }
        Ok(())
    }

    fn take_advisory(&mut self, advisory: &Advisory) -> Result<(), VulnerabilitiesError> {
        self.note_ecosystem(advisory);
        let (body, digest) = pack_advisory(advisory)?;
        match self.held.advisories.get(&advisory.id) {
            None => self.report.added += 1,
            Some(known) if known.digest == digest || advisory.modified < known.modified => {
                self.report.unchanged += 1;
                return Ok(());
            }
            Some(_) => self.report.updated += 1,
        }
        let row = Row { id: advisory.id.clone(), modified: advisory.modified, digest, body };
        self.advisories.push(&row).map_err(VulnerabilitiesError::File)?;
        self.held.advisories.insert(row.id, Known { modified: row.modified, digest });
        Ok(())
    }

    /// Remembers the one distribution or language that all advisories are about.
    fn note_ecosystem(&mut self, advisory: &Advisory) {
        for affected in &advisory.affected {
            let name = affected.ecosystem.split(':').next().unwrap_or_default();
            match &self.ecosystem {
                None => self.ecosystem = Some(name.to_owned()),
                Some(known) => self.is_of_several |= known != name,
            }
        }
    }

    fn take_known_exploited(&mut self, entry: KnownExploited) {
        let number = entry.cve.number();
        match self.held.exploited.get(&number) {
            None => self.report.added += 1,
            Some(known) if *known == entry => {
                self.report.unchanged += 1;
                return;
            }
            Some(_) => self.report.updated += 1,
        }
        self.held.exploited.insert(number, entry.clone());
        self.exploited.push(entry);
    }

    fn finish(mut self, origin: &Origin, mut read: DocumentReport) -> Result<Prepared, VulnerabilitiesError> {
        let scores = self.finish_scores()?;
        self.report.feed = match origin {
            Origin::Fetched { feed, .. } => feed.clone(),
            Origin::File => self.feed_of_content(&read),
        };
        self.report.document_sha256 = read.sha256;
        self.report.format = format_of(&read);
        self.report.records_read = read.advisories + read.known_exploited + read.scores;
        self.report.refused_total = read.refused_total;
        self.report.refused = std::mem::take(&mut read.refused);
        Ok(Prepared { origin: origin.clone(), read, report: self.report, advisories: self.advisories, exploited: self.exploited, scores })
    }

    fn finish_scores(&mut self) -> Result<Option<PackedScores>, VulnerabilitiesError> {
        if self.scores.is_empty() {
            return Ok(None);
        }
        let total = self.scores.len() as u64;
        let (added, updated, changed) = self.held.scores.merge(std::mem::take(&mut self.scores));
        self.report.added += added;
        self.report.updated += updated;
        self.report.unchanged += total.saturating_sub(added + updated);
        if added + updated == 0 {
            return Ok(None);
        }
        let pack = |scores: &Scores| scores.pack().map_err(VulnerabilitiesError::File);
        let (count, all, changed) = (self.held.scores.len(), pack(&self.held.scores)?, pack(&changed)?);
        Ok(Some(PackedScores { count, all, changed }))
    }

    fn feed_of_content(&self, read: &DocumentReport) -> String {
        match (read.advisories, read.known_exploited, read.scores) {
            (0, _, 0) => "cisa-kev".to_owned(),
            (0, 0, _) => "epss".to_owned(),
            (_, 0, 0) if !self.is_of_several => match &self.ecosystem {
                Some(ecosystem) => format!("osv-{}", ecosystem.to_lowercase().replace(' ', "-")),
                None => "file".to_owned(),
            },
            _ => "file".to_owned(),
        }
    }
}

fn format_of(read: &DocumentReport) -> &'static str {
    match (read.advisories, read.known_exploited, read.scores) {
        (_, 0, 0) => "osv",
        (0, _, 0) => "kev",
        (0, 0, _) => "epss",
        _ => "mixed",
    }
}

fn note_feed(tx: &mut Tx<'_>, origin: &Origin, report: &ImportReport) -> Result<(), VulnerabilitiesError> {
    let (etag, last_modified, was_fetched) = match origin {
        Origin::Fetched { etag, last_modified, .. } => (etag.clone(), last_modified.clone(), true),
        // The publisher's marks belong to a document that was fetched: the next fetch must ask without them.
        Origin::File => (None, None, false),
    };
    let records = i64::try_from(report.records_read).unwrap_or(i64::MAX);
    let now = tx.now();
    tx.execute(&sql::FEED_IMPORTED, &params![&report.feed, now, etag, last_modified, report.document_sha256, records, was_fetched])?;
    Ok(())
}
