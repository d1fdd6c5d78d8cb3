//! An export in a folder: a file of JSON lines for each table, and a manifest that says what they are.
//!
//! ```text
//! manifest.json              what is in the folder, and what is not and why; its presence means that the export is whole
//! manifest.signature         a signed note that binds the manifest's digest to an export of this subject
//! tenant.device.jsonl        a row a line, its keys in order
//! tenant.device.jsonl.marks  a mark for each of these lines, by which a broken one is found; proves nothing by itself
//! ```
//!
//! [`Manifest::verify`] takes the manifest and its signature, [`TableVerifier`] the lines of a table one by one. A file is what was
//! exported where its digest is the manifest's; the marks only tell where it begins to differ.

use serde::{Deserialize, Serialize};

use crate::hash::{Sha256, sha256};
use crate::hex;
use crate::note::{NoteError, NoteKey};
use crate::sign::SigningKey;

/// The form of the folder.
pub const VERSION: u32 = 1;
/// The manifest's file.
pub const MANIFEST_FILE: &str = "manifest.json";
/// Its signature's file.
pub const SIGNATURE_FILE: &str = "manifest.signature";
/// What stands behind a table's file name where its marks lie.
pub const MARKS_SUFFIX: &str = ".marks";
/// Longest manifest that is read, in bytes.
pub const MANIFEST_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Characters of a mark.
pub const MARK_CHARS: usize = 16;

/// What is in an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`VERSION`].
    #[serde(rename = "purser-export")]
    pub version: u32,
    /// The key that has signed it, as people hand it on: that of the tenant's ledger.
    pub key: String,
    /// Whose data.
    pub subject: ExportSubject,
    /// When it began; each store is as it was at one moment after that.
    pub begun_at: String,
    /// When the last row was written.
    pub ended_at: String,
    /// What the tenant's ledger was when the export began, signed; absent where it could not be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger_checkpoint: Option<String>,
    /// The files.
    pub tables: Vec<TableFile>,
    /// Every other table that there is.
    pub left_out: Vec<LeftOut>,
    /// The digest of all files: see [`whole_digest`].
    pub digest: String,
}

/// Whose data an export holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportSubject {
    /// `tenant`, `device` or `user`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The tenant that it belongs to, or is.
    pub tenant: String,
}

/// A table's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableFile {
    /// Its name in the folder.
    pub file: String,
    /// Which store the table lies in.
    pub store: String,
    /// The table.
    pub table: String,
    /// What it is for.
    pub purpose: String,
    /// How long its rows are kept.
    pub retention: String,
    /// How many rows are in the file.
    pub rows: u64,
    /// Values whose key was destroyed: `{"$erased":true}`.
    pub erased_values: u64,
    /// Values that do not open, because somebody changed or moved them in the database: `{"$altered":true}`.
    pub altered_values: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Its columns.
    pub columns: Vec<ColumnFacts>,
}

/// A column of an exported table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnFacts {
    /// Its name, which is the key in each line.
    pub name: String,
    /// How its values stand in the lines: `opened`, `id`, `time`, `integer`, `number`, `text`, `hexadecimal`, `boolean`.
    pub form: String,
    /// What it means.
    pub meaning: String,
    /// How sensitive it is: `public`, `configuration`, `identifying`, `personal`, `secret`.
    pub class: String,
    /// How the installation stores it.
    pub storage: String,
    /// Why the lines do not have it; absent where they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
}

/// A table that an export has no file of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Which store it lies in.
    pub store: String,
    /// The table.
    pub table: String,
    /// What it is for.
    pub purpose: String,
    /// Why it is left out.
    pub reason: String,
}

/// What is wrong with an export.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The manifest is no manifest of this version.
    #[error("{MANIFEST_FILE} is not the manifest of an export of version {VERSION}")]
    NotAManifest,
    /// The key in it is no key.
    #[error("the key in {MANIFEST_FILE} cannot be read")]
    Key,
    /// It says to be signed by another key than the one that was given.
    #[error("the export is signed by another key than the one that was given")]
    OtherKey,
    /// It was changed after it was signed, or the signature is none.
    #[error("{MANIFEST_FILE} is not what was signed: {why}")]
    NotSigned {
        /// Why.
        why: NoteError,
    },
    /// A line is another one than was exported.
    #[error("{file}, line {line}: it is not what was exported")]
    Altered {
        /// The file.
        file: String,
        /// The line, from one on.
        line: u64,
    },
    /// Lines are missing at the end.
    #[error("{file} ends after line {lines}, but {rows} rows were exported")]
    Truncated {
        /// The file.
        file: String,
        /// How many lines it has.
        lines: u64,
        /// How many there should be.
        rows: u64,
    },
    /// There are more lines than rows.
    #[error("{file}, line {line}: only {rows} rows were exported")]
    TooLong {
        /// The file.
        file: String,
        /// The first line that is too many.
        line: u64,
        /// How many there should be.
        rows: u64,
    },
    /// The file is another, and so are its marks: where cannot be told.
    #[error("{file} is not what was exported; its marks were changed too, so that the line cannot be told")]
    AlteredSomewhere {
        /// The file.
        file: String,
    },
    /// The digest of the whole is not that of the files.
    #[error("the manifest's digest is not that of its files")]
    OtherDigest,
}

/// The digest of all files: SHA-256 over a line `SHA256  FILE` for each, in the order of their names. So does `sha256sum`.
#[must_use]
pub fn whole_digest(tables: &[TableFile]) -> String {
    let mut lines: Vec<String> = tables.iter().map(|table| format!("{}  {}\n", table.sha256, table.file)).collect();
    lines.sort_by(|left, right| left.split_once("  ").map(|(_, file)| file).cmp(&right.split_once("  ").map(|(_, file)| file)));
    hex::encode(&sha256(lines.concat().as_bytes()))
}

fn is_file_name(file: &str) -> bool {
    let is_fine = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || matches!(character, '.' | '_');
    !file.starts_with('.') && file.ends_with(".jsonl") && file.chars().all(is_fine)
}

/// A line's mark.
#[must_use]
pub fn mark(line: &[u8]) -> String {
    let mut mark = hex::encode(&sha256(line));
    mark.truncate(MARK_CHARS);
    mark
}

/// What is signed: no other note of a ledger's key begins like it.
fn statement(subject: &ExportSubject, manifest: &[u8]) -> String {
    let ExportSubject { kind, id, tenant } = subject;
    format!("purser-export/{VERSION}\n{tenant}\n{kind} {id}\nsha256 {}\n", hex::encode(&sha256(manifest)))
}

impl Manifest {
    /// The manifest's bytes, and its signature under a key of this name.
    #[must_use]
    pub fn sign(&self, name: &str, key: &SigningKey) -> (Vec<u8>, String) {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a manifest is JSON");
        bytes.push(b'\n');
        let note = NoteKey::sign(name, key, &statement(&self.subject, &bytes));
        (bytes, note)
    }

    /// The manifest of these bytes, where its signature is its key's and, where a key is given, that one's.
    ///
    /// # Errors
    /// [`ExportError`], but of tables.
    pub fn verify(bytes: &[u8], note: &str, given: Option<&NoteKey>) -> Result<Self, ExportError> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|_| ExportError::NotAManifest)?;
        // A file is one of the folder's, whoever wrote the manifest.
        if manifest.version != VERSION || !manifest.tables.iter().all(|table| is_file_name(&table.file)) {
            return Err(ExportError::NotAManifest);
        }
        let key = NoteKey::from_text(&manifest.key).map_err(|_| ExportError::Key)?;
        if given.is_some_and(|given| *given != key) {
            return Err(ExportError::OtherKey);
        }
        let signed = key.verify(note).map_err(|why| ExportError::NotSigned { why })?;
        if signed != statement(&manifest.subject, bytes) {
            return Err(ExportError::NotSigned { why: NoteError::Altered });
        }
        if whole_digest(&manifest.tables) != manifest.digest {
            return Err(ExportError::OtherDigest);
        }
        Ok(manifest)
    }

    /// How many rows the export holds.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// How many values did not open when it was made: somebody had changed or moved them.
    #[must_use]
    pub fn altered_values(&self) -> u64 {
        self.tables.iter().map(|table| table.altered_values).sum()
    }
}

/// Takes a table's lines, without their ends, and says whether they are those that were exported.
pub struct TableVerifier<'m> {
    table: &'m TableFile,
    hash: Sha256,
    lines: u64,
    /// The first line whose mark is another.
    differs_at: Option<u64>,
}

impl<'m> TableVerifier<'m> {
    /// Of a table.
    #[must_use]
    pub fn of(table: &'m TableFile) -> Self {
        Self { table, hash: Sha256::new(), lines: 0, differs_at: None }
    }

    /// Takes the next line, without its end, and its mark where there is one.
    ///
    /// # Errors
    /// [`ExportError::TooLong`].
    pub fn take(&mut self, line: &[u8], marked: Option<&str>) -> Result<(), ExportError> {
        self.lines += 1;
        if self.lines > self.table.rows {
            return Err(ExportError::TooLong { file: self.table.file.clone(), line: self.lines, rows: self.table.rows });
        }
        self.hash.update(line);
        self.hash.update(b"\n");
        if self.differs_at.is_none() && marked != Some(&mark(line)) {
            self.differs_at = Some(self.lines);
        }
        Ok(())
    }

    /// The file's end.
    ///
    /// # Errors
    /// [`ExportError`]: what is wrong, and at which line.
    pub fn end(self) -> Result<(), ExportError> {
        let Self { table, hash, lines, differs_at } = self;
        if lines == table.rows && hex::encode(&hash.finish()) == table.sha256 {
            return Ok(());
        }
        let file = table.file.clone();
        match differs_at {
            Some(line) => Err(ExportError::Altered { file, line }),
            None if lines < table.rows => Err(ExportError::Truncated { file, lines, rows: table.rows }),
            None => Err(ExportError::AlteredSomewhere { file }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "purser.log/0011223344556677/ten_x";
    const ROWS: [&str; 3] = [r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#];

    fn key() -> SigningKey {
        SigningKey::from_seed([7; 32])
    }

    fn table() -> TableFile {
        let bytes: String = ROWS.iter().map(|row| format!("{row}\n")).collect();
        TableFile {
            file: "tenant.thing.jsonl".into(),
            store: "tenant".into(),
            table: "thing".into(),
            purpose: "Things.".into(),
            retention: "with-subject".into(),
            rows: 3,
            erased_values: 0,
            altered_values: 0,
            sha256: hex::encode(&sha256(bytes.as_bytes())),
            columns: Vec::new(),
        }
    }

    fn manifest() -> Manifest {
        let tables = vec![table()];
        Manifest {
            version: VERSION,
            key: NoteKey::new(NAME, key().public()).expect("a name").to_text(),
            subject: ExportSubject { kind: "tenant".into(), id: "ten_x".into(), tenant: "ten_x".into() },
            begun_at: "2026-01-01T00:00:00Z".into(),
            ended_at: "2026-01-01T00:00:01Z".into(),
            ledger_checkpoint: None,
            digest: whole_digest(&tables),
            tables,
            left_out: Vec::new(),
        }
    }

    fn verified(rows: &[&str], marks: &[&str]) -> Result<(), ExportError> {
        let table = table();
        let mut verifier = TableVerifier::of(&table);
        let marks: Vec<String> = marks.iter().map(|row| mark(row.as_bytes())).collect();
        for (place, row) in rows.iter().enumerate() {
            verifier.take(row.as_bytes(), marks.get(place).map(String::as_str))?;
        }
        verifier.end()
    }

    #[test]
    fn a_manifest_is_accepted_as_it_was_signed_and_with_no_byte_changed() {
        let (bytes, note) = manifest().sign(NAME, &key());
        assert_eq!(Manifest::verify(&bytes, &note, None), Ok(manifest()));
        let changed = String::from_utf8(bytes.clone()).expect("text").replace("\"rows\": 3", "\"rows\": 2");
        assert_eq!(Manifest::verify(changed.as_bytes(), &note, None), Err(ExportError::NotSigned { why: NoteError::Altered }));
        let other = NoteKey::new(NAME, SigningKey::from_seed([8; 32]).public()).expect("a name");
        assert_eq!(Manifest::verify(&bytes, &note, Some(&other)), Err(ExportError::OtherKey));
        // Whoever signs it anew with a key of his own is found out by whoever knows the right one.
        let mut forged = manifest();
        forged.key = other.to_text();
        let (bytes, note) = forged.sign(NAME, &SigningKey::from_seed([8; 32]));
        assert!(Manifest::verify(&bytes, &note, None).is_ok());
        let right = NoteKey::new(NAME, key().public()).expect("a name");
        assert_eq!(Manifest::verify(&bytes, &note, Some(&right)), Err(ExportError::OtherKey));
    }

    #[test]
    fn a_manifest_names_no_file_outside_of_its_folder() {
        for file in ["../x.jsonl", "/etc/x.jsonl", ".x.jsonl", "a/b.jsonl", "passwd"] {
            let mut outside = manifest();
            outside.tables[0].file = file.into();
            outside.digest = whole_digest(&outside.tables);
            let (bytes, note) = outside.sign(NAME, &key());
            assert_eq!(Manifest::verify(&bytes, &note, None), Err(ExportError::NotAManifest), "{file}");
        }
    }

    #[test]
    fn a_note_of_the_same_key_about_something_else_is_no_signature_of_an_export() {
        let (bytes, _) = manifest().sign(NAME, &key());
        let checkpoint = crate::checkpoint::Checkpoint { origin: NAME.into(), size: 3, root: [1; 32] }.sign(&key());
        assert_eq!(Manifest::verify(&bytes, &checkpoint, None), Err(ExportError::NotSigned { why: NoteError::Altered }));
    }

    #[test]
    fn a_broken_line_is_named() {
        assert_eq!(verified(&ROWS, &ROWS), Ok(()));
        let [first, second, third] = ROWS;
        let file = || "tenant.thing.jsonl".to_owned();
        let altered = |line| Err(ExportError::Altered { file: file(), line });
        assert_eq!(verified(&[first, r#"{"a":9}"#, third], &ROWS), altered(2));
        assert_eq!(verified(&[second, first, third], &ROWS), altered(1));
        assert_eq!(verified(&[first, third], &ROWS), altered(2));
        assert_eq!(verified(&[first, second], &ROWS), Err(ExportError::Truncated { file: file(), lines: 2, rows: 3 }));
        assert_eq!(verified(&[first, second, third, third], &ROWS), Err(ExportError::TooLong { file: file(), line: 4, rows: 3 }));
        // Whoever changes the marks too is not believed, but the line is lost.
        let forged = [first, r#"{"a":9}"#, third];
        assert_eq!(verified(&forged, &forged), Err(ExportError::AlteredSomewhere { file: file() }));
    }

    #[test]
    fn the_digest_of_the_whole_is_what_sha256sum_makes_of_its_list() {
        let mut tables = vec![table(), TableFile { file: "identity.x.jsonl".into(), sha256: "00".into(), ..table() }];
        let list = format!("00  identity.x.jsonl\n{}  tenant.thing.jsonl\n", table().sha256);
        assert_eq!(whole_digest(&tables), hex::encode(&sha256(list.as_bytes())));
        tables.reverse();
        assert_eq!(whole_digest(&tables), hex::encode(&sha256(list.as_bytes())));
    }
}
