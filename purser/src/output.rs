//! Tables for people, JSON for programs.

use std::io::{self, BufWriter, Write};

use anyhow::Error;
use serde::Serialize;
use words::Sentence;

use crate::speech;

/// Prints a value as JSON on one line.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Error> {
    let mut out = BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut out, value)?;
    quietly(out.write_all(b"\n").and_then(|()| out.flush()))
}

/// Prints rows below their headings, each column as wide as its widest text. Nothing but the headings where there are none.
pub(crate) fn table<const N: usize>(headings: [Sentence; N], rows: impl IntoIterator<Item = [String; N]>) -> Result<(), Error> {
    let headings = headings.map(|heading| speech::said(&heading));
    let rows: Vec<[String; N]> = rows.into_iter().map(|row| row.map(printable)).collect();
    let mut widths = headings.each_ref().map(|heading| heading.chars().count());
    for row in &rows {
        for (width, text) in widths.iter_mut().zip(row) {
            *width = (*width).max(text.chars().count());
        }
    }
    let mut out = BufWriter::new(io::stdout().lock());
    for row in std::iter::once(&headings).chain(&rows) {
        let padded = row.iter().zip(widths).map(|(text, width)| format!("{text:width$}"));
        let line = padded.collect::<Vec<_>>().join("  ");
        if let Err(error) = writeln!(out, "{}", line.trim_end()) {
            return quietly(Err(error));
        }
    }
    quietly(out.flush())
}

/// Text from outside must not move the cursor or colour the screen.
fn printable(text: String) -> String {
    if text.chars().any(char::is_control) { text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect() } else { text }
}

/// A reader that has gone away (`| head`) has seen what it wanted.
fn quietly(written: io::Result<()>) -> Result<(), Error> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}
