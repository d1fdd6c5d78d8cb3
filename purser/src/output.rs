//! Tables for people, JSON for programs.

use std::io::{self, BufWriter, Write};

use anyhow::Error;
use serde::Serialize;
use wire::Timestamp;
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

/// A time for people: to the second, in UTC as the host's logs may not be. JSON has it whole.
pub(crate) fn when(time: Timestamp) -> String {
    let text = time.to_string();
    let to_the_second = text.split(['.', 'Z']).next().unwrap_or_default();
    format!("{} UTC", to_the_second.replace('T', " "))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_times_to_the_second() {
        assert_eq!(when(Timestamp::from_seconds(1_767_225_600)), "2026-01-01 00:00:00 UTC");
        let later = Timestamp::from_seconds(1_767_225_600).plus(std::time::Duration::from_micros(1_234_567));
        assert_eq!(when(later), "2026-01-01 00:00:01 UTC");
    }

    #[test]
    fn text_from_outside_cannot_move_the_cursor() {
        assert_eq!(printable("a\u{1b}[2Jb".into()), "a\u{fffd}[2Jb");
    }
}
