//! `ManualSync`.

use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use entity::types::{ManualSyncKind, SyncStatus};
use entity::{manual_sync, sync_record};

use super::{FailureReason, SyncRule, linked};
use crate::db::sync_record::SyncRecordOrderField;
use crate::domain::page::PageArgs;
use crate::graphql::connection::{ConnectionOf, Listed, OrderBy, listed_within};
use crate::graphql::filters::{SyncRecordFilter, narrow};
use crate::graphql::ids::{self, NodeKind};
use crate::graphql::lean::{Lean, Linked};
use crate::graphql::loaders::{self, Wanted};
use crate::graphql::totals::{StatusCounts, StatusTotals};
use crate::sync::manual::{self, left_out};

/// One manual action by a person.
pub struct ManualSync(Arc<manual_sync::Model>);

from_row!(ManualSync, manual_sync);

impl Linked for ManualSync {
    fn want(&self, field: &Field, wanted: &mut Wanted) {
        if field.name.node == "syncRule" {
            wanted.sync_rule.extend(self.0.sync_rule_id);
        }
    }
}

impl Listed for manual_sync::Entity {
    type Node = ManualSync;
    type Totals = StatusTotals<Self>;
}

/// One manual action by a person, with everything that it caused.
#[Object]
impl ManualSync {
    /// Global id.
    pub async fn id(&self) -> ID {
        ids::encode(NodeKind::ManualSync, self.0.id)
    }

    /// What the person did.
    async fn kind(&self) -> ManualSyncKind {
        self.0.kind
    }

    /// Who did it: the name of the API key, or the subject of the token.
    async fn requested_by(&self) -> &str {
        &self.0.requested_by
    }

    /// The rule that was chosen; null where none was.
    async fn sync_rule(&self, ctx: &Context<'_>) -> Option<Result<Lean<SyncRule>>> {
        let id = self.0.sync_rule_id?;
        linked(async { loaders::current(ctx)?.sync_rule(id).await }).await
    }

    /// Where it stands: the aggregate of its syncs. SKIPPED when it caused none; PENDING also while the syncs of a
    /// large one are still being made.
    async fn status(&self) -> SyncStatus {
        self.0.status
    }

    /// How many syncs it caused, and where they stand; also those that are no longer kept. The syncs of a large one are
    /// made bit by bit: what is not made yet counts as pending, and leaves the counts when it turns out to be left out.
    async fn counts(&self) -> Lean<StatusCounts> {
        Lean(StatusCounts {
            total: self.0.total,
            pending: self.0.pending,
            success: self.0.success,
            partially_failed: self.0.partially_failed,
            failed: self.0.failed,
            skipped: self.0.skipped,
        })
    }

    /// What was asked for but could not be synced, by its reason. Each is among the failed triggers too. Grows while
    /// the syncs of a large one are being made.
    async fn left_out(&self) -> Vec<LeftOut> {
        left_out(&self.0).into_iter().map(LeftOut::from).collect()
    }

    /// The syncs that it caused.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn sync_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all when left out.")] filter: Option<SyncRecordFilter>,
        #[graphql(desc = "In which order; the newest first when left out.")] order_by: Option<
            OrderBy<SyncRecordOrderField>,
        >,
        #[graphql(desc = "How many from the front, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back, 1 to 100; not together with first.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<ConnectionOf<sync_record::Entity>>> {
        let page = PageArgs {
            first,
            after,
            last,
            before,
        };
        listed_within::<sync_record::Entity, _>(ctx, filter, order_by, page, |filter| {
            narrow(&mut filter.manual_syncs, self.0.id);
        })
        .await
    }

    /// When the person did it.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the last of its syncs became final; null while one is pending.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }
}

/// Store SKUs that a manual action could not sync, for one reason.
#[derive(SimpleObject)]
pub struct LeftOut {
    /// Why they could not be synced.
    pub failure_reason: FailureReason,
    /// How many.
    pub count: i32,
}

impl From<manual::LeftOut> for LeftOut {
    fn from(kept: manual::LeftOut) -> Self {
        Self {
            failure_reason: FailureReason::of(kept.code),
            count: i32::try_from(kept.count).unwrap_or(i32::MAX),
        }
    }
}
