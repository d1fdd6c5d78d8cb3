//! How a body is packed for the way.

use std::io::{self, Write as _};

use crate::config::Compression;

/// Zstandard's level: its default; higher ones need memory that an agent does not have.
const ZSTD_LEVEL: i32 = 3;

impl Compression {
    /// The value of `Content-Encoding`.
    #[must_use]
    pub const fn content_encoding(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// Packs a body.
    ///
    /// # Errors
    /// Where the packer fails.
    pub fn pack(self, body: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Zstd => zstd::bulk::compress(body, ZSTD_LEVEL),
            Self::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(body)?;
                encoder.finish()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn a_packed_body_is_smaller_and_comes_back_whole() {
        let body = "{\"manager\":\"dpkg\"}".repeat(1_000).into_bytes();
        let zstd = Compression::Zstd.pack(&body).unwrap();
        assert_eq!(zstd::decode_all(zstd.as_slice()).unwrap(), body);
        let gzip = Compression::Gzip.pack(&body).unwrap();
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(gzip.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, body);
        assert!(zstd.len() < body.len() / 10 && gzip.len() < body.len() / 10);
    }
}
