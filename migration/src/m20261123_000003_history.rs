//! Sync records, which are also the queue, their attempts, manual syncs and failed triggers.

use sea_orm_migration::prelude::*;

use crate::{IN_A_TRANSACTION, dialect};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &str = r"
CREATE TABLE manual_sync (
    merchant_id {uuid} NOT NULL REFERENCES merchant (id),
    id {uuid} NOT NULL,
    kind text NOT NULL CHECK (kind IN ('RESYNC', 'MANUAL_SYNC', 'SYNC_NOW')),
    requested_by text NOT NULL,
    sync_rule_id {uuid},
    status text NOT NULL CHECK (status IN ('PENDING', 'SUCCESS', 'PARTIALLY_FAILED', 'FAILED', 'SKIPPED')),
    total integer NOT NULL,
    pending integer NOT NULL CHECK (pending >= 0),
    success integer NOT NULL CHECK (success >= 0),
    partially_failed integer NOT NULL CHECK (partially_failed >= 0),
    failed integer NOT NULL CHECK (failed >= 0),
    skipped integer NOT NULL CHECK (skipped >= 0),
    left_out {json} NOT NULL,
    created_at {time} NOT NULL,
    finished_at {time},
    updated_at {time} NOT NULL,
    PRIMARY KEY (merchant_id, id),
    FOREIGN KEY (merchant_id, sync_rule_id) REFERENCES sync_rule (merchant_id, id),
    CHECK (total = pending + success + partially_failed + failed + skipped),
    CHECK ((status = 'PENDING') = (pending > 0)),
    CHECK ((status = 'PENDING') = (finished_at IS NULL))
);
CREATE INDEX manual_sync_status ON manual_sync (merchant_id, status, id);

CREATE TABLE sync_record (
    merchant_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    store_id {uuid} NOT NULL,
    marketplace text NOT NULL,
    store_sku_id {uuid} NOT NULL,
    warehouse_sku_id {uuid},
    warehouse_id {uuid},
    sync_rule_id {uuid},
    rule_name text NOT NULL,
    manual_sync_id {uuid},
    reason text NOT NULL,
    reference text,
    quantity_before integer NOT NULL CHECK (quantity_before >= 0),
    movement integer NOT NULL,
    quantity_after integer NOT NULL CHECK (quantity_after >= 0),
    is_clamped boolean NOT NULL,
    status text NOT NULL CHECK (status IN ('PENDING', 'SUCCESS', 'PARTIALLY_FAILED', 'FAILED', 'SKIPPED')),
    failure_code text,
    failure_message text,
    attempt_count integer NOT NULL CHECK (attempt_count >= 0),
    due_at {time},
    lease_id {uuid},
    superseded_by {uuid},
    version integer NOT NULL CHECK (version > 0),
    created_at {time} NOT NULL,
    started_at {time},
    finished_at {time},
    updated_at {time} NOT NULL,
    PRIMARY KEY (merchant_id, id),
    UNIQUE (merchant_id, store_sku_id, seq),
    FOREIGN KEY (merchant_id, store_id) REFERENCES store (merchant_id, id),
    FOREIGN KEY (merchant_id, store_sku_id) REFERENCES store_sku (merchant_id, id),
    FOREIGN KEY (merchant_id, warehouse_sku_id) REFERENCES warehouse_sku (merchant_id, id),
    FOREIGN KEY (merchant_id, warehouse_id) REFERENCES warehouse (merchant_id, id),
    FOREIGN KEY (merchant_id, sync_rule_id) REFERENCES sync_rule (merchant_id, id),
    CHECK ((status = 'PENDING') = (due_at IS NOT NULL)),
    CHECK ((status = 'PENDING') = (finished_at IS NULL)),
    CHECK (lease_id IS NULL OR (status = 'PENDING' AND started_at IS NOT NULL)),
    CHECK ((status = 'SKIPPED') = (superseded_by IS NOT NULL)),
    CHECK (status NOT IN ('FAILED', 'PARTIALLY_FAILED') OR failure_code IS NOT NULL)
);
CREATE UNIQUE INDEX sync_record_one_unsent ON sync_record (merchant_id, store_sku_id)
    WHERE status = 'PENDING' AND lease_id IS NULL;
CREATE UNIQUE INDEX sync_record_one_in_flight ON sync_record (merchant_id, store_sku_id)
    WHERE status = 'PENDING' AND lease_id IS NOT NULL;
CREATE INDEX sync_record_due ON sync_record (merchant_id, store_id, due_at) WHERE status = 'PENDING';
CREATE INDEX sync_record_status ON sync_record (merchant_id, status, id);
CREATE INDEX sync_record_reason ON sync_record (merchant_id, reason, id);
CREATE INDEX sync_record_marketplace ON sync_record (merchant_id, marketplace, id);
CREATE INDEX sync_record_store ON sync_record (merchant_id, store_id, id);
CREATE INDEX sync_record_store_sku ON sync_record (merchant_id, store_sku_id, id);
CREATE INDEX sync_record_warehouse_sku ON sync_record (merchant_id, warehouse_sku_id, id);
CREATE INDEX sync_record_rule ON sync_record (merchant_id, sync_rule_id, id);
CREATE INDEX sync_record_manual_sync ON sync_record (merchant_id, manual_sync_id, id);
CREATE INDEX sync_record_warehouse ON sync_record (merchant_id, warehouse_id, id) WHERE warehouse_id IS NOT NULL;
CREATE INDEX sync_record_failure ON sync_record (merchant_id, failure_code, id) WHERE failure_code IS NOT NULL;
CREATE INDEX sync_record_updated ON sync_record (merchant_id, updated_at, id);

CREATE TABLE sync_attempt (
    merchant_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    sync_record_id {uuid} NOT NULL,
    listing_id {uuid} NOT NULL,
    product_id text NOT NULL,
    variant_id text NOT NULL,
    location_id text NOT NULL,
    attempt_number integer NOT NULL CHECK (attempt_number > 0),
    outcome text NOT NULL,
    failure_code text,
    message text,
    http_status integer,
    request text NOT NULL,
    response text,
    retry_at {time},
    started_at {time} NOT NULL,
    finished_at {time} NOT NULL,
    PRIMARY KEY (merchant_id, id),
    FOREIGN KEY (merchant_id, sync_record_id) REFERENCES sync_record (merchant_id, id) ON DELETE CASCADE,
    CHECK ((outcome = 'APPLIED') = (failure_code IS NULL))
);
CREATE INDEX sync_attempt_record ON sync_attempt (merchant_id, sync_record_id, id);

CREATE TABLE failed_trigger (
    merchant_id {uuid} NOT NULL REFERENCES merchant (id),
    id {uuid} NOT NULL,
    failure_code text NOT NULL,
    reason text NOT NULL,
    reference text,
    warehouse_sku_id {uuid},
    warehouse_id {uuid},
    store_id {uuid},
    store_sku_id {uuid},
    sync_rule_id {uuid},
    manual_sync_id {uuid},
    movement integer NOT NULL,
    occurred_at {time} NOT NULL,
    PRIMARY KEY (merchant_id, id),
    FOREIGN KEY (merchant_id, warehouse_sku_id) REFERENCES warehouse_sku (merchant_id, id),
    FOREIGN KEY (merchant_id, warehouse_id) REFERENCES warehouse (merchant_id, id),
    FOREIGN KEY (merchant_id, store_id) REFERENCES store (merchant_id, id),
    FOREIGN KEY (merchant_id, store_sku_id) REFERENCES store_sku (merchant_id, id),
    FOREIGN KEY (merchant_id, sync_rule_id) REFERENCES sync_rule (merchant_id, id)
);
CREATE INDEX failed_trigger_code ON failed_trigger (merchant_id, failure_code, id);
CREATE INDEX failed_trigger_reason ON failed_trigger (merchant_id, reason, id);
CREATE INDEX failed_trigger_warehouse_sku ON failed_trigger (merchant_id, warehouse_sku_id, id);
CREATE INDEX failed_trigger_store ON failed_trigger (merchant_id, store_id, id);
CREATE INDEX failed_trigger_rule ON failed_trigger (merchant_id, sync_rule_id, id) WHERE sync_rule_id IS NOT NULL;
CREATE INDEX failed_trigger_manual_sync ON failed_trigger (merchant_id, manual_sync_id, id)
    WHERE manual_sync_id IS NOT NULL;
";

const TABLES_NEWEST_FIRST: &[&str] = &["failed_trigger", "sync_attempt", "sync_record", "manual_sync"];

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
