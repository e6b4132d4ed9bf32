//! Merchants, their keys, stores, warehouses, SKUs, listings, mappings and stock.

use sea_orm_migration::prelude::*;

use crate::{IN_A_TRANSACTION, dialect};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r"
CREATE TABLE merchant (
    id {uuid} NOT NULL PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code <> ''),
    name text NOT NULL,
    created_at {time} NOT NULL
);

CREATE TABLE api_key (
    merchant_id {uuid} NOT NULL REFERENCES merchant (id),
    id {uuid} NOT NULL,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('VIEWER', 'OPERATOR', 'ADMIN')),
    secret_hash text NOT NULL,
    created_at {time} NOT NULL,
    last_used_at {time},
    revoked_at {time},
    PRIMARY KEY (merchant_id, id)
);

CREATE TABLE store (
    merchant_id {uuid} NOT NULL REFERENCES merchant (id),
    id {uuid} NOT NULL,
    code text NOT NULL CHECK (code <> ''),
    name text NOT NULL,
    marketplace text NOT NULL,
    connection_status text NOT NULL CHECK (connection_status IN ('CONNECTED', 'NOT_CONNECTED', 'RECONNECT_REQUIRED')),
    connection_failure text,
    endpoint text,
    credentials {bytes},
    paused_until {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (merchant_id, id),
    UNIQUE (merchant_id, code),
    CHECK (connection_status = 'NOT_CONNECTED' OR endpoint IS NOT NULL)
);

CREATE TABLE warehouse (
    merchant_id {uuid} NOT NULL REFERENCES merchant (id),
    id {uuid} NOT NULL,
    code text NOT NULL CHECK (code <> ''),
    name text NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (merchant_id, id),
    UNIQUE (merchant_id, code)
);

CREATE TABLE warehouse_sku (
    merchant_id {uuid} NOT NULL REFERENCES merchant (id),
    id {uuid} NOT NULL,
    sku text NOT NULL CHECK (sku <> ''),
    name text NOT NULL,
    search_text text NOT NULL,
    is_marked_short boolean NOT NULL,
    last_sync_status text CHECK (last_sync_status IN ('PENDING', 'SUCCESS', 'PARTIALLY_FAILED', 'FAILED')),
    last_sync_quantity integer NOT NULL,
    last_sync_reason text,
    last_sync_at {time} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (merchant_id, id),
    UNIQUE (merchant_id, sku)
);
CREATE INDEX warehouse_sku_last_sync ON warehouse_sku (merchant_id, last_sync_at, id);
CREATE INDEX warehouse_sku_status ON warehouse_sku (merchant_id, last_sync_status, last_sync_at, id);

CREATE TABLE stock_level (
    merchant_id {uuid} NOT NULL,
    warehouse_sku_id {uuid} NOT NULL,
    warehouse_id {uuid} NOT NULL,
    available integer NOT NULL CHECK (available >= 0),
    version bigint NOT NULL CHECK (version > 0),
    updated_at {time} NOT NULL,
    PRIMARY KEY (merchant_id, warehouse_sku_id, warehouse_id),
    FOREIGN KEY (merchant_id, warehouse_sku_id) REFERENCES warehouse_sku (merchant_id, id),
    FOREIGN KEY (merchant_id, warehouse_id) REFERENCES warehouse (merchant_id, id)
);

CREATE TABLE store_sku (
    merchant_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    store_id {uuid} NOT NULL,
    marketplace text NOT NULL,
    sku text NOT NULL CHECK (sku <> ''),
    product_name text NOT NULL,
    variation_name text NOT NULL,
    search_text text NOT NULL,
    sync_rule_id {uuid},
    record_seq bigint NOT NULL CHECK (record_seq >= 0),
    sequence_offset bigint NOT NULL CHECK (sequence_offset >= 0),
    pushed_quantity integer CHECK (pushed_quantity >= 0),
    held_until {time},
    last_sync_record_id {uuid},
    last_sync_status text CHECK (last_sync_status IN ('PENDING', 'SUCCESS', 'PARTIALLY_FAILED', 'FAILED')),
    last_sync_quantity integer NOT NULL,
    last_sync_reason text,
    last_sync_at {time} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    PRIMARY KEY (merchant_id, id),
    UNIQUE (merchant_id, store_id, sku),
    FOREIGN KEY (merchant_id, store_id) REFERENCES store (merchant_id, id)
);
CREATE INDEX store_sku_sku ON store_sku (merchant_id, sku, id);
CREATE INDEX store_sku_last_sync ON store_sku (merchant_id, last_sync_at, id);
CREATE INDEX store_sku_status ON store_sku (merchant_id, last_sync_status, last_sync_at, id);
CREATE INDEX store_sku_rule ON store_sku (merchant_id, sync_rule_id, last_sync_at, id);

CREATE TABLE listing (
    merchant_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    store_id {uuid} NOT NULL,
    store_sku_id {uuid} NOT NULL,
    product_id text NOT NULL CHECK (product_id <> ''),
    variant_id text NOT NULL,
    location_id text NOT NULL,
    position integer NOT NULL,
    PRIMARY KEY (merchant_id, id),
    UNIQUE (merchant_id, store_id, product_id, variant_id, location_id),
    FOREIGN KEY (merchant_id, store_id) REFERENCES store (merchant_id, id),
    FOREIGN KEY (merchant_id, store_sku_id) REFERENCES store_sku (merchant_id, id)
);
CREATE INDEX listing_store_sku ON listing (merchant_id, store_sku_id, position);

CREATE TABLE mapping (
    merchant_id {uuid} NOT NULL,
    store_sku_id {uuid} NOT NULL,
    warehouse_sku_id {uuid} NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    position integer NOT NULL,
    PRIMARY KEY (merchant_id, store_sku_id, warehouse_sku_id),
    FOREIGN KEY (merchant_id, store_sku_id) REFERENCES store_sku (merchant_id, id),
    FOREIGN KEY (merchant_id, warehouse_sku_id) REFERENCES warehouse_sku (merchant_id, id)
);
CREATE INDEX mapping_warehouse_sku ON mapping (merchant_id, warehouse_sku_id, store_sku_id);
";

const TABLES_NEWEST_FIRST: &[&str] = &[
    "mapping",
    "listing",
    "store_sku",
    "stock_level",
    "warehouse_sku",
    "warehouse",
    "store",
    "api_key",
    "merchant",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        IN_A_TRANSACTION
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::drop_tables(manager, TABLES_NEWEST_FIRST).await
    }
}
