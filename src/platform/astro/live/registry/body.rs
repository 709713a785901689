//! A part of an image as the body of a request: read from the file while it is sent, so that no layer is ever whole in memory.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::super::super::oci::Part;

/// What is left of a part.
struct Rest {
    part: Part,
    at: u64,
}

/// The part as a body, from its beginning.
pub(super) fn of(part: Part) -> reqwest::Body {
    reqwest::Body::wrap(Rest { part, at: 0 })
}

impl Body for Rest {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.is_end_stream() {
            return Poll::Ready(None);
        }
        let read = self.part.read(self.at).map(|bytes| {
            self.at += bytes.len() as u64;
            Frame::data(Bytes::from(bytes))
        });
        Poll::Ready(Some(read))
    }

    fn is_end_stream(&self) -> bool {
        self.at >= self.part.size()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.part.size() - self.at)
    }
}
