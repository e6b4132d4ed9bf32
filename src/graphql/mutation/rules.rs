//! Sync rules.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use entity::sync_rule;
use entity::types::{Role, Rounding};
use uuid::Uuid;

use crate::error::Error;
use crate::graphql::context::{caller_as, engine};
use crate::graphql::errors::{UserError, user_errors};
use crate::graphql::ids::{self, NodeKind};
use crate::graphql::percent::Percent;
use crate::graphql::types::SyncRule;
use crate::sync::rules as sync;

/// The mutations that keep the sync rules.
#[derive(Default)]
pub struct RuleMutations;

/// About to sell out: below the threshold every store of the rule gets 0, but one.
#[derive(InputObject)]
pub struct SellOutInput {
    /// Below this available stock it takes effect; at least 1.
    threshold: i32,
    /// Code of the store that still gets its quantity, one that the rule covers. Without it every store gets 0.
    exempt_store: Option<String>,
}

/// A new sync rule.
#[derive(InputObject)]
pub struct CreateSyncRuleInput {
    /// What people call it, unique among your rules.
    name: String,
    /// Whether it governs anything.
    #[graphql(default = true)]
    is_enabled: bool,
    /// Where several rules cover a store SKU, the one with the highest priority governs it; among equals the oldest.
    #[graphql(default)]
    priority: i32,
    /// Codes of the stores that it covers, at most 1,000. Null covers all of them, also those that come later.
    stores: Option<Vec<String>>,
    /// Codes of the warehouse SKUs that it covers, at most 10,000. Null covers all of them, also those that come
    /// later. A bundle is covered when all its components are.
    skus: Option<Vec<String>>,
    /// Codes of the warehouses whose available stock is summed; at least one.
    warehouses: Vec<String>,
    /// How much of the available stock is shown.
    #[graphql(default_with = "Percent { hundredths: 10_000 }")]
    percent: Percent,
    /// Units added after the percentage; may be negative. The quantity itself is never below 0.
    #[graphql(default)]
    offset: i32,
    /// How the quantity becomes a whole number.
    #[graphql(default_with = "Rounding::Down")]
    rounding: Rounding,
    /// What happens when the stock is about to sell out; nothing special where it is left out.
    sell_out: Option<SellOutInput>,
}

/// What to change of a sync rule. What is left out stays as it is.
#[derive(InputObject)]
pub struct UpdateSyncRuleInput {
    /// The rule.
    id: ID,
    /// What people call it, unique among your rules.
    name: Option<String>,
    /// Whether it governs anything.
    is_enabled: Option<bool>,
    /// Where several rules cover a store SKU, the one with the highest priority governs it; among equals the oldest.
    priority: Option<i32>,
    /// Codes of the stores that it covers, at most 1,000. Null covers all of them, also those that come later.
    stores: MaybeUndefined<Vec<String>>,
    /// Codes of the warehouse SKUs that it covers, at most 10,000. Null covers all of them, also those that come
    /// later. A bundle is covered when all its components are.
    skus: MaybeUndefined<Vec<String>>,
    /// Codes of the warehouses whose available stock is summed; at least one.
    warehouses: Option<Vec<String>>,
    /// How much of the available stock is shown.
    percent: Option<Percent>,
    /// Units added after the percentage; may be negative. The quantity itself is never below 0.
    offset: Option<i32>,
    /// How the quantity becomes a whole number.
    rounding: Option<Rounding>,
    /// What happens when the stock is about to sell out; null takes it off.
    sell_out: MaybeUndefined<SellOutInput>,
}

/// A sync rule to delete.
#[derive(InputObject)]
pub struct DeleteSyncRuleInput {
    /// The rule.
    id: ID,
}

/// What came of `createSyncRule`.
#[derive(SimpleObject)]
pub struct CreateSyncRulePayload {
    /// The new rule.
    sync_rule: Option<SyncRule>,
    /// What is wrong with the input. When there is anything, nothing was changed.
    user_errors: Vec<UserError>,
}

/// What came of `updateSyncRule`.
#[derive(SimpleObject)]
pub struct UpdateSyncRulePayload {
    /// The rule as it is now.
    sync_rule: Option<SyncRule>,
    /// What is wrong with the input. When there is anything, nothing was changed.
    user_errors: Vec<UserError>,
}

/// What came of `deleteSyncRule`.
#[derive(SimpleObject)]
pub struct DeleteSyncRulePayload {
    /// Id of the rule that was deleted.
    deleted_sync_rule_id: Option<ID>,
    /// What is wrong with the input. When there is anything, nothing was changed.
    user_errors: Vec<UserError>,
}

#[Object]
impl RuleMutations {
    /// Makes a sync rule. Store SKUs that it governs from now on are synced, with the reason RULE_CHANGED.
    /// Needs the role ADMIN.
    async fn create_sync_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rule.")] input: CreateSyncRuleInput,
    ) -> Option<Result<CreateSyncRulePayload>> {
        Some(create(ctx, input).await)
    }

    /// Changes a sync rule. Store SKUs that another rule governs now, or for which another quantity may come out, are
    /// synced, with the reason RULE_CHANGED; a new name alone syncs nothing. Needs the role ADMIN.
    async fn update_sync_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rule, and what to change of it.")] input: UpdateSyncRuleInput,
    ) -> Option<Result<UpdateSyncRulePayload>> {
        Some(update(ctx, input).await)
    }

    /// Deletes a sync rule. Store SKUs that it governed are synced by the rule that governs them now, with the reason
    /// RULE_CHANGED. History keeps showing the deleted rule. Needs the role ADMIN.
    async fn delete_sync_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rule.")] input: DeleteSyncRuleInput,
    ) -> Option<Result<DeleteSyncRulePayload>> {
        Some(delete(ctx, input).await)
    }
}

async fn create(ctx: &Context<'_>, input: CreateSyncRuleInput) -> Result<CreateSyncRulePayload> {
    let merchant = caller_as(ctx, Role::Admin)?.merchant_id;
    let (row, user_errors) = user_errors(engine(ctx)?.create_rule(merchant, input.into()).await)?;
    Ok(CreateSyncRulePayload {
        sync_rule: row.map(Into::into),
        user_errors,
    })
}

async fn update(ctx: &Context<'_>, input: UpdateSyncRuleInput) -> Result<UpdateSyncRulePayload> {
    let merchant = caller_as(ctx, Role::Admin)?.merchant_id;
    let updated = match rule_id(&input.id) {
        Ok(uuid) => {
            let id = input.id.clone();
            let updated = engine(ctx)?.update_rule(merchant, uuid, input.into()).await;
            updated.map_err(|error| with_id(error, &id))
        }
        Err(error) => Err(error),
    };
    let (row, user_errors) = user_errors(updated)?;
    Ok(UpdateSyncRulePayload {
        sync_rule: row.map(Into::into),
        user_errors,
    })
}

async fn delete(ctx: &Context<'_>, input: DeleteSyncRuleInput) -> Result<DeleteSyncRulePayload> {
    let merchant = caller_as(ctx, Role::Admin)?.merchant_id;
    let deleted = match rule_id(&input.id) {
        Ok(uuid) => {
            let deleted = engine(ctx)?.delete_rule(merchant, uuid).await;
            deleted.map_err(|error| with_id(error, &input.id))
        }
        Err(error) => Err(error),
    };
    let (row, user_errors) = user_errors(deleted)?;
    let id = |row: sync_rule::Model| ids::encode(NodeKind::SyncRule, row.id);
    Ok(DeleteSyncRulePayload {
        deleted_sync_rule_id: row.map(id),
        user_errors,
    })
}

fn rule_id(id: &ID) -> Result<Uuid, Error> {
    Ok(ids::decode_as(NodeKind::SyncRule, "id", id)?)
}

fn with_id(error: Error, id: &ID) -> Error {
    ids::named(error, &[("id", NodeKind::SyncRule, std::slice::from_ref(id))])
}

impl From<SellOutInput> for sync::SellOutInput {
    fn from(input: SellOutInput) -> Self {
        Self {
            threshold: input.threshold,
            exempt_store: input.exempt_store,
        }
    }
}

impl From<CreateSyncRuleInput> for sync::RuleInput {
    fn from(input: CreateSyncRuleInput) -> Self {
        Self {
            name: input.name,
            is_enabled: input.is_enabled,
            priority: input.priority,
            stores: input.stores,
            skus: input.skus,
            warehouses: input.warehouses,
            percent_hundredths: input.percent.hundredths,
            offset: input.offset,
            rounding: input.rounding,
            sell_out: input.sell_out.map(Into::into),
        }
    }
}

impl From<UpdateSyncRuleInput> for sync::RuleChange {
    fn from(input: UpdateSyncRuleInput) -> Self {
        Self {
            name: input.name,
            is_enabled: input.is_enabled,
            priority: input.priority,
            stores: given(input.stores),
            skus: given(input.skus),
            warehouses: input.warehouses,
            percent_hundredths: input.percent.map(|percent| percent.hundredths),
            offset: input.offset,
            rounding: input.rounding,
            sell_out: given(input.sell_out).map(|sell_out| sell_out.map(Into::into)),
        }
    }
}

/// None where the field was left out; its value, which may be null, where it was not.
fn given<T>(field: MaybeUndefined<T>) -> Option<Option<T>> {
    match field {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}
