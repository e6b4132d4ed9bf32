//! Who calls: bearer keys.
//!
//! A key that was looked up is remembered for a while, so that a busy caller costs a statement every now and then and
//! not one a request. That is how long a revoked key may still open things, and how often one that has something open
//! is looked at again. Notes of use are written beside the request, never in its way.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use chrono::{DateTime, Utc};
use entity::api_key;
use subtle::ConstantTimeEq;
use tokio::time::Instant;
use uuid::Uuid;

use super::Settings;
use super::attempts::Attempts;
use super::refusal::Refusal;
use crate::db::api_key::{self as keys, Presented, SecretHash};
use crate::db::{self, Db};
use crate::error::{Error, Result};
use crate::graphql::context::Caller;

/// Most keys that are remembered.
const MOST: usize = 10_000;

/// A credential as it came: what follows `Bearer`.
#[derive(Clone)]
pub(super) struct Credential(Presented);

/// Why somebody is not let in.
pub(super) enum Denied {
    /// There is no credential.
    Missing,
    /// There is no such key, its secret is another, or it is revoked. Which of them is nobody's business.
    NotGood,
    /// The peer has tried too many bad keys.
    TooMany,
    /// The key could not be looked up.
    Fault(Error),
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        let message = match denied {
            Denied::Missing => "an API key is needed; send it as Authorization: Bearer <key>",
            Denied::NotGood => "the API key is not good",
            Denied::TooMany => {
                return Self::status(
                    StatusCode::TOO_MANY_REQUESTS,
                    "RATE_LIMITED",
                    "too many bad API keys came from this address; try again in a minute",
                );
            }
            Denied::Fault(error) => return error.into(),
        };
        Error::Unauthenticated(message.to_owned()).into()
    }
}

/// The keys that were seen lately, and the bad ones that were tried.
pub(super) struct Keys {
    db: Db,
    memory: Duration,
    attempts: Attempts,
    known: Mutex<HashMap<(Uuid, Uuid), Known>>,
}

#[derive(Clone)]
struct Known {
    caller: Caller,
    secret_hash: SecretHash,
    looked_up: Instant,
    last_used_at: Option<DateTime<Utc>>,
}

/// The credential in the `Authorization` header; none when there is no such header.
///
/// # Errors
/// There are several, or it is not a bearer key of ours.
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
/// It is not a bearer key of ours.
pub(super) fn from_text(text: &str) -> Result<Credential, Denied> {
    let (scheme, token) = text.trim().split_once(' ').ok_or(Denied::NotGood)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Denied::NotGood);
    }
    keys::read_token(token.trim()).map(Credential).ok_or(Denied::NotGood)
}

impl Keys {
    /// Knows no keys yet.
    pub(super) fn new(db: Db, settings: &Settings) -> Self {
        Self {
            db,
            memory: settings.key_memory,
            attempts: Attempts::new(settings.bad_keys_per_minute),
            known: Mutex::default(),
        }
    }

    /// Who calls with this credential.
    ///
    /// # Errors
    /// The credential is not good, or whether it is cannot be found out now.
    pub(super) async fn check(&self, credential: &Credential, peer: Option<IpAddr>) -> Result<Caller, Denied> {
        let presented = &credential.0;
        let known = match self.remembered(presented) {
            Some(known) => Some(known),
            None if self.attempts.are_used_up(peer, Instant::now()) => return Err(Denied::TooMany),
            None => self.look_up(presented).await.map_err(Denied::Fault)?,
        };
        let fits = |known: &Known| bool::from(known.secret_hash.ct_eq(&presented.secret_hash));
        let Some(known) = known.filter(fits) else {
            self.attempts.note(peer, Instant::now());
            return Err(Denied::NotGood);
        };
        self.note_use(presented, &known);
        Ok(known.caller)
    }

    /// Comes back when the credential is no longer good. While the database does not answer it is taken to be good.
    pub(super) async fn until_revoked(&self, credential: &Credential) {
        loop {
            tokio::time::sleep(self.memory).await;
            if let Err(Denied::NotGood) = self.check(credential, None).await {
                return;
            }
        }
    }

    fn remembered(&self, presented: &Presented) -> Option<Known> {
        self.lock()
            .get(&(presented.merchant_id, presented.key_id))
            .filter(|known| known.looked_up.elapsed() < self.memory)
            .cloned()
    }

    async fn look_up(&self, presented: &Presented) -> Result<Option<Known>> {
        let looked_up = Instant::now();
        let id = (presented.merchant_id, presented.key_id);
        let found = keys::find(&self.db, id.0, id.1).await?;
        let known = found.and_then(|key| known(key, looked_up));
        let mut all = self.lock();
        match &known {
            Some(known) => {
                if all.len() >= MOST {
                    all.retain(|_, known| known.looked_up.elapsed() < self.memory);
                }
                if all.len() < MOST {
                    all.insert(id, known.clone());
                }
            }
            None => {
                all.remove(&id);
            }
        }
        Ok(known)
    }

    fn note_use(&self, presented: &Presented, known: &Known) {
        let now = db::now();
        let recent = |last: DateTime<Utc>| now - last < keys::TOUCH_INTERVAL;
        if known.last_used_at.is_some_and(recent) {
            return;
        }
        let id = (presented.merchant_id, presented.key_id);
        if let Some(known) = self.lock().get_mut(&id) {
            known.last_used_at = Some(now);
        }
        let db = self.db.clone();
        tokio::spawn(async move {
            if let Err(error) = keys::touch(&db, id.0, id.1, now).await {
                tracing::warn!(error = error.operator_text(), "the use of a key could not be noted");
            }
        });
    }

    /// No code can panic while it holds the lock, and what it guards would be whole even then.
    fn lock(&self) -> MutexGuard<'_, HashMap<(Uuid, Uuid), Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn known(key: api_key::Model, looked_up: Instant) -> Option<Known> {
    if key.revoked_at.is_some() {
        return None;
    }
    Some(Known {
        secret_hash: keys::read_hash(&key.secret_hash)?,
        caller: Caller {
            merchant_id: key.merchant_id,
            role: key.role,
            name: key.name,
        },
        looked_up,
        last_used_at: key.last_used_at,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_one_bearer_key_is_taken() {
        let good = format!("bearer  ssk_{}", "A".repeat(86));
        assert!(from_text(&good).is_ok());
        for text in ["", "Bearer", "Bearer x", "Basic dTpw", &good[8..]] {
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
