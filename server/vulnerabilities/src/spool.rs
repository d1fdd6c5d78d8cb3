//! Advisories that wait for their transaction.
//!
//! A document takes minutes to read, and a transaction must not wait for it: PostgreSQL ends one that is idle for a minute,
//! and SQLite has one writer. So a document is read to its end first, and what is new in it waits here, in memory while it
//! is little and then in a file without a name. It holds public data only.

use std::io::{self, BufReader, Read, Seek, Write};

use kernel::Timestamp;
use tempfile::SpooledTempFile;

/// Bytes that wait in memory; beyond them it is a file.
const MEMORY_BYTES_MAX: usize = 32 * 1_024 * 1_024;

/// An advisory as it will be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) modified: Option<Timestamp>,
    pub(crate) digest: [u8; 32],
    pub(crate) body: Vec<u8>,
}

/// Rows in the order of their coming.
#[derive(Debug)]
pub(crate) struct Spool {
    file: SpooledTempFile,
    rows: u64,
}

impl Spool {
    pub(crate) fn new() -> Self {
        Self { file: SpooledTempFile::new(MEMORY_BYTES_MAX), rows: 0 }
    }

    /// Puts a row at the end. Not after [`Spool::read`].
    pub(crate) fn push(&mut self, row: &Row) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(row.id.len() + row.body.len() + 64);
        push_part(&mut bytes, row.id.as_bytes());
        bytes.push(u8::from(row.modified.is_some()));
        bytes.extend_from_slice(&row.modified.map_or(0, Timestamp::micros).to_le_bytes());
        bytes.extend_from_slice(&row.digest);
        push_part(&mut bytes, &row.body);
        self.file.write_all(&bytes)?;
        self.rows += 1;
        Ok(())
    }

    /// All rows, from the first on.
    pub(crate) fn read(&mut self) -> io::Result<impl Iterator<Item = io::Result<Row>> + '_> {
        self.file.rewind()?;
        let mut reader = BufReader::new(&mut self.file);
        Ok((0..self.rows).map(move |_| read_row(&mut reader)))
    }
}

fn push_part(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
    bytes.extend_from_slice(part);
}

fn read_row(reader: &mut impl Read) -> io::Result<Row> {
    let id = String::from_utf8(read_part(reader)?).map_err(io::Error::other)?;
    let [has_time] = read_array(reader)?;
    let micros = i64::from_le_bytes(read_array(reader)?);
    let digest = read_array(reader)?;
    Ok(Row { id, modified: (has_time == 1).then(|| Timestamp::from_micros(micros)), digest, body: read_part(reader)? })
}

fn read_part(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let length = u64::from_le_bytes(read_array(reader)?);
    let mut part = Vec::new();
    reader.take(length).read_to_end(&mut part)?;
    if part.len() as u64 == length { Ok(part) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn read_array<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut array = [0; N];
    reader.read_exact(&mut array)?;
    Ok(array)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_went_in_as_often_as_asked() {
        let rows = [
            Row { id: "X-1".into(), modified: None, digest: [1; 32], body: Vec::new() },
            Row { id: "X-2".into(), modified: Some(Timestamp::from_micros(-5)), digest: [2; 32], body: vec![7; MEMORY_BYTES_MAX + 1] },
            Row { id: "X-3".into(), modified: Some(Timestamp::from_micros(5)), digest: [3; 32], body: vec![0, 1] },
        ];
        let mut spool = Spool::new();
        for row in &rows {
            spool.push(row).expect("room");
        }
        for _ in 0..2 {
            let read: Vec<Row> = spool.read().expect("rewound").collect::<io::Result<_>>().expect("read");
            assert!(read == rows);
        }
    }
}
