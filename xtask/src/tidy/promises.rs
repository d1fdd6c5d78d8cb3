//! Every promise file names code that exists and a test that exists and runs: a promise whose proof was renamed away
//! would be one on paper only. The format is described in `promises/README.md`.

use super::Finding;
use crate::manifests::{Manifest, members};
use crate::rust_source::{scan, shipped};
use crate::tree::Tree;
use std::collections::BTreeMap;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Promise {
    code: String,
    sentence: String,
    sentence_pl: String,
    kind: Kind,
    #[serde(default)]
    enforced_by: Vec<String>,
    #[serde(default)]
    proved_by: Vec<String>,
    /// Which entries of the ledger are evidence of it.
    leaf: Option<String>,
    /// The doctor's live check; absent: only tests prove it.
    doctor: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, serde::Deserialize)]
enum Kind {
    /// Enforced in code, always on.
    E,
    /// Policy of tenant or operator, enforced in code.
    P,
    /// A deployment template that we ship and test.
    D,
    /// A duty of the operator's organisation: the product keeps the register.
    O,
}

/// The pages that the promises were taken from, and our own.
const FAMILIES: [&str; 6] = ["OP", "MD", "ME", "OR", "GL", "X"];

/// What lies beside the promises: the Trust page's other texts, which the server's own tests check.
const NOT_PROMISES: [&str; 2] = ["promises/CHANGES.toml", "promises/PURPOSES.toml"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let members = members(tree);
    let files = tree.texts().filter(|(path, _)| path.starts_with("promises/") && path.ends_with(".toml") && !NOT_PROMISES.contains(path));
    files.flat_map(|(path, text)| check_file(tree, &members, path, text).into_iter().map(|message| Finding::at(path, message))).collect()
}

fn check_file(tree: &Tree, members: &BTreeMap<String, Manifest>, path: &str, text: &str) -> Vec<String> {
    let promise: Promise = match toml::from_str(text) {
        Ok(promise) => promise,
        Err(error) => return vec![error.to_string()],
    };
    let mut messages = Vec::new();
    if !is_code(&promise.code) {
        messages.push(format!("`{}` is no promise's code", promise.code));
    }
    if path != format!("promises/{}.toml", promise.code) {
        messages.push(format!("the file of {0} is promises/{0}.toml", promise.code));
    }
    if promise.sentence.split_whitespace().count() < 3 {
        messages.push("the promise needs a sentence".to_owned());
    }
    if promise.sentence_pl.split_whitespace().count() < 3 || promise.sentence_pl == promise.sentence {
        messages.push("the promise needs its sentence in Polish".to_owned());
    }
    messages.extend(promise.leaf.iter().filter_map(|leaf| check_leaf(tree, leaf)));
    messages.extend(promise.doctor.iter().filter_map(|check| check_live(tree, check)));
    if promise.kind != Kind::O && (promise.enforced_by.is_empty() || promise.proved_by.is_empty()) {
        messages.push("a promise of this kind names the code that enforces it and a test that proves it".to_owned());
    }
    messages.extend(promise.enforced_by.iter().filter(|code| !tree.has(code)).map(|code| format!("enforced_by: {code} does not exist")));
    messages.extend(promise.proved_by.iter().filter_map(|proof| check_proof(tree, members, proof)));
    messages
}

/// The kind of leaf is one that the ledger has.
fn check_leaf(tree: &Tree, leaf: &str) -> Option<String> {
    let exists = tree.text("server/trust/src/ledger.rs").is_some_and(|text| shipped(text).contains(&format!("= \"{leaf}\" about ")));
    (!exists).then(|| format!("leaf: the ledger has no entries of the kind `{leaf}`"))
}

/// The live check is one that the server registers by this name.
fn check_live(tree: &Tree, check: &str) -> Option<String> {
    let registered = format!("Check::new(\"{check}\"");
    let exists = tree.rust().any(|(path, text)| path.starts_with("server/") && shipped(text).contains(&registered));
    (!exists).then(|| format!("doctor: no check `{check}` is registered"))
}

fn is_code(code: &str) -> bool {
    code.split_once('-').is_some_and(|(family, number)| FAMILIES.contains(&family) && number.parse::<u16>().is_ok())
}

/// `crate::test_name` (with or without modules between), or `path/of/a.spec.ts::title of the test`.
fn check_proof(tree: &Tree, members: &BTreeMap<String, Manifest>, proof: &str) -> Option<String> {
    let (place, _) = proof.split_once("::")?;
    let name = proof.rsplit("::").next().unwrap_or_default();
    let exists = if place.contains('/') {
        tree.text(place).is_some_and(|text| has_console_test(text, name))
    } else if let Some(manifest) = members.get(place) {
        tree.rust().filter(|(path, _)| path.starts_with(manifest.folder())).any(|(_, text)| has_rust_test(text, name))
    } else {
        return Some(format!("proved_by: there is no crate `{place}`"));
    };
    (!exists).then(|| format!("proved_by: `{place}` has no test `{name}` that runs"))
}

/// Whether `fn name` stands there, with a test attribute above it and no `#[ignore]`.
fn has_rust_test(text: &str, name: &str) -> bool {
    let code = scan(text).code;
    let lines: Vec<&str> = code.lines().collect();
    let function = format!("fn {name}(");
    lines.iter().enumerate().filter(|(_, line)| line.contains(&function)).any(|(at, _)| {
        let above = lines.get(..at).unwrap_or_default();
        let attributes: Vec<&str> =
            above.iter().rev().map(|line| line.trim()).take_while(|line| line.starts_with("#[") || line.is_empty()).collect();
        let is_test = attributes.iter().any(|attribute| attribute.contains("test]") || attribute.contains("test("));
        is_test && !attributes.iter().any(|attribute| attribute.contains("ignore"))
    })
}

fn has_console_test(text: &str, title: &str) -> bool {
    let quoted = ["\"", "'", "`"].map(|quote| format!("{quote}{title}{quote}"));
    text.lines()
        .map(str::trim)
        .any(|line| (line.starts_with("test(") || line.starts_with("it(")) && quoted.iter().any(|title| line.contains(title)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "code = \"OP-8\"\nsentence = \"A telemetry token reads nothing.\"\nsentence_pl = \"Token telemetryczny niczego nie czyta.\"\nkind = \"E\"\nenforced_by = [\"server/web/src/lib.rs\"]\nproved_by = [\"web::promise_op_8\"]\n";
    const TEST: &str = "#[test]\nfn promise_op_8() {}\n";

    fn messages(path: &str, promise: &str, test: &str) -> Vec<String> {
        let tree = Tree::of([
            ("server/web/Cargo.toml", "[package]\nname = \"web\""),
            ("server/web/src/lib.rs", ""),
            ("server/web/tests/it/tokens.rs", test),
            (
                "console/tests/devices.spec.ts",
                "test(\"a device is listed\", async () => {});\ntest.skip(\"a device is hidden\", async () => {});",
            ),
            (path, promise),
        ]);
        check(&tree).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_promise_with_code_and_test_is_kept() {
        assert_eq!(messages("promises/OP-8.toml", GOOD, TEST), Vec::<String>::new());
        assert!(messages("promises/OP-8.toml", GOOD, "#[tokio::test(flavor = \"multi_thread\")]\nasync fn promise_op_8() {}").is_empty());
        let in_console = GOOD.replace("web::promise_op_8", "console/tests/devices.spec.ts::a device is listed");
        assert!(messages("promises/OP-8.toml", &in_console, "").is_empty());
    }

    #[test]
    fn a_proof_that_is_gone_ignored_or_no_test_is_found() {
        for test in [
            "",
            "fn promise_op_8() {}",
            "#[test]\n#[ignore]\nfn promise_op_8() {}",
            "// #[test]\n// fn promise_op_8() {}",
            "#[test]\nfn promise_op_88() {}",
        ] {
            assert_eq!(messages("promises/OP-8.toml", GOOD, test), ["proved_by: `web` has no test `promise_op_8` that runs"], "{test}");
        }
        let skipped = GOOD.replace("web::promise_op_8", "console/tests/devices.spec.ts::a device is hidden");
        assert_eq!(messages("promises/OP-8.toml", &skipped, "").len(), 1);
        assert_eq!(messages("promises/OP-8.toml", &GOOD.replace("web::", "wob::"), TEST), ["proved_by: there is no crate `wob`"]);
    }

    #[test]
    fn code_that_is_gone_and_an_empty_promise_are_found() {
        assert_eq!(
            messages("promises/OP-8.toml", &GOOD.replace("lib.rs", "gone.rs"), TEST),
            ["enforced_by: server/web/src/gone.rs does not exist"]
        );
        let bare = "code = \"OP-8\"\nsentence = \"A telemetry token reads nothing.\"\nsentence_pl = \"Token telemetryczny niczego nie czyta.\"\nkind = \"E\"\n";
        assert_eq!(messages("promises/OP-8.toml", bare, TEST).len(), 1);
        assert!(
            messages("promises/OP-8.toml", &bare.replace("\"E\"", "\"O\""), TEST).is_empty(),
            "a duty of people is proved by a register"
        );
    }

    #[test]
    fn a_promise_is_said_in_both_languages_and_its_live_check_is_registered() {
        for gone in ["", "Za mało.", "A telemetry token reads nothing."] {
            let promise = GOOD.replace("Token telemetryczny niczego nie czyta.", gone);
            assert_eq!(messages("promises/OP-8.toml", &promise, TEST), ["the promise needs its sentence in Polish"], "{gone}");
        }
        let live = format!("{GOOD}doctor = \"routes-closed\"\n");
        assert_eq!(messages("promises/OP-8.toml", &live, TEST), ["doctor: no check `routes-closed` is registered"]);
        let leaf = format!("{GOOD}leaf = \"signed-in\"\n");
        assert_eq!(messages("promises/OP-8.toml", &leaf, TEST), ["leaf: the ledger has no entries of the kind `signed-in`"]);
        let live = format!("{live}leaf = \"signed-in\"\n");
        let tree = Tree::of([
            ("server/trust/src/ledger.rs", "SignedIn = \"signed-in\" about User;"),
            ("server/web/Cargo.toml", "[package]\nname = \"web\""),
            ("server/web/src/lib.rs", "fn checks() { Check::new(\"routes-closed\", run); }"),
            ("server/web/tests/it/tokens.rs", TEST),
            ("promises/OP-8.toml", &live),
        ]);
        assert!(check(&tree).is_empty());
    }

    #[test]
    fn file_and_code_agree_and_fields_are_known() {
        assert_eq!(messages("promises/OP-9.toml", GOOD, TEST).len(), 1);
        assert_eq!(messages("promises/QQ-8.toml", &GOOD.replace("OP-8", "QQ-8"), TEST).len(), 1);
        assert_eq!(messages("promises/OP-8.toml", &format!("{GOOD}proven = true\n"), TEST).len(), 1);
    }
}
