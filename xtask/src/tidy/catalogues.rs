//! English and Polish say the same things: equal keys, and the same variables in each message.
//!
//! A catalogue is a Fluent file (`*.ftl`) whose path names its language as a folder (`en/`) or as its own name (`en.ftl`).

use super::Finding;
use crate::tree::Tree;
use std::collections::{BTreeMap, BTreeSet};

/// A message or one of its attributes, with the variables that it shows.
type Catalogue = BTreeMap<String, BTreeSet<String>>;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let catalogues = tree.texts().filter(|(path, _)| path.ends_with(".ftl"));
    catalogues.flat_map(|(path, text)| check_file(tree, path, text)).collect()
}

fn check_file(tree: &Tree, path: &str, text: &str) -> Vec<Finding> {
    let Some(other) = counterpart(path, "en", "pl").or_else(|| counterpart(path, "pl", "en")) else {
        return vec![Finding::at(path, "the path names no language (en or pl)")];
    };
    let Some(theirs) = tree.text(&other).map(|text| parse(text).0) else {
        return vec![Finding::at(path, format!("{other} is missing"))];
    };
    let (ours, doubled) = parse(text);
    let mut findings: Vec<_> = doubled.into_iter().map(|key| Finding::at(path, format!("`{key}` is there twice"))).collect();
    for (key, variables) in &theirs {
        match ours.get(key) {
            None => findings.push(Finding::at(path, format!("`{key}` is missing (it is in {other})"))),
            Some(shown) if shown != variables => {
                findings.push(Finding::at(path, format!("`{key}` shows {shown:?}, but {variables:?} in {other}")));
            }
            Some(_) => {}
        }
    }
    findings
}

/// The same path in the other language.
fn counterpart(path: &str, from: &str, to: &str) -> Option<String> {
    let mut found = false;
    let file = format!("{from}.ftl");
    let parts = path.split('/').map(|part| match part {
        part if part == from => {
            found = true;
            to.to_owned()
        }
        part if part == file => {
            found = true;
            format!("{to}.ftl")
        }
        part => part.to_owned(),
    });
    let other = parts.collect::<Vec<_>>().join("/");
    found.then_some(other)
}

/// The keys of a catalogue, and those that it has twice.
fn parse(text: &str) -> (Catalogue, Vec<String>) {
    let (mut catalogue, mut doubled) = (Catalogue::new(), Vec::new());
    let (mut message, mut key) = (String::new(), String::new());
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = defined(line) {
            message = name.to_owned();
            key = message.clone();
        } else if let Some(attribute) = line.trim_start().strip_prefix('.').and_then(defined) {
            key = format!("{message}.{attribute}");
        } else {
            catalogue.entry(key.clone()).or_default().extend(variables(line));
            continue;
        }
        if catalogue.insert(key.clone(), variables(line).collect()).is_some() {
            doubled.push(key.clone());
        }
    }
    catalogue.remove("");
    (catalogue, doubled)
}

/// `name = text` at the start of a line.
fn defined(line: &str) -> Option<&str> {
    let name = line.split_once('=')?.0.trim_end();
    let word = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    word.then_some(name)
}

fn variables(line: &str) -> impl Iterator<Item = String> {
    line.split('$')
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c))).next())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(english: &str, polish: &str) -> Vec<String> {
        let tree = Tree::of([("console/src/locales/en/main.ftl", english), ("console/src/locales/pl/main.ftl", polish)]);
        check(&tree).into_iter().map(|finding| finding.message).collect()
    }

    const ENGLISH: &str = "# Devices\ndevices = Devices\n    .title = All devices\ncount = { $count ->\n    [one] one device\n   *[other] { $count } devices\n }\n";
    const POLISH: &str = "devices = Urządzenia\n    .title = Wszystkie urządzenia\ncount = { $count ->\n    [one] jedno\n    [few] { $count } urządzenia\n   *[other] { $count } urządzeń\n }\n";

    #[test]
    fn equal_catalogues_are_fine_whatever_their_plurals() {
        assert_eq!(messages(ENGLISH, POLISH), Vec::<String>::new());
    }

    #[test]
    fn a_missing_message_attribute_or_variable_is_found() {
        assert_eq!(messages(&format!("{ENGLISH}more = More\n"), POLISH).len(), 1);
        assert_eq!(messages(ENGLISH, &format!("{POLISH}more = Więcej\n")).len(), 1);
        assert_eq!(messages(ENGLISH, &POLISH.replace(".title", ".hint")).len(), 2, "one too few, one too many");
        assert_eq!(messages("a = { $name }", "a = { $imię }").len(), 2);
    }

    #[test]
    fn a_doubled_key_and_a_missing_catalogue_are_found() {
        assert_eq!(messages("a = A\na = B", "a = A").len(), 1);
        assert_eq!(check(&Tree::of([("locales/en.ftl", "a = A")])).len(), 1);
        assert!(check(&Tree::of([("locales/en.ftl", "a = A"), ("locales/pl.ftl", "a = A")])).is_empty());
        assert_eq!(check(&Tree::of([("locales/de.ftl", "a = A")])).len(), 1);
    }
}
