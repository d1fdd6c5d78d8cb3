//! Names what this version does not read, so that a refusal tells more than "unknown format".

use serde_json::Value;

/// What the first bytes show, where it is nothing that we read.
pub(super) fn foreign(head: &[u8]) -> Option<&'static str> {
    const MARKS: [(&[u8], &str); 8] = [
        (b"BZh", "data packed with bzip2 (unpack it and give what is inside)"),
        (b"\xFD7zXZ\x00", "data packed with xz (unpack it and give what is inside)"),
        (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive"),
        (b"Rar!", "a RAR archive"),
        (b"%PDF", "a PDF"),
        (b"\x7FELF", "a program"),
        (b"SQLite format 3\x00", "an SQLite database"),
        (b"\x04\x22\x4D\x18", "data packed with LZ4 (unpack it and give what is inside)"),
    ];
    if let Some((_, what)) = MARKS.iter().find(|(mark, _)| head.starts_with(mark)) {
        return Some(what);
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    if text.first() == Some(&b'<') {
        return Some(xml(text));
    }
    None
}

fn xml(head: &[u8]) -> &'static str {
    let has = |word: &[u8]| head.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word));
    if has(b"oval_definitions") {
        "OVAL XML"
    } else if has(b"cvrfdoc") {
        "CVRF XML"
    } else if has(b"<html") || has(b"<!doctype html") {
        "an HTML page"
    } else {
        "XML"
    }
}

/// What a JSON or YAML value is, where it is no record that we read.
pub(super) fn value(value: &Value) -> &'static str {
    let has = |key: &str| value.get(key).is_some();
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    if has("distroversion") || has("secfixes") || (has("packages") && has("reponame")) {
        "an Alpine secdb record"
    } else if has("entry") && (text("id").starts_with("DSA-") || text("id").starts_with("DLA-")) {
        "an entry of Debian's DSA or DLA list"
    } else if has("gem") || (has("engine") && has("patched_versions")) {
        "a ruby-advisory-db record"
    } else if value.pointer("/document/csaf_version").is_some() {
        "a CSAF document"
    } else if text("dataType") == "CVE_RECORD" || text("data_type") == "CVE" {
        "a CVE record"
    } else if text("bomFormat") == "CycloneDX" {
        "a CycloneDX document"
    } else if has("spdxVersion") || has("SPDXID") {
        "an SPDX document"
    } else if value.get("@context").is_some() && has("statements") {
        "an OpenVEX document"
    } else if has("format") && has("vulnerabilities") {
        "an NVD document"
    } else if value.as_object().is_some_and(|map| !map.is_empty() && map.values().all(|each| each.get("vulnerabilities").is_some())) {
        "a RetireJS repository"
    } else {
        "a record that is neither OSV nor KEV (no `id` with `modified`, no `cveID`)"
    }
}
