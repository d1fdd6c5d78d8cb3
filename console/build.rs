//! Embeds the built console: writes a table of `dist/`'s files, each with its gzip form and entity tag.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "embed")]
    embed::dist()?;
    Ok(())
}

#[cfg(feature = "embed")]
mod embed {
    use std::error::Error;
    use std::fmt::Write as _;
    use std::io::Write as _;
    use std::path::{Path, PathBuf};
    use std::{env, fs};

    /// A compressed form is worth carrying where it is at least this much shorter, in percent.
    const GAIN_PERCENT_MIN: usize = 5;

    pub(crate) fn dist() -> Result<(), Box<dyn Error>> {
        let dist = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("dist");
        let out = PathBuf::from(env::var("OUT_DIR")?);
        println!("cargo::rerun-if-changed={}", dist.display());
        let index = dist.join("index.html");
        if !index.is_file() {
            return Err(
                "console/dist/index.html is missing: build the console first (`npm ci && npm run build` in console/, or `make build`)"
                    .into(),
            );
        }
        let mut files = Vec::new();
        collect(&dist, &mut files)?;
        files.sort();
        let mut table = String::from("const EMBEDDED: Option<Console> = Some(Console {\n");
        writeln!(table, "    index: include_str!({:?}),\n    files: &[", index)?;
        for (number, file) in files.iter().filter(|file| **file != index).enumerate() {
            row(&mut table, &dist, file, &out.join(format!("{number}.gz")))?;
        }
        table.push_str("    ],\n});\n");
        fs::write(out.join("embedded.rs"), table)?;
        Ok(())
    }

    fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if is_hidden {
                continue; // the builder's own notes (.vite/)
            }
            if path.is_dir() { collect(&path, files)? } else { files.push(path) }
        }
        Ok(())
    }

    fn row(table: &mut String, dist: &Path, file: &Path, compressed: &Path) -> Result<(), Box<dyn Error>> {
        let bytes = fs::read(file)?;
        let address = format!("/{}", file.strip_prefix(dist)?.to_str().ok_or("a file name is not UTF-8")?);
        let content_type = content_type(file).ok_or_else(|| format!("{address}: no content type is known for this kind of file"))?;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&bytes)?;
        let gzip = encoder.finish()?;
        let is_shorter = gzip.len() * 100 <= bytes.len() * (100 - GAIN_PERCENT_MIN);
        fs::write(compressed, gzip)?;
        let gzip = if is_shorter { format!("Some(include_bytes!({compressed:?}))") } else { "None".to_owned() };
        let etag = format!("\"{:016x}\"", fnv1a(&bytes));
        // Vite puts what it names by content into assets/; what lies beside index.html keeps its name.
        let is_immutable = address.starts_with("/assets/");
        writeln!(
            table,
            "        File {{ path: {address:?}, content_type: {content_type:?}, bytes: include_bytes!({file:?}), gzip: {gzip}, etag: {etag:?}, is_immutable: {is_immutable} }},"
        )?;
        Ok(())
    }

    fn content_type(file: &Path) -> Option<&'static str> {
        Some(match file.extension()?.to_str()? {
            "css" => "text/css; charset=utf-8",
            "ftl" | "txt" => "text/plain; charset=utf-8",
            "ico" => "image/x-icon",
            "js" => "text/javascript; charset=utf-8",
            "json" => "application/json",
            "png" => "image/png",
            "svg" => "image/svg+xml",
            "webmanifest" => "application/manifest+json",
            "webp" => "image/webp",
            "woff2" => "font/woff2",
            _ => return None,
        })
    }

    /// FNV-1a: tells versions of a file apart, protects nothing.
    fn fnv1a(bytes: &[u8]) -> u64 {
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
    }
}
