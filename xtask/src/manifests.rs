//! The `Cargo.toml` files of the workspace, as far as the checks need them.

use crate::tree::Tree;
use std::collections::BTreeMap;
use toml::{Table, Value};

/// What a dependency is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// `[dependencies]`, `[build-dependencies]`, and the same below `[target.*]`.
    Shipped,
    /// `[dev-dependencies]`.
    Test,
}

/// One line of a dependency table.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) purpose: Purpose,
    /// Whether version and features come from the workspace (`name.workspace = true`).
    pub(crate) inherited: bool,
}

/// One crate of the workspace.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) licence: String,
    pub(crate) inherits_lints: bool,
    pub(crate) dependencies: Vec<Dependency>,
}

impl Manifest {
    /// The folder of the crate, with its closing `/`.
    pub(crate) fn folder(&self) -> &str {
        self.path.strip_suffix("Cargo.toml").unwrap_or(&self.path)
    }
}

/// Every crate below the root, by name. A manifest that does not parse is left to cargo to complain about.
pub(crate) fn members(tree: &Tree) -> BTreeMap<String, Manifest> {
    let manifests = tree.texts().filter(|(path, _)| path.ends_with("/Cargo.toml"));
    manifests.filter_map(|(path, text)| member(path, text)).map(|manifest| (manifest.name.clone(), manifest)).collect()
}

/// The crate that a file belongs to: the one with the longest folder above it.
pub(crate) fn owner<'a>(members: &'a BTreeMap<String, Manifest>, path: &str) -> Option<&'a Manifest> {
    members.values().filter(|manifest| path.starts_with(manifest.folder())).max_by_key(|manifest| manifest.folder().len())
}

fn member(path: &str, text: &str) -> Option<Manifest> {
    let table: Table = text.parse().ok()?;
    let package = table.get("package")?.as_table()?;
    let field = |name: &str| package.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut dependencies = Vec::new();
    collect(&table, &mut dependencies);
    for target in table.get("target").and_then(Value::as_table).into_iter().flat_map(|targets| targets.values()) {
        target.as_table().into_iter().for_each(|target| collect(target, &mut dependencies));
    }
    let inherits_lints = table.get("lints").and_then(|lints| lints.get("workspace")).and_then(Value::as_bool) == Some(true);
    Some(Manifest { path: path.to_owned(), name: field("name"), licence: field("license"), inherits_lints, dependencies })
}

fn collect(table: &Table, into: &mut Vec<Dependency>) {
    for (section, purpose) in
        [("dependencies", Purpose::Shipped), ("build-dependencies", Purpose::Shipped), ("dev-dependencies", Purpose::Test)]
    {
        for (key, value) in table.get(section).and_then(Value::as_table).into_iter().flatten() {
            let name = value.get("package").and_then(Value::as_str).unwrap_or(key).to_owned();
            let inherited = value.get("workspace").and_then(Value::as_bool) == Some(true);
            into.push(Dependency { name, purpose, inherited });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_read_and_a_renamed_crate_keeps_its_name() {
        let text = r#"
            [package]
            name = "web"
            license = "Apache-2.0"
            [dependencies]
            kernel.workspace = true
            [build-dependencies]
            other = { package = "seal", path = "../seal" }
            [dev-dependencies]
            tempfile = "3"
            [target.'cfg(unix)'.dependencies]
            wire.workspace = true
            [lints]
            workspace = true
        "#;
        let tree = Tree::of([("server/web/Cargo.toml", text), ("Cargo.toml", "[workspace]")]);
        let members = members(&tree);
        let web = members.get("web").unwrap();
        let read: Vec<_> = web.dependencies.iter().map(|d| (d.name.as_str(), d.purpose, d.inherited)).collect();
        assert_eq!(
            read,
            [
                ("kernel", Purpose::Shipped, true),
                ("seal", Purpose::Shipped, false),
                ("tempfile", Purpose::Test, false),
                ("wire", Purpose::Shipped, true)
            ]
        );
        assert!(web.inherits_lints);
        assert_eq!(owner(&members, "server/web/src/lib.rs").map(|m| m.name.as_str()), Some("web"));
        assert!(owner(&members, "docs/x.md").is_none());
    }
}
