//! The rules of the house that neither the compiler nor clippy can see.
//!
//! Each check is a pure function from the [`Tree`] to findings and lives in a file of its own, with tests that show that
//! it can fail. All of them run, so that one round shows everything.

mod catalogues;
mod data_maps;
mod dependencies;
mod file_sizes;
mod floors;
mod folder_names;
mod furniture;
mod machine_paths;
mod promises;
mod routes;
mod sql_places;

use crate::tree::Tree;
use std::process::ExitCode;

/// Something that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// A path, with `:line` where there is one.
    place: String,
    message: String,
}

impl Finding {
    fn at(path: &str, message: impl Into<String>) -> Self {
        Self { place: path.to_owned(), message: message.into() }
    }

    fn at_line(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { place: format!("{path}:{line}"), message: message.into() }
    }
}

type Check = fn(&Tree) -> Vec<Finding>;

const CHECKS: [(&str, Check); 11] = [
    ("catalogues", catalogues::check),
    ("data maps", data_maps::check),
    ("dependencies", dependencies::check),
    ("file sizes", file_sizes::check),
    ("floors", floors::check),
    ("folder names", folder_names::check),
    ("furniture", furniture::check),
    ("machine paths", machine_paths::check),
    ("promises", promises::check),
    ("routes", routes::check),
    ("SQL places", sql_places::check),
];

/// Runs every check and prints what each found.
pub(crate) fn run(tree: &Tree) -> ExitCode {
    let mut total = 0;
    for (name, check) in CHECKS {
        let findings = check(tree);
        for finding in &findings {
            eprintln!("tidy: {name}: {}: {}", finding.place, finding.message);
        }
        total += findings.len();
    }
    if total == 0 {
        println!("tidy: {} checks over {} files, nothing found", CHECKS.len(), tree.paths().count());
        ExitCode::SUCCESS
    } else {
        eprintln!("tidy: {total} findings");
        ExitCode::FAILURE
    }
}
