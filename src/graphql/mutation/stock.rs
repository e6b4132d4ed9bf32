//! `recordStockChanges`.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use entity::types::{Role, SyncReason};

use crate::error::{Error, Problem, ProblemCode};
use crate::graphql::context::{caller_as, engine};
use crate::graphql::errors::{UserError, user_errors};
use crate::sync::trigger::{Accepted, StockChange, StockQuantity};

/// Stock changes.
#[derive(Default)]
pub struct StockMutations;

/// Stock changes to take, all or none of them.
#[derive(InputObject)]
pub struct RecordStockChangesInput {
    /// 1 to 1,000 changes; they are taken in this order.
    pub changes: Vec<StockChangeInput>,
    /// Your own key for this batch, up to 200 bytes. A batch that is sent again under its key changes nothing and gets the
    /// first answer. Keys are kept as long as records, 30 days by default.
    pub idempotency_key: Option<String>,
}

/// A change of the available stock of one warehouse SKU in one warehouse. Exactly one of available and delta is given.
#[derive(InputObject)]
pub struct StockChangeInput {
    /// Code of the warehouse.
    pub warehouse: String,
    /// Code of the warehouse SKU.
    pub sku: String,
    /// So many units are available now; 0 or more.
    pub available: Option<i32>,
    /// So many units more are available; negative for fewer. The stock cannot fall below zero.
    pub delta: Option<i32>,
    /// What happened. The reasons of manual syncs, RULE_CHANGED and SHORTAGE_CLEARED are not for stock changes.
    pub reason: SyncReason,
    /// Your own reference, such as an order number, up to 500 characters; records show it.
    pub reference: Option<String>,
}

/// What became of the changes.
#[derive(SimpleObject)]
pub struct RecordStockChangesPayload {
    /// Changes that were taken: all, or none when there are userErrors. What was taken is durable.
    pub change_count: usize,
    /// Sync records that the changes caused, including those that a later change of the same batch superseded.
    pub record_count: usize,
    /// Failed triggers that the changes caused.
    pub failed_trigger_count: i64,
    /// Whether the batch had been taken before under its idempotency key, so that nothing changed now.
    pub is_replay: bool,
    /// What is wrong with the input; empty when all was taken.
    pub user_errors: Vec<UserError>,
}

#[Object]
impl StockMutations {
    /// Reports stock changes: sets the stock and plans the syncs that follow from it. Needs the role ADMIN.
    async fn record_stock_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: RecordStockChangesInput,
    ) -> Option<Result<RecordStockChangesPayload>> {
        Some(record(ctx, input).await)
    }
}

async fn record(ctx: &Context<'_>, input: RecordStockChangesInput) -> Result<RecordStockChangesPayload> {
    let caller = caller_as(ctx, Role::Admin)?;
    let taken = match changes(input.changes) {
        Ok(changes) => {
            engine(ctx)?
                .record_stock_changes(caller.merchant_id, changes, input.idempotency_key)
                .await
        }
        Err(error) => Err(error),
    };
    let (accepted, user_errors) = user_errors(taken)?;
    let accepted = accepted.unwrap_or(Accepted {
        change_count: 0,
        record_count: 0,
        failed_trigger_count: 0,
        is_replay: false,
    });
    Ok(RecordStockChangesPayload {
        change_count: accepted.change_count,
        record_count: accepted.record_count,
        failed_trigger_count: accepted.failed_trigger_count,
        is_replay: accepted.is_replay,
        user_errors,
    })
}

fn changes(inputs: Vec<StockChangeInput>) -> crate::error::Result<Vec<StockChange>> {
    let mut problems = Vec::new();
    let mut changes = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.into_iter().enumerate() {
        let quantity = match (input.available, input.delta) {
            (Some(available), None) => StockQuantity::Available(available),
            (None, Some(delta)) => StockQuantity::Delta(delta),
            (given, other) => {
                let (field, given) = match given.zip(other) {
                    Some((available, delta)) => ("delta", format!("available is {available} and delta is {delta}")),
                    None => ("available", "neither available nor delta was given".to_owned()),
                };
                problems.push(Problem::new(
                    &format!("changes.{index}.{field}"),
                    ProblemCode::Invalid,
                    format!("{given}; exactly one of the two is to be given"),
                ));
                continue;
            }
        };
        changes.push(StockChange {
            warehouse: input.warehouse,
            sku: input.sku,
            quantity,
            reason: input.reason,
            reference: input.reference,
        });
    }
    if problems.is_empty() {
        Ok(changes)
    } else {
        Err(Error::Invalid(problems))
    }
}
