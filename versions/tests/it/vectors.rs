//! Vectors that the native tools answered.

use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::PathBuf;

use versions::{Ecosystem, VECTOR_LINE_BYTES_MAX, VectorsError, check_vectors};

#[test]
fn deb_agrees_with_dpkg_on_every_vector() {
    agree_with(Ecosystem::Deb, "deb", 5_792);
}

#[test]
fn rpm_agrees_with_rpm_on_every_vector() {
    agree_with(Ecosystem::Rpm, "rpm", 20_528);
}

#[test]
fn pep440_agrees_with_packaging_on_every_vector() {
    agree_with(Ecosystem::Pep440, "pep440", 12_317);
}

#[test]
fn semver_agrees_with_npm_on_every_vector() {
    agree_with(Ecosystem::Semver, "npm", 6_385);
}

#[test]
fn rubygems_agrees_with_ruby_on_every_vector() {
    agree_with(Ecosystem::RubyGems, "rubygems", 1_671);
}

#[test]
fn maven_agrees_with_maven_on_every_vector() {
    agree_with(Ecosystem::Maven, "maven", 2_959);
}

#[test]
fn a_disagreement_names_its_line() {
    let report = check_vectors(Ecosystem::Deb, Cursor::new("1\t2\t-1\n\n1\t1\t1\n1 0\t2\t-1\n")).expect("well-formed");
    assert_eq!((report.total, report.agree), (3, 1));
    let lines: Vec<String> = report.disagreements.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        ["line 3: 1 against 1: expected 1, found 0", "line 4: 1 0 against 2: expected -1, found the version holds the character ' '"]
    );
}

#[test]
fn a_malformed_line_is_refused_with_its_number() {
    for (text, line) in [("1\t2\n", 1), ("1\t1\t0\n1\t2\tless\n", 2), ("1\t1\t0\t0\n", 1)] {
        match check_vectors(Ecosystem::Deb, Cursor::new(text)) {
            Err(VectorsError::Line { line: found, .. }) => assert_eq!(found, line),
            other => panic!("{text:?} gave {other:?}"),
        }
    }
}

#[test]
fn a_line_at_the_limit_is_read_and_one_beyond_is_refused() {
    let padding = VECTOR_LINE_BYTES_MAX - "1\t\t-1\n".len();
    let line = |size: usize| format!("1\t{}\t-1\n", "9".repeat(size));
    assert_eq!(check_vectors(Ecosystem::Deb, Cursor::new(line(padding))).expect("read").total, 1);
    assert!(check_vectors(Ecosystem::Deb, Cursor::new(line(padding + 1))).is_err());
}

fn agree_with(ecosystem: Ecosystem, name: &str, total: u64) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../shared/data/advisories/version-vectors/{name}.tsv.zst"));
    let Ok(file) = File::open(&path) else {
        println!("SKIPPED: no vectors of {name} beside this repository (shared/data/advisories/version-vectors)");
        return;
    };
    let reader = BufReader::new(zstd::Decoder::new(file).expect("zstd"));
    let report = check_vectors(ecosystem, reader).expect("well-formed vectors");
    let lines: Vec<String> = report.disagreements.iter().take(20).map(ToString::to_string).collect();
    println!("{name}: {} of {} agree", report.agree, report.total);
    assert_eq!((report.agree, report.total), (total, total), "{lines:#?}");
}
