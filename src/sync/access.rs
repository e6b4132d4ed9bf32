//! Access to a store during a round: its credentials, with a token that is good.
//!
//! # Guarantees
//!
//! - One renewal of a store's token at a time: of all processes by the store's turn, which the caller has, and within the
//!   round by a lock.
//! - A new token is stored before it is used. It replaces the one that it was got with and nothing else: a store that was
//!   connected anew in the meantime keeps what it was given.
//! - A renewal that was begun is ended, also when whoever waits for it is gone, as some tokens for renewing work once.
//!
//! # Not guaranteed
//!
//! That a process which is killed between the marketplace's answer and the commit has a good token afterwards; the store
//! then has to be connected again.

use std::time::Duration;

use entity::store;
use entity::types::{AttemptOutcome, FailureCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::Engine;
use crate::clock::{self, now};
use crate::db;
use crate::error::Result;
use crate::marketplace::{Failure, StoreAccess};

/// How often a new token that could not be stored is tried to be stored again; the pauses double.
const STORING: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// A store, as what it is called.
pub(super) struct Access(Mutex<store::Model>);

impl Access {
    /// To a store as it was read.
    pub(super) fn to(store: store::Model) -> Self {
        Self(Mutex::new(store))
    }

    /// The store, with the credentials that are in use.
    pub(super) async fn store(&self) -> store::Model {
        self.0.lock().await.clone()
    }

    /// What the store is called with. A token that is about to end is renewed first.
    ///
    /// # Errors
    /// Why it cannot be called.
    pub(super) async fn get(&self, engine: &Engine) -> Result<StoreAccess, Failure> {
        let mut store = self.0.lock().await;
        let access = open(engine, &store)?;
        match renew_at(engine, &store, &access) {
            Some(at) if at <= now() => renew(engine, &mut store, access).await,
            _ => Ok(access),
        }
    }

    /// What the store is called with now that `refused` was refused; none when there is no token that can be renewed.
    ///
    /// # Errors
    /// Why it cannot be called.
    pub(super) async fn after(&self, engine: &Engine, refused: &StoreAccess) -> Option<Result<StoreAccess, Failure>> {
        let mut store = self.0.lock().await;
        let access = match open(engine, &store) {
            Ok(access) => access,
            Err(failure) => return Some(Err(failure)),
        };
        renew_at(engine, &store, &access)?;
        if access.secret.expose_secret() != refused.secret.expose_secret() {
            // Another call of the round has renewed it already.
            return Some(Ok(access));
        }
        Some(renew(engine, &mut store, access).await)
    }
}

fn renew_at(engine: &Engine, store: &store::Model, access: &StoreAccess) -> Option<chrono::DateTime<chrono::Utc>> {
    let connector = engine.marketplaces().of(store.connector);
    connector.renew_at(&access.secret)
}

/// What a store is called with, as it is stored.
fn open(engine: &Engine, store: &store::Model) -> Result<StoreAccess, Failure> {
    let opened = store
        .credentials
        .as_deref()
        .map(|blob| engine.cipher().open(store.id, blob));
    match (opened, &store.endpoint) {
        (Some(Ok(secret)), Some(endpoint)) => Ok(StoreAccess {
            store_code: store.code.clone(),
            endpoint: endpoint.clone(),
            secret,
        }),
        (Some(Err(error)), _) => {
            tracing::error!(store = %store.id, error = error.operator_text(), "cannot call the store");
            let message = "the store's credentials cannot be opened by this server";
            Err(transient(FailureCode::CredentialsRefused, message))
        }
        _ => Err(transient(FailureCode::StoreNotConnected, "the store is not connected")),
    }
}

/// Renews the token and stores it, in a task of its own.
async fn renew(engine: &Engine, store: &mut store::Model, access: StoreAccess) -> Result<StoreAccess, Failure> {
    let task = tokio::spawn(renew_and_store(engine.clone(), store.clone(), access));
    let renewed = task.await.unwrap_or_else(|error| {
        tracing::error!(%error, "renewing a token failed");
        Err(transient(
            FailureCode::MarketplaceError,
            "the store's token could not be renewed",
        ))
    });
    let (blob, access) = renewed?;
    store.credentials = Some(blob);
    Ok(access)
}

async fn renew_and_store(
    engine: Engine,
    store: store::Model,
    access: StoreAccess,
) -> Result<(Vec<u8>, StoreAccess), Failure> {
    let connector = engine.marketplaces().of(store.connector);
    let secret = connector.renew(&access).await?;
    tracing::info!(store = %store.id, "renewed the store's token");
    let blob = sealed(&engine, &store, &secret).await?;
    Ok((blob, StoreAccess { secret, ..access }))
}

async fn sealed(engine: &Engine, store: &store::Model, secret: &SecretString) -> Result<Vec<u8>, Failure> {
    let not_stored = || {
        let message = "the store's token was renewed and could not be stored";
        transient(FailureCode::MarketplaceError, message)
    };
    let blob = engine
        .cipher()
        .seal(store.id, secret.expose_secret())
        .map_err(|_| not_stored())?;
    let mut pause = FIRST_PAUSE;
    for _ in 0..STORING {
        match db::store::replace_credentials(engine.db(), store, &blob).await {
            Ok(true) => return Ok(blob),
            Ok(false) => {
                let message = "the store was connected anew in the meantime";
                return Err(transient(FailureCode::StoreNotConnected, message));
            }
            Err(error) => {
                tracing::warn!(store = %store.id, error = error.operator_text(), "could not store a token yet")
            }
        }
        clock::wait(pause).await;
        pause *= 2;
    }
    Err(not_stored())
}

fn transient(code: FailureCode, message: &str) -> Failure {
    Failure {
        class: AttemptOutcome::Transient,
        code,
        message: message.to_owned(),
        retry_after: None,
    }
}
