//! `purser verify export`: an export's folder or archive, checked with nothing but itself and a key.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Error;
use app::{ExportSource, SourceError};
use seal::export_file::{ExportError, MANIFEST_FILE, Manifest};
use seal::note::NoteKey;
use serde_json::json;
use words::{Language, Sentence, Speaks as _, sentence};

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
    let altered = manifest.altered_values();
    if altered > 0 {
        return refuse(
            arguments.output,
            &sentence!(
                "The export is what was exported, but {altered} values were changed or moved in the database and did not open: it is not whole. \
                 `purser verify store` on the server's host names them",
                "Eksport jest tym, co wyeksportowano, ale wartości zmienionych lub przeniesionych w bazie, których nie dało się otworzyć: \
                 {altered}; nie jest cały. Wymienia je `purser verify store` na hoście serwera"
            ),
        );
    }
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
        Err(SourceError::NoArchive { path, why }) => {
            let (path, why) = (path.display(), why.sentence());
            let polish = why.text(Language::Polish);
            Err(failed(sentence!(
                "{path} is neither the folder nor the archive of an export: {why}",
                "{path} nie jest ani folderem, ani archiwum eksportu: {polish}"
            )))
        }
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

#[cfg(test)]
mod tests {
    use seal::export_file::{ExportSubject, SIGNATURE_FILE, TableFile, VERSION, whole_digest};
    use seal::hash::sha256;
    use seal::hex;
    use seal::sign::SigningKey;

    use super::*;
    use crate::cli::{Output, OutputArguments};

    /// How it goes to verify the export of an empty table in which so many values did not open.
    fn verified(altered_values: u64) -> ExitCode {
        let (folder, key) = (tempfile::tempdir().expect("a folder"), SigningKey::from_seed([7; 32]));
        let name = "purser.log/0011223344556677/ten_x";
        let tables = vec![TableFile {
            file: "tenant.thing.jsonl".into(),
            store: "tenant".into(),
            table: "thing".into(),
            purpose: "Things.".into(),
            retention: "with-subject".into(),
            rows: 0,
            erased_values: 0,
            altered_values,
            sha256: hex::encode(&sha256(b"")),
            columns: Vec::new(),
        }];
        let manifest = Manifest {
            version: VERSION,
            key: NoteKey::new(name, key.public()).expect("a name").to_text(),
            subject: ExportSubject { kind: "tenant".into(), id: "ten_x".into(), tenant: "ten_x".into() },
            begun_at: "2026-01-01T00:00:00Z".into(),
            ended_at: "2026-01-01T00:00:01Z".into(),
            ledger_checkpoint: None,
            digest: whole_digest(&tables),
            tables,
            left_out: Vec::new(),
        };
        let (bytes, note) = manifest.sign(name, &key);
        for (file, content) in [(MANIFEST_FILE, bytes.as_slice()), (SIGNATURE_FILE, note.as_bytes()), ("tenant.thing.jsonl", b"")] {
            std::fs::write(folder.path().join(file), content).expect("written");
        }
        let output = OutputArguments { output: Output::Json };
        run(&VerifyExportArguments { export: folder.path().to_owned(), key: None, output }).expect("it can be read")
    }

    #[test]
    fn an_export_with_values_that_did_not_open_is_not_whole() {
        assert_eq!(verified(0), ExitCode::SUCCESS);
        assert_eq!(verified(1), ExitCode::FAILURE);
    }
}
