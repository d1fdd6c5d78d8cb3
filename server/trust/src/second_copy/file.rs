//! The file of a second copy: lines of JSON, so that it can be looked at without us.
//!
//! ```text
//! {"purser_keyring_copy":1,"id":"…","made_at":…,"state":{…}}      which one it is, and what it was made of
//! ["keyring_root",[…]]                                    a row, its columns in the order of the statement that reads them
//! …
//! {"mac":"…"}                                             HMAC-SHA256 of everything before, under a key that follows from the root key
//! ```
//!
//! Every key in it is wrapped as in the keyring. Blobs are hexadecimal.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use kernel::Timestamp;
use seal::hash::{DIGEST_BYTES, Sha256};
use seal::hex;
use serde::{Deserialize, Serialize};
use store::{Statement, StoreError, Tx, Type, Value};

use super::{CopyError, CopyId, State};
use crate::store as sql;

/// Longest line of a copy, in bytes.
pub const LINE_BYTES_MAX: usize = 16 * 1024;

const NAME: &str = "keyring.copy";
const FORMAT: u32 = 1;
const MODE: u32 = 0o600;
/// What an older copy is written over with at once.
static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// The keyring's tables, as they are read and put back. The root is last: without it there is no keyring, so one that was put back
/// in part is none.
pub(super) static TABLES: [(&str, &Statement, &Statement); 7] = [
    ("keyring_instance_key", &sql::COPY_INSTANCE_KEY, &sql::INSERT_INSTANCE_KEY),
    ("keyring_epoch", &sql::COPY_EPOCH, &sql::INSERT_EPOCH),
    ("keyring_key", &sql::COPY_KEY, &sql::RESTORE_KEY),
    ("keyring_day_key", &sql::COPY_DAY_KEY, &sql::RESTORE_DAY_KEY),
    ("keyring_log_anchor", &sql::COPY_LOG_ANCHOR, &sql::SET_LOG_ANCHOR),
    ("keyring_log_succession", &sql::succession::COPY_SUCCESSION, &sql::succession::INSERT_SUCCESSION),
    ("keyring_root", &sql::COPY_ROOT, &sql::INSERT_ROOT),
];

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    purser_keyring_copy: u32,
    /// Which copy it is; of one that was made before they had numbers, nothing.
    #[serde(default)]
    pub(super) id: String,
    pub(super) made_at: Timestamp,
    pub(super) state: State,
}

/// The last line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Foot {
    mac: String,
}

/// Where a folder's copy lies.
pub(super) fn path_in(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

/// Writes a copy beside the one that is there, takes its place and wipes it: the older one may hold keys that are destroyed by now.
pub(super) fn write(
    folder: &Path,
    (id, made_at, state): (CopyId, Timestamp, State),
    tx: &mut Tx<'_>,
    mac: impl FnOnce([u8; DIGEST_BYTES]) -> [u8; DIGEST_BYTES],
) -> Result<(), CopyError> {
    let path = path_in(folder);
    let failed = |source| CopyError::Io { path: path.clone(), source };
    let next = path.with_extension("copy.next");
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(MODE).open(&next).map_err(failed)?;
    let mut lines = Lines { file: BufWriter::new(file), digest: Sha256::new() };
    lines.put(&Head { purser_keyring_copy: FORMAT, id: id.to_string(), made_at, state }).map_err(failed)?;
    for (table, read, _) in TABLES {
        tx.query_each(read, &[], |row| {
            let values = read.columns.iter().enumerate().map(|(index, _)| row.get::<Value>(index).map(json));
            let values = values.collect::<Result<Vec<_>, StoreError>>()?;
            lines.put(&(table, values)).map_err(failed)
        })?;
    }
    let Lines { mut file, digest } = lines;
    let foot = Foot { mac: hex::encode(&mac(digest.finish())) };
    let end = || {
        serde_json::to_writer(&mut file, &foot)?;
        file.write_all(b"\n")?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        replace(&next, &path)?;
        File::open(folder)?.sync_all()
    };
    end().map_err(failed)
}

/// The older copy is held open over the renaming, so that there is a whole one at every moment.
fn replace(next: &Path, path: &Path) -> io::Result<()> {
    let older = match OpenOptions::new().write(true).open(path) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    fs::rename(next, path)?;
    let Some(mut older) = older else { return Ok(()) };
    let mut left = older.metadata()?.len();
    while left > 0 {
        let some = ZEROS.len().min(usize::try_from(left).unwrap_or(ZEROS.len()));
        older.write_all(&ZEROS[..some])?;
        left -= some as u64;
    }
    older.sync_all()
}

struct Lines {
    file: BufWriter<File>,
    digest: Sha256,
}

impl Lines {
    fn put(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.digest.update(&text);
        self.file.write_all(&text)
    }
}

fn json(value: Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Int(number) => number.into(),
        Value::Double(number) => number.into(),
        Value::Text(text) => text.into(),
        Value::Blob(bytes) => hex::encode(&bytes).into(),
        Value::Bool(truth) => truth.into(),
    }
}

/// A copy that is being read.
pub(super) struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    line: u64,
    pub(super) head: Head,
    digest: Sha256,
    /// Of the last line, once that was read.
    pub(super) foot: Option<([u8; DIGEST_BYTES], [u8; DIGEST_BYTES])>,
}

impl Reader {
    /// Opens a folder's copy.
    pub(super) fn open(folder: &Path) -> Result<Self, CopyError> {
        let path = path_in(folder);
        let file = File::open(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => CopyError::None { path: path.clone() },
            _ => CopyError::Io { path: path.clone(), source },
        })?;
        let head = Head { purser_keyring_copy: 0, id: String::new(), made_at: Timestamp::from_micros(0), state: State::default() };
        let mut reader = Self { path, file: BufReader::new(file), line: 0, head, digest: Sha256::new(), foot: None };
        let first = reader.next_line()?.ok_or_else(|| reader.damaged())?;
        reader.head = serde_json::from_slice(&first).map_err(|_not_json| reader.damaged())?;
        if reader.head.purser_keyring_copy != FORMAT {
            return Err(CopyError::Format { found: reader.head.purser_keyring_copy });
        }
        reader.digest.update(&first);
        Ok(reader)
    }

    /// The next row: its table's number in [`TABLES`] and its values; nothing behind the last.
    pub(super) fn next_row(&mut self) -> Result<Option<(usize, Vec<Value>)>, CopyError> {
        if self.foot.is_some() {
            return Ok(None);
        }
        let line = self.next_line()?.ok_or_else(|| self.damaged())?;
        if let Ok(Foot { mac }) = serde_json::from_slice(&line) {
            let mac = hex::decode(&mac).ok_or_else(|| self.damaged())?;
            self.foot = Some((self.digest.clone().finish(), mac));
            return if self.next_line()?.is_none() { Ok(None) } else { Err(self.damaged()) };
        }
        self.digest.update(&line);
        let row = serde_json::from_slice::<(String, Vec<serde_json::Value>)>(&line).ok().and_then(|(table, values)| {
            let number = TABLES.iter().position(|(name, ..)| *name == table)?;
            let columns = TABLES[number].1.columns;
            let values =
                (values.len() == columns.len()).then(|| values.into_iter().zip(columns).map(|(value, (_, kind))| of_json(value, *kind)));
            Some((number, values?.collect::<Option<Vec<_>>>()?))
        });
        row.map(Some).ok_or_else(|| self.damaged())
    }

    fn next_line(&mut self) -> Result<Option<Vec<u8>>, CopyError> {
        let mut line = Vec::new();
        let read = self.file.by_ref().take(LINE_BYTES_MAX as u64).read_until(b'\n', &mut line);
        read.map_err(|source| CopyError::Io { path: self.path.clone(), source })?;
        if line.is_empty() {
            return Ok(None);
        }
        self.line += 1;
        if line.ends_with(b"\n") { Ok(Some(line)) } else { Err(self.damaged()) }
    }

    pub(super) fn damaged(&self) -> CopyError {
        CopyError::Damaged { path: self.path.clone(), line: self.line }
    }
}

fn of_json(value: serde_json::Value, kind: Type) -> Option<Value> {
    Some(match (value, kind) {
        (serde_json::Value::Null, _) => Value::Null,
        (serde_json::Value::Number(number), Type::BigInt) => Value::Int(number.as_i64()?),
        (serde_json::Value::String(text), Type::Text) => Value::Text(text),
        (serde_json::Value::String(text), Type::Blob) => Value::Blob(bytes_of(&text)?),
        _ => return None,
    })
}

fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| str::from_utf8(pair).ok().and_then(hex::decode::<1>).map(|[byte]| byte);
    text.as_bytes().chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kernel::data_map::StoreKind;

    use super::*;

    /// A restore counts the tombstones anew; an export's key ends with the day that its file may be fetched.
    const NOT_COPIED: [&str; 2] = ["keyring_known_tombstones", "keyring_export_key"];

    #[test]
    fn every_table_of_the_keyring_is_in_its_copy_whole_but_what_a_restore_counts_anew_or_ends_with_its_day() {
        let of_keyring = crate::SCHEMAS.iter().filter(|schema| schema.store == StoreKind::Keyring).flat_map(|schema| schema.tables);
        let mapped = of_keyring.filter(|table| !NOT_COPIED.contains(&table.name));
        let mapped: BTreeSet<(&str, BTreeSet<&str>)> =
            mapped.map(|table| (table.name, table.columns.iter().map(|column| column.name).collect())).collect();
        let copied = TABLES.iter().map(|(name, read, _)| (*name, read.columns.iter().map(|(column, _)| *column).collect()));
        assert_eq!(copied.collect::<BTreeSet<_>>(), mapped);
        assert_eq!(TABLES.last().map(|(name, ..)| *name), Some("keyring_root"));
    }
}
