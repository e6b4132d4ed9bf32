//! Stores' connections: made, tried out, paused and ended.
//!
//! A connection takes effect with the next round of pushes. A call that is under way when a store is disconnected or
//! paused is not called back; what it comes to is written down.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use entity::store;
use entity::types::{AttemptOutcome, ConnectionStatus, FailureCode, Marketplace};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::Engine;
use super::access::Access;
use super::problems::Problems;
use crate::clock::{self, now};
use crate::db::queue::DueStore;
use crate::db::turn::{self, Lease};
use crate::db::{self, catalogue};
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::marketplace::{Failure, Keys};

/// Longest text of a field of a connection, in bytes.
const LONGEST_FIELD: usize = 8_192;
/// How long a try waits for the store's turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(100);

/// What a change of a store's connection does to the row.
type Change = dyn Fn(&Engine, &mut store::Model) -> Result<()> + Send + Sync;

impl Engine {
    /// Connects a store, or connects it anew. What waited for it is sent. `path` is where the keys stand in the input.
    ///
    /// # Errors
    /// There is no such store, the keys are for another marketplace, or a field has the wrong form.
    pub async fn connect_store(
        &self,
        merchant: Uuid,
        store: (Uuid, Problem),
        path: &str,
        keys: Box<dyn Keys>,
    ) -> Result<store::Model> {
        let endpoint = self.checked_keys(path, &*keys)?;
        let path = path.to_owned();
        let (connector, account, secret) = (keys.marketplace(), keys.account(), keys.secret());
        let connect = move |engine: &Engine, row: &mut store::Model| {
            if connector != Marketplace::Custom && connector != row.marketplace {
                let (given, is) = (connector.word(), row.marketplace.word());
                let message = format!("{given} was given, but the store is on {is}");
                return Err(Error::invalid(&path, ProblemCode::Invalid, message));
            }
            row.credentials = Some(engine.cipher().seal(row.id, secret.expose_secret())?);
            connected(row, connector, endpoint.clone());
            row.account.clone_from(&account);
            Ok(())
        };
        let row = self.change_store(merchant, store, Arc::new(connect)).await?;
        self.feed().wake_worker();
        Ok(row)
    }

    /// Ends a store's connection and forgets its credentials. What waits for it fails with STORE_NOT_CONNECTED.
    ///
    /// # Errors
    /// There is no such store.
    pub async fn disconnect_store(&self, merchant: Uuid, store: (Uuid, Problem)) -> Result<store::Model> {
        let row = self
            .change_store(
                merchant,
                store,
                Arc::new(|_: &Engine, row: &mut store::Model| {
                    disconnected(row);
                    Ok(())
                }),
            )
            .await?;
        self.expire_store(due(&row), Duration::ZERO).await?;
        Ok(row)
    }

    /// Sends nothing to a store until it is resumed or connected anew.
    ///
    /// # Errors
    /// There is no such store, or it is not connected.
    pub async fn pause_store(&self, merchant: Uuid, store: (Uuid, Problem)) -> Result<store::Model> {
        let not_connected = Problem::new(
            &store.1.field.join("."),
            ProblemCode::Invalid,
            "the store is not connected, so there is nothing to pause",
        );
        let pause = move |_: &Engine, row: &mut store::Model| {
            if row.connection_status == ConnectionStatus::NotConnected {
                return Err(not_connected.clone().into());
            }
            row.paused_until = Some(db::store::FOR_GOOD);
            row.pause_reason = Some(FailureCode::PausedByHand);
            Ok(())
        };
        self.change_store(merchant, store, Arc::new(pause)).await
    }

    /// Sends to a store again that was paused, by hand or because its calls failed. One that is not paused stays as it is.
    ///
    /// # Errors
    /// There is no such store.
    pub async fn resume_store(&self, merchant: Uuid, store: (Uuid, Problem)) -> Result<store::Model> {
        let row = self
            .change_store(
                merchant,
                store,
                Arc::new(|_: &Engine, row: &mut store::Model| {
                    row.paused_until = None;
                    row.pause_reason = None;
                    Ok(())
                }),
            )
            .await?;
        self.feed().wake_worker();
        Ok(row)
    }

    /// Makes a call to a store that changes nothing. It takes the store's turn for that, so that a token is never renewed
    /// twice at a time. Returns the store, and why it does not work; what is pushed is not concerned.
    ///
    /// # Errors
    /// There is no such store, or a worker kept its turn for longer than one should wait.
    pub async fn try_connection(
        &self,
        merchant: Uuid,
        store: (Uuid, Problem),
    ) -> Result<(store::Model, Option<Failure>)> {
        let (id, unknown) = store;
        let row = db::find::<store::Entity, _>(self.db().reader(), merchant, id).await?;
        let row = row.ok_or(unknown)?;
        if row.connection_status == ConnectionStatus::NotConnected {
            let failure = Failure {
                class: AttemptOutcome::Permanent,
                code: FailureCode::StoreNotConnected,
                message: "the store is not connected".to_owned(),
                retry_after: None,
            };
            return Ok((row, Some(failure)));
        }
        let lease = self.turn_for_a_try(&row).await?;
        let access = Access::to(row);
        let tried = self.try_access(&access).await;
        self.end_try(lease).await?;
        Ok((access.store().await, tried.err()))
    }

    async fn try_access(&self, access: &Access) -> Result<(), Failure> {
        let good = access.get(self).await?;
        let store = access.store().await;
        let connector = self.marketplaces().of(store.connector);
        match connector.try_out(&good).await {
            Err(failure) if failure.class == AttemptOutcome::Auth => match access.after(self, &good).await {
                Some(renewed) => connector.try_out(&renewed?).await,
                None => Err(failure),
            },
            tried => tried,
        }
    }

    /// The store's turn, as a worker takes it.
    async fn turn_for_a_try(&self, store: &store::Model) -> Result<(Lease, Duration)> {
        let lease = Lease {
            store: due(store),
            id: Uuid::now_v7(),
        };
        // A call, a renewal and another call, each of which ends by itself.
        let longest = self.marketplaces().of(store.connector).limits().longest_call * 3;
        let give_up = now() + TimeDelta::from_std(PATIENCE).unwrap_or_default();
        loop {
            let until = now() + TimeDelta::from_std(longest).unwrap_or_default();
            let taken = self
                .db()
                .write(move |tx| Box::pin(async move { turn::take(tx, &lease, now(), until).await }))
                .await?;
            match taken {
                Some(pace) => return Ok((lease, pace.interval)),
                None if now() >= give_up => {
                    let text = "the store is being pushed to and its turn did not end in time";
                    return Err(Error::Unavailable(text.to_owned()));
                }
                None => clock::wait(LOOK).await,
            }
        }
    }

    async fn end_try(&self, (lease, interval): (Lease, Duration)) -> Result<()> {
        let ready_at = now() + TimeDelta::from_std(interval).unwrap_or_default();
        self.db()
            .write(move |tx| Box::pin(async move { turn::give_back(tx, &lease, Some(ready_at)).await }))
            .await?;
        self.feed().wake_worker();
        Ok(())
    }

    /// Where calls go with these keys.
    fn checked_keys(&self, path: &str, keys: &dyn Keys) -> Result<String> {
        let mut problems = Problems::default();
        for (field, value) in keys.fields() {
            let path = format!("{path}.{field}");
            if value.trim().is_empty() {
                problems.add(&path, ProblemCode::Required, "must not be blank");
            } else if value.len() > LONGEST_FIELD {
                let message = format!("has {} bytes; at most {LONGEST_FIELD} are allowed", value.len());
                problems.add(&path, ProblemCode::TooLong, message);
            }
        }
        for (field, text) in keys.problems() {
            problems.add(&format!("{path}.{field}"), ProblemCode::Invalid, text);
        }
        problems.none()?;
        let (field, endpoint) = keys.endpoint(self.marketplaces().addresses());
        let path = match field {
            "" => path.to_owned(),
            field => format!("{path}.{field}"),
        };
        Ok(self.check_endpoint(&path, &endpoint)?)
    }

    /// Changes one store in a transaction, with what was learnt of it forgotten.
    async fn change_store(&self, merchant: Uuid, store: (Uuid, Problem), change: Arc<Change>) -> Result<store::Model> {
        let engine = self.clone();
        let (id, unknown) = store;
        self.db()
            .write(move |tx| {
                let (engine, change, unknown) = (engine.clone(), Arc::clone(&change), unknown.clone());
                Box::pin(async move {
                    catalogue::lock(tx, merchant).await?;
                    // Locked, so that a token which a worker renews at this moment is not written over.
                    let row = db::store::lock(tx, merchant, id).await?;
                    let mut row = row.ok_or(unknown)?;
                    change(&engine, &mut row)?;
                    row.updated_at = now();
                    catalogue::upsert_connected_stores(tx, vec![row.clone()]).await?;
                    turn::forget(tx, merchant, &[id]).await?;
                    Ok(row)
                })
            })
            .await
    }
}

/// Notes that a store is connected, by `connector` at `endpoint`; whatever held it back does so no more.
pub(super) fn connected(row: &mut store::Model, connector: Marketplace, endpoint: String) {
    row.connector = Some(connector);
    row.account = None;
    row.endpoint = Some(endpoint);
    row.connection_status = ConnectionStatus::Connected;
    row.connection_failure = None;
    row.paused_until = None;
    row.pause_reason = None;
}

fn disconnected(row: &mut store::Model) {
    row.connector = None;
    row.account = None;
    row.endpoint = None;
    row.credentials = None;
    row.connection_status = ConnectionStatus::NotConnected;
    row.connection_failure = None;
    row.paused_until = None;
    row.pause_reason = None;
}

fn due(store: &store::Model) -> DueStore {
    DueStore {
        merchant_id: store.merchant_id,
        store_id: store.id,
    }
}
