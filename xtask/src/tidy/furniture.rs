//! Every crate is furnished alike: the licence of its place, the workspace's lints, versions from the workspace.

use super::Finding;
use crate::manifests::{Manifest, members};
use crate::tree::Tree;

/// What runs on a user's machine, or what a user needs to check us, may be used in any program.
const BSD: [&str; 6] = ["agent", "collect", "seal", "versions", "wire", "words"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    members(tree).values().flat_map(check_member).collect()
}

fn check_member(manifest: &Manifest) -> Vec<Finding> {
    let mut findings = Vec::new();
    let licence = if BSD.contains(&manifest.name.as_str()) { "BSD-3-Clause" } else { "Apache-2.0" };
    if manifest.licence != licence {
        findings.push(Finding::at(&manifest.path, format!("licence is `{}`, must be `{licence}`", manifest.licence)));
    }
    if !manifest.inherits_lints {
        findings.push(Finding::at(&manifest.path, "`[lints] workspace = true` is missing"));
    }
    let own_versions = manifest.dependencies.iter().filter(|dependency| !dependency.inherited);
    findings.extend(own_versions.map(|dependency| {
        Finding::at(
            &manifest.path,
            format!("`{}` must be `workspace = true`: version and reason stand in the root manifest", dependency.name),
        )
    }));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(name: &str, licence: &str, rest: &str) -> Vec<Finding> {
        let text = format!("[package]\nname = \"{name}\"\nlicense = \"{licence}\"\n{rest}");
        check(&Tree::of([("x/Cargo.toml", text.as_str())]))
    }

    const LINTS: &str = "[lints]\nworkspace = true\n";

    #[test]
    fn the_agent_is_bsd_and_the_server_apache() {
        assert!(findings("agent", "BSD-3-Clause", LINTS).is_empty());
        assert!(findings("store", "Apache-2.0", LINTS).is_empty());
        assert_eq!(findings("agent", "Apache-2.0", LINTS).len(), 1);
        assert_eq!(findings("store", "BSD-3-Clause", LINTS).len(), 1);
    }

    #[test]
    fn lints_and_versions_come_from_the_workspace() {
        assert_eq!(findings("store", "Apache-2.0", "").len(), 1);
        assert_eq!(findings("store", "Apache-2.0", &format!("{LINTS}[dependencies]\nserde = \"1\"\n")).len(), 1);
        assert!(findings("store", "Apache-2.0", &format!("{LINTS}[dependencies]\nserde = {{ workspace = true }}\n")).is_empty());
    }
}
