//! Takes a document into the master, in one transaction: all of it, or nothing.
//!
//! A record that is there already, in the same or a newer form, changes nothing; so importing a document twice changes
//! nothing. Each record remembers the document that brought its present form: which feed, which digest, when.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::store::{Tx, Value, params};
use bytes::Bytes;
use kernel::{ProvenanceId, Timestamp};

use crate::advisory::Advisory;
use crate::document::{DocumentReport, ReadSeek, Record, Refused, read_document};
use crate::epss::Score;
use crate::error::VulnerabilitiesError;
use crate::kev::KnownExploited;
use crate::master::{pack_advisory, scores};
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
    },
    /// Given as a file; its content tells the feed.
    File,
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

/// Imports a document within a transaction on the master. The caller rolls back on an error.
pub(crate) fn import(tx: &mut Tx<'_>, document: &Document, progress: &Progress) -> Result<ImportReport, VulnerabilitiesError> {
    let id = ProvenanceId::from_random(tx.rng().bits());
    let mut importing = Importing::begin(tx, id)?;
    let mut failure = None;
    let mut input = Watched { inner: document.content.open(), progress };
    let read = read_document(&document.name, &mut input, &mut |record| match importing.take(tx, record) {
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
    importing.finish(tx, document, read)
}

/// What is known of the advisory that lies in the master under an id.
struct Known {
    modified: Option<Timestamp>,
    digest: [u8; 32],
}

struct Importing {
    document: ProvenanceId,
    known: HashMap<String, Known>,
    exploited: HashMap<i64, KnownExploited>,
    waiting: Vec<[Value; 5]>,
    scores: Vec<Score>,
    ecosystem: Option<String>,
    is_of_several: bool,
    report: ImportReport,
}

impl Importing {
    fn begin(tx: &mut Tx<'_>, document: ProvenanceId) -> Result<Self, VulnerabilitiesError> {
        let mut known = HashMap::new();
        tx.query_each(&sql::ADVISORY_DIGESTS, &[], |row| {
            known.insert(row.get(0)?, Known { modified: row.get(1)?, digest: row.get(2)? });
            Ok::<(), VulnerabilitiesError>(())
        })?;
        let exploited = sql::known_exploited(tx)?.into_iter().map(|entry| (entry.cve.number(), entry)).collect();
        Ok(Self {
            document,
            known,
            exploited,
            waiting: Vec::new(),
            scores: Vec::new(),
            ecosystem: None,
            is_of_several: false,
            report: ImportReport::default(),
        })
    }

    fn take(&mut self, tx: &mut Tx<'_>, record: Record) -> Result<(), VulnerabilitiesError> {
        match record {
            Record::Advisory(advisory) => self.take_advisory(tx, &advisory),
            Record::KnownExploited(entry) => self.take_known_exploited(tx, entry),
            Record::Score(score) => {
                self.scores.push(score);
                Ok(())
            }
        }
    }

    fn take_advisory(&mut self, tx: &mut Tx<'_>, advisory: &Advisory) -> Result<(), VulnerabilitiesError> {
        self.note_ecosystem(advisory);
        let (body, digest) = pack_advisory(advisory)?;
        match self.known.get(&advisory.id) {
            None => self.report.added += 1,
            Some(known) if known.digest == digest || advisory.modified < known.modified => {
                self.report.unchanged += 1;
                return Ok(());
            }
            Some(_) => self.report.updated += 1,
        }
        self.known.insert(advisory.id.clone(), Known { modified: advisory.modified, digest });
        self.waiting.push(params![&advisory.id, self.document, advisory.modified, digest, body]);
        if self.waiting.len() >= WRITE_ROWS { self.write(tx) } else { Ok(()) }
    }

    fn write(&mut self, tx: &mut Tx<'_>) -> Result<(), VulnerabilitiesError> {
        tx.execute_many(&sql::PUT_ADVISORY, std::mem::take(&mut self.waiting))?;
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

    fn take_known_exploited(&mut self, tx: &mut Tx<'_>, entry: KnownExploited) -> Result<(), VulnerabilitiesError> {
        let number = entry.cve.number();
        match self.exploited.get(&number) {
            None => self.report.added += 1,
            Some(known) if *known == entry => {
                self.report.unchanged += 1;
                return Ok(());
            }
            Some(_) => self.report.updated += 1,
        }
        tx.execute(
            &sql::PUT_KNOWN_EXPLOITED,
            &params![number, self.document, &entry.added_on, entry.due_on.clone(), entry.ransomware, &entry.name],
        )?;
        self.exploited.insert(number, entry);
        Ok(())
    }

    fn finish(mut self, tx: &mut Tx<'_>, document: &Document, read: DocumentReport) -> Result<ImportReport, VulnerabilitiesError> {
        self.write(tx)?;
        self.finish_scores(tx)?;
        let feed = match &document.origin {
            Origin::Fetched { feed, .. } => feed.clone(),
            Origin::File => self.feed_of_content(&read),
        };
        let records_read = read.advisories + read.known_exploited + read.scores;
        self.report.document_sha256 = read.sha256;
        self.report.format = format_of(&read);
        self.report.feed.clone_from(&feed);
        self.report.records_read = records_read;
        self.report.refused_total = read.refused_total;
        if self.report.added + self.report.updated > 0 {
            tx.execute(&sql::ADVANCE_GENERATION, &[])?;
            self.note_document(tx, document, &feed, &read)?;
        }
        self.report.refused = read.refused;
        note_feed(tx, document, &feed, &self.report)?;
        Ok(self.report)
    }

    fn finish_scores(&mut self, tx: &mut Tx<'_>) -> Result<(), VulnerabilitiesError> {
        if self.scores.is_empty() {
            return Ok(());
        }
        let total = self.scores.len() as u64;
        let mut known = scores(tx)?;
        let (added, updated) = known.merge(std::mem::take(&mut self.scores));
        self.report.added += added;
        self.report.updated += updated;
        self.report.unchanged += total.saturating_sub(added + updated);
        if added + updated > 0 {
            let packed = known.pack().map_err(VulnerabilitiesError::File)?;
            tx.execute(&sql::PUT_SCORES, &params![self.document, i64::try_from(known.len()).unwrap_or(i64::MAX), packed])?;
        }
        Ok(())
    }

    /// Records now name this document, so its row must exist: under the id that they carry, also where the very same
    /// document was imported before and others came between.
    fn note_document(&self, tx: &mut Tx<'_>, document: &Document, feed: &str, read: &DocumentReport) -> Result<(), VulnerabilitiesError> {
        let origin = match document.origin {
            Origin::Fetched { .. } => "fetched",
            Origin::File => "file",
        };
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let now = tx.now();
        tx.execute(
            &sql::INSERT_DOCUMENT,
            &params![
                self.document,
                feed,
                origin,
                read.sha256,
                number(read.packed_bytes),
                number(read.unpacked_bytes),
                number(self.report.records_read),
                number(read.refused_total),
                now
            ],
        )?;
        Ok(())
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

fn note_feed(tx: &mut Tx<'_>, document: &Document, feed: &str, report: &ImportReport) -> Result<(), VulnerabilitiesError> {
    let (etag, last_modified, was_fetched) = match &document.origin {
        Origin::Fetched { etag, last_modified, .. } => (etag.clone(), last_modified.clone(), true),
        // The publisher's marks belong to a document that was fetched: the next fetch must ask without them.
        Origin::File => (None, None, false),
    };
    let records = i64::try_from(report.records_read).unwrap_or(i64::MAX);
    let now = tx.now();
    tx.execute(&sql::FEED_IMPORTED, &params![feed, now, etag, last_modified, report.document_sha256, records, was_fetched])?;
    Ok(())
}
