//! Reads the records of one text: JSON, YAML or CSV.

use std::io::{BufReader, Read};

use serde::de::IgnoredAny;
use serde_json::Value;

use super::layers::{self, Peeked};
use super::values::{CutError, Values};
use super::{DocumentError, RECORD_BYTES_MAX, Reading, Record, RecordRefusal, excerpt, recognise};
use crate::{epss, kev, osv};

const READ_AHEAD_BYTES: usize = 64 * 1_024;

pub(super) fn read(name: &str, reader: Box<dyn Read + '_>, peek_bytes: usize, reading: &mut Reading<'_>) -> Result<(), DocumentError> {
    let peeked = Peeked::new(reader, peek_bytes).map_err(|error| layers::fault(error, reading.entry.as_ref()))?;
    let head = peeked.head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&peeked.head).trim_ascii_start();
    match head.first() {
        None if peeked.head.len() < peek_bytes => Ok(()),
        // Blank as far as we looked ahead: only JSON may begin so late.
        None | Some(b'{' | b'[') => read_json(peeked, reading),
        Some(b'<') => refuse_whole(recognise::foreign(head).unwrap_or("XML"), reading),
        Some(_) if is_epss(head) => read_epss(peeked, reading),
        Some(_) if name.ends_with(".yaml") || name.ends_with(".yml") => read_yaml(peeked, reading),
        Some(_) if name.ends_with(".json") || name.ends_with(".jsonl") => {
            reading.begin()?;
            Err(reading.syntax("JSON", "it begins neither with { nor with ["))
        }
        Some(_) if name.ends_with(".csv") => refuse_whole("a CSV file without the columns cve,epss,percentile", reading),
        Some(_) => refuse_whole("neither JSON, nor YAML by its name, nor EPSS scores", reading),
    }
}

fn refuse_whole(what: &'static str, reading: &mut Reading<'_>) -> Result<(), DocumentError> {
    reading.begin()?;
    reading.end(None, Err(RecordRefusal::NotRead { what }))
}

fn read_json(peeked: Peeked<'_>, reading: &mut Reading<'_>) -> Result<(), DocumentError> {
    let mut values = Values::new(BufReader::with_capacity(READ_AHEAD_BYTES, peeked.into_reader()));
    let mut value = Vec::new();
    loop {
        match values.next(&mut value) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(CutError::Io(error)) => return Err(layers::fault(error, reading.entry.as_ref())),
            Err(error) => {
                reading.begin()?;
                return Err(match error {
                    CutError::TooLarge => DocumentError::RecordTooLarge { place: reading.place() },
                    CutError::Syntax(message) => reading.syntax("JSON", message),
                    CutError::Io(error) => DocumentError::Io(error),
                });
            }
        }
        read_object(&value, reading)?;
    }
}

fn read_object(bytes: &[u8], reading: &mut Reading<'_>) -> Result<(), DocumentError> {
    reading.begin()?;
    let shape = match serde_json::from_slice::<osv::Raw>(bytes) {
        Ok(raw) if raw.is_osv() => return end_advisory(raw, reading),
        Ok(_) => None,
        Err(error) => Some(error),
    };
    if let Err(error) = serde_json::from_slice::<IgnoredAny>(bytes) {
        return Err(reading.syntax("JSON", error));
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|error| reading.syntax("JSON", error))?;
    if value.get("cveID").is_some() {
        return end_known_exploited(value, reading);
    }
    if value.get("catalogVersion").is_some() && value.get("vulnerabilities").is_some_and(Value::is_array) {
        return read_catalogue(value, reading);
    }
    end_unread(&value, shape.map(|error| error.to_string()), reading)
}

fn end_advisory(raw: osv::Raw, reading: &mut Reading<'_>) -> Result<(), DocumentError> {
    let id = raw.id().map(ToOwned::to_owned);
    let outcome = raw.try_into().map(|advisory| Record::Advisory(Box::new(advisory)));
    reading.end(id.as_deref(), outcome)
}

fn end_known_exploited(value: Value, reading: &mut Reading<'_>) -> Result<(), DocumentError> {
    let id = value.get("cveID").and_then(Value::as_str).map(ToOwned::to_owned);
    let outcome = serde_json::from_value::<kev::Raw>(value)
        .map_err(|error| RecordRefusal::Shape { message: excerpt(&error.to_string()) })
        .and_then(TryInto::try_into)
        .map(Record::KnownExploited);
    reading.end(id.as_deref(), outcome)
}

/// The object around the entries is no record of its own.
fn read_catalogue(value: Value, reading: &mut Reading<'_>) -> Result<(), DocumentError> {
    reading.records -= 1;
    let catalogue: kev::Catalogue = serde_json::from_value(value).map_err(|error| reading.syntax("JSON", error))?;
    for entry in catalogue.vulnerabilities {
        reading.begin()?;
        end_known_exploited(entry, reading)?;
    }
    Ok(())
}

/// A value that was not read: an OSV record of the wrong shape, or something else.
fn end_unread(value: &Value, shape: Option<String>, reading: &mut Reading<'_>) -> Result<(), DocumentError> {
    let id = value.get("id").and_then(Value::as_str);
    let is_osv = value.get("id").is_some() && ["modified", "affected", "aliases"].iter().any(|key| value.get(key).is_some());
    let reason = match shape {
        Some(message) if is_osv => RecordRefusal::Shape { message: excerpt(&message) },
        None if is_osv => RecordRefusal::Missing { field: "modified" },
        _ => RecordRefusal::NotRead { what: recognise::value(value) },
    };
    reading.end(id, Err(reason))
}

fn read_yaml(peeked: Peeked<'_>, reading: &mut Reading<'_>) -> Result<(), DocumentError> {
    reading.begin()?;
    let mut bytes = Vec::new();
    let limit = RECORD_BYTES_MAX as u64;
    peeked.into_reader().take(limit + 1).read_to_end(&mut bytes).map_err(|error| layers::fault(error, reading.entry.as_ref()))?;
    if bytes.len() > RECORD_BYTES_MAX {
        return Err(DocumentError::RecordTooLarge { place: reading.place() });
    }
    let shape = match serde_norway::from_slice::<osv::Raw>(&bytes) {
        Ok(raw) if raw.is_osv() => return end_advisory(raw, reading),
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    };
    let value: Value = serde_norway::from_slice(&bytes).map_err(|error| reading.syntax("YAML", error))?;
    end_unread(&value, shape, reading)
}

/// Whether the first line that is no comment is EPSS's header.
fn is_epss(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').find(|line| !line.starts_with(b"#") && !line.trim_ascii().is_empty());
    line.is_some_and(|line| line.trim_ascii().eq_ignore_ascii_case(epss::HEADER.join(",").as_bytes()))
}

fn read_epss(peeked: Peeked<'_>, reading: &mut Reading<'_>) -> Result<(), DocumentError> {
    let mut rows = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .flexible(true)
        // Without quoting a line end always ends a row, so that a row cannot outgrow a line.
        .quoting(false)
        .from_reader(BufReader::with_capacity(READ_AHEAD_BYTES, Bounded { reader: peeked.into_reader(), line_bytes: 0 }));
    let mut row = csv::StringRecord::new();
    loop {
        match rows.read_record(&mut row) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                reading.begin()?;
                let outcome = epss::parse(&row).map(Record::Score);
                reading.end(row.get(0), outcome)?;
            }
            Err(error) => {
                reading.begin()?;
                return Err(match error.into_kind() {
                    csv::ErrorKind::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<LineTooLong>()) => {
                        DocumentError::RecordTooLarge { place: reading.place() }
                    }
                    csv::ErrorKind::Io(error) => layers::fault(error, reading.entry.as_ref()),
                    csv::ErrorKind::Utf8 { err, .. } => reading.syntax("CSV", err),
                    _ => reading.syntax("CSV", "it is no table"),
                });
            }
        }
    }
}

/// Fails at a line longer than a record may be: the CSV reader would keep it all.
struct Bounded<R> {
    reader: R,
    line_bytes: usize,
}

#[derive(Debug, thiserror::Error)]
#[error("a line is longer than a record may be")]
struct LineTooLong;

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(buffer)?;
        let bytes = buffer.get(..read).unwrap_or_default();
        self.line_bytes = match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => read - end - 1,
            None => self.line_bytes + read,
        };
        if self.line_bytes > RECORD_BYTES_MAX { Err(std::io::Error::other(LineTooLong)) } else { Ok(read) }
    }
}
