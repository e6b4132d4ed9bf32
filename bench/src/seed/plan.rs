//! What there is: everything about a row follows from its number, so any row can point at any other.

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::{FailureCode, SyncReason, SyncStatus};
use uuid::Uuid;

use super::Size;

/// Stores and warehouses of a merchant, and how many stores an article is sold in.
pub(super) const STORES: u64 = 8;
pub(super) const WAREHOUSES: u64 = 2;
pub(super) const LISTED_IN: u64 = 4;
pub(super) const RULES: u64 = 5;

/// Most records of one store SKU, and how many those of which the details are read have.
const MOST: u64 = 100;

/// How far the history goes back.
const HISTORY: TimeDelta = TimeDelta::days(29);

/// The tables whose rows have ids; the number keeps their ids apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum Table {
    Store = 1,
    Warehouse,
    Article,
    StoreSku,
    Listing,
    Rule,
    Record,
    Attempt,
    Manual,
    Trigger,
}

/// One merchant's rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) merchant: Uuid,
    number: u64,
    pub(super) store_skus: u64,
    pub(super) articles: u64,
    pub(super) manual_syncs: u64,
    pub(super) failed_triggers: u64,
    /// Records of a store SKU on average.
    average: u64,
    pub(super) now: DateTime<Utc>,
}

/// One record, without what follows from its store SKU.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    pub(super) id: Uuid,
    pub(super) at: DateTime<Utc>,
    pub(super) status: SyncStatus,
    pub(super) reason: SyncReason,
    pub(super) failure: Option<FailureCode>,
    pub(super) quantity: i64,
    pub(super) manual: Option<u64>,
}

impl Plan {
    pub(super) fn new(merchant: Uuid, number: u64, size: &Size, now: DateTime<Utc>) -> Self {
        let share = |total: u64| match (size.merchants, number) {
            (1, _) => total,
            (_, 0) => total * 4 / 5,
            (merchants, _) => total / 5 / (merchants - 1),
        };
        let store_skus = size.store_skus.unwrap_or(size.records / 40);
        // A time that is whole in no unit above the microsecond is written the same way by everybody.
        let now = now - TimeDelta::microseconds(now.timestamp_subsec_micros().into());
        let store_skus = share(store_skus).max(LISTED_IN);
        Self {
            merchant,
            number,
            store_skus,
            articles: store_skus.div_ceil(LISTED_IN),
            manual_syncs: share(size.records / 2_500).max(25),
            failed_triggers: share(size.records / 50).max(10),
            average: share(size.records) / store_skus,
            now,
        }
    }

    /// A number that looks random.
    pub(super) fn dice(&self, what: u64, row: u64, sides: u64) -> u64 {
        let mut x = (self.number << 56) ^ (what << 48) ^ row.wrapping_add(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % sides
    }

    /// A time before now, the last digit of whose microseconds is not 0.
    pub(super) fn before(&self, microseconds: i64) -> DateTime<Utc> {
        self.now - TimeDelta::microseconds(microseconds / 10 * 10 + 3)
    }

    /// The id of a row that was made at a time.
    pub(super) fn id_at(&self, table: Table, row: u64, at: DateTime<Utc>) -> Uuid {
        let milliseconds = u128::from(at.timestamp_millis().unsigned_abs());
        let random = u128::from(self.dice(table as u64, row, 1 << 12)) << 64
            | u128::from(self.dice(table as u64 + 100, row, 1 << 62));
        Uuid::from_u128(milliseconds << 80 | 0x7 << 76 | 0b10 << 62 | random)
    }

    /// The id of a row of the catalogue.
    pub(super) fn id(&self, table: Table, row: u64) -> Uuid {
        self.id_at(table, row, self.made_at(row))
    }

    /// When a row of the catalogue was made: two months ago, one after the other.
    pub(super) fn made_at(&self, row: u64) -> DateTime<Utc> {
        self.before(TimeDelta::days(60).num_microseconds().unwrap_or_default() - row.cast_signed() * 1_000)
    }

    /// The articles that a store SKU is made of.
    pub(super) fn components(&self, store_sku: u64) -> Vec<u64> {
        let first = store_sku / LISTED_IN;
        let is_bundle = store_sku % 10 == 7 && self.articles > 1;
        if is_bundle {
            vec![first, (first + 1) % self.articles]
        } else {
            vec![first]
        }
    }

    pub(super) fn store_of(store_sku: u64) -> u64 {
        (store_sku / LISTED_IN + store_sku % LISTED_IN) % STORES
    }

    pub(super) fn rule_of(&self, store_sku: u64) -> Option<u64> {
        (self.dice(1, store_sku, 50) > 0).then(|| Self::store_of(store_sku) % RULES)
    }

    /// How many records a store SKU has; some were never synced.
    pub(super) fn records(&self, store_sku: u64) -> u64 {
        match store_sku {
            0 => MOST,
            _ if self.dice(2, store_sku, 100) == 0 => 0,
            _ => (self.average / 2 + self.dice(3, store_sku, self.average + 1)).clamp(1, MOST),
        }
    }

    pub(super) fn last_record(&self, store_sku: u64) -> Option<Record> {
        let last = self.records(store_sku).checked_sub(1)?;
        Some(self.record(store_sku, last))
    }

    /// The record with this place among those of its store SKU.
    pub(super) fn record(&self, store_sku: u64, place: u64) -> Record {
        let row = store_sku * MOST + place;
        let count = self.records(store_sku).max(1);
        let span = HISTORY.num_microseconds().unwrap_or_default() / count.cast_signed();
        let into_it = self.dice(4, row, span.unsigned_abs()).cast_signed();
        let at = self.before((count - place).cast_signed() * span - into_it);
        let status = self.status(row, place + 1 == count);
        let failed = matches!(status, SyncStatus::Failed | SyncStatus::PartiallyFailed);
        let is_manual = self.dice(5, row, 25) == 0;
        Record {
            id: self.id_at(Table::Record, row, at),
            at,
            status,
            reason: if is_manual {
                SyncReason::Resync
            } else {
                self.reason(row)
            },
            failure: failed.then(|| self.failure(row)),
            quantity: self.dice(6, row, 500).cast_signed(),
            manual: is_manual.then(|| self.manual_at(at)),
        }
    }

    fn status(&self, row: u64, is_last: bool) -> SyncStatus {
        match (self.dice(7, row, 100), is_last) {
            (0..5, _) => SyncStatus::Failed,
            (5..8, _) => SyncStatus::PartiallyFailed,
            (8..10, true) => SyncStatus::Pending,
            (8..12, false) => SyncStatus::Skipped,
            _ => SyncStatus::Success,
        }
    }

    fn reason(&self, row: u64) -> SyncReason {
        const REASONS: [SyncReason; 6] = [
            SyncReason::OrderSynced,
            SyncReason::StockOutSale,
            SyncReason::StockInPurchase,
            SyncReason::StockCounted,
            SyncReason::OrderVoided,
            SyncReason::StockInReturnScan,
        ];
        one_of(&REASONS, self.dice(8, row, 6))
    }

    fn failure(&self, row: u64) -> FailureCode {
        const CODES: [FailureCode; 5] = [
            FailureCode::QuantityRejected,
            FailureCode::ListingNotFound,
            FailureCode::PromotionLocked,
            FailureCode::MarketplaceError,
            FailureCode::TimedOut,
        ];
        one_of(&CODES, self.dice(9, row, 5))
    }

    /// The manual sync at the time of a record.
    fn manual_at(&self, at: DateTime<Utc>) -> u64 {
        let ago = (self.now - at).num_microseconds().unwrap_or_default().unsigned_abs();
        let span = self.manual_span();
        (self.manual_syncs - 1).saturating_sub(ago / span)
    }

    fn manual_span(&self) -> u64 {
        HISTORY.num_microseconds().unwrap_or_default().unsigned_abs() / self.manual_syncs + 1
    }

    /// When a trigger failed.
    pub(super) fn trigger_at(&self, trigger: u64) -> DateTime<Utc> {
        let span = HISTORY.num_microseconds().unwrap_or_default() / self.failed_triggers.cast_signed();
        self.before((self.failed_triggers - trigger).cast_signed() * span)
    }

    /// When a manual sync was made: before the first of its records.
    pub(super) fn manual_made_at(&self, manual: u64) -> DateTime<Utc> {
        self.before(((self.manual_syncs - manual) * self.manual_span()).cast_signed())
    }
}

/// The item at a place, which is one of the list.
pub(super) fn one_of<T: Copy>(list: &[T], place: u64) -> T {
    let count = list.len();
    list[usize::try_from(place).unwrap_or(0) % count]
}
