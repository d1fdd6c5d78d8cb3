//! Embeds the promises: a table of the files in `promises/`, so that what a page says of them is what was checked.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../promises");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let is_code = path.file_stem().is_some_and(|stem| stem.to_string_lossy().contains('-'));
        if is_code && path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    let mut table = String::from("const FILES: &[&str] = &[\n");
    for file in files {
        writeln!(table, "    include_str!({file:?}),")?;
    }
    table.push_str("];\n");
    for (name, file) in [("CHANGES", "CHANGES.toml"), ("PURPOSES", "PURPOSES.toml")] {
        writeln!(table, "const {name}: &str = include_str!({:?});", folder.join(file))?;
    }
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("promises.rs"), table)?;
    Ok(())
}
