//! The API keys that were seen lately.
//!
//! A key that was looked up is remembered for a while, so that a busy caller costs a statement every now and then and
//! not one a request. Notes of use are written beside the request, never in its way.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::api_key;
use subtle::ConstantTimeEq;
use tokio::time::Instant;
use uuid::Uuid;

use crate::clock;
use crate::db::Db;
use crate::db::api_key::{self as keys, Presented, SecretHash};
use crate::error::Result;
use crate::graphql::context::Caller;

/// Most keys that are remembered.
const MOST: usize = 10_000;

/// The keys that were seen lately.
pub(super) struct Keys {
    db: Db,
    memory: Duration,
    known: Mutex<HashMap<(Uuid, Uuid), Known>>,
}

#[derive(Clone)]
struct Known {
    caller: Caller,
    secret_hash: SecretHash,
    looked_up: Instant,
    last_used_at: Option<DateTime<Utc>>,
}

impl Keys {
    /// Knows no keys yet, and will remember each for as long as `memory`.
    pub(super) fn new(db: Db, memory: Duration) -> Self {
        Self {
            db,
            memory,
            known: Mutex::default(),
        }
    }

    /// Whether this very key was good when it was last looked up, however long ago: who has it is not guessing.
    pub(super) fn knows(&self, presented: &Presented) -> bool {
        let all = self.lock();
        let known = all.get(&(presented.merchant_id, presented.key_id));
        known.is_some_and(|known| bool::from(known.secret_hash.ct_eq(&presented.secret_hash)))
    }

    /// Who calls with this key; none when it is not good.
    ///
    /// # Errors
    /// What the database said.
    pub(super) async fn check(&self, presented: &Presented) -> Result<Option<Caller>> {
        let known = match self.remembered(presented) {
            Some(known) => Some(known),
            None => self.look_up(presented).await?,
        };
        let fits = |known: &Known| bool::from(known.secret_hash.ct_eq(&presented.secret_hash));
        let Some(known) = known.filter(fits) else {
            return Ok(None);
        };
        self.note_use(presented, &known);
        Ok(Some(known.caller))
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
        let now = clock::now();
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
