//! What several tests need: documents in memory, the shared data beside the repository.

use std::fs;
use std::io::{Cursor, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use vulnerabilities::advisory::Advisory;
use vulnerabilities::document::{DocumentError, DocumentReport, Record, read_document};

/// Reads a document held in memory; gives every record that came before an error, too.
pub(crate) fn read(name: &str, bytes: &[u8]) -> (Result<DocumentReport, DocumentError>, Vec<Record>) {
    let mut records = Vec::new();
    let report = read_document(name, &mut Cursor::new(bytes), &mut |record| {
        records.push(record);
        ControlFlow::Continue(())
    });
    (report, records)
}

/// The advisories of a document that must be readable.
pub(crate) fn advisories(name: &str, bytes: &[u8]) -> Vec<Advisory> {
    let (report, records) = read(name, bytes);
    report.expect("a readable document");
    records
        .into_iter()
        .filter_map(|record| match record {
            Record::Advisory(advisory) => Some(*advisory),
            _ => None,
        })
        .collect()
}

/// A file of the shared advisory data; `None`, with a line that says so, where it does not lie beside this repository.
pub(crate) fn shared(name: &str) -> Option<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/advisories").join(name);
    match fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(_) => {
            println!("SKIPPED: shared/data/advisories/{name} does not lie beside this repository");
            None
        }
    }
}

/// An OSV record with one range.
pub(crate) fn osv(id: &str, ecosystem: &str, package: &str, fixed: &str) -> String {
    format!(
        r#"{{"id":"{id}","modified":"2024-01-02T03:04:05Z","affected":[{{"package":{{"ecosystem":"{ecosystem}","name":"{package}"}},"ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}},{{"fixed":"{fixed}"}}]}}]}}]}}"#
    )
}

pub(crate) fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

pub(crate) fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("memory")
}

pub(crate) fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("memory");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

pub(crate) fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, name, *bytes).expect("memory");
    }
    builder.into_inner().expect("memory")
}
