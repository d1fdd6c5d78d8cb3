//! Lines of a stream, one buffer for all of them.
//!
//! Package lists unpack to tens of megabytes and the agent may use fifteen in all, so nothing is read whole. A line
//! past [`LINE_BYTES_MAX`] is cut there: the fields that are wanted are far shorter, and the rest of it is skipped.

use std::io::{self, BufRead};

/// Longest part of a line that is kept, in bytes.
pub const LINE_BYTES_MAX: usize = 16 * 1024;

/// Lines of a stream.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// Reads the lines of `reader`.
    pub const fn new(reader: R) -> Self {
        Self { reader, line: Vec::new() }
    }

    /// The next line without its end, or nothing at the end of the stream.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn next_line(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let mut is_end = true;
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                break;
            }
            is_end = false;
            let newline = chunk.iter().position(|byte| *byte == b'\n');
            let content = newline.map_or(chunk, |at| chunk.split_at(at).0);
            let room = LINE_BYTES_MAX.saturating_sub(self.line.len()).min(content.len());
            self.line.extend_from_slice(content.split_at(room).0);
            let used = newline.map_or(chunk.len(), |at| at + 1);
            self.reader.consume(used);
            if newline.is_some() {
                break;
            }
        }
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        Ok(if is_end { None } else { Some(&self.line) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], buffer: usize) -> Vec<Vec<u8>> {
        let mut lines = Lines::new(io::BufReader::with_capacity(buffer, bytes));
        let mut all = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            all.push(line.to_vec());
        }
        all
    }

    #[test]
    fn lines_are_the_same_whatever_the_buffer() {
        let expected: Vec<Vec<u8>> = vec![b"one".into(), b"".into(), b"two".into(), b"last".into()];
        for buffer in 1..9 {
            assert_eq!(all(b"one\n\ntwo\r\nlast", buffer), expected);
        }
    }

    #[test]
    fn a_line_past_the_limit_is_cut_and_the_next_one_is_whole() {
        let at = "x".repeat(LINE_BYTES_MAX);
        let lines = all(format!("{at}\n{at}y\nnext\n").as_bytes(), 100);
        assert_eq!(lines, [at.as_bytes(), at.as_bytes(), b"next"]);
    }
}
