//! Stores, warehouses, SKUs, mappings, listings, stock and rules.

use chrono::{DateTime, Utc};
use entity::types::SyncStatus;
use stock_sync::domain::text::searchable;

use super::plan::{LISTED_IN, Plan, RULES, Record, STORES, Table, WAREHOUSES, one_of};
use super::sink::{Cell, Sink};
use crate::Result;

const MARKETPLACES: [&str; 6] = ["SHOPEE", "LAZADA", "TIKTOK_SHOP", "TOKOPEDIA", "SHOPIFY", "WOOCOMMERCE"];
const GOODS: [&str; 8] = ["Kaos", "Kemeja", "Celana", "Jaket", "Topi", "Sepatu", "Tas", "Dompet"];
const MAKES: [&str; 7] = ["Polos", "Batik", "Kanvas", "Katun", "Denim", "Rajut", "Kulit"];
const COLOURS: [&str; 5] = ["Hitam", "Putih", "Merah", "Biru", "Hijau"];
const SIZES: [&str; 4] = ["S", "M", "L", "XL"];

/// Writes all of a merchant's catalogue.
pub(super) async fn write(plan: &Plan, sink: &mut Sink) -> Result<()> {
    stores(plan, sink).await?;
    rules(plan, sink).await?;
    articles(plan, sink).await?;
    store_skus(plan, sink).await
}

/// A row of cells from values of any kind.
macro_rules! row {
    ($($value:expr),+ $(,)?) => { vec![$(Cell::from($value)),+] };
}
pub(crate) use row;

/// What a store sells on.
pub(super) fn marketplace(store: u64) -> &'static str {
    one_of(&MARKETPLACES, store)
}

async fn stores(plan: &Plan, sink: &mut Sink) -> Result<()> {
    let made = |row| plan.made_at(row);
    let stores = (0..STORES).map(|store| {
        row![
            plan.merchant,
            plan.id(Table::Store, store),
            format!("store-{}", store + 1),
            format!("Store {}", store + 1),
            marketplace(store),
            "CONNECTED",
            "CUSTOM",
            "https://stock.example.com/",
            made(store),
            made(store),
        ]
    });
    let columns =
        "merchant_id, id, code, name, marketplace, connection_status, connector, endpoint, created_at, updated_at";
    sink.write("store", columns, stores).await?;
    let warehouses = (0..WAREHOUSES).map(|warehouse| {
        row![
            plan.merchant,
            plan.id(Table::Warehouse, warehouse),
            format!("warehouse-{}", warehouse + 1),
            format!("Warehouse {}", warehouse + 1),
            made(warehouse),
            made(warehouse),
        ]
    });
    sink.write(
        "warehouse",
        "merchant_id, id, code, name, created_at, updated_at",
        warehouses,
    )
    .await?;
    Ok(())
}

pub(super) fn rule_name(rule: u64) -> String {
    format!("Rule {}", rule + 1)
}

async fn rules(plan: &Plan, sink: &mut Sink) -> Result<()> {
    let rules = (0..RULES).map(|rule| {
        row![
            plan.merchant,
            plan.id(Table::Rule, rule),
            rule_name(rule),
            true,
            rule.cast_signed(),
            false,
            true,
            10_000_i64,
            0_i64,
            "DOWN",
            plan.made_at(rule),
            plan.made_at(rule),
        ]
    });
    let columns = "merchant_id, id, name, is_enabled, priority, covers_all_stores, covers_all_skus, percent_hundredths, \
        quantity_offset, rounding, created_at, updated_at";
    sink.write("sync_rule", columns, rules).await?;
    let covered = (0..STORES).map(|store| {
        row![
            plan.merchant,
            plan.id(Table::Rule, store % RULES),
            plan.id(Table::Store, store)
        ]
    });
    sink.write("sync_rule_store", "merchant_id, sync_rule_id, store_id", covered)
        .await?;
    let summed = (0..RULES * WAREHOUSES).map(|pair| {
        row![
            plan.merchant,
            plan.id(Table::Rule, pair / WAREHOUSES),
            plan.id(Table::Warehouse, pair % WAREHOUSES),
        ]
    });
    sink.write("sync_rule_warehouse", "merchant_id, sync_rule_id, warehouse_id", summed)
        .await?;
    Ok(())
}

fn sku(article: u64) -> String {
    format!("SKU-{article:06}")
}

fn name(article: u64) -> String {
    format!("{} {}", one_of(&GOODS, article), one_of(&MAKES, article / 8))
}

async fn articles(plan: &Plan, sink: &mut Sink) -> Result<()> {
    let rows = (0..plan.articles).map(|article| {
        let last = aggregate(plan, article);
        let (sku, name) = (sku(article), name(article));
        let mut row = row![plan.merchant, plan.id(Table::Article, article)];
        row.extend([
            searchable(&[&sku, &name]).into(),
            sku.into(),
            name.into(),
            Cell::from(false),
        ]);
        row.extend(last_sync(last.map(|(status, record)| Record { status, ..record })));
        row.extend(row![plan.made_at(article), plan.made_at(article)]);
        row
    });
    let columns = "merchant_id, id, search_text, sku, name, is_marked_short, last_sync_status, last_sync_quantity, \
        last_sync_reason, last_sync_at, created_at, updated_at";
    sink.write("warehouse_sku", columns, rows).await?;
    let levels = (0..plan.articles * WAREHOUSES).map(|pair| {
        let article = pair / WAREHOUSES;
        row![
            plan.merchant,
            plan.id(Table::Article, article),
            plan.id(Table::Warehouse, pair % WAREHOUSES),
            plan.dice(20, pair, 1_000),
            1_i64,
            plan.made_at(article),
        ]
    });
    let columns = "merchant_id, warehouse_sku_id, warehouse_id, available, version, updated_at";
    sink.write("stock_level", columns, levels).await?;
    Ok(())
}

/// The cells of a last sync.
fn last_sync(record: Option<Record>) -> Vec<Cell> {
    match record {
        Some(record) => row![record.status.word(), record.quantity, record.reason.word(), record.at],
        None => row![None::<&str>, 0_i64, None::<&str>, DateTime::<Utc>::UNIX_EPOCH],
    }
}

/// The aggregate over the store SKUs of an article, with the newest of their syncs.
fn aggregate(plan: &Plan, article: u64) -> Option<(SyncStatus, Record)> {
    let own = article * LISTED_IN..((article + 1) * LISTED_IN).min(plan.store_skus);
    // A bundle has the article after its own as well.
    let before = (article + plan.articles - 1) % plan.articles;
    let bundles = before * LISTED_IN..((before + 1) * LISTED_IN).min(plan.store_skus);
    let made_of_it = own.chain(bundles.filter(|one| plan.components(*one).len() > 1 && before != article));
    let lasts: Vec<(u64, Record)> = made_of_it
        .filter_map(|one| Some((one, plan.last_record(one)?)))
        .collect();
    let (_, newest) = lasts
        .iter()
        .max_by_key(|(one, last)| (last.at, plan.id(Table::StoreSku, *one)))?;
    let has = |status: SyncStatus| lasts.iter().any(|(_, last)| last.status == status);
    let agree = lasts.iter().all(|(_, last)| last.status == newest.status);
    let status = match () {
        () if has(SyncStatus::Pending) => SyncStatus::Pending,
        () if agree => newest.status,
        () => SyncStatus::PartiallyFailed,
    };
    Some((status, *newest))
}

async fn store_skus(plan: &Plan, sink: &mut Sink) -> Result<()> {
    let rows = (0..plan.store_skus).map(|one| store_sku(plan, one));
    let columns = "merchant_id, id, store_id, marketplace, sku, product_name, variation_name, search_text, sync_rule_id, \
        record_seq, sequence_offset, pushed_quantity, last_sync_record_id, last_sync_status, last_sync_quantity, \
        last_sync_reason, last_sync_at, created_at, updated_at";
    sink.write("store_sku", columns, rows).await?;
    let listings = (0..plan.store_skus).map(|one| {
        row![
            plan.merchant,
            plan.id(Table::Listing, one),
            plan.id(Table::Store, Plan::store_of(one)),
            plan.id(Table::StoreSku, one),
            format!("{}", 1_000_000 + one),
            "",
            "",
            0_i64,
        ]
    });
    let columns = "merchant_id, id, store_id, store_sku_id, product_id, variant_id, location_id, position";
    sink.write("listing", columns, listings).await?;
    let mappings = (0..plan.store_skus).flat_map(|one| {
        let parts = plan.components(one).into_iter().enumerate();
        parts.map(move |(position, article)| {
            row![
                plan.merchant,
                plan.id(Table::StoreSku, one),
                plan.id(Table::Article, article),
                1_i64,
                position as u64,
            ]
        })
    });
    let columns = "merchant_id, store_sku_id, warehouse_sku_id, quantity, position";
    sink.write("mapping", columns, mappings).await?;
    Ok(())
}

fn store_sku(plan: &Plan, one: u64) -> Vec<Cell> {
    let article = one / LISTED_IN;
    let (colour, size) = (one_of(&COLOURS, article / 56), one_of(&SIZES, article / 280));
    let code = format!("{}-{}", sku(article), one % LISTED_IN);
    let (product, variation) = (name(article), format!("{colour} {size}"));
    let last = plan.last_record(one);
    let is_told = |record: &Record| !matches!(record.status, SyncStatus::Pending);
    let mut row = row![
        plan.merchant,
        plan.id(Table::StoreSku, one),
        plan.id(Table::Store, Plan::store_of(one)),
        marketplace(Plan::store_of(one)),
    ];
    let search = searchable(&[&code, &product, &variation]);
    row.extend(row![code, product, variation, search]);
    row.extend(row![
        plan.rule_of(one).map(|rule| plan.id(Table::Rule, rule)),
        plan.records(one),
        0_i64,
        last.filter(is_told).map(|record| record.quantity),
        last.map(|record| record.id),
    ]);
    row.extend(last_sync(last));
    row.extend(row![
        plan.made_at(one),
        last.map_or(plan.made_at(one), |record| record.at)
    ]);
    row
}
