//! Who calls: bearer keys.
//!
//! A key that was looked up is remembered for [`MEMORY`], so that a busy caller costs a statement every now and then
//! and not one a request. That is how long a revoked key may still open things. Notes of use are written beside the
//! request, never in its way.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, header};
use chrono::{DateTime, Utc};
use entity::api_key;
use subtle::ConstantTimeEq;
use tokio::time::Instant;
use uuid::Uuid;

use crate::db::api_key::{self as keys, Presented, SecretHash};
use crate::db::{self, Db};
use crate::error::{Error, Result};
use crate::graphql::context::Caller;

/// How long a looked-up key is trusted, and how often one that is in use for long is looked at again.
pub(super) const MEMORY: Duration = Duration::from_secs(25);

/// Most keys that are remembered.
const MOST: usize = 10_000;

/// A credential as it came: what follows `Bearer`.
#[derive(Clone)]
pub(super) struct Credential(Presented);

/// The keys that were seen lately.
pub(super) struct Keys {
    db: Db,
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
pub(super) fn from_headers(headers: &HeaderMap) -> Result<Option<Credential>> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map_err(|_| not_good()).and_then(from_text).map(Some),
        (Some(_), Some(_)) => Err(not_good()),
    }
}

/// The credential in a text such as `Bearer ssk_...`.
///
/// # Errors
/// It is not a bearer key of ours.
pub(super) fn from_text(text: &str) -> Result<Credential> {
    let (scheme, token) = text.trim().split_once(' ').ok_or_else(not_good)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(not_good());
    }
    keys::read_token(token.trim()).map(Credential).ok_or_else(not_good)
}

/// The error for who brings no credential.
pub(super) fn missing() -> Error {
    Error::Unauthenticated("an API key is needed; send it as Authorization: Bearer <key>".to_owned())
}

/// One text for everything that can be wrong with a key, so that nothing can be learnt from it.
fn not_good() -> Error {
    Error::Unauthenticated("the API key is not good".to_owned())
}

impl Keys {
    /// Knows no keys yet.
    pub(super) fn new(db: Db) -> Self {
        Self {
            db,
            known: Mutex::default(),
        }
    }

    /// Who calls with this credential.
    ///
    /// # Errors
    /// There is no such key, its secret is another, it is revoked, or the database does not answer.
    pub(super) async fn check(&self, credential: &Credential) -> Result<Caller> {
        let presented = &credential.0;
        let known = match self.remembered(presented) {
            Some(known) => known,
            None => self.look_up(presented).await?.ok_or_else(not_good)?,
        };
        if !bool::from(known.secret_hash.ct_eq(&presented.secret_hash)) {
            return Err(not_good());
        }
        self.note_use(presented, &known);
        Ok(known.caller)
    }

    /// Comes back when the credential is no longer good. While the database does not answer it is taken to be good.
    pub(super) async fn until_revoked(&self, credential: &Credential) {
        loop {
            tokio::time::sleep(MEMORY).await;
            if let Err(Error::Unauthenticated(_)) = self.check(credential).await {
                return;
            }
        }
    }

    fn remembered(&self, presented: &Presented) -> Option<Known> {
        self.lock()
            .get(&(presented.merchant_id, presented.key_id))
            .filter(|known| known.looked_up.elapsed() < MEMORY)
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
                    all.retain(|_, known| known.looked_up.elapsed() < MEMORY);
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
        assert!(from_headers(&headers).unwrap().is_none());
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&good).unwrap());
        assert!(from_headers(&headers).unwrap().is_some());
        headers.append(header::AUTHORIZATION, HeaderValue::from_str(&good).unwrap());
        assert!(from_headers(&headers).is_err());
    }
}
