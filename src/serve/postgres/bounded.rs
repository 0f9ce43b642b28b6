//! A stream that ends when a message in it is too long.
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Longest message before somebody is let in: names, and a token.
pub const STRANGER: usize = 64 << 10;
/// Longest message after that: a query, or its parameters.
pub const GUEST: usize = 16 << 20;

/// A stream of PostgreSQL messages, none longer than it may be: the protocol library would hold up to 1 GiB of one.
#[derive(Debug)]
pub struct Bounded<S> {
    inner: S,
    lengths: Lengths,
}

impl<S> Bounded<S> {
    /// Around `inner`, from which `read` was read already; the next message is that of start-up.
    pub fn new(inner: S, read: &[u8]) -> io::Result<Self> {
        let mut lengths = Lengths::default();
        lengths.read(read)?;
        Ok(Self { inner, lengths })
    }

    /// Lets longer messages through from now on.
    pub fn welcome(&mut self) {
        self.lengths.most = GUEST;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buf);
        if let Poll::Ready(Ok(())) = &polled {
            self.lengths.read(&buf.filled()[before..])?;
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// Where in a stream of messages we are: in a header, or in a body of which so many bytes are to come.
#[derive(Debug)]
struct Lengths {
    header: Vec<u8>,
    body: usize,
    /// Messages after the first have a letter before their length.
    letter: usize,
    most: usize,
}

impl Default for Lengths {
    fn default() -> Self {
        Self {
            header: Vec::with_capacity(5),
            body: 0,
            letter: 0,
            most: STRANGER,
        }
    }
}

impl Lengths {
    fn read(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let skipped = self.body.min(bytes.len());
            self.body -= skipped;
            bytes = &bytes[skipped..];
            let missing = (self.letter + 4 - self.header.len()).min(bytes.len());
            self.header.extend_from_slice(&bytes[..missing]);
            bytes = &bytes[missing..];
            let Some(Ok(length)) = self.header.get(self.letter..self.letter + 4).map(<[u8; 4]>::try_from) else {
                continue;
            };
            let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
            if !(4..=self.most).contains(&length) {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("a message is longer than {} bytes", self.most),
                ));
            }
            self.body = length - 4;
            self.header.clear();
            self.letter = 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(letter: u8, body: usize) -> Vec<u8> {
        let length = u32::try_from(body + 4).unwrap().to_be_bytes();
        [&[letter][..], &length, &vec![b'x'; body]].concat()
    }

    #[test]
    fn lengths_are_found_however_the_bytes_come() {
        let stream = [&message(0, 9)[1..], &message(b'p', 0), &message(b'Q', 70_000)].concat();
        for size in [1, 2, 3, 5, 7, 64, 1_000, stream.len()] {
            let mut lengths = Lengths {
                most: GUEST,
                ..Lengths::default()
            };
            for chunk in stream.chunks(size) {
                lengths.read(chunk).unwrap();
            }
            assert_eq!((lengths.body, lengths.header.len()), (0, 0), "in chunks of {size}");
        }
    }

    #[test]
    fn a_stranger_cannot_send_much() {
        let mut lengths = Lengths::default();
        lengths.read(&message(0, 9)[1..]).unwrap();
        assert!(lengths.read(&message(b'Q', 70_000)[..5]).is_err());
        let mut lengths = Lengths::default();
        assert!(lengths.read(&[0, 0, 0, 1]).is_err());
    }
}
