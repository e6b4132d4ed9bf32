//! Who calls: API keys, and tokens of the host ERP.
//!
//! What was found good is trusted for a while. That is how long a revoked key may still open things, and how often one
//! that has something open is looked at again. What a token has open ends when the token does.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::Settings;
use super::attempts::Attempts;
use super::keys::Keys;
use super::refusal::Refusal;
use super::tokens::Tokens;
use crate::clock;
use crate::db::Db;
use crate::db::api_key::{self, Presented};
use crate::error::Error;
use crate::graphql::context::Caller;

/// A credential as it came: what follows `Bearer`.
#[derive(Clone)]
pub(super) enum Credential {
    /// An API key of ours.
    Key(Presented),
    /// What may be a token of the host ERP.
    Token(Arc<str>),
}

/// Why somebody is not let in.
pub(super) enum Denied {
    /// There is no credential.
    Missing,
    /// There is no such key, its secret is another, or it is revoked; or it is no good token. Which of them is nobody's
    /// business.
    NotGood,
    /// The peer has tried too many bad ones.
    TooMany,
    /// The credential could not be looked up.
    Fault(Error),
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        let message = match denied {
            Denied::Missing => "an API key or a token is needed; send it as Authorization: Bearer <key or token>",
            Denied::NotGood => "the API key or token is not good",
            Denied::TooMany => {
                return Self::status(
                    StatusCode::TOO_MANY_REQUESTS,
                    "RATE_LIMITED",
                    "too many bad API keys or tokens came from this address; try again in a minute",
                );
            }
            Denied::Fault(error) => return error.into(),
        };
        Error::Unauthenticated(message.to_owned()).into()
    }
}

/// Somebody who was let in.
pub(super) struct Guest {
    pub(super) caller: Caller,
    /// When that ends by itself; never, with an API key.
    pub(super) until: Option<DateTime<Utc>>,
}

/// Why somebody who was let in is shown out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// The credential is no longer good.
    Revoked,
    /// The token has expired.
    Expired,
}

/// Lets people in.
pub(super) struct Gate {
    keys: Keys,
    /// None where no tokens are taken.
    tokens: Option<Tokens>,
    attempts: Attempts,
    memory: Duration,
}

/// The credential in the `Authorization` header; none when there is no such header.
///
/// # Errors
/// There are several, or it is neither a key nor a token.
pub(super) fn from_headers(headers: &HeaderMap) -> Result<Option<Credential>, Denied> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value
            .to_str()
            .map_err(|_| Denied::NotGood)
            .and_then(from_text)
            .map(Some),
        (Some(_), Some(_)) => Err(Denied::NotGood),
    }
}

/// The credential in a text such as `Bearer ssk_...`.
///
/// # Errors
/// It is neither a key nor a token.
pub(super) fn from_text(text: &str) -> Result<Credential, Denied> {
    let (scheme, token) = text.trim().split_once(' ').ok_or(Denied::NotGood)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Denied::NotGood);
    }
    let token = token.trim();
    match api_key::read_token(token) {
        Some(presented) => Ok(Credential::Key(presented)),
        // A signed token has three parts.
        None if token.split('.').count() == 3 => Ok(Credential::Token(token.into())),
        None => Err(Denied::NotGood),
    }
}

impl Gate {
    /// A gate that knows nobody yet.
    pub(super) fn new(db: &Db, settings: &Settings) -> Self {
        let memory = settings.key_memory;
        let tokens = settings.tokens.clone();
        Self {
            keys: Keys::new(db.clone(), memory),
            tokens: tokens.map(|verifier| Tokens::new(db.clone(), verifier, memory)),
            attempts: Attempts::new(settings.bad_keys_per_minute),
            memory,
        }
    }

    /// Who calls with this credential.
    ///
    /// # Errors
    /// The credential is not good, or whether it is cannot be found out now.
    pub(super) async fn check(&self, credential: &Credential, peer: Option<IpAddr>) -> Result<Guest, Denied> {
        if !self.knows(credential) && self.attempts.are_used_up(peer, Instant::now()) {
            return Err(Denied::TooMany);
        }
        let guest = self.find(credential).await.map_err(Denied::Fault)?;
        guest.ok_or_else(|| {
            self.attempts.note(peer, Instant::now());
            Denied::NotGood
        })
    }

    /// What was read of a request's credential. One that has not even the form of one counts as a bad one, too.
    pub(super) fn noted<T>(&self, read: Result<T, Denied>, peer: Option<IpAddr>) -> Result<T, Denied> {
        if matches!(read, Err(Denied::NotGood)) {
            if self.attempts.are_used_up(peer, Instant::now()) {
                return Err(Denied::TooMany);
            }
            self.attempts.note(peer, Instant::now());
        }
        read
    }

    /// Comes back when the credential is no longer good, or at `until`. While the database does not answer it is taken
    /// to be good.
    pub(super) async fn until_over(&self, credential: &Credential, until: Option<DateTime<Utc>>) -> Over {
        loop {
            let left = until.map(|until| (until - clock::now()).to_std().unwrap_or_default());
            tokio::time::sleep(left.map_or(self.memory, |left| left.min(self.memory))).await;
            if until.is_some_and(|until| until <= clock::now()) {
                return Over::Expired;
            }
            // In a box, because whoever waits here does so for most of the time.
            if let Err(Denied::NotGood) = Box::pin(self.check(credential, None)).await {
                return Over::Revoked;
            }
        }
    }

    fn knows(&self, credential: &Credential) -> bool {
        match credential {
            Credential::Key(presented) => self.keys.knows(presented),
            Credential::Token(token) => self.tokens.as_ref().is_some_and(|tokens| tokens.knows(token)),
        }
    }

    async fn find(&self, credential: &Credential) -> Result<Option<Guest>, Error> {
        match (credential, &self.tokens) {
            (Credential::Key(presented), _) => {
                let caller = self.keys.check(presented).await?;
                Ok(caller.map(|caller| Guest { caller, until: None }))
            }
            (Credential::Token(token), Some(tokens)) => {
                let bearer = tokens.check(token).await?;
                Ok(bearer.map(|bearer| Guest {
                    until: Some(bearer.ends_at(clock::now())),
                    caller: bearer.caller,
                }))
            }
            (Credential::Token(_), None) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_one_bearer_is_taken() {
        let good = format!("bearer  ssk_{}", "A".repeat(86));
        assert!(from_text(&good).is_ok());
        assert!(matches!(from_text("Bearer a.b.c"), Ok(Credential::Token(_))));
        for text in [
            "",
            "Bearer",
            "Bearer x",
            "Bearer a.b",
            "Bearer a.b.c.d",
            "Basic dTpw",
            &good[8..],
        ] {
            assert!(from_text(text).is_err(), "{text}");
        }
        let mut headers = HeaderMap::new();
        assert!(matches!(from_headers(&headers), Ok(None)));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&good).unwrap());
        assert!(matches!(from_headers(&headers), Ok(Some(_))));
        headers.append(header::AUTHORIZATION, HeaderValue::from_str(&good).unwrap());
        assert!(from_headers(&headers).is_err());
    }
}
