//! `resync`, `syncManually` and `syncRuleNow`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::types::Role;
use uuid::Uuid;

use crate::error::{Error, Problem, ProblemCode};
use crate::graphql::context::{caller_as, engine};
use crate::graphql::errors::{UserError, user_errors};
use crate::graphql::filters::{FilterInput, StoreSkuFilter};
use crate::graphql::ids::{self, NodeKind, decode_as};
use crate::graphql::types::{LeftOut, ManualSync};
use crate::sync::manual::{MAX_IDS, Order, Started, Wanted, left_out};
use crate::sync::problems::at_most;

/// Syncs that a person starts.
#[derive(Default)]
pub struct ManualMutations;

/// What to push again. Exactly one of storeSkuIds and filter is given.
#[derive(InputObject)]
pub struct ResyncInput {
    /// These store SKUs; 1 to 1,000.
    pub store_sku_ids: Option<Vec<ID>>,
    /// Every store SKU that matches, not only those on the visible page. An empty filter means all.
    pub filter: Option<StoreSkuFilter>,
    /// Your own key for this click, up to 200 bytes. A call that is repeated under its key starts nothing.
    pub idempotency_key: Option<String>,
}

/// What to sync: the store SKUs that meet all that is given. At least one of the three is.
#[derive(InputObject)]
pub struct SyncManuallyInput {
    /// Governed by this rule, which is enabled.
    pub sync_rule_id: Option<ID>,
    /// In one of these stores; at most 1,000.
    pub store_ids: Option<Vec<ID>>,
    /// Made of one of these warehouse SKUs; at most 1,000.
    pub warehouse_sku_ids: Option<Vec<ID>>,
    /// Your own key for this click, up to 200 bytes. A call that is repeated under its key starts nothing.
    pub idempotency_key: Option<String>,
}

/// The rule to sync.
#[derive(InputObject)]
pub struct SyncRuleNowInput {
    /// The rule, which is enabled.
    pub sync_rule_id: ID,
    /// Your own key for this click, up to 200 bytes. A call that is repeated under its key starts nothing.
    pub idempotency_key: Option<String>,
}

macro_rules! payload {
    ($name:ident) => {
        /// What was started. The pushes happen in the background; the manual sync has their progress.
        #[derive(SimpleObject)]
        pub struct $name {
            /// The manual action; null when there are userErrors.
            pub manual_sync: Option<ManualSync>,
            /// Store SKUs that are being synced. Of a large sync that is still being planned, also those of which it
            /// may turn out that they cannot be: the counts of the manual sync have the number that is right in the end.
            pub taken_count: i32,
            /// Store SKUs that were asked for but cannot be synced, as far as they were planned by now. Each is among the failed triggers too.
            pub left_out_count: i32,
            /// Why these were left out.
            pub left_out: Vec<LeftOut>,
            /// Whether it had been started before under its idempotency key, so that nothing was started now.
            pub is_replay: bool,
            /// What is wrong with the input; then nothing was started.
            pub user_errors: Vec<UserError>,
        }

        impl From<Outcome> for $name {
            fn from(outcome: Outcome) -> Self {
                let (started, user_errors) = outcome;
                let Some(Started {
                    manual_sync,
                    is_replay,
                }) = started
                else {
                    return Self {
                        manual_sync: None,
                        taken_count: 0,
                        left_out_count: 0,
                        left_out: Vec::new(),
                        is_replay: false,
                        user_errors,
                    };
                };
                let left_out: Vec<LeftOut> = left_out(&manual_sync).into_iter().map(LeftOut::from).collect();
                Self {
                    taken_count: manual_sync.total,
                    left_out_count: left_out.iter().map(|left_out| left_out.count).sum(),
                    left_out,
                    manual_sync: Some(manual_sync.into()),
                    is_replay,
                    user_errors,
                }
            }
        }
    };
}

type Outcome = (Option<Started>, Vec<UserError>);

payload!(ResyncPayload);
payload!(SyncManuallyPayload);
payload!(SyncRuleNowPayload);

#[Object]
impl ManualMutations {
    /// Pushes store SKUs again, with the quantity that their rule computes now: chosen ones, or all that match a filter.
    /// Needs the role OPERATOR.
    async fn resync(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to push again.")] input: ResyncInput,
    ) -> Option<Result<ResyncPayload>> {
        let wanted = resync_wanted(input.store_sku_ids.as_deref(), input.filter);
        let ids = input.store_sku_ids.unwrap_or_default();
        let given = [("storeSkuIds", NodeKind::StoreSku, ids.as_slice())];
        Some(start(ctx, wanted, &given, input.idempotency_key).await.map(Into::into))
    }

    /// Syncs chosen SKUs, stores or both. Needs the role OPERATOR.
    async fn sync_manually(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to sync.")] input: SyncManuallyInput,
    ) -> Option<Result<SyncManuallyPayload>> {
        let key = input.idempotency_key.clone();
        let given = [
            ("syncRuleId", NodeKind::SyncRule, input.sync_rule_id.as_slice()),
            (
                "storeIds",
                NodeKind::Store,
                input.store_ids.as_deref().unwrap_or_default(),
            ),
            (
                "warehouseSkuIds",
                NodeKind::WarehouseSku,
                input.warehouse_sku_ids.as_deref().unwrap_or_default(),
            ),
        ];
        Some(start(ctx, chosen(&input), &given, key).await.map(Into::into))
    }

    /// Syncs everything that a rule governs. Needs the role OPERATOR.
    async fn sync_rule_now(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rule.")] input: SyncRuleNowInput,
    ) -> Option<Result<SyncRuleNowPayload>> {
        let wanted = decode_as(NodeKind::SyncRule, "syncRuleId", &input.sync_rule_id).map(Wanted::Rule);
        let rule = std::slice::from_ref(&input.sync_rule_id);
        let given = [("syncRuleId", NodeKind::SyncRule, rule)];
        let started = start(ctx, wanted.map_err(Into::into), &given, input.idempotency_key).await;
        Some(started.map(Into::into))
    }
}

async fn start(
    ctx: &Context<'_>,
    wanted: crate::error::Result<Wanted>,
    given: &[ids::Given<'_>],
    idempotency_key: Option<String>,
) -> Result<Outcome> {
    let caller = caller_as(ctx, Role::Operator)?;
    let started = match wanted {
        Ok(wanted) => {
            let order = Order {
                merchant: caller.merchant_id,
                requested_by: caller.name.clone(),
                wanted,
                idempotency_key,
            };
            engine(ctx)?.start(order).await
        }
        Err(error) => Err(error),
    };
    user_errors(started.map_err(|error| ids::named(error, given)))
}

fn resync_wanted(ids: Option<&[ID]>, filter: Option<StoreSkuFilter>) -> crate::error::Result<Wanted> {
    match (ids, filter) {
        (Some(ids), None) => Ok(Wanted::StoreSkus(uuids(NodeKind::StoreSku, "storeSkuIds", ids)?)),
        (None, Some(filter)) => Ok(Wanted::Matching(filter.check("filter")?)),
        (Some(ids), Some(_)) => {
            let given = ids.len();
            let message =
                format!("a filter was given beside {given} storeSkuIds; exactly one of the two is to be given");
            Err(Error::invalid("filter", ProblemCode::Invalid, message))
        }
        (None, None) => Err(Error::invalid(
            "storeSkuIds",
            ProblemCode::Invalid,
            "neither storeSkuIds nor filter was given; exactly one of the two is to be given",
        )),
    }
}

fn chosen(input: &SyncManuallyInput) -> crate::error::Result<Wanted> {
    let list = |kind, path, ids: &Option<Vec<ID>>| ids.as_ref().map(|ids| uuids(kind, path, ids)).transpose();
    Ok(Wanted::Chosen {
        rule: input
            .sync_rule_id
            .as_ref()
            .map(|id| decode_as(NodeKind::SyncRule, "syncRuleId", id))
            .transpose()?,
        stores: list(NodeKind::Store, "storeIds", &input.store_ids)?,
        warehouse_skus: list(NodeKind::WarehouseSku, "warehouseSkuIds", &input.warehouse_sku_ids)?,
    })
}

fn uuids(kind: NodeKind, path: &str, ids: &[ID]) -> crate::error::Result<Vec<Uuid>> {
    at_most(path, ids.len(), MAX_IDS)?;
    let mut problems: Vec<Problem> = Vec::new();
    let mut uuids = Vec::with_capacity(ids.len());
    for (index, id) in ids.iter().enumerate() {
        match decode_as(kind, &format!("{path}.{index}"), id) {
            Ok(uuid) => uuids.push(uuid),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(uuids)
    } else {
        Err(Error::Invalid(problems))
    }
}
