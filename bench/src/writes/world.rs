//! What is written to: merchants with stores, articles that each are sold in five of them, and the history that they have
//! already. Everything is what the server would have written.

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::Role;
use secrecy::ExposeSecret;
use stock_sync::db::{Db, api_key, merchant};
use stock_sync::marketplace::credentials::Cipher;
use uuid::Uuid;

use super::plain::Connections;
use crate::cluster::Database;
use crate::seed::catalogue::row;
use crate::seed::sink::{self, Cell, Sink};
use crate::store::Pool;
use crate::{Result, seed, told};

/// Stores that an article is sold in.
pub(crate) const LISTED_IN: usize = 5;
/// The only warehouse, and the units that lie in it of each article.
pub(crate) const WAREHOUSE: &str = "warehouse-1";
const UNITS: i64 = 500;
const RULE: &str = "Rule 1";

/// How much there is.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) merchants: usize,
    /// Groups of five stores that a merchant has; an article is in the stores of one group.
    pub(crate) groups: usize,
    /// Articles of each group.
    pub(crate) articles: usize,
    /// Records that each store SKU has already.
    pub(crate) history: usize,
}

impl Shape {
    /// Store SKUs of all merchants.
    pub(crate) fn store_skus(&self) -> usize {
        self.merchants * self.groups * self.articles * LISTED_IN
    }
}

/// A merchant.
pub(crate) struct Merchant {
    pub(crate) id: Uuid,
    /// An administrator's key.
    pub(crate) token: String,
    stores: Vec<Uuid>,
    warehouse: Uuid,
    rule: Uuid,
    articles: Vec<Uuid>,
    store_skus: Vec<Uuid>,
}

/// A database, and what is in it.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) shape: Shape,
    pub(crate) merchants: Vec<Merchant>,
    /// To fill it and to look into it.
    pub(crate) pool: Pool,
    /// What the loop has.
    pub(crate) connections: Connections,
    /// Times at which the queue was filled.
    fillings: usize,
}

/// Ids that grow with time, and are told apart by a count.
struct Ids(u128);

impl Ids {
    fn at(&mut self, at: DateTime<Utc>) -> Uuid {
        self.0 += 1;
        let milliseconds = u128::from(at.timestamp_millis().unsigned_abs());
        Uuid::from_u128(milliseconds << 80 | 0x7 << 76 | 0b10 << 62 | self.0)
    }
}

impl World {
    /// Makes one in an empty database. Stores are called at `endpoint`.
    pub(crate) async fn make(database: Database, shape: &Shape, endpoint: &str, connections: usize) -> Result<Self> {
        let db = seed::open(&database.url).await?;
        db.migrate().await.map_err(told)?;
        let made = stock_sync::clock::now() - TimeDelta::days(20);
        let mut merchants = Vec::with_capacity(shape.merchants);
        for number in 0..shape.merchants {
            merchants.push(Merchant::new(&db, number, shape).await?);
        }
        db.close().await.map_err(told)?;
        let pool = Pool::connect(&database.url, 1).await?;
        let indexes = sink::take_indexes(&pool).await?;
        let mut sink = Sink::new(&pool).await?;
        let mut ids = Ids(0);
        for merchant in &merchants {
            merchant.write(&mut sink, shape, made, endpoint).await?;
            merchant.history(&mut sink, shape, made, &mut ids).await?;
        }
        sink.done().await?;
        for index in indexes {
            pool.run(&index).await?;
        }
        let connections = Connections::open(&database.url, connections).await?;
        let world = Self {
            database,
            shape: shape.clone(),
            merchants,
            pool,
            connections,
            fillings: 0,
        };
        sink::settle(&world.pool).await?;
        Ok(world)
    }

    /// Adds a pending record for each store SKU, as if the stock of every article had changed.
    pub(crate) async fn fill(&mut self) -> Result<()> {
        let now = stock_sync::clock::now();
        let first = now - TimeDelta::minutes(1);
        let mut ids = Ids(u128::from(now.timestamp_micros().unsigned_abs()) << 8);
        let mut sink = Sink::new(&self.pool).await?;
        self.fillings += 1;
        let seq = self.shape.history + self.fillings;
        for merchant in &self.merchants {
            let rows = (0..merchant.store_skus.len()).map(|one| {
                let mut row = merchant.record(one, ids.at(first), seq, &self.shape);
                row.extend(row![
                    "PENDING",
                    0_i64,
                    1_i64,
                    Some(first),
                    first,
                    None::<DateTime<Utc>>,
                    first
                ]);
                row
            });
            sink.write("sync_record", &record_columns(), rows).await?;
            merchant.tally(&mut sink, "PENDING", self.shape.articles).await?;
        }
        sink.done().await?;
        self.pool.run(PENDING).await?;
        sink::settle(&self.pool).await
    }

    /// Leaves no trace of what was written before in the way of what is measured next.
    pub(crate) async fn settle(&self) -> Result<()> {
        sink::settle(&self.pool).await
    }
}

/// The last-sync columns of what has a pending record now.
const PENDING: &str = "
UPDATE store_sku SET record_seq = r.seq, last_sync_record_id = r.id, last_sync_status = r.status,
    last_sync_quantity = r.quantity_after, last_sync_reason = r.reason, last_sync_at = r.created_at
FROM sync_record r
WHERE r.status = 'PENDING' AND r.merchant_id = store_sku.merchant_id AND r.store_sku_id = store_sku.id;
UPDATE warehouse_sku SET last_sync_status = 'PENDING';
";

/// What a record of the history and one that waits have in common, and then what tells them apart.
fn record_columns() -> String {
    "merchant_id, id, seq, store_id, marketplace, store_sku_id, warehouse_sku_id, warehouse_id, sync_rule_id, rule_name, \
     reason, reference, quantity_before, movement, quantity_after, is_clamped, \
     status, attempt_count, version, due_at, created_at, finished_at, updated_at"
        .to_owned()
}

impl Merchant {
    async fn new(db: &Db, number: usize, shape: &Shape) -> Result<Self> {
        let code = format!("bench-{}", number + 1);
        let made = merchant::create(db, &code, &code).await.map_err(told)?;
        let issued = api_key::issue(db, made.id, "bench", Role::Admin).await.map_err(told)?;
        let some = |count: usize| (0..count).map(|_| Uuid::now_v7()).collect::<Vec<_>>();
        let articles = shape.groups * shape.articles;
        Ok(Self {
            id: made.id,
            token: issued.token.expose_secret().to_owned(),
            stores: some(shape.groups * LISTED_IN),
            warehouse: Uuid::now_v7(),
            rule: Uuid::now_v7(),
            articles: some(articles),
            store_skus: some(articles * LISTED_IN),
        })
    }

    /// The place of the store of the store SKU at this place.
    fn store_of(one: usize, shape: &Shape) -> usize {
        let group = one / LISTED_IN / shape.articles;
        group * LISTED_IN + one % LISTED_IN
    }

    async fn write(&self, sink: &mut Sink, shape: &Shape, at: DateTime<Utc>, endpoint: &str) -> Result<()> {
        // The key that the server is started with.
        let cipher = Cipher::from_base64(&format!("{}=", "A".repeat(43)).into()).map_err(told)?;
        let secret = format!("whsec_{}", "A".repeat(32));
        let mut stores = Vec::with_capacity(self.stores.len());
        for (number, id) in self.stores.iter().enumerate() {
            let name = format!("store-{}", number + 1);
            let sealed = cipher.seal(*id, &secret).map_err(told)?;
            let mut row = row![self.id, *id, name.clone(), name, "SHOPEE", "CONNECTED", "CUSTOM"];
            row.extend(row![endpoint, sealed, at, at]);
            stores.push(row);
        }
        let columns = "merchant_id, id, code, name, marketplace, connection_status, connector, endpoint, credentials, \
            created_at, updated_at";
        sink.write("store", columns, stores.into_iter()).await?;
        let warehouse = row![self.id, self.warehouse, WAREHOUSE, WAREHOUSE, at, at];
        let columns = "merchant_id, id, code, name, created_at, updated_at";
        sink.write("warehouse", columns, std::iter::once(warehouse)).await?;
        self.rule(sink, at).await?;
        self.articles(sink, at).await?;
        self.store_skus(sink, shape, at).await
    }

    async fn rule(&self, sink: &mut Sink, at: DateTime<Utc>) -> Result<()> {
        let rule = row![
            self.id, self.rule, RULE, true, 1_i64, true, true, 10_000_i64, 0_i64, "DOWN", at, at
        ];
        let columns = "merchant_id, id, name, is_enabled, priority, covers_all_stores, covers_all_skus, \
            percent_hundredths, quantity_offset, rounding, created_at, updated_at";
        sink.write("sync_rule", columns, std::iter::once(rule)).await?;
        let summed = std::iter::once(row![self.id, self.rule, self.warehouse]);
        sink.write("sync_rule_warehouse", "merchant_id, sync_rule_id, warehouse_id", summed)
            .await?;
        Ok(())
    }

    async fn articles(&self, sink: &mut Sink, at: DateTime<Utc>) -> Result<()> {
        let rows = self.articles.iter().enumerate().map(|(number, id)| {
            let sku = sku(number);
            let mut row = row![self.id, *id, sku.clone(), sku.clone(), sku, false];
            row.extend(row!["SUCCESS", UNITS, "ORDER_SYNCED", at, at, at]);
            row
        });
        let columns = "merchant_id, id, sku, name, search_text, is_marked_short, last_sync_status, last_sync_quantity, \
            last_sync_reason, last_sync_at, created_at, updated_at";
        sink.write("warehouse_sku", columns, rows).await?;
        let levels = self.articles.iter();
        let levels = levels.map(|id| row![self.id, *id, self.warehouse, UNITS, 1_i64, at]);
        let columns = "merchant_id, warehouse_sku_id, warehouse_id, available, version, updated_at";
        sink.write("stock_level", columns, levels).await?;
        Ok(())
    }

    async fn store_skus(&self, sink: &mut Sink, shape: &Shape, at: DateTime<Utc>) -> Result<()> {
        let numbered = || self.store_skus.iter().enumerate();
        let rows = numbered().map(|(one, id)| {
            let code = format!("{}-{}", sku(one / LISTED_IN), one % LISTED_IN);
            let store = self.stores[Self::store_of(one, shape)];
            let mut row = row![self.id, *id, store, "SHOPEE", code.clone(), code.clone(), "", code];
            row.extend(row![Some(self.rule), shape.history as u64, 0_i64, UNITS, "SUCCESS"]);
            row.extend(row![UNITS, "ORDER_SYNCED", at, at, at]);
            row
        });
        let columns = "merchant_id, id, store_id, marketplace, sku, product_name, variation_name, search_text, \
            sync_rule_id, record_seq, sequence_offset, pushed_quantity, last_sync_status, last_sync_quantity, \
            last_sync_reason, last_sync_at, created_at, updated_at";
        sink.write("store_sku", columns, rows).await?;
        let listings = numbered().map(|(one, id)| {
            let store = self.stores[Self::store_of(one, shape)];
            let product = format!("{}", 1_000_000 + one);
            row![self.id, Uuid::now_v7(), store, *id, product, "", "", 0_i64]
        });
        let columns = "merchant_id, id, store_id, store_sku_id, product_id, variant_id, location_id, position";
        sink.write("listing", columns, listings).await?;
        let mappings = numbered().map(|(one, id)| row![self.id, *id, self.articles[one / LISTED_IN], 1_i64, 0_i64]);
        let columns = "merchant_id, store_sku_id, warehouse_sku_id, quantity, position";
        sink.write("mapping", columns, mappings).await?;
        Ok(())
    }

    /// The records that each store SKU has had so far: all succeeded.
    async fn history(&self, sink: &mut Sink, shape: &Shape, made: DateTime<Utc>, ids: &mut Ids) -> Result<()> {
        let all = (0..shape.history).flat_map(|place| (0..self.store_skus.len()).map(move |one| (place, one)));
        let rows = all.map(|(place, one)| {
            let at = made + TimeDelta::minutes(place as i64 * 10);
            let mut row = self.record(one, ids.at(at), place + 1, shape);
            row.extend(row!["SUCCESS", 1_i64, 3_i64, None::<DateTime<Utc>>, at, Some(at), at]);
            row
        });
        sink.write("sync_record", &record_columns(), rows).await?;
        self.tally(sink, "SUCCESS", shape.articles * shape.history).await
    }

    /// So many records of each store have come to stand at a status.
    async fn tally(&self, sink: &mut Sink, status: &str, of_each_store: usize) -> Result<()> {
        let stores = self.stores.iter().filter(|_| of_each_store > 0);
        let rows = stores.map(|store| row![self.id, *store, status, Uuid::now_v7(), of_each_store as u64]);
        let columns = "merchant_id, store_id, status, id, matching";
        sink.write("sync_record_tally", columns, rows).await?;
        Ok(())
    }

    /// The cells of a record up to its status.
    fn record(&self, one: usize, id: Uuid, seq: usize, shape: &Shape) -> Vec<Cell> {
        let mut row = row![
            self.id,
            id,
            seq as u64,
            self.stores[Self::store_of(one, shape)],
            "SHOPEE"
        ];
        row.extend(row![self.store_skus[one], Some(self.articles[one / LISTED_IN])]);
        row.extend(row![Some(self.warehouse), Some(self.rule), RULE, "ORDER_SYNCED"]);
        row.extend(row![format!("ORDER-{one:09}"), UNITS, 0_i64, UNITS, false]);
        row
    }
}

/// The code of the article at this place.
pub(crate) fn sku(article: usize) -> String {
    format!("SKU-{article:06}")
}
