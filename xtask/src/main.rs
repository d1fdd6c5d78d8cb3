//! Tasks of the workspace that are not part of the product: `cargo xtask tidy` checks the rules of the house that
//! neither the compiler nor clippy can see.
//!
//! * [`tree`]: the files of the working tree, read once, so that each check is a pure function.
//! * [`manifests`]: the `Cargo.toml` files, parsed.
//! * [`rust_source`]: Rust text without its comments, and its string literals.
//! * [`tidy`]: the checks, one file each.

mod manifests;
mod rust_source;
mod tidy;
mod tree;

use anyhow::{Context, bail};
use lexopt::prelude::*;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask tidy

tidy    check the rules of the house (floors, file sizes, SQL places, data maps, routes, promises, ...)";

fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = lexopt::Parser::from_env();
    match arguments.next()? {
        Some(Value(name)) if name == "tidy" => {}
        Some(Short('h') | Long("help")) => {
            println!("{USAGE}");
            return Ok(ExitCode::SUCCESS);
        }
        Some(other) => bail!("{}\n\n{USAGE}", other.unexpected()),
        None => bail!("a task is missing\n\n{USAGE}"),
    }
    if let Some(extra) = arguments.next()? {
        bail!("{}\n\n{USAGE}", extra.unexpected());
    }
    let tree = tree::Tree::of_git_checkout().context("reading the working tree")?;
    Ok(tidy::run(&tree))
}
