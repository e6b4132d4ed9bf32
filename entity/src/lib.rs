//! What stock-sync stores: one SeaORM entity a table, and in [`types`] the words that are stored as strings.
//!
//! Every table but `merchant` has the merchant as the first part of its primary key, and every reference between
//! tables carries it too, so that a row of one merchant can never point at a row of another (the migrations make
//! these foreign keys). Marketplaces, sync reasons and failure reasons are closed catalogues, not tables: their words
//! are in [`types`], their texts in the server's `domain::reason`.

pub mod api_key;
pub mod failed_trigger;
pub mod failed_trigger_tally;
pub mod idempotency_key;
pub mod listing;
pub mod manual_sync;
pub mod mapping;
pub mod merchant;
pub mod planning_backlog;
pub mod stock_level;
pub mod store;
pub mod store_sku;
pub mod store_turn;
pub mod sync_attempt;
pub mod sync_record;
pub mod sync_record_tally;
pub mod sync_rule;
pub mod sync_rule_sku;
pub mod sync_rule_store;
pub mod sync_rule_warehouse;
pub mod sync_trace;
pub mod types;
pub mod warehouse;
pub mod warehouse_sku;
