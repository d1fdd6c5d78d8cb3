//! `purser verify export`: an export's folder, checked with nothing but itself and a key.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Lines, Read as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Error;
use seal::export_file::{ExportError, MANIFEST_BYTES_MAX, MANIFEST_FILE, MARKS_SUFFIX, Manifest, SIGNATURE_FILE, TableFile, TableVerifier};
use serde_json::json;
use words::{Language, Sentence, sentence};

use crate::cli::VerifyExportArguments;
use crate::input::cannot_read;
use crate::speech::{Saying as _, failed};
use crate::verify::reasons::of_note;
use crate::verify::{key_of, refuse, tell, warn_without_key};

/// Longest line that is read, in bytes: a row with the largest content, and what stands around it.
const LINE_BYTES_MAX: u64 = 160 * 1024 * 1024;

pub(crate) fn run(arguments: &VerifyExportArguments) -> Result<ExitCode, Error> {
    let given = arguments.key.as_deref().map(key_of).transpose()?;
    let folder = &arguments.folder;
    if !folder.join(MANIFEST_FILE).exists() {
        return Err(failed(sentence!(
            "{folder} has no {MANIFEST_FILE}: it is no export, or one that was not finished",
            "{folder} nie ma pliku {MANIFEST_FILE}: to nie eksport albo eksport niedokończony",
            folder = folder.display()
        )));
    }
    let (manifest, note) = (small(&folder.join(MANIFEST_FILE))?, small(&folder.join(SIGNATURE_FILE))?);
    let checked = match Manifest::verify(manifest.as_bytes(), &note, given.as_ref()) {
        Ok(manifest) => files(folder, &manifest)?.map(|()| manifest),
        Err(error) => Err(error),
    };
    let manifest = match checked {
        Ok(manifest) => manifest,
        Err(error) => return refuse(arguments.output, &in_words(&error)),
    };
    let (rows, tables, digest, key) = (manifest.rows(), manifest.tables.len(), &manifest.digest, &manifest.key);
    let (kind, id, begun_at) = (&manifest.subject.kind, &manifest.subject.id, &manifest.begun_at);
    let facts = json!({
        "result": "ok", "subject": manifest.subject, "begun_at": begun_at, "tables": tables, "rows": rows, "digest": digest,
        "key": key, "key_given": given.is_some(),
    });
    let whole = sentence!(
        "The export is whole: {rows} rows of {tables} tables, {kind} {id}, as of {begun_at}, signed by {key}",
        "Eksport jest cały: wiersze: {rows}, tabele: {tables}, {kind} {id}, stan z {begun_at}, podpisany kluczem {key}"
    );
    tell(arguments.output, &facts, &whole)?;
    warn_without_key(given.is_some());
    Ok(ExitCode::SUCCESS)
}

fn small(path: &Path) -> Result<String, Error> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MANIFEST_BYTES_MAX + 1).read_to_string(&mut text));
    read.saying(|| cannot_read(path))?;
    if text.len() as u64 > MANIFEST_BYTES_MAX {
        return Err(failed(sentence!("{path} is too long to be that", "{path} jest na to za długi", path = path.display())));
    }
    Ok(text)
}

/// What is wrong with the files, the first thing only.
fn files(folder: &Path, manifest: &Manifest) -> Result<Result<(), ExportError>, Error> {
    for table in &manifest.tables {
        if let Err(error) = file(folder, table)? {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

fn file(folder: &Path, table: &TableFile) -> Result<Result<(), ExportError>, Error> {
    let path = folder.join(&table.file);
    let cannot = || cannot_read(&path);
    // Without its marks a file is verified all the same; only the line is not known then.
    let mut marks: Option<Lines<_>> =
        File::open(folder.join(format!("{}{MARKS_SUFFIX}", table.file))).ok().map(|file| BufReader::new(file).lines());
    let mut lines = BufReader::new(File::open(&path).saying(cannot)?);
    let (mut verifier, mut line) = (TableVerifier::of(table), Vec::new());
    loop {
        line.clear();
        if lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line).saying(cannot)? == 0 {
            return Ok(verifier.end());
        }
        let mark = marks.as_mut().and_then(|marks| marks.next()).and_then(Result::ok);
        // A last line without its end is another line than the one that was exported.
        let content = line.strip_suffix(b"\n").unwrap_or(b"");
        if let Err(error) = verifier.take(content, mark.as_deref()) {
            return Ok(Err(error));
        }
    }
}

fn in_words(error: &ExportError) -> Sentence {
    match error {
        ExportError::NotAManifest => sentence!("{error}", "{MANIFEST_FILE} nie jest manifestem eksportu w znanej wersji"),
        ExportError::Key => sentence!("{error}", "nie można odczytać klucza w {MANIFEST_FILE}"),
        ExportError::OtherKey => sentence!("{error}", "eksport podpisano innym kluczem niż podany"),
        ExportError::NotSigned { why } => {
            let why = of_note(*why);
            let polish = why.text(Language::Polish);
            sentence!("{error}", "{MANIFEST_FILE} nie jest tym, co podpisano: {polish}")
        }
        ExportError::Altered { file, line } => sentence!("{error}", "{file}, wiersz {line}: to nie jest to, co wyeksportowano"),
        ExportError::Truncated { file, lines, rows } => {
            sentence!("{error}", "{file} kończy się po wierszu {lines}, a wyeksportowano wierszy: {rows}")
        }
        ExportError::TooLong { file, line, rows } => sentence!("{error}", "{file}, wiersz {line}: wyeksportowano tylko wierszy: {rows}"),
        ExportError::AlteredSomewhere { file } => {
            sentence!("{error}", "{file} nie jest tym, co wyeksportowano; zmieniono też jego znaczniki, więc nie wiadomo, w którym wierszu")
        }
        ExportError::OtherDigest => sentence!("{error}", "skrót w manifeście nie jest skrótem jego plików"),
    }
}
