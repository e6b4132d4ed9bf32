//! Tab 3: triggers that never became a sync, and the summary of why.
//!
//! The summary is read from a tally of the hours, with no filter and with one that only has `occurredAt`,
//! `codeIn` or both: then no more failed triggers are read than came around the two ends of the time. With any other
//! filter all that match are counted.

use async_graphql::{Context, Object, Result};
use entity::failed_trigger;

use crate::db::failed_trigger::{FailedTriggerOrderField, summary};
use crate::domain::page::PageArgs;
use crate::graphql::connection::{ConnectionOf, OrderBy, listed};
use crate::graphql::context::{caller, engine};
use crate::graphql::filters::{FailedTriggerFilter, FilterInput};
use crate::graphql::types::{FailureReason, FailureReasonInfo};

/// See the module.
#[derive(Default)]
pub(super) struct FailureQuery;

#[Object]
impl FailureQuery {
    /// Why triggers never became a sync: each reason that occurred among the failed triggers that are still kept, the
    /// most common first.
    async fn failure_reasons(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which failed triggers to sum up; all when left out.")] filter: Option<FailedTriggerFilter>,
    ) -> Option<Result<Vec<FailureReason>>> {
        Some(summed_up(ctx, filter.unwrap_or_default()).await)
    }

    /// All failure reasons that there are, of triggers and of pushes, with texts to show.
    async fn failure_catalogue(&self, ctx: &Context<'_>) -> Option<Result<Vec<FailureReasonInfo>>> {
        Some(caller(ctx).map(|_| FailureReasonInfo::all()).map_err(Into::into))
    }

    /// Triggers that never became a sync and are still kept.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn failed_triggers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all when left out.")] filter: Option<FailedTriggerFilter>,
        #[graphql(desc = "In which order; the newest first when left out.")] order_by: Option<
            OrderBy<FailedTriggerOrderField>,
        >,
        #[graphql(desc = "How many from the front, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the back, 1 to 100; not together with first.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<ConnectionOf<failed_trigger::Entity>>> {
        listed::<failed_trigger::Entity, _>(
            ctx,
            filter,
            order_by,
            PageArgs {
                first,
                after,
                last,
                before,
            },
        )
        .await
    }
}

async fn summed_up(ctx: &Context<'_>, filter: FailedTriggerFilter) -> Result<Vec<FailureReason>> {
    let merchant = caller(ctx)?.merchant_id;
    let filter = filter.check("filter")?;
    let summaries = summary(engine(ctx)?.db().reader(), merchant, &filter).await?;
    let reasons = summaries
        .into_iter()
        .map(|summary| FailureReason::summed_up(summary, filter.clone()));
    Ok(reasons.collect())
}
