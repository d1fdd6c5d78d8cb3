//! A dependency is a decision: each direct one has its reason beside it in the root manifest, and somebody uses it.

use super::Finding;
use crate::manifests::members;
use crate::tree::Tree;
use std::collections::BTreeSet;

const ROOT: &str = "Cargo.toml";
/// A reason shorter than this says nothing ("JSON" says what `serde_json` is for: one word is enough).
const REASON_CHARACTERS_MIN: usize = 4;

/// A line of `[workspace.dependencies]`.
struct Entry<'a> {
    line: usize,
    name: &'a str,
    is_ours: bool,
    reason: Option<&'a str>,
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let entries = entries(tree.text(ROOT).unwrap_or_default());
    let members = members(tree);
    let used: BTreeSet<&str> =
        members.values().flat_map(|member| &member.dependencies).map(|dependency| dependency.name.as_str()).collect();
    let mut findings = Vec::new();
    for entry in &entries {
        let reasoned = entry.reason.is_some_and(|reason| reason.len() >= REASON_CHARACTERS_MIN);
        if !entry.is_ours && !reasoned {
            findings.push(Finding::at_line(
                ROOT,
                entry.line,
                format!("`{}` needs a comment above it that says why it is here", entry.name),
            ));
        }
        if !entry.is_ours && !used.contains(entry.name) {
            findings.push(Finding::at_line(ROOT, entry.line, format!("no crate uses `{}`", entry.name)));
        }
    }
    for pair in entries.windows(2) {
        if let [before, after] = pair
            && before.is_ours == after.is_ours
            && before.name > after.name
        {
            findings.push(Finding::at_line(ROOT, after.line, format!("`{}` belongs before `{}`", after.name, before.name)));
        }
    }
    findings
}

fn entries(manifest: &str) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    let (mut inside, mut reason) = (false, None);
    for (at, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            inside = line == "[workspace.dependencies]";
        } else if let Some(comment) = line.strip_prefix('#') {
            reason = Some(comment.trim());
            continue;
        } else if inside && let Some((name, value)) = line.split_once('=') {
            entries.push(Entry { line: at + 1, name: name.trim(), is_ours: value.contains("path ="), reason });
        }
        reason = None;
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: (&str, &str) = ("a/Cargo.toml", "[package]\nname = \"a\"\n[dependencies]\nserde.workspace = true\ntoml.workspace = true\n");

    fn messages(dependencies: &str) -> Vec<String> {
        let text = format!("[workspace]\n\n[workspace.dependencies]\n{dependencies}\n[profile.dev]\ndebug = 1\n");
        check(&Tree::of([USER, (ROOT, text.as_str())])).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_reasoned_and_used_dependency_is_fine_and_our_own_crates_need_no_reason() {
        assert!(messages("# serialisation\nserde = \"1\"\n# manifests\ntoml = \"1\"\n\na = { path = \"a\" }").is_empty());
    }

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        assert_eq!(messages("serde = \"1\"").len(), 1);
        assert_eq!(messages("#\nserde = \"1\"").len(), 1);
        assert_eq!(messages("# serialisation\n\nserde = \"1\"").len(), 1, "a comment further up may belong to anything");
        assert_eq!(messages("# serialisation\nserde = \"1\"\ntoml = \"1\"").len(), 1, "one comment serves one line");
    }

    #[test]
    fn what_nobody_uses_is_found() {
        assert_eq!(messages("# why not\nleft-pad = \"1\""), ["no crate uses `left-pad`"]);
    }

    #[test]
    fn order_is_alphabetical() {
        assert_eq!(messages("# manifests\ntoml = \"1\"\n# serialisation\nserde = \"1\""), ["`serde` belongs before `toml`"]);
    }
}
