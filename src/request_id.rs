//! The id of the request that something is done for.
//!
//! Whoever calls may give a request an id (`x-request-id`); otherwise it is given one. It comes back with the answer, stands in
//! every line of the log that is written for the request, and is the reference in the error of one that failed.
//!
//! # Guarantees
//!
//! - An id has 1 to [`LONGEST`] letters, digits, `-`, `_`, `.` or `:`, so it cannot be taken for anything else in a log.
//! - It goes wherever the future or stream of the request is polled, and with [`tracing`]'s span into the tasks that are
//!   spawned within it.
//!
//! # Not guaranteed
//!
//! - That an id is met once. Who gives two requests the same id finds the lines of both under it.

use std::fmt;
use std::sync::Arc;

use futures_util::stream::{self, Stream};
use tracing::field::Empty;
use tracing::{Instrument, Span};
use uuid::Uuid;

/// Most characters of an id that a caller gives.
pub const LONGEST: usize = 64;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// One that nobody has.
    #[must_use]
    pub fn fresh() -> Self {
        Self(Uuid::now_v7().simple().to_string().into())
    }

    /// The one that a caller gave; none when it does not have the form.
    #[must_use]
    pub fn read(given: &[u8]) -> Option<Self> {
        let is_good = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
        let text = str::from_utf8(given).ok()?;
        let fits = (1..=LONGEST).contains(&given.len()) && given.iter().all(is_good);
        fits.then(|| Self(text.into()))
    }

    /// That of one of several things that are done for the same request.
    #[must_use]
    pub fn part(&self, number: u64) -> Self {
        Self(format!("{}.{number}", self.0).into())
    }

    /// Of the request that is being worked on.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What lines of the log are within.
    #[must_use]
    pub fn span(&self) -> Span {
        // On the level of errors, so that it is there whatever the log is told to leave out.
        tracing::error_span!(parent: None, "request", request_id = self.as_str(), otel.kind = Empty)
    }

    /// Does something for this request, within the span.
    pub async fn scope<F: Future>(self, span: Span, work: F) -> F::Output {
        CURRENT.scope(self, work).instrument(span).await
    }

    /// A stream that is made, and whose items are, for this request.
    pub fn stream<S>(self, span: Span, make: impl FnOnce() -> S) -> impl Stream<Item = S::Item> + Send
    where
        S: Stream + Unpin + Send,
    {
        let mut made = span.in_scope(|| CURRENT.sync_scope(self.clone(), make));
        stream::poll_fn(move |context| {
            let _entered = span.enter();
            CURRENT.sync_scope(self.clone(), || std::pin::Pin::new(&mut made).poll_next(context))
        })
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use futures_util::StreamExt;

    use super::*;

    #[test]
    fn an_id_is_short_and_plain() {
        for good in ["a", "0192f0c1-7d3e", "Root:1_2.3", &"x".repeat(LONGEST)] {
            assert_eq!(RequestId::read(good.as_bytes()).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a\nb", "a\"b", "id=1", "ä", &"x".repeat(LONGEST + 1)] {
            assert_eq!(RequestId::read(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(RequestId::read(&[0xff]), None);
        assert!(RequestId::read(RequestId::fresh().as_str().as_bytes()).is_some());
    }

    #[tokio::test]
    async fn it_goes_with_futures_and_streams() {
        assert_eq!(RequestId::current(), None);
        let id = RequestId::fresh();
        let seen = id.clone().scope(id.span(), async { RequestId::current() }).await;
        assert_eq!(seen.as_ref(), Some(&id));
        let part = id.part(2);
        let items = part
            .clone()
            .stream(id.span(), || stream::iter(0..2).map(|_| RequestId::current()));
        let seen: Vec<_> = items.collect().await;
        assert_eq!(seen, [Some(part.clone()), Some(part)]);
        assert_eq!(RequestId::current(), None);
    }
}
