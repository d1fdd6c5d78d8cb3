//! Reads a feed document, whatever it is wrapped in, record by record.
//!
//! A document is JSON (one value, several one after another, one a line, or an array), YAML, CSV, or a `.zip` or `.tar`
//! of such files, and any of these may be packed with zstd or gzip. What it is shows in its content; the name only
//! decides between YAML and CSV, which have no mark of their own.
//!
//! Two kinds of fault are told apart. A *record* that is well-formed but wrong (a version that nothing can order, no id)
//! is refused for itself, with its reason, and the others are read. A *document* that is damaged (cut short, wrong JSON,
//! past a limit) or of a format that this version does not read is refused as a whole: the caller hands records to a
//! transaction and rolls it back, so that the master stays as it was.
//!
//! Everything has a limit: documents come from the network.

mod archive;
mod layers;
mod recognise;
mod text;
mod values;

use std::fmt;
use std::io::{Read, Seek};
use std::ops::ControlFlow;

use crate::advisory::Advisory;
use crate::epss::Score;
use crate::kev::KnownExploited;

/// Most bytes of a document as given.
pub const DOCUMENT_PACKED_BYTES_MAX: u64 = 512 * MEBIBYTE;
/// Most bytes of a document unpacked, over all entries.
pub const DOCUMENT_UNPACKED_BYTES_MAX: u64 = 4_096 * MEBIBYTE;
/// Past [`UNPACK_FREE_BYTES`], most bytes unpacked for one byte as given. Real feeds stay below 100.
pub const UNPACK_RATIO_MAX: u64 = 250;
/// Unpacked bytes for which no ratio is asked: small documents may be very regular.
pub const UNPACK_FREE_BYTES: u64 = 64 * MEBIBYTE;
/// Most bytes of one record. The largest real one has about 2 MiB.
pub const RECORD_BYTES_MAX: usize = 8 * MEBIBYTE as usize;
/// Most records of a document, read or refused.
pub const RECORDS_MAX: u64 = 2_000_000;
/// Most entries of an archive.
pub const ENTRIES_MAX: u64 = 1_000_000;
/// Most packings around each other, as in `.tar.zst` (one).
pub const LAYERS_MAX: usize = 2;
/// Most bytes of a `.zip` that is itself packed: it is read from its end, so it must be held in memory.
pub const PACKED_ZIP_BYTES_MAX: u64 = 256 * MEBIBYTE;
/// Most refusals that a report names; the rest is counted.
pub const REFUSALS_NAMED_MAX: usize = 100;

const MEBIBYTE: u64 = 1_048_576;
/// Most characters of outside text that a message repeats.
const EXCERPT_CHARS_MAX: usize = 80;

/// What a document holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// An OSV record.
    Advisory(Box<Advisory>),
    /// An entry of CISA's catalogue.
    KnownExploited(KnownExploited),
    /// An EPSS score.
    Score(Score),
}

/// What became of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentReport {
    /// SHA-256 of the bytes as given.
    pub sha256: [u8; 32],
    /// Bytes as given.
    pub packed_bytes: u64,
    /// Bytes unpacked.
    pub unpacked_bytes: u64,
    /// OSV records read.
    pub advisories: u64,
    /// KEV entries read.
    pub known_exploited: u64,
    /// EPSS scores read.
    pub scores: u64,
    /// Records refused.
    pub refused_total: u64,
    /// The first [`REFUSALS_NAMED_MAX`] of them.
    pub refused: Vec<Refused>,
    /// Entries of an archive that are not of a kind that may hold records (a licence, a picture).
    pub entries_skipped: u64,
}

/// A record that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its id, or its place in the document.
    pub record: String,
    /// Why.
    pub reason: RecordRefusal,
}

/// Why a record is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordRefusal {
    /// A field that must be there is not.
    #[error("it has no `{field}`")]
    Missing {
        /// Which.
        field: &'static str,
    },
    /// An id is empty, too long, or holds something else than visible ASCII.
    #[error("`{text}` is no id")]
    Id {
        /// The beginning of it.
        text: String,
    },
    /// A CVE id is none.
    #[error("`{text}` is no CVE id")]
    Cve {
        /// The beginning of it.
        text: String,
    },
    /// A package has no name or ecosystem, or too long a name.
    #[error("`{text}` is no package name")]
    Package {
        /// The beginning of it.
        text: String,
    },
    /// A version cannot be ordered by its ecosystem.
    #[error("`{version}` of package `{package}` is not a version of its ecosystem")]
    Version {
        /// The package.
        package: String,
        /// The version.
        version: String,
    },
    /// A range would match nothing, as nothing opens it.
    #[error("a range of package `{package}` has no `introduced`")]
    RangeNotOpened {
        /// The package.
        package: String,
    },
    /// A package is named without any version of it.
    #[error("package `{package}` has neither ranges nor versions")]
    NoVersion {
        /// The package.
        package: String,
    },
    /// An event of a range does not name exactly one thing that happens.
    #[error("an event of a range is not exactly one of introduced, fixed, last_affected, limit")]
    Event,
    /// A date or time cannot be read.
    #[error("`{field}` is not a date")]
    Date {
        /// Which.
        field: &'static str,
    },
    /// A probability is not between 0 and 1.
    #[error("`{field}` is `{text}`, not a number from 0 to 1")]
    Probability {
        /// Which.
        field: &'static str,
        /// The text.
        text: String,
    },
    /// A CSV row has the wrong number of columns.
    #[error("it has {found} columns, not {expected}")]
    Columns {
        /// As many as the header.
        expected: usize,
        /// As many as there are.
        found: usize,
    },
    /// A list is too long.
    #[error("`{field}` has more than {limit} entries")]
    TooMany {
        /// Which.
        field: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A text is too long.
    #[error("`{field}` has more than {limit} bytes")]
    TooLarge {
        /// Which.
        field: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// A field has another type than its format asks for.
    #[error("it does not have the shape of its format: {message}")]
    Shape {
        /// What the reader said.
        message: String,
    },
    /// It is a record of a format that this version does not read.
    #[error("it is {what}, which is not a format this version reads")]
    NotRead {
        /// What it is.
        what: &'static str,
    },
}

/// Why a document is refused as a whole. Nothing of it may be kept.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Reading failed.
    #[error("the document cannot be read")]
    Io(#[source] std::io::Error),
    /// It is larger than may be taken.
    #[error("the document has more than {limit} bytes")]
    TooLarge {
        /// [`DOCUMENT_PACKED_BYTES_MAX`] or [`PACKED_ZIP_BYTES_MAX`].
        limit: u64,
    },
    /// It unpacks to more than may be read.
    #[error("the document unpacks to more than {limit} bytes: it may be a decompression bomb")]
    Bomb {
        /// The limit that holds for a document of its size.
        limit: u64,
    },
    /// Packings around packings.
    #[error("the document is packed more than {LAYERS_MAX} times")]
    Layers,
    /// The packing or the archive is damaged.
    #[error("the document is damaged{}", within(entry))]
    Damaged {
        /// The entry of the archive, where one is at fault.
        entry: Option<String>,
        /// What the reader said.
        #[source]
        source: std::io::Error,
    },
    /// The archive has too many entries.
    #[error("the archive has more than {ENTRIES_MAX} entries")]
    TooManyEntries,
    /// The document has too many records.
    #[error("the document has more than {RECORDS_MAX} records")]
    TooManyRecords,
    /// A record is too large.
    #[error("{place} has more than {RECORD_BYTES_MAX} bytes")]
    RecordTooLarge {
        /// Where it is.
        place: Place,
    },
    /// The text is not what it sets out to be.
    #[error("{place} is not well-formed {language}: {message}")]
    Syntax {
        /// Where.
        place: Place,
        /// JSON, YAML or CSV.
        language: &'static str,
        /// What the reader said.
        message: String,
    },
    /// It is of a format that this version does not read.
    #[error("this is {what}, which is not a format this version reads (OSV as JSON or YAML, CISA KEV as JSON, EPSS as CSV)")]
    NotRead {
        /// What it is.
        what: &'static str,
    },
    /// There is nothing in it.
    #[error("the document holds no record")]
    Empty,
    /// Every record was refused.
    #[error("none of the {refused_total} records can be read; the first, {}: {}", first.record, first.reason)]
    NothingReadable {
        /// How many.
        refused_total: u64,
        /// The first.
        first: Refused,
    },
    /// The receiver of the records wanted no more.
    #[error("reading was stopped")]
    Stopped,
}

/// A place in a document, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The entry of the archive.
    pub entry: Option<String>,
    /// The record, counted from 1.
    pub record: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {}{}", self.record, within(&self.entry))
    }
}

fn within(entry: &Option<String>) -> String {
    entry.as_ref().map(|entry| format!(" in {entry}")).unwrap_or_default()
}

/// The beginning of a text from outside, fit for a message.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(EXCERPT_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// What can be read from its beginning again: a file, or bytes in memory.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// Reads every record of a document and hands it to `sink`, which may stop the reading by a break.
///
/// `name` is the file's name; it may decide between formats that have no mark of their own. Records are handed over as
/// they are read: on an error, the caller must forget those that it got.
///
/// # Errors
/// The document is damaged, past a limit, of a format not read, or none of its records can be read; see [`DocumentError`].
pub fn read_document(
    name: &str,
    input: &mut dyn ReadSeek,
    sink: &mut dyn FnMut(Record) -> ControlFlow<()>,
) -> Result<DocumentReport, DocumentError> {
    let (sha256, packed_bytes) = layers::digest(input)?;
    let mut reading =
        Reading { report: DocumentReport { sha256, packed_bytes, ..DocumentReport::default() }, sink, entry: None, records: 0 };
    let unpacked = layers::Budget::for_packed(packed_bytes);
    archive::read(name, input, &unpacked, &mut reading)?;
    let mut report = reading.report;
    report.unpacked_bytes = unpacked.used();
    if report.advisories + report.known_exploited + report.scores > 0 {
        return Ok(report);
    }
    match report.refused.into_iter().next() {
        None => Err(DocumentError::Empty),
        Some(Refused { reason: RecordRefusal::NotRead { what }, .. }) => Err(DocumentError::NotRead { what }),
        Some(first) => Err(DocumentError::NothingReadable { refused_total: report.refused_total, first }),
    }
}

/// The state of one reading, shared by the readers of each format.
pub(crate) struct Reading<'a> {
    report: DocumentReport,
    sink: &'a mut dyn FnMut(Record) -> ControlFlow<()>,
    entry: Option<String>,
    /// Records begun, over all entries.
    records: u64,
}

impl Reading<'_> {
    /// Begins a record.
    fn begin(&mut self) -> Result<(), DocumentError> {
        self.records += 1;
        if self.records > RECORDS_MAX { Err(DocumentError::TooManyRecords) } else { Ok(()) }
    }

    /// Ends a record: read or refused.
    fn end(&mut self, id: Option<&str>, outcome: Result<Record, RecordRefusal>) -> Result<(), DocumentError> {
        match outcome {
            Ok(record) => {
                match &record {
                    Record::Advisory(_) => self.report.advisories += 1,
                    Record::KnownExploited(_) => self.report.known_exploited += 1,
                    Record::Score(_) => self.report.scores += 1,
                }
                if (self.sink)(record).is_break() {
                    return Err(DocumentError::Stopped);
                }
            }
            Err(reason) => {
                self.report.refused_total += 1;
                if self.report.refused.len() < REFUSALS_NAMED_MAX {
                    let record = id.map_or_else(|| self.place().to_string(), excerpt);
                    self.report.refused.push(Refused { record, reason });
                }
            }
        }
        Ok(())
    }

    fn place(&self) -> Place {
        Place { entry: self.entry.clone(), record: self.records }
    }

    fn syntax(&self, language: &'static str, message: impl fmt::Display) -> DocumentError {
        DocumentError::Syntax { place: self.place(), language, message: excerpt(&message.to_string()) }
    }
}
