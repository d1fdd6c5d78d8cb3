//! A file that is made while it is sent: neither memory nor disk ever holds all of it.
//!
//! The writer blocks, so it has a thread of its own; a few pieces wait between it and the connection, so a reader that is slow slows it
//! down, and one that goes away, or takes nothing for a minute, ends it. Where it fails in the middle, the connection breaks: a file that is shorter than its length is
//! never taken for whole.

use std::fmt;
use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as Documented, SchemaObject};
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_core::Stream;
use schemars::json_schema;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::timeout;

use crate::serve::WRITE_STALL_MAX;

const MEDIA_TYPE: &str = "application/x-tar";
/// Bytes of a piece.
const PIECE_BYTES: usize = 64 * 1024;
/// Pieces that wait for the connection.
const WAITING_MAX: usize = 4;

/// 200 with a tar archive, as a file to be saved.
pub struct TarFile {
    /// What the file is called: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// Its length, in bytes.
    pub length: u64,
    /// Writes it; may block.
    pub write: Writing,
}

/// Writes a file, piece by piece.
pub type Writing = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + Send>;

impl fmt::Debug for TarFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TarFile").field("name", &self.name).field("length", &self.length).finish_non_exhaustive()
    }
}

impl IntoResponse for TarFile {
    fn into_response(self) -> Response {
        let (pieces, waiting) = mpsc::channel(WAITING_MAX);
        let Self { name, length, write } = self;
        tokio::task::spawn_blocking(move || {
            let mut out = Pieces { pieces, piece: Vec::with_capacity(PIECE_BYTES), patience: WRITE_STALL_MAX };
            let written = write(&mut out).and_then(|()| out.flush());
            if let Err(error) = written
                && error.kind() != io::ErrorKind::BrokenPipe
            {
                tracing::warn!(error = %error, "a file could not be sent to its end");
                // Whoever reads learns it by the connection, if by nothing else; who takes nothing is not waited for.
                let _ = out.pieces.try_send(Err(error));
            }
        });
        let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
        let name: String = name.chars().filter(|character| is_plain(*character)).collect();
        let disposition =
            HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).unwrap_or(HeaderValue::from_static("attachment"));
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)),
            (header::CONTENT_LENGTH, HeaderValue::from(length)),
            (header::CONTENT_DISPOSITION, disposition),
        ];
        (headers, Body::from_stream(Waiting(waiting))).into_response()
    }
}

struct Pieces {
    pieces: mpsc::Sender<io::Result<Bytes>>,
    piece: Vec<u8>,
    /// How long a reader may take nothing. HTTP/2 lets it do so for ever while the connection lives.
    patience: Duration,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE_BYTES - self.piece.len());
        self.piece.extend_from_slice(bytes.split_at(taken).0);
        if self.piece.len() == PIECE_BYTES {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE_BYTES));
        match self.pieces.try_send(Ok(Bytes::from(piece))) {
            Ok(()) => Ok(()),
            Err(TrySendError::Closed(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(TrySendError::Full(piece)) => match Handle::current().block_on(timeout(self.patience, self.pieces.send(piece))) {
                Ok(sent) => sent.map_err(|_gone| io::ErrorKind::BrokenPipe.into()),
                Err(_elapsed) => Err(io::Error::new(io::ErrorKind::TimedOut, "whoever fetches it takes nothing")),
            },
        }
    }
}

struct Waiting(mpsc::Receiver<io::Result<Bytes>>);

impl Stream for Waiting {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

impl OperationOutput for TarFile {
    type Inner = Self;

    fn operation_response(_context: &mut GenContext, _operation: &mut Operation) -> Option<Documented> {
        let json_schema = json_schema!({ "type": "string", "format": "binary" });
        let schema = Some(SchemaObject { json_schema, external_docs: None, example: None });
        let media = MediaType { schema, ..MediaType::default() };
        let content = [(MEDIA_TYPE.to_owned(), media)].into_iter().collect();
        Some(Documented { description: "The archive.".to_owned(), content, ..Documented::default() })
    }

    fn inferred_responses(context: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Documented)> {
        Self::operation_response(context, operation).map(|response| (Some(200), response)).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_reader_that_takes_nothing_ends_the_writing_and_one_that_takes_its_pieces_gets_all_of_them() {
        let written = async |patience, takes: bool| {
            let (pieces, mut waiting) = mpsc::channel(WAITING_MAX);
            let writing = tokio::task::spawn_blocking(move || {
                let mut out = Pieces { pieces, piece: Vec::new(), patience };
                out.write_all(&vec![7; (WAITING_MAX + 1) * PIECE_BYTES]).map_err(|error| error.kind())
            });
            let mut taken = 0;
            while takes && let Some(piece) = waiting.recv().await {
                taken += piece.expect("a piece").len();
            }
            (writing.await.expect("ended"), taken)
        };
        assert_eq!(written(Duration::ZERO, false).await, (Err(io::ErrorKind::TimedOut), 0));
        assert_eq!(written(Duration::MAX, true).await, (Ok(()), (WAITING_MAX + 1) * PIECE_BYTES));
    }
}
