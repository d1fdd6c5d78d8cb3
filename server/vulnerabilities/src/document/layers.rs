//! Packings around a document, and the budget of bytes that they may unpack to.

use std::cell::Cell;
use std::io::{self, Cursor, Read, SeekFrom};
use std::rc::Rc;

use seal::hash::Sha256;

use super::{
    DOCUMENT_PACKED_BYTES_MAX, DOCUMENT_UNPACKED_BYTES_MAX, DocumentError, LAYERS_MAX, ReadSeek, UNPACK_FREE_BYTES, UNPACK_RATIO_MAX,
};

const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
const GZIP_MAGIC: [u8; 2] = [0x1F, 0x8B];
/// A frame that asks for a larger window than 128 MiB is refused: its memory would be taken before its first byte.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;
const CHUNK_BYTES: usize = 64 * 1_024;

/// Digest and size of the whole input, which then stands at its beginning again.
pub(super) fn digest(input: &mut dyn ReadSeek) -> Result<([u8; 32], u64), DocumentError> {
    let mut sha256 = Sha256::new();
    let mut size = 0;
    let mut chunk = vec![0; CHUNK_BYTES];
    input.seek(SeekFrom::Start(0)).map_err(DocumentError::Io)?;
    loop {
        let read = input.read(&mut chunk).map_err(DocumentError::Io)?;
        if read == 0 {
            break;
        }
        size += read as u64;
        if size > DOCUMENT_PACKED_BYTES_MAX {
            return Err(DocumentError::TooLarge { limit: DOCUMENT_PACKED_BYTES_MAX });
        }
        sha256.update(chunk.get(..read).unwrap_or_default());
    }
    input.seek(SeekFrom::Start(0)).map_err(DocumentError::Io)?;
    Ok((sha256.finish(), size))
}

/// How many bytes a document may still unpack to, over all its entries.
#[derive(Clone)]
pub(super) struct Budget {
    used: Rc<Cell<u64>>,
    limit: u64,
}

impl Budget {
    pub(super) fn for_packed(packed_bytes: u64) -> Self {
        let by_ratio = packed_bytes.saturating_mul(UNPACK_RATIO_MAX).max(UNPACK_FREE_BYTES);
        Self { used: Rc::default(), limit: by_ratio.min(DOCUMENT_UNPACKED_BYTES_MAX) }
    }

    pub(super) fn used(&self) -> u64 {
        self.used.get()
    }

    /// Counts what `reader` gives, and fails past the limit.
    pub(super) fn count<'a>(&self, reader: impl Read + 'a) -> Box<dyn Read + 'a> {
        Box::new(Counted { reader, budget: self.clone() })
    }
}

/// The mark, inside an I/O error, that a [`Budget`] is used up.
#[derive(Debug, thiserror::Error)]
#[error("the budget of unpacked bytes is used up")]
struct UsedUp {
    limit: u64,
}

struct Counted<R> {
    reader: R,
    budget: Budget,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.budget.used.set(self.budget.used.get() + read as u64);
        if self.budget.used.get() > self.budget.limit {
            return Err(io::Error::other(UsedUp { limit: self.budget.limit }));
        }
        Ok(read)
    }
}

/// What an I/O error of an unpacking reader means.
pub(super) fn fault(error: io::Error, entry: Option<&String>) -> DocumentError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<UsedUp>()) {
        Some(UsedUp { limit }) => DocumentError::Bomb { limit: *limit },
        None => DocumentError::Damaged { entry: entry.cloned(), source: error },
    }
}

/// A reader whose first bytes are known and still to come.
pub(super) struct Peeked<'a> {
    pub(super) head: Vec<u8>,
    rest: Box<dyn Read + 'a>,
}

impl<'a> Peeked<'a> {
    pub(super) fn new(mut reader: Box<dyn Read + 'a>, bytes: usize) -> io::Result<Self> {
        let mut head = Vec::with_capacity(bytes);
        (&mut reader).take(bytes as u64).read_to_end(&mut head)?;
        Ok(Self { head, rest: reader })
    }

    pub(super) fn into_reader(self) -> Box<dyn Read + 'a> {
        Box::new(Cursor::new(self.head).chain(self.rest))
    }
}

/// The names of the packings found, outermost first, and the reader inside them.
pub(super) fn unpack<'a>(reader: Box<dyn Read + 'a>, peek_bytes: usize, budget: &Budget) -> Result<(usize, Peeked<'a>), DocumentError> {
    let damaged = |error| fault(error, None);
    let mut layers = 0;
    let mut peeked = Peeked::new(reader, peek_bytes).map_err(damaged)?;
    loop {
        let inside: Box<dyn Read + 'a> = if peeked.head.starts_with(&ZSTD_MAGIC) {
            let mut decoder = zstd::Decoder::new(peeked.into_reader()).map_err(damaged)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(damaged)?;
            Box::new(decoder)
        } else if peeked.head.starts_with(&GZIP_MAGIC) {
            Box::new(flate2::read::MultiGzDecoder::new(peeked.into_reader()))
        } else {
            return Ok((layers, peeked));
        };
        layers += 1;
        if layers > LAYERS_MAX {
            return Err(DocumentError::Layers);
        }
        peeked = Peeked::new(budget.count(inside), peek_bytes).map_err(damaged)?;
    }
}
