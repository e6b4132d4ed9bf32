//! The rows that the queries are asked about.

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::{ConnectionStatus, FailureCode, ManualSyncKind, Marketplace, Rounding, SyncReason, SyncStatus};
use entity::{
    failed_trigger, listing, manual_sync, mapping, merchant, store, store_sku, sync_record, sync_rule,
    sync_rule_warehouse, warehouse, warehouse_sku,
};
use sea_orm::{DatabaseConnection, EntityTrait, IntoActiveModel};
use serde_json::json;
use stock_sync::db::Db;
use stock_sync::db::failed_trigger_tally as tallies;
use stock_sync::db::sync_record_tally::Tally;
use stock_sync::domain::text::searchable;
use uuid::Uuid;

/// Store SKUs of the merchant.
pub(super) const STORE_SKUS: usize = 60;
/// One of the statuses that a last sync may have, or none; they take turns.
const TURNS: [Option<SyncStatus>; 5] = [
    Some(SyncStatus::Success),
    Some(SyncStatus::Failed),
    Some(SyncStatus::Pending),
    Some(SyncStatus::PartiallyFailed),
    None,
];

/// A merchant with three stores, twelve warehouse SKUs, and sixty store SKUs made of them, four of five of which have a
/// record; and another merchant with a store.
pub(super) struct Rows {
    pub(super) merchant: Uuid,
    pub(super) stranger: Uuid,
    pub(super) strange_store: Uuid,
    pub(super) stores: Vec<store::Model>,
    pub(super) warehouse_skus: Vec<warehouse_sku::Model>,
    pub(super) store_skus: Vec<store_sku::Model>,
    pub(super) manual_sync: Uuid,
}

impl Rows {
    /// Puts them in.
    pub(super) async fn insert(db: &Db) -> Self {
        let conn = db.reader();
        let now = stock_sync::clock::now();
        let (merchant, stranger) = (new_merchant(conn, "m1").await, new_merchant(conn, "m2").await);
        let strange_store = new_store(stranger, "strange", Marketplace::Custom, now);
        let stores = [Marketplace::Shopee, Marketplace::Lazada, Marketplace::Custom]
            .into_iter()
            .enumerate()
            .map(|(number, marketplace)| new_store(merchant, &format!("s{number}"), marketplace, now))
            .collect::<Vec<_>>();
        put::<store::Entity>(conn, stores.iter().chain([&strange_store])).await;
        let rule = new_rule(conn, merchant, now).await;
        let warehouse_skus = (0..12)
            .map(|number| new_warehouse_sku(merchant, number, now))
            .collect::<Vec<_>>();
        put::<warehouse_sku::Entity>(conn, &warehouse_skus).await;
        let manual_sync = new_manual_sync(merchant, now);
        put::<manual_sync::Entity>(conn, [&manual_sync]).await;

        let mut store_skus: Vec<store_sku::Model> = (0..STORE_SKUS)
            .map(|number| new_store_sku(&stores[number % 3], number, now))
            .collect();
        for (number, row) in store_skus.iter_mut().enumerate() {
            row.sync_rule_id = (number % 4 != 0).then_some(rule);
        }
        put::<store_sku::Entity>(conn, &store_skus).await;
        let records: Vec<_> = store_skus
            .iter()
            .filter_map(|row| new_record(row, &warehouse_skus[0], manual_sync.id))
            .collect();
        put::<sync_record::Entity>(conn, &records).await;
        tally(db, merchant, &records).await;
        let parts: Vec<_> = (0..STORE_SKUS)
            .flat_map(|number| {
                let parts = [(number % 12, 0), ((number + 5) % 12, 1)];
                let count = 1 + usize::from(number % 6 == 0);
                parts.into_iter().take(count).map(move |part| (number, part))
            })
            .map(|(number, (part, position))| new_mapping(&store_skus[number], &warehouse_skus[part], position))
            .collect();
        put::<mapping::Entity>(conn, &parts).await;
        put::<listing::Entity>(conn, &store_skus.iter().map(new_listing).collect::<Vec<_>>()).await;
        let triggers: Vec<_> = (0..7)
            .map(|number| new_failed_trigger(&warehouse_skus[number], number, now))
            .collect();
        put::<failed_trigger::Entity>(conn, &triggers).await;
        tallies::add(conn, merchant, &triggers)
            .await
            .expect("they can be tallied");
        Self {
            merchant,
            stranger,
            strange_store: strange_store.id,
            stores,
            warehouse_skus,
            store_skus,
            manual_sync: manual_sync.id,
        }
    }
}

async fn put<'m, E>(conn: &DatabaseConnection, rows: impl IntoIterator<Item = &'m E::Model>)
where
    E: EntityTrait,
    E::Model: Clone + IntoActiveModel<E::ActiveModel> + 'm,
    E::ActiveModel: Send,
{
    let rows = rows.into_iter().cloned().map(IntoActiveModel::into_active_model);
    E::insert_many(rows)
        .exec_without_returning(conn)
        .await
        .expect("rows can be put in");
}

async fn new_merchant(conn: &DatabaseConnection, code: &str) -> Uuid {
    let row = merchant::Model {
        id: Uuid::now_v7(),
        code: code.to_owned(),
        name: format!("Merchant {code}"),
        created_at: stock_sync::clock::now(),
    };
    put::<merchant::Entity>(conn, [&row]).await;
    row.id
}

fn new_store(merchant_id: Uuid, code: &str, marketplace: Marketplace, now: DateTime<Utc>) -> store::Model {
    store::Model {
        merchant_id,
        id: Uuid::now_v7(),
        code: code.to_owned(),
        name: format!("Store {code}"),
        marketplace,
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

async fn new_rule(conn: &DatabaseConnection, merchant_id: Uuid, now: DateTime<Utc>) -> Uuid {
    let place = warehouse::Model {
        merchant_id,
        id: Uuid::now_v7(),
        code: "w1".to_owned(),
        name: "Warehouse w1".to_owned(),
        created_at: now,
        updated_at: now,
    };
    put::<warehouse::Entity>(conn, [&place]).await;
    let rule = sync_rule::Model {
        merchant_id,
        id: Uuid::now_v7(),
        name: "Everything".to_owned(),
        is_enabled: true,
        priority: 3,
        covers_all_stores: true,
        covers_all_skus: true,
        percent_hundredths: 8_050,
        quantity_offset: -2,
        rounding: Rounding::Down,
        sell_out_threshold: None,
        exempt_store_id: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    put::<sync_rule::Entity>(conn, [&rule]).await;
    let sums = sync_rule_warehouse::Model {
        merchant_id,
        sync_rule_id: rule.id,
        warehouse_id: place.id,
    };
    put::<sync_rule_warehouse::Entity>(conn, [&sums]).await;
    rule.id
}

fn new_warehouse_sku(merchant_id: Uuid, number: usize, now: DateTime<Utc>) -> warehouse_sku::Model {
    let (sku, name) = (format!("W-{number:02}"), format!("Article 50%_{number}"));
    warehouse_sku::Model {
        merchant_id,
        id: Uuid::now_v7(),
        search_text: searchable(&[&sku, &name]),
        sku,
        name,
        is_marked_short: false,
        last_sync_status: None,
        last_sync_quantity: 0,
        last_sync_reason: None,
        last_sync_at: DateTime::UNIX_EPOCH,
        created_at: now,
        updated_at: now,
    }
}

/// Many of them share each sort key, so that the id has to decide.
fn new_store_sku(store: &store::Model, number: usize, now: DateTime<Utc>) -> store_sku::Model {
    let status = TURNS[number % TURNS.len()];
    let (sku, product_name) = (format!("K-{number:02}"), format!("Étui {}", number % 7));
    let minutes = i64::try_from(number % 8).expect("a small number");
    store_sku::Model {
        merchant_id: store.merchant_id,
        id: Uuid::now_v7(),
        store_id: store.id,
        marketplace: store.marketplace,
        search_text: searchable(&[&sku, &product_name]),
        sku,
        product_name,
        variation_name: String::new(),
        sync_rule_id: None,
        record_seq: i64::from(status.is_some()),
        sequence_offset: 0,
        pushed_quantity: None,
        held_until: None,
        last_sync_record_id: status.map(|_| Uuid::now_v7()),
        last_sync_status: status,
        last_sync_quantity: status.map_or(0, |_| i32::try_from(number % 9).expect("a small number")),
        last_sync_reason: status.map(|_| SyncReason::StockOutSale),
        last_sync_at: status.map_or(DateTime::UNIX_EPOCH, |_| now - TimeDelta::minutes(minutes)),
        created_at: now,
        updated_at: now,
    }
}

fn new_record(row: &store_sku::Model, trigger: &warehouse_sku::Model, manual_sync: Uuid) -> Option<sync_record::Model> {
    let status = row.last_sync_status?;
    let is_pending = status == SyncStatus::Pending;
    let is_failed = matches!(status, SyncStatus::Failed | SyncStatus::PartiallyFailed);
    Some(sync_record::Model {
        merchant_id: row.merchant_id,
        id: row.last_sync_record_id?,
        seq: 1,
        store_id: row.store_id,
        marketplace: row.marketplace,
        store_sku_id: row.id,
        warehouse_sku_id: Some(trigger.id),
        warehouse_id: None,
        sync_rule_id: row.sync_rule_id,
        rule_name: "Everything".to_owned(),
        manual_sync_id: row.sync_rule_id.map(|_| manual_sync),
        reason: SyncReason::StockOutSale,
        reference: None,
        quantity_before: 1,
        movement: -1,
        quantity_after: row.last_sync_quantity,
        is_clamped: false,
        status,
        failure_code: is_failed.then_some(FailureCode::ListingNotFound),
        failure_message: None,
        attempt_count: 1,
        due_at: is_pending.then_some(row.last_sync_at),
        lease_id: None,
        superseded_by: None,
        version: 1,
        created_at: row.last_sync_at,
        started_at: Some(row.last_sync_at),
        finished_at: (!is_pending).then_some(row.last_sync_at + TimeDelta::milliseconds(1_500)),
        updated_at: row.last_sync_at,
    })
}

fn new_mapping(row: &store_sku::Model, part: &warehouse_sku::Model, position: i32) -> mapping::Model {
    mapping::Model {
        merchant_id: row.merchant_id,
        store_sku_id: row.id,
        warehouse_sku_id: part.id,
        quantity: position + 1,
        position,
    }
}

fn new_listing(row: &store_sku::Model) -> listing::Model {
    listing::Model {
        merchant_id: row.merchant_id,
        id: Uuid::now_v7(),
        store_id: row.store_id,
        store_sku_id: row.id,
        product_id: format!("P-{}", row.sku),
        variant_id: String::new(),
        location_id: String::new(),
        position: 0,
    }
}

fn new_manual_sync(merchant_id: Uuid, now: DateTime<Utc>) -> manual_sync::Model {
    manual_sync::Model {
        merchant_id,
        id: Uuid::now_v7(),
        kind: ManualSyncKind::Resync,
        requested_by: "Ani".to_owned(),
        sync_rule_id: None,
        status: SyncStatus::Skipped,
        total: 2,
        pending: 0,
        success: 0,
        partially_failed: 0,
        failed: 0,
        skipped: 2,
        left_out: json!([{ "code": "NO_LISTING", "count": 3 }]),
        created_at: now,
        finished_at: Some(now),
        updated_at: now,
    }
}

/// Five of one code, two of another.
fn new_failed_trigger(sku: &warehouse_sku::Model, number: usize, now: DateTime<Utc>) -> failed_trigger::Model {
    let codes = [FailureCode::MarkedShort, FailureCode::NoStoreSkuMapping];
    failed_trigger::Model {
        merchant_id: sku.merchant_id,
        id: Uuid::now_v7(),
        failure_code: codes[usize::from(number < 5)],
        reason: SyncReason::StockCounted,
        reference: None,
        warehouse_sku_id: Some(sku.id),
        warehouse_id: None,
        store_id: None,
        store_sku_id: None,
        sync_rule_id: None,
        manual_sync_id: None,
        movement: 1,
        occurred_at: now,
    }
}

/// Tallies records as planning does.
async fn tally(db: &Db, merchant: Uuid, records: &[sync_record::Model]) {
    let made: Vec<_> = records.iter().map(|record| (record.store_id, record.status)).collect();
    let written = db.write(move |tx| {
        let mut tally = Tally::default();
        made.iter().for_each(|(store, status)| tally.made(*store, *status));
        Box::pin(async move { tally.write(tx, merchant).await })
    });
    written
        .await
        .unwrap_or_else(|error| panic!("{}", error.operator_text()));
}
