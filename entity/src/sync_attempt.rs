//! The evidence under a record.

use sea_orm::entity::prelude::*;

use crate::types::{AttemptOutcome, FailureCode};

/// One call to the marketplace for one listing.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_attempt")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// Version 7, so that ids grow with time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The record.
    pub sync_record_id: Uuid,
    /// The listing, which may be gone by now.
    pub listing_id: Uuid,
    /// Product id as it was sent.
    pub product_id: String,
    /// Variant id as it was sent.
    pub variant_id: String,
    /// Location id as it was sent.
    pub location_id: String,
    /// Which of the record's attempts this belongs to, from 1. A throttled call has the number of the attempt it did not cost.
    pub attempt_number: i32,
    /// What came of it.
    pub outcome: AttemptOutcome,
    /// Why it failed.
    pub failure_code: Option<FailureCode>,
    /// What the marketplace said about this listing, cut to a stated size.
    pub message: Option<String>,
    /// Status of the HTTP reply; none where there was no reply.
    pub http_status: Option<i32>,
    /// What was sent for this listing, without secrets.
    pub request: String,
    /// What came back, cut to a stated size.
    pub response: Option<String>,
    /// When the listing will be tried again; none where it will not.
    pub retry_at: Option<DateTimeUtc>,
    /// When the call began.
    pub started_at: DateTimeUtc,
    /// When the call ended.
    pub finished_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
