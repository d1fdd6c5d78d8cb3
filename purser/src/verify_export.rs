//! `purser verify export`: an export's folder or archive, checked with nothing but itself and a key.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Error;
use app::{ExportSource, SourceError};
use seal::export_file::{ExportError, MANIFEST_FILE, Manifest};
use seal::note::NoteKey;
use serde_json::json;
use words::{Language, Sentence, sentence};

use crate::cli::VerifyExportArguments;
use crate::input::cannot_read;
use crate::speech::{Saying as _, failed};
use crate::verify::reasons::of_note;
use crate::verify::{key_of, refuse, tell, warn_without_key};

pub(crate) fn run(arguments: &VerifyExportArguments) -> Result<ExitCode, Error> {
    let given = arguments.key.as_deref().map(key_of).transpose()?;
    let manifest = match whole(&arguments.export, given.as_ref())? {
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

/// The manifest of an export that is what was exported, each byte of it.
pub(crate) fn whole(export: &Path, key: Option<&NoteKey>) -> Result<Result<Manifest, ExportError>, Error> {
    read(ExportSource::of(export).and_then(|source| {
        let (text, note) = source.manifest()?;
        let manifest = Manifest::verify(text.as_bytes(), &note, key)?;
        files(&source, &manifest).map(|()| manifest)
    }))
}

/// The first thing that is wrong with the files, if any is.
fn files(source: &ExportSource, manifest: &Manifest) -> Result<(), SourceError> {
    manifest.tables.iter().try_for_each(|table| source.each_line(table, |_, _| Ok::<_, SourceError>(())))
}

/// What cannot be read is another thing than what is not what was exported.
fn read<T>(read: Result<T, SourceError>) -> Result<Result<T, ExportError>, Error> {
    match read {
        Ok(read) => Ok(Ok(read)),
        Err(SourceError::Export(error)) => Ok(Err(error)),
        Err(SourceError::File { path, source }) => Err(source).saying(|| cannot_read(&path)),
        Err(SourceError::NoExport(path)) => Err(failed(sentence!(
            "{path} has no {MANIFEST_FILE}: it is no export, or one that was not finished",
            "{path} nie ma pliku {MANIFEST_FILE}: to nie eksport albo eksport niedokończony",
            path = path.display()
        ))),
        Err(SourceError::NoArchive { path, why }) => Err(failed(sentence!(
            "{path} is neither the folder nor the archive of an export: {why}",
            "{path} nie jest ani folderem, ani archiwum eksportu",
            path = path.display()
        ))),
    }
}

pub(crate) fn in_words(error: &ExportError) -> Sentence {
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
