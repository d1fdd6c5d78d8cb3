//! Stanzas of `Field: value` lines, as dpkg's status database, apt's lists and `Release` files are written.
//!
//! Only the fields asked for are kept, and each stanza reuses the memory of the one before.

use std::io::{self, BufRead};

use crate::lines::Lines;

/// Reads stanza by stanza, keeping the first line of `N` fields.
#[derive(Debug)]
pub struct Stanzas<R, const N: usize> {
    lines: Lines<R>,
    fields: [&'static str; N],
    values: [String; N],
}

impl<R: BufRead, const N: usize> Stanzas<R, N> {
    /// Reads the stanzas of `reader`, keeping `fields`.
    pub fn new(reader: R, fields: [&'static str; N]) -> Self {
        Self { lines: Lines::new(reader), fields, values: std::array::from_fn(|_| String::new()) }
    }

    /// The next stanza's values, in the order of the fields asked for; a field that is not there is empty.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn next_stanza(&mut self) -> io::Result<Option<&[String; N]>> {
        self.values.iter_mut().for_each(String::clear);
        let mut is_stanza = false;
        while let Some(line) = self.lines.next_line()? {
            if line.iter().all(u8::is_ascii_whitespace) {
                if is_stanza {
                    return Ok(Some(&self.values));
                }
                continue;
            }
            is_stanza = true;
            keep(&self.fields, &mut self.values, line);
        }
        Ok(is_stanza.then_some(&self.values))
    }
}

fn keep(fields: &[&'static str], values: &mut [String], line: &[u8]) {
    // Most lines are continuations or fields that nobody asked for: look at as little of them as possible.
    let Some(first) = line.first().map(u8::to_ascii_lowercase).filter(u8::is_ascii_alphabetic) else { return };
    for (field, value) in fields.iter().zip(values) {
        if field.as_bytes().first().map(u8::to_ascii_lowercase) != Some(first) {
            continue;
        }
        let Some((name, rest)) = line.split_at_checked(field.len()) else { continue };
        let Some((b':', text)) = rest.split_first() else { continue };
        if name.eq_ignore_ascii_case(field.as_bytes()) && value.is_empty() {
            value.push_str(String::from_utf8_lossy(text).trim());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_are_found_whatever_their_case_and_continuations_are_not_fields() {
        let text = "\n\nPackage: a\nVersion: 1\nDescription: x\n Version: 9\n\npackage: b\nversionless: 2\n";
        let mut stanzas = Stanzas::new(text.as_bytes(), ["Package", "Version"]);
        assert_eq!(stanzas.next_stanza().unwrap().unwrap(), &["a", "1"]);
        assert_eq!(stanzas.next_stanza().unwrap().unwrap(), &["b", ""]);
        assert_eq!(stanzas.next_stanza().unwrap(), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let mut stanzas = Stanzas::new(bytes.as_slice(), ["Package", "Version"]);
            while stanzas.next_stanza().unwrap().is_some() {}
        }
    }
}
