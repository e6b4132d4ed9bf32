//! `SyncAttempt`.

use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use entity::sync_attempt;
use entity::types::AttemptOutcome;

use super::{FailureReason, SyncRecord, linked};
use crate::graphql::connection::Listed;
use crate::graphql::ids::{self, NodeKind};
use crate::graphql::lean::{Lean, Linked};
use crate::graphql::loaders::{self, Wanted};
use crate::graphql::totals::Total;

/// One call to the marketplace for one listing.
pub struct SyncAttempt(Arc<sync_attempt::Model>);

from_row!(SyncAttempt, sync_attempt);

impl Linked for SyncAttempt {
    fn want(&self, field: &Field, wanted: &mut Wanted) {
        if field.name.node == "syncRecord" {
            wanted.sync_record.push(self.0.sync_record_id);
        }
    }
}

impl Listed for sync_attempt::Entity {
    type Node = SyncAttempt;
    type Totals = Total<Self>;
}

/// One call to the marketplace for one listing: what was sent, what came back, and what came of it.
#[Object]
impl SyncAttempt {
    /// Global id.
    pub async fn id(&self) -> ID {
        ids::encode(NodeKind::SyncAttempt, self.0.id)
    }

    /// The sync that it belongs to.
    async fn sync_record(&self, ctx: &Context<'_>) -> Option<Result<Lean<SyncRecord>>> {
        linked(async { loaders::current(ctx)?.sync_record(self.0.sync_record_id).await }).await
    }

    /// Which of the sync's attempts it belongs to, from 1. A call that the marketplace asked to slow down costs no attempt.
    async fn attempt_number(&self) -> i32 {
        self.0.attempt_number
    }

    /// Product id of the listing, as it was sent.
    async fn product_id(&self) -> &str {
        &self.0.product_id
    }

    /// Variant id of the listing, as it was sent; null where there is none.
    async fn variant_id(&self) -> Option<&str> {
        Some(self.0.variant_id.as_str()).filter(|id| !id.is_empty())
    }

    /// Location id of the listing, as it was sent; null where there is none.
    async fn location_id(&self) -> Option<&str> {
        Some(self.0.location_id.as_str()).filter(|id| !id.is_empty())
    }

    /// What came of it.
    async fn outcome(&self) -> AttemptOutcome {
        self.0.outcome
    }

    /// Why it failed; null when the listing took the quantity.
    async fn failure_reason(&self) -> Option<Lean<FailureReason>> {
        self.0.failure_code.map(FailureReason::of).map(Lean)
    }

    /// What the marketplace said about the listing, perhaps cut.
    async fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// Status of the HTTP reply; null where there was no reply.
    async fn http_status(&self) -> Option<i32> {
        self.0.http_status
    }

    /// What was sent for the listing, without secrets.
    async fn request(&self) -> &str {
        &self.0.request
    }

    /// What came back, perhaps cut; null where nothing did.
    async fn response(&self) -> Option<&str> {
        self.0.response.as_deref()
    }

    /// When the listing will be tried again, or was to be; null where it will not.
    async fn retry_at(&self) -> Option<DateTime<Utc>> {
        self.0.retry_at
    }

    /// When the call began.
    async fn started_at(&self) -> DateTime<Utc> {
        self.0.started_at
    }

    /// When the call ended.
    async fn finished_at(&self) -> DateTime<Utc> {
        self.0.finished_at
    }

    /// How long the call took, in milliseconds.
    async fn duration_ms(&self) -> i32 {
        super::milliseconds(self.0.started_at, self.0.finished_at)
    }
}
