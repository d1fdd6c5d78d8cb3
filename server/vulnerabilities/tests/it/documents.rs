//! What a document may be wrapped in, and which faults refuse it as a whole.

use std::io::Cursor;
use std::ops::ControlFlow;

use vulnerabilities::document::{DocumentError, ENTRIES_MAX, LAYERS_MAX, RECORD_BYTES_MAX, Record, RecordRefusal, read_document};

use crate::support::{gz, osv, read, tar, zip, zst};

fn one() -> String {
    osv("X-1", "Debian:12", "expat", "2.5.0-1")
}

/// The document's error, which must have come before any use of its records.
fn refused(name: &str, bytes: &[u8]) -> String {
    let (report, _) = read(name, bytes);
    report.expect_err("a refusal").to_string()
}

#[test]
fn every_wrapping_gives_the_same_records() {
    let (a, b) = (one(), osv("X-2", "Debian:12", "zlib", "1:1.2"));
    let lines = format!("{a}\n{b}\n");
    let array = format!("\u{FEFF}[\n{a} ,\n{b}]\n");
    let yaml = "id: X-1\nmodified: '2024-01-02T03:04:05Z'\n";
    let entries: [(&str, &[u8]); 4] = [("d/", b""), ("d/a.json", a.as_bytes()), ("d/b.yaml", yaml.as_bytes()), ("LICENSE", b"text")];
    let documents = [("two.jsonl", lines.clone().into_bytes()), ("two.json", array.into_bytes()), ("two", lines.into_bytes())];
    for (name, plain) in documents {
        for bytes in [plain.clone(), gz(&plain), zst(&plain), zst(&gz(&plain))] {
            let report = read(name, &bytes).0.expect("readable");
            assert_eq!((report.advisories, report.refused_total), (2, 0), "{name}");
        }
    }
    for plain in [zip(&entries[1..]), tar(&entries[1..])] {
        for bytes in [plain.clone(), gz(&plain), zst(&plain)] {
            let report = read("archive", &bytes).0.expect("readable");
            assert_eq!((report.advisories, report.entries_skipped), (2, 1));
        }
    }
}

#[test]
fn the_digest_is_of_the_bytes_as_given() {
    let bytes = zst(one().as_bytes());
    let report = read("a.json.zst", &bytes).0.expect("readable");
    assert_eq!(report.sha256, seal::hash::sha256(&bytes));
    assert_eq!(report.packed_bytes, bytes.len() as u64);
}

#[test]
fn kev_and_epss_are_read() {
    let kev = r#"{"cveID":"CVE-2024-1234","dateAdded":"2024-01-02","dueDate":"2024-02-03","vulnerabilityName":"A flaw","knownRansomwareCampaignUse":"Known"}"#;
    let catalogue = format!(r#"{{"catalogVersion":"2024.01.02","count":1,"vulnerabilities":[{kev}]}}"#);
    for text in [kev.to_owned(), catalogue] {
        let (report, records) = read("kev.json", text.as_bytes());
        assert_eq!(report.expect("readable").known_exploited, 1);
        let [Record::KnownExploited(entry)] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!((entry.cve.to_string().as_str(), entry.added_on.as_str(), entry.ransomware), ("CVE-2024-1234", "2024-01-02", true));
    }
    let epss =
        "#model_version:v2025,score_date:2025-01-01T00:00:00Z\ncve,epss,percentile\nCVE-2024-1234,0.5,0.9\nCVE-x,0.5,0.9\nCVE-2024-1,2\n";
    let report = read("epss", epss.as_bytes()).0.expect("readable");
    assert_eq!((report.scores, report.refused_total), (1, 2));
    assert_eq!(report.refused[0].reason, RecordRefusal::Cve { text: "CVE-x".into() });
}

#[test]
fn a_damaged_document_is_refused_as_a_whole() {
    let text = one();
    let many: String = (0..200).map(|at| osv(&format!("X-{at}"), "Debian:12", "expat", "2.5.0-1") + "\n").collect();
    let packed = zst(many.as_bytes());
    let mut flipped = packed.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0xFF;
    let archive = zip(&[("a.json", many.as_bytes())]);
    let mut bad_archive = archive.clone();
    bad_archive[60] ^= 0xFF;
    let tape = tar(&[("a.jsonl", many.as_bytes())]);
    for (what, bytes) in [
        ("zstd cut short", packed[..packed.len() - 20].to_vec()),
        ("zstd with a flipped bit", flipped),
        ("gzip cut short", gz(many.as_bytes())[..100].to_vec()),
        ("zip cut short", archive[..archive.len() - 30].to_vec()),
        ("zip with a flipped bit", bad_archive),
        ("tar cut short", tape[..2_000].to_vec()),
        ("JSON cut short", text.as_bytes()[..text.len() - 3].to_vec()),
        ("JSON array cut short", format!("[{text},").into_bytes()),
        ("JSON with text behind it", format!("{text}\nxyz").into_bytes()),
        ("wrong JSON", text.replace(':', ";").into_bytes()),
        ("wrong JSON in the second record", format!("{text}\n{{\"id\":}}\n").into_bytes()),
        ("wrong JSON behind an archive's good entry", zip(&[("a.json", text.as_bytes()), ("b.json", b"{\"id\":,}")])),
    ] {
        let (report, _) = read("document.json", &bytes);
        let error = report.expect_err(what);
        assert!(matches!(error, DocumentError::Damaged { .. } | DocumentError::Syntax { .. }), "{what}: {error:?}");
    }
}

#[test]
fn a_fault_names_its_entry_and_record() {
    let archive = tar(&[("good.json", one().as_bytes()), ("sub/bad.json", b"{\"id\": nil}")]);
    assert_eq!(refused("a.tar", &archive), "record 2 in sub/bad.json is not well-formed JSON: expected ident at line 1 column 9");
}

#[test]
fn a_decompression_bomb_is_refused() {
    let spaces = vec![b' '; 80 << 20];
    for (what, bytes) in [
        ("zstd", zst(&spaces)),
        ("gzip", gz(&spaces)),
        ("zip", zip(&[("a.json", &spaces)])),
        ("tar in zstd", zst(&tar(&[("a.json", &spaces)]))),
        ("zstd in zstd", zst(&zst(&spaces))),
    ] {
        let error = read("bomb.json", &bytes).0.expect_err("a refusal");
        assert!(matches!(error, DocumentError::Bomb { .. }), "{what}: {error:?}");
    }
}

#[test]
fn a_record_at_the_limit_is_read_and_one_beyond_is_refused() {
    let padded = |size: usize| {
        let text = r#"{"id":"X-1","modified":"2024-01-02T03:04:05Z","details":""}"#;
        text.replace(r#""""#, &format!("\"{}\"", "x".repeat(size - text.len())))
    };
    assert_eq!(read("a.json", padded(RECORD_BYTES_MAX).as_bytes()).0.expect("readable").advisories, 1);
    let beyond = padded(RECORD_BYTES_MAX + 1);
    for bytes in [beyond.clone().into_bytes(), zip(&[("a.json", beyond.as_bytes())])] {
        assert!(matches!(read("a.json", &bytes).0, Err(DocumentError::RecordTooLarge { .. })));
    }
    let yaml = format!("id: X-1\nmodified: '2024-01-02T03:04:05Z'\n#{}", "x".repeat(RECORD_BYTES_MAX));
    assert!(matches!(read("a.yaml", yaml.as_bytes()).0, Err(DocumentError::RecordTooLarge { .. })));
    let row = format!("cve,epss,percentile\nCVE-2024-1234,0.1,0.1\n{}", "x".repeat(RECORD_BYTES_MAX + (1 << 20)));
    assert!(matches!(read("a.csv", row.as_bytes()).0, Err(DocumentError::RecordTooLarge { .. })));
}

#[test]
fn a_single_record_of_40_mb_is_refused() {
    let record = format!(r#"{{"id":"X-1","modified":"2024-01-02T03:04:05Z","details":"{}"}}"#, "x".repeat(40 << 20));
    assert_eq!(refused("a.json", record.as_bytes()), format!("record 1 has more than {RECORD_BYTES_MAX} bytes"));
}

#[test]
fn an_archive_that_declares_too_many_entries_is_refused_before_it_is_read() {
    let directory = |entries: u64| {
        // As long as the smallest directory of so many entries, which it is not, and the records that end an archive.
        let (size, start) = (entries * 46, 0_u64);
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.resize(usize::try_from(size).expect("memory"), 0);
        let at = bytes.len() as u64;
        bytes.extend_from_slice(b"PK\x06\x06");
        bytes.extend_from_slice(&44_u64.to_le_bytes());
        bytes.extend_from_slice(&[45, 0, 45, 0]);
        bytes.extend_from_slice(&[0; 8]);
        for number in [entries, entries, size, start] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(b"PK\x06\x07");
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&at.to_le_bytes());
        bytes.extend_from_slice(&1_u32.to_le_bytes());
        bytes.extend_from_slice(b"PK\x05\x06");
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&[0xFF; 12]);
        bytes.extend_from_slice(&[0; 2]);
        bytes
    };
    let error = read("a.zip", &directory(ENTRIES_MAX + 1)).0.expect_err("a refusal");
    assert!(matches!(error, DocumentError::TooManyEntries), "{error:?}");
    let error = read("a.zip", &directory(ENTRIES_MAX)).0.expect_err("a refusal");
    assert!(matches!(error, DocumentError::Damaged { .. }), "at the limit it is read, and there is nothing: {error:?}");
}

#[test]
fn packings_around_packings_are_refused() {
    let mut bytes = one().into_bytes();
    for _ in 0..LAYERS_MAX {
        bytes = gz(&bytes);
    }
    assert!(read("a.json", &bytes).0.is_ok());
    assert!(matches!(read("a.json", &gz(&bytes)).0, Err(DocumentError::Layers)));
}

#[test]
fn another_format_is_refused_by_its_name() {
    let not_read = |what: &str| {
        format!("this is {what}, which is not a format this version reads (OSV as JSON or YAML, CISA KEV as JSON, EPSS as CSV)")
    };
    for (name, text, what) in [
        ("a.xml", "<?xml version='1.0'?>\n<oval_definitions xmlns='x'>", "OVAL XML"),
        ("a.json", r#"{"distroversion":"v3.10","pkg":{"name":"x"}}"#, "an Alpine secdb record"),
        ("a.jsonl", r#"{"id":"DSA-1-1","entry":"[01 Jan 2020] DSA-1-1 x"}"#, "an entry of Debian's DSA or DLA list"),
        ("a.json", r#"{"document":{"csaf_version":"2.0"}}"#, "a CSAF document"),
        ("a.yml", "gem: x\ncve: 2020-1\n", "a ruby-advisory-db record"),
        ("a.csv", "name,version\nx,1\n", "a CSV file without the columns cve,epss,percentile"),
        ("a.txt", "hello", "neither JSON, nor YAML by its name, nor EPSS scores"),
        ("a.bz2", "BZh91AY", "data packed with bzip2 (unpack it and give what is inside)"),
    ] {
        assert_eq!(refused(name, text.as_bytes()), not_read(what));
        assert_eq!(refused(name, &zst(text.as_bytes())), not_read(what));
    }
}

#[test]
fn a_document_without_a_record_says_so() {
    assert_eq!(refused("a.json", b""), "the document holds no record");
    assert_eq!(refused("a.json", b"[]"), "the document holds no record");
    assert_eq!(refused("a.zip", &zip(&[("README", b"x")])), "the document holds no record");
    assert_eq!(
        refused("a.json", br#"{"id":"","modified":"2024-01-01T00:00:00Z"}"#),
        "none of the 1 records can be read; the first, : `` is no id"
    );
}

#[test]
fn the_receiver_may_stop() {
    let text = format!("{}\n{}", one(), one());
    let mut seen = 0;
    let report = read_document("a.jsonl", &mut Cursor::new(text), &mut |_| {
        seen += 1;
        ControlFlow::Break(())
    });
    assert!(matches!(report, Err(DocumentError::Stopped)));
    assert_eq!(seen, 1);
}

mod properties {
    use proptest::prelude::*;

    use crate::support::{gz, osv, read, tar, zip};

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), name in "[a-z]{1,3}\\.(json|yaml|csv|zip)") {
            let _ = read(&name, &bytes);
        }

        #[test]
        fn no_damage_makes_the_reader_panic_or_change_a_record(at in 0_usize..2_000, flip in 1_u8..=255, wrap in 0_usize..4) {
            let text = osv("X-1", "Debian:12", "expat", "2.5.0-1");
            let mut bytes = match wrap {
                0 => text.into_bytes(),
                1 => gz(text.as_bytes()),
                2 => zip(&[("a.json", text.as_bytes())]),
                _ => tar(&[("a.json", text.as_bytes())]),
            };
            let at = at % bytes.len();
            bytes[at] ^= flip;
            let _ = read("a.json", &bytes);
        }
    }
}
