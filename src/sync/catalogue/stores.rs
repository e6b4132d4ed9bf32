//! Stores and their connections.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::store;
use entity::types::{ConnectionStatus, Marketplace};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::{ConnectionInput, MAX_ITEMS, StoreInput};
use crate::clock;
use crate::db::{self, catalogue};
use crate::error::{ProblemCode, Result};
use crate::sync::Engine;
use crate::sync::connection::connected;
use crate::sync::problems::{Problems, Seen, at_most};

impl Engine {
    /// Makes and changes stores, by their codes. A store that is given with a connection is connected anew, whatever
    /// its connection was before, and what waited for it is sent. Returns the stores in the order of the input.
    ///
    /// # Errors
    /// A problem of the input, such as another marketplace for a store that has store SKUs; then nothing is changed.
    pub async fn upsert_stores(&self, merchant: Uuid, stores: Vec<StoreInput>) -> Result<Vec<store::Model>> {
        let stores = Arc::new(self.checked_stores(stores)?);
        let connects = stores.iter().any(|store| store.connection.is_some());
        let engine = self.clone();
        let rows = self
            .db()
            .write(move |tx| {
                let (engine, stores) = (engine.clone(), Arc::clone(&stores));
                Box::pin(async move { write(tx, &engine, merchant, &stores).await })
            })
            .await?;
        if connects {
            self.feed().wake_worker();
        }
        Ok(rows)
    }

    /// Checks stores as [`Engine::upsert_stores`] would, and changes nothing.
    ///
    /// # Errors
    /// The problems of the input.
    pub async fn check_stores(&self, merchant: Uuid, stores: Vec<StoreInput>) -> Result<()> {
        let stores = self.checked_stores(stores)?;
        let before = by_code(self.db().reader(), merchant, &stores).await?;
        refuse_new_marketplaces(self.db().reader(), merchant, &stores, &before).await
    }

    /// The stores as they are to be stored.
    fn checked_stores(&self, stores: Vec<StoreInput>) -> Result<Vec<StoreInput>> {
        at_most("stores", stores.len(), MAX_ITEMS)?;
        let (mut problems, mut seen) = (Problems::default(), Seen::default());
        let mut checked = Vec::with_capacity(stores.len());
        for (at, store) in stores.into_iter().enumerate() {
            let path = format!("stores.{at}.code");
            let code = problems.code(&path, &store.code);
            seen.once(&mut problems, &path, code.clone(), &code);
            let path = format!("stores.{at}.connection");
            let connection = store
                .connection
                .map(|connection| self.checked_connection(&mut problems, &path, connection));
            checked.push(StoreInput {
                code,
                name: problems.name(&format!("stores.{at}.name"), &store.name),
                marketplace: store.marketplace,
                connection,
            });
        }
        problems.none()?;
        Ok(checked)
    }

    fn checked_connection(&self, problems: &mut Problems, path: &str, given: ConnectionInput) -> ConnectionInput {
        let endpoint = problems.take(self.check_endpoint(&format!("{path}.endpoint"), &given.endpoint));
        let secret = given.signing_secret.expose_secret();
        problems.take(self.check_signing_secret(&format!("{path}.signingSecret"), secret));
        ConnectionInput { endpoint, ..given }
    }
}

async fn write(
    tx: &DatabaseTransaction,
    engine: &Engine,
    merchant: Uuid,
    stores: &[StoreInput],
) -> Result<Vec<store::Model>> {
    catalogue::lock(tx, merchant).await?;
    let before = by_code(tx, merchant, stores).await?;
    refuse_new_marketplaces(tx, merchant, stores, &before).await?;
    let now = clock::now();
    let (mut connected, mut renamed) = (Vec::new(), Vec::new());
    for given in stores {
        let old = before.get(&given.code);
        let new = merged(engine, merchant, old, given, now)?;
        if old != Some(&new) {
            let changed = match given.connection {
                Some(_) => &mut connected,
                None => &mut renamed,
            };
            changed.push(store::Model { updated_at: now, ..new });
        }
    }
    let ids: Vec<Uuid> = connected.iter().map(|store: &store::Model| store.id).collect();
    catalogue::upsert_connected_stores(tx, connected).await?;
    db::turn::forget(tx, merchant, &ids).await?;
    catalogue::upsert_stores(tx, renamed).await?;
    let mut after = by_code(tx, merchant, stores).await?;
    Ok(stores.iter().filter_map(|given| after.remove(&given.code)).collect())
}

async fn by_code<C: ConnectionTrait>(
    conn: &C,
    merchant: Uuid,
    stores: &[StoreInput],
) -> Result<HashMap<String, store::Model>> {
    let rows = catalogue::stores(conn, merchant, stores.iter().map(|store| store.code.as_str())).await?;
    Ok(rows.into_iter().map(|row| (row.code.clone(), row)).collect())
}

/// A store that has store SKUs stays on its marketplace: its history and its listings belong to that.
async fn refuse_new_marketplaces<C: ConnectionTrait>(
    conn: &C,
    merchant: Uuid,
    stores: &[StoreInput],
    before: &HashMap<String, store::Model>,
) -> Result<()> {
    let moved: Vec<(usize, &store::Model)> = stores
        .iter()
        .enumerate()
        .filter_map(|(at, given)| Some((at, given, before.get(&given.code)?)))
        .filter(|(_, given, old)| given.marketplace != old.marketplace)
        .map(|(at, _, old)| (at, old))
        .collect();
    let ids: Vec<Uuid> = moved.iter().map(|(_, old)| old.id).collect();
    let fixed = catalogue::with_store_skus(conn, merchant, &ids).await?;
    let mut problems = Problems::default();
    for (at, old) in moved.into_iter().filter(|(_, old)| fixed.contains(&old.id)) {
        let (given, stays) = (stores[at].marketplace.word(), old.marketplace.word());
        let message = format!("{given} was given, but the store has store SKUs and stays on {stays}");
        problems.add(&format!("stores.{at}.marketplace"), ProblemCode::Invalid, message);
    }
    problems.none()
}

fn merged(
    engine: &Engine,
    merchant: Uuid,
    old: Option<&store::Model>,
    given: &StoreInput,
    now: DateTime<Utc>,
) -> Result<store::Model> {
    let mut row = old.cloned().unwrap_or_else(|| unconnected(merchant, given, now));
    row.name.clone_from(&given.name);
    row.marketplace = given.marketplace;
    if let Some(connection) = &given.connection {
        let secret = connection.signing_secret.expose_secret();
        row.credentials = Some(engine.cipher().seal(row.id, secret)?);
        connected(&mut row, Marketplace::Custom, connection.endpoint.clone());
    }
    Ok(row)
}

fn unconnected(merchant: Uuid, given: &StoreInput, now: DateTime<Utc>) -> store::Model {
    store::Model {
        merchant_id: merchant,
        id: Uuid::now_v7(),
        code: given.code.clone(),
        name: given.name.clone(),
        marketplace: given.marketplace,
        connection_status: ConnectionStatus::NotConnected,
        connection_failure: None,
        connector: None,
        account: None,
        endpoint: None,
        credentials: None,
        paused_until: None,
        pause_reason: None,
        created_at: now,
        updated_at: now,
    }
}
