//! The tokens of the host ERP that were seen lately.
//!
//! A token that was found good is remembered for a while by its hash, so that neither its signature nor its merchant is
//! looked at with each request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::jwt::{Claims, Verifier};
use crate::clock;
use crate::db::{self, Db};
use crate::error::Result;
use crate::graphql::context::Caller;

/// Most tokens that are remembered.
const MOST: usize = 10_000;

type TokenHash = [u8; 32];

/// The tokens that were seen lately.
pub(super) struct Tokens {
    db: Db,
    verifier: Arc<Verifier>,
    memory: Duration,
    known: Mutex<HashMap<TokenHash, Known>>,
}

#[derive(Clone)]
struct Known {
    bearer: Bearer,
    checked: Instant,
}

/// Who holds a good token.
#[derive(Clone)]
pub(super) struct Bearer {
    pub(super) caller: Caller,
    expires_at: DateTime<Utc>,
    /// A while later: it may have been made by another clock.
    taken_until: DateTime<Utc>,
}

impl Bearer {
    /// When what the token opens at `now` is to be closed: when it expires, and if that was a moment ago, when it is no
    /// longer taken at all.
    pub(super) fn ends_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        if now < self.expires_at {
            self.expires_at
        } else {
            self.taken_until
        }
    }
}

impl Tokens {
    /// Knows no tokens yet, and will remember each for as long as `memory`.
    pub(super) fn new(db: Db, verifier: Arc<Verifier>, memory: Duration) -> Self {
        Self {
            db,
            verifier,
            memory,
            known: Mutex::default(),
        }
    }

    /// Whether this very token was good when it was last looked at, however long ago: who has it is not guessing.
    pub(super) fn knows(&self, token: &str) -> bool {
        self.lock().contains_key(&hash(token))
    }

    /// Who calls with this token; none when it is not good.
    ///
    /// # Errors
    /// What the database said.
    pub(super) async fn check(&self, token: &str) -> Result<Option<Bearer>> {
        let hash = hash(token);
        if let Some(bearer) = self.remembered(&hash) {
            return Ok(Some(bearer));
        }
        let checked = Instant::now();
        let found = match self.verifier.read(token).await {
            Some(claims) => self.bearer(claims).await?,
            None => None,
        };
        let mut all = self.lock();
        match &found {
            Some(bearer) => {
                if all.len() >= MOST {
                    all.retain(|_, known| known.checked.elapsed() < self.memory);
                }
                if all.len() < MOST {
                    let bearer = bearer.clone();
                    all.insert(hash, Known { bearer, checked });
                }
            }
            None => {
                all.remove(&hash);
            }
        }
        Ok(found)
    }

    async fn bearer(&self, claims: Claims) -> Result<Option<Bearer>> {
        let Some(merchant) = db::merchant::by_code(&self.db, &claims.merchant).await? else {
            tracing::debug!(
                merchant = claims.merchant,
                "a token was refused: there is no such merchant"
            );
            return Ok(None);
        };
        let taken_until = claims.taken_until();
        Ok(Some(Bearer {
            caller: Caller {
                merchant_id: merchant.id,
                role: claims.role,
                name: claims.subject,
            },
            expires_at: claims.expires_at,
            taken_until,
        }))
    }

    fn remembered(&self, hash: &TokenHash) -> Option<Bearer> {
        let is_good = |known: &&Known| known.checked.elapsed() < self.memory && clock::now() < known.bearer.taken_until;
        self.lock().get(hash).filter(is_good).map(|known| known.bearer.clone())
    }

    /// No code can panic while it holds the lock, and what it guards would be whole even then.
    fn lock(&self) -> MutexGuard<'_, HashMap<TokenHash, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(token: &str) -> TokenHash {
    Sha256::digest(token).into()
}
