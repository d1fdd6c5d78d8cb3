//! Streams that fail where the peer does nothing for too long.
//!
//! * [`IdleLimited`]: nothing comes from it. For HTTP/2 only: a live peer answers pings, so silence means that it is gone,
//!   or that it holds the connection open without ever sending the preface, which no other limit catches. HTTP/1.1 has its
//!   head's time limit instead.
//! * [`StallLimited`]: it takes nothing of what is written to it. For every connection, and below TLS, where each byte
//!   that the peer takes is seen: without it, whoever asks for a file and never reads keeps the connection for ever.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

pub(crate) struct IdleLimited<S> {
    stream: S,
    silence_max: Duration,
    deadline: Pin<Box<Sleep>>,
}

impl<S> IdleLimited<S> {
    pub(crate) fn new(stream: S, silence_max: Duration) -> Self {
        Self { stream, silence_max, deadline: Box::pin(sleep(silence_max)) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for IdleLimited<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(outcome) => {
                let deadline = Instant::now() + self.silence_max;
                self.deadline.as_mut().reset(deadline);
                Poll::Ready(outcome)
            }
            Poll::Pending => {
                ready!(self.deadline.as_mut().poll(context));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for IdleLimited<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

pub(crate) struct StallLimited<S> {
    stream: S,
    stall_max: Duration,
    deadline: Pin<Box<Sleep>>,
    is_stalled: bool,
}

impl<S> StallLimited<S> {
    pub(crate) fn new(stream: S, stall_max: Duration) -> Self {
        Self { stream, stall_max, deadline: Box::pin(sleep(stall_max)), is_stalled: false }
    }

    /// Lets the time run while a write waits, from its whole again after each one that went through.
    fn limit<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.is_stalled = false;
            return written;
        }
        if !self.is_stalled {
            self.is_stalled = true;
            let deadline = Instant::now() + self.stall_max;
            self.deadline.as_mut().reset(deadline);
        }
        ready!(self.deadline.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for StallLimited<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for StallLimited<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.limit(written, context)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.limit(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// A socket has nothing to flush: what waits, waits in a write.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn a_write_that_the_peer_never_takes_fails() {
        let (ours, _peer_does_not_read) = duplex(4);
        let mut ours = StallLimited::new(ours, Duration::from_millis(5));
        ours.write_all(b"fits").await.expect("there is room");
        assert_eq!(ours.write_all(b"!").await.map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
    }

    #[tokio::test]
    async fn each_byte_that_the_peer_takes_gives_the_next_one_the_whole_time() {
        let (ours, mut peer) = duplex(4);
        let mut ours = StallLimited::new(ours, Duration::from_secs(3_600));
        ours.write_all(b"fits").await.expect("there is room");
        let mut previous = None;
        for _ in 0..3 {
            let waits = std::future::poll_fn(|context| Poll::Ready(Pin::new(&mut ours).poll_write(context, b"!").is_pending()));
            assert!(waits.await && ours.is_stalled);
            assert!(previous < Some(ours.deadline.deadline()), "the time begins anew");
            previous = Some(ours.deadline.deadline());
            let waits_on = std::future::poll_fn(|context| Poll::Ready(Pin::new(&mut ours).poll_write(context, b"!").is_pending()));
            assert!(waits_on.await && previous == Some(ours.deadline.deadline()), "and runs on while nothing moves");
            peer.read_u8().await.expect("a byte");
            ours.write_all(b"!").await.expect("there is room again");
            assert!(!ours.is_stalled);
        }
    }
}
