//! Cuts a stream of JSON into its top-level values, without holding more than one: values one after another (as in
//! `.jsonl`, or simply one), or the elements of one array.
//!
//! Only brackets and strings are looked at; whether a value is JSON is for its reader to say.

use std::io::{self, BufRead};

use super::RECORD_BYTES_MAX;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Start,
    Sequence,
    /// Inside an array; whether an element may come now.
    Array {
        element_due: bool,
    },
    End,
}

/// Why a stream cannot be cut.
pub(super) enum CutError {
    Io(io::Error),
    TooLarge,
    Syntax(&'static str),
}

/// Cuts one stream.
pub(super) struct Values<R> {
    reader: R,
    mode: Mode,
}

impl<R: BufRead> Values<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self { reader, mode: Mode::Start }
    }

    /// Puts the next value into `value`; false at the end.
    pub(super) fn next(&mut self, value: &mut Vec<u8>) -> Result<bool, CutError> {
        value.clear();
        loop {
            let Some(byte) = self.peek_visible()? else {
                return match self.mode {
                    Mode::Array { .. } => Err(CutError::Syntax("the array is cut short")),
                    _ => Ok(false),
                };
            };
            match (self.mode, byte) {
                (Mode::Start, b'[') => self.step(Mode::Array { element_due: true }),
                (Mode::Start, b'{') => self.mode = Mode::Sequence,
                (Mode::Sequence, b'{') => {
                    self.cut(value)?;
                    return Ok(true);
                }
                (Mode::Array { element_due: true }, b'{') => {
                    self.mode = Mode::Array { element_due: false };
                    self.cut(value)?;
                    return Ok(true);
                }
                (Mode::Array { element_due: false }, b',') => self.step(Mode::Array { element_due: true }),
                (Mode::Array { .. }, b']') => self.step(Mode::End),
                (Mode::End, _) => return Err(CutError::Syntax("something follows the array")),
                _ => return Err(CutError::Syntax("an object was expected")),
            }
        }
    }

    fn step(&mut self, mode: Mode) {
        self.reader.consume(1);
        self.mode = mode;
    }

    /// The next byte that is no white space, without taking it; a byte order mark at the start is passed over.
    fn peek_visible(&mut self) -> Result<Option<u8>, CutError> {
        loop {
            let buffer = self.reader.fill_buf().map_err(CutError::Io)?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let blank = |byte: &u8| byte.is_ascii_whitespace() || (self.mode == Mode::Start && [0xEF, 0xBB, 0xBF].contains(byte));
            let skipped = buffer.iter().take_while(|byte| blank(byte)).count();
            let found = buffer.get(skipped).copied();
            self.reader.consume(skipped);
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    /// Takes one object, from its opening to its closing bracket.
    fn cut(&mut self, value: &mut Vec<u8>) -> Result<(), CutError> {
        let mut depth = 0_usize;
        let mut in_string = false;
        let mut escaped = false;
        loop {
            let buffer = self.reader.fill_buf().map_err(CutError::Io)?;
            if buffer.is_empty() {
                return Err(CutError::Syntax("it is cut short"));
            }
            let mut closed_at = None;
            for (at, byte) in buffer.iter().enumerate() {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' if in_string => escaped = true,
                    b'"' => in_string = !in_string,
                    _ if in_string => {}
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth = depth.saturating_sub(1);
                        if depth == 0 {
                            closed_at = Some(at);
                            break;
                        }
                    }
                    _ => {}
                }
            }
            let taken = closed_at.map_or(buffer.len(), |at| at + 1);
            if value.len() + taken > RECORD_BYTES_MAX {
                return Err(CutError::TooLarge);
            }
            value.extend_from_slice(buffer.get(..taken).unwrap_or_default());
            self.reader.consume(taken);
            if closed_at.is_some() {
                return Ok(());
            }
        }
    }
}
