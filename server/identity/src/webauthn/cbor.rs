//! The part of CBOR (RFC 8949) that authenticators write: the canonical form of CTAP 2.
//!
//! Lengths are definite and as short as they can be, no map has a key twice, nesting ends at [`DEPTH_MAX`]; there are no tags and no
//! floating-point numbers. So one value has one encoding, and what is read takes no more memory than a few times its own length.

/// Levels of nesting: an attestation statement in an attestation object is the second, a list of certificates in it the third.
pub(super) const DEPTH_MAX: usize = 4;
/// Entries of one list or map.
pub(super) const ENTRIES_MAX: u64 = 32;

/// A value that was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Integer(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Value<'a>>),
    Map(Map<'a>),
    Flag(bool),
    Null,
}

/// A map, in the order in which it was written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Map<'a>(Vec<(Value<'a>, Value<'a>)>);

/// The bytes are no such value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotCbor;

impl<'a> Map<'a> {
    /// The value of a key that is a number.
    pub(super) fn at(&self, key: i64) -> Option<&Value<'a>> {
        self.of(&Value::Integer(key))
    }

    /// The value of a key that is a text.
    pub(super) fn named(&self, key: &str) -> Option<&Value<'a>> {
        self.of(&Value::Text(key))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn of(&self, key: &Value<'_>) -> Option<&Value<'a>> {
        self.0.iter().find(|(one, _)| one == key).map(|(_, value)| value)
    }
}

/// One map at the front of the bytes, and what follows it.
pub(super) fn map(bytes: &[u8]) -> Result<(Map<'_>, &[u8]), NotCbor> {
    let mut reader = Reader { rest: bytes };
    match reader.value(DEPTH_MAX)? {
        Value::Map(map) => Ok((map, reader.rest)),
        _ => Err(NotCbor),
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> Result<&'a [u8], NotCbor> {
        let length = usize::try_from(length).map_err(|_| NotCbor)?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(NotCbor)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The major type and argument of what comes next (RFC 8949 section 3).
    fn head(&mut self) -> Result<(u8, u64), NotCbor> {
        let first = *self.take(1)?.first().ok_or(NotCbor)?;
        let (major, low) = (first >> 5, first & 0x1F);
        let (bytes, at_least) = match low {
            0..=23 => return Ok((major, u64::from(low))),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            // 28 to 30 mean nothing yet; 31 is an indefinite length.
            _ => return Err(NotCbor),
        };
        let argument = self.take(bytes)?.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        if argument < at_least { Err(NotCbor) } else { Ok((major, argument)) }
    }

    fn value(&mut self, depth_left: usize) -> Result<Value<'a>, NotCbor> {
        let (major, argument) = self.head()?;
        match major {
            0 => i64::try_from(argument).map(Value::Integer).map_err(|_| NotCbor),
            1 => i64::try_from(argument).map(|number| Value::Integer(-1 - number)).map_err(|_| NotCbor),
            2 => self.take(argument).map(Value::Bytes),
            3 => std::str::from_utf8(self.take(argument)?).map(Value::Text).map_err(|_| NotCbor),
            4 => self.list(argument, depth_left).map(Value::List),
            5 => self.entries(argument, depth_left).map(Value::Map),
            7 => match argument {
                20 => Ok(Value::Flag(false)),
                21 => Ok(Value::Flag(true)),
                22 => Ok(Value::Null),
                _ => Err(NotCbor),
            },
            _ => Err(NotCbor),
        }
    }

    fn list(&mut self, length: u64, depth_left: usize) -> Result<Vec<Value<'a>>, NotCbor> {
        let depth_left = inner(length, depth_left)?;
        (0..length).map(|_| self.value(depth_left)).collect()
    }

    fn entries(&mut self, length: u64, depth_left: usize) -> Result<Map<'a>, NotCbor> {
        let depth_left = inner(length, depth_left)?;
        let mut map = Map(Vec::new());
        for _ in 0..length {
            let key = self.value(depth_left)?;
            if !matches!(key, Value::Integer(_) | Value::Text(_)) || map.of(&key).is_some() {
                return Err(NotCbor);
            }
            let value = self.value(depth_left)?;
            map.0.push((key, value));
        }
        Ok(map)
    }
}

/// The depth that is left inside of a list or map of so many entries.
fn inner(length: u64, depth_left: usize) -> Result<usize, NotCbor> {
    if length > ENTRIES_MAX { Err(NotCbor) } else { depth_left.checked_sub(1).ok_or(NotCbor) }
}
