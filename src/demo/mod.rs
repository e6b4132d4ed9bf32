//! The demo: a merchant with everything, a marketplace that misbehaves, and stock that keeps changing.
//!
//! Nothing in it is a short cut. The catalogue and the rules go through the engine like those of any merchant, the
//! worker pushes over HTTP to a server of its own, which checks the signatures, and callers use the API with a token.
//!
//! # Guarantees
//!
//! It can be started again on the same database. What it is made of is put back as it was, everything else stays, the
//! history included. The marketplace has a new port and a new secret each time, so the stores are connected anew; the
//! caller has a new token, and those of earlier runs stop working.

mod banner;
mod catalogue;
mod generator;
mod marketplace;

use entity::types::{Role, SyncReason};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::db::{Db, api_key, merchant};
use crate::error::{Error, ProblemCode, Result};
use crate::sync::Engine;
use crate::sync::catalogue::{ConnectionInput, StoreInput};
use crate::sync::trigger::{StockChange, StockQuantity};
use banner::Facts;
use marketplace::Marketplace;

/// The merchant's code.
const MERCHANT: &str = "demo";

/// The name of the demo's API key.
const KEY: &str = "demo";

/// Under this key the opening stock is taken once, however often the demo is started.
const OPENING_STOCK: &str = "demo-opening-stock";

/// A demo that is set up. Its marketplace ends when it is dropped.
pub struct Demo {
    merchant: Uuid,
    marketplace: Marketplace,
    token: SecretString,
    stocked: Vec<(String, &'static str)>,
}

impl Demo {
    /// Starts the marketplace, makes what is not there yet, and issues a token.
    ///
    /// # Errors
    /// The database did not do its part, or there is no free port.
    pub async fn prepare(engine: &Engine) -> Result<Self> {
        let marketplace = Marketplace::start().await?;
        let merchant = merchant(engine.db()).await?;
        let stocked = catalogue::stocked();
        connect_stores(engine, merchant, &marketplace).await?;
        engine.upsert_warehouses(merchant, catalogue::warehouses()).await?;
        engine
            .upsert_warehouse_skus(merchant, catalogue::warehouse_skus())
            .await?;
        make_rules(engine, merchant).await?;
        let short = vec![catalogue::MARKED_SHORT.to_owned()];
        engine.set_shortage_mark(merchant, short, true).await?;
        engine.upsert_store_skus(merchant, catalogue::store_skus()).await?;
        // Stock last: a store SKU whose stock nobody has reported yet is not synced, and that is no failure either.
        open_stock(engine, merchant, &stocked).await?;
        Ok(Self {
            merchant,
            marketplace,
            token: new_token(engine.db(), merchant).await?,
            stocked,
        })
    }

    /// Keeps the stock changing until `cancel` is cancelled.
    pub async fn run(&self, engine: Engine, cancel: CancellationToken) {
        generator::run(engine, self.merchant, &self.stocked, cancel).await;
    }

    /// What to show when it has started: how to look at everything. Contains the token.
    #[must_use]
    pub fn banner(&self, api: &str) -> String {
        banner::text(&Facts {
            api,
            marketplace: self.marketplace.address(),
            contents: &catalogue::describe(),
            manners: marketplace::manners(),
            token: &self.token,
        })
    }
}

async fn merchant(db: &Db) -> Result<Uuid> {
    match merchant::by_code(db, MERCHANT).await? {
        Some(merchant) => Ok(merchant.id),
        None => Ok(merchant::create(db, MERCHANT, "Nusantara (demo)").await?.id),
    }
}

async fn connect_stores(engine: &Engine, merchant: Uuid, marketplace: &Marketplace) -> Result<()> {
    let stores = catalogue::STORES.iter().map(|store| StoreInput {
        code: store.code.to_owned(),
        name: store.name.to_owned(),
        marketplace: store.marketplace,
        connection: Some(ConnectionInput {
            endpoint: marketplace.endpoint(store.code),
            signing_secret: marketplace.secret().clone(),
        }),
    });
    engine.upsert_stores(merchant, stores.collect()).await.map(|_| ())
}

async fn open_stock(engine: &Engine, merchant: Uuid, stocked: &[(String, &'static str)]) -> Result<()> {
    let counted = stocked.iter().enumerate().map(|(at, (sku, warehouse))| StockChange {
        warehouse: (*warehouse).to_owned(),
        sku: sku.clone(),
        // Between 8 and 60 of each, so that some are about to sell out.
        quantity: StockQuantity::Available(8 + i32::try_from(at * 17 % 53).unwrap_or(0)),
        reason: SyncReason::StockCounted,
        reference: Some("OPENING".to_owned()),
    });
    let key = Some(OPENING_STOCK.to_owned());
    engine
        .record_stock_changes(merchant, counted.collect(), key)
        .await
        .map(|_| ())
}

/// Makes the rules that are not there, by their names.
async fn make_rules(engine: &Engine, merchant: Uuid) -> Result<()> {
    for rule in catalogue::rules() {
        match engine.create_rule(merchant, rule).await {
            Err(Error::Invalid(problems)) if problems.iter().all(|problem| problem.code == ProblemCode::Taken) => {}
            result => result.map(|_| ())?,
        }
    }
    Ok(())
}

/// A new token; those of earlier runs are revoked.
async fn new_token(db: &Db, merchant: Uuid) -> Result<SecretString> {
    for key in api_key::list(db, merchant).await? {
        if key.name == KEY && key.revoked_at.is_none() {
            api_key::revoke(db, merchant, key.id).await?;
        }
    }
    Ok(api_key::issue(db, merchant, KEY, Role::Admin).await?.token)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use entity::{failed_trigger, store_sku, sync_record, sync_rule};
    use sea_orm::{EntityTrait, PaginatorTrait};
    use tempfile::TempDir;

    use super::*;
    use crate::app::App;
    use crate::config::Config;

    /// An engine on an empty database, which goes with the folder.
    pub(super) async fn engine() -> (Engine, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.database.url = format!("sqlite://{}", folder.path().join("demo.db").display()).into();
        config.marketplace.allow_private_endpoints = true;
        (App::start(&config).await.unwrap().engine().clone(), folder)
    }

    /// Store SKUs, rules, records and failed triggers.
    async fn counts(engine: &Engine) -> [u64; 4] {
        let reader = engine.db().reader();
        [
            store_sku::Entity::find().count(reader).await.unwrap(),
            sync_rule::Entity::find().count(reader).await.unwrap(),
            sync_record::Entity::find().count(reader).await.unwrap(),
            failed_trigger::Entity::find().count(reader).await.unwrap(),
        ]
    }

    #[tokio::test]
    async fn it_is_set_up_once_however_often_it_is_started() {
        let (engine, _folder) = engine().await;
        let demo = Demo::prepare(&engine).await.unwrap();
        let first = counts(&engine).await;
        assert!(first.iter().all(|count| *count > 0), "{first:?}");

        let again = Demo::prepare(&engine).await.unwrap();
        assert_eq!(counts(&engine).await, first);
        let keys = api_key::list(engine.db(), again.merchant).await.unwrap();
        assert_eq!(keys.iter().filter(|key| key.revoked_at.is_none()).count(), 1);
        assert_eq!(again.merchant, demo.merchant);
    }
}
