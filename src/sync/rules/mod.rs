//! Making, changing and deleting sync rules.
//!
//! # Guarantees
//!
//! - When a call returns, every store SKU is governed by the right rule, and those that got another one, or whose rule
//!   computes another quantity now, have been planned anew. Where they are many they are planned in the background
//!   ([`super::backlog`]), which a crash does not stop for good.
//! - A change that changes nothing, or only the name, triggers nothing. Records keep the name that the rule had when
//!   they were made.
//! - A deleted rule governs nothing and its name is free again; history still points at it.
//!
//! # Not guaranteed
//!
//! That it is quick: which rule governs is decided for all store SKUs in one transaction, so that no half of them
//! follows the rule as it was. A rule over 100,000 store SKUs takes seconds, in which stock changes of these SKUs wait.

mod apply;
mod input;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::sync_rule;
use entity::types::{Rounding, SyncReason};
use futures_util::future::BoxFuture;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

pub use self::input::{RuleChange, RuleInput, SellOutInput};
use super::Engine;
use super::backlog::sync_or_defer;
use super::catalogue::lock_skus;
use super::plan::{self, Cause, Planned};
use crate::clock::now;
use crate::db::rule::{self, Content};
use crate::db::{self, catalogue, lock};
use crate::error::{Error, ProblemCode, Result};

/// Most chosen stores of a rule.
pub const MAX_STORES: usize = 1_000;
/// Most chosen warehouse SKUs of a rule.
pub const MAX_SKUS: usize = 10_000;
/// Most warehouses of a rule.
pub const MAX_WAREHOUSES: usize = 1_000;

impl Engine {
    /// Makes a rule.
    ///
    /// # Errors
    /// A problem of the input; then nothing is changed.
    pub async fn create_rule(&self, merchant: Uuid, input: RuleInput) -> Result<sync_rule::Model> {
        let change = Arc::new(RuleChange::from(input));
        self.write_rule(move |engine, tx| {
            let change = Arc::clone(&change);
            Box::pin(async move {
                let now = now();
                catalogue::lock(tx, merchant).await?;
                let after = apply::apply(tx, &blank(merchant, now), &change).await?;
                engine.save_rule(tx, None, after, now).await
            })
        })
        .await
    }

    /// Changes a rule.
    ///
    /// # Errors
    /// A problem of the input, such as an `id` that is no rule of the merchant's; then nothing is changed.
    pub async fn update_rule(&self, merchant: Uuid, id: Uuid, change: RuleChange) -> Result<sync_rule::Model> {
        let change = Arc::new(change);
        self.write_rule(move |engine, tx| {
            let change = Arc::clone(&change);
            Box::pin(async move {
                catalogue::lock(tx, merchant).await?;
                let before = existing(tx, merchant, id).await?;
                let after = apply::apply(tx, &before, &change).await?;
                engine.save_rule(tx, Some(before), after, now()).await
            })
        })
        .await
    }

    /// Deletes a rule.
    ///
    /// # Errors
    /// The `id` is no rule of the merchant's, or it was deleted before.
    pub async fn delete_rule(&self, merchant: Uuid, id: Uuid) -> Result<sync_rule::Model> {
        self.write_rule(move |engine, tx| {
            Box::pin(async move {
                let now = now();
                catalogue::lock(tx, merchant).await?;
                let before = existing(tx, merchant, id).await?;
                let mut after = before.clone();
                after.row.is_enabled = false;
                after.row.deleted_at = Some(now);
                engine.save_rule(tx, Some(before), after, now).await
            })
        })
        .await
    }

    async fn write_rule<W>(&self, work: W) -> Result<sync_rule::Model>
    where
        W: for<'t> Fn(Self, &'t DatabaseTransaction) -> BoxFuture<'t, Result<(sync_rule::Model, Planned)>>
            + Send
            + Sync
            + 'static,
    {
        let engine = self.clone();
        let (row, planned) = self.db().write(move |tx| work(engine.clone(), tx)).await?;
        self.announce(planned);
        Ok(row)
    }

    /// Writes the rule, and brings everything that it concerns up to date.
    async fn save_rule(
        &self,
        tx: &DatabaseTransaction,
        before: Option<Content>,
        mut after: Content,
        now: DateTime<Utc>,
    ) -> Result<(sync_rule::Model, Planned)> {
        if before.as_ref() == Some(&after) {
            return Ok((after.row, Planned::default()));
        }
        let (merchant, id) = (after.row.merchant_id, after.row.id);
        after.row.updated_at = now;
        rule::save(tx, before.as_ref(), &after).await?;
        let effect = Effect::of(before.as_ref(), &after);
        let mut replanned = BTreeSet::new();
        let mut concerned = rule::governed_by(tx, merchant, id).await?;
        if effect.computes {
            replanned.extend(&concerned);
        }
        let mut moved = HashMap::new();
        if effect.governs {
            if after.row.is_enabled {
                concerned.extend(rule::reachable(tx, &after).await?);
            }
            let concerned: Vec<Uuid> = concerned.into_iter().collect();
            moved = plan::governed_anew(tx, merchant, &concerned).await?;
            replanned.extend(moved.values().flatten());
        }
        let replanned: Vec<Uuid> = replanned.into_iter().collect();
        let planned = self.replan(tx, merchant, now, &replanned, &moved).await?;
        Ok((after.row, planned))
    }

    /// Sets the rules of those that are governed anew, and plans all that are to be planned anew, these among them.
    async fn replan(
        &self,
        tx: &DatabaseTransaction,
        merchant: Uuid,
        now: DateTime<Utc>,
        store_skus: &[Uuid],
        governed_anew: &HashMap<Option<Uuid>, Vec<Uuid>>,
    ) -> Result<Planned> {
        if store_skus.len() <= self.backlog().settings.at_once {
            lock_skus(tx, merchant, store_skus, []).await?;
        } else {
            // They are not planned here, so the warehouse SKUs need no locks.
            let moved: Vec<Uuid> = governed_anew.values().flatten().copied().collect();
            lock::store_sku_ids(tx, merchant, &moved).await?;
        }
        db::plan::set_governing_rules(tx, merchant, governed_anew).await?;
        let cause = Cause {
            reason: SyncReason::RuleChanged,
            manual_sync_id: None,
        };
        sync_or_defer(tx, &self.planning(merchant, now), store_skus, &cause).await
    }
}

/// What a change of a rule may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Effect {
    /// Which store SKUs it governs.
    governs: bool,
    /// Which quantity it computes for them.
    computes: bool,
}

impl Effect {
    fn of(before: Option<&Content>, after: &Content) -> Self {
        let Some(before) = before else {
            return Self {
                governs: after.row.is_enabled,
                computes: false,
            };
        };
        let is_on = before.row.is_enabled || after.row.is_enabled;
        let computes_as = |content: &Content| {
            let row = &content.row;
            let formula = (row.percent_hundredths, row.quantity_offset, row.rounding);
            (formula, row.sell_out_threshold, row.exempt_store_id)
        };
        let governs_as = |content: &Content| {
            let row = &content.row;
            (row.is_enabled, row.priority, row.covers_all_stores, row.covers_all_skus)
        };
        let same_sets = before.stores == after.stores && before.warehouse_skus == after.warehouse_skus;
        Self {
            governs: is_on && !(same_sets && governs_as(before) == governs_as(after)),
            computes: is_on && (computes_as(before) != computes_as(after) || before.warehouses != after.warehouses),
        }
    }
}

async fn existing(tx: &DatabaseTransaction, merchant: Uuid, id: Uuid) -> Result<Content> {
    rule::content(tx, merchant, id)
        .await?
        .ok_or_else(|| Error::invalid("id", ProblemCode::NotFound, "there is no such sync rule"))
}

fn blank(merchant: Uuid, now: DateTime<Utc>) -> Content {
    Content {
        row: sync_rule::Model {
            merchant_id: merchant,
            id: Uuid::now_v7(),
            name: String::new(),
            is_enabled: true,
            priority: 0,
            covers_all_stores: true,
            covers_all_skus: true,
            percent_hundredths: 0,
            quantity_offset: 0,
            rounding: Rounding::Down,
            sell_out_threshold: None,
            exempt_store_id: None,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        },
        stores: BTreeSet::new(),
        warehouse_skus: BTreeSet::new(),
        warehouses: BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(change: impl Fn(&mut Content)) -> (bool, bool) {
        let before = blank(Uuid::nil(), DateTime::UNIX_EPOCH);
        let mut after = before.clone();
        change(&mut after);
        let effect = Effect::of(Some(&before), &after);
        (effect.governs, effect.computes)
    }

    #[test]
    fn a_change_has_the_effect_of_what_it_changes() {
        assert_eq!(effect(|_| ()), (false, false));
        assert_eq!(effect(|rule| rule.row.name.push('x')), (false, false));
        assert_eq!(effect(|rule| rule.row.priority = 1), (true, false));
        assert_eq!(effect(|rule| rule.row.is_enabled = false), (true, false));
        assert_eq!(effect(|rule| rule.stores.extend([Uuid::nil()])), (true, false));
        assert_eq!(effect(|rule| rule.row.quantity_offset = 1), (false, true));
        assert_eq!(effect(|rule| rule.warehouses.extend([Uuid::nil()])), (false, true));
        assert_eq!(effect(|rule| rule.row.sell_out_threshold = Some(5)), (false, true));
    }

    #[test]
    fn a_rule_that_is_off_has_no_effect() {
        let mut before = blank(Uuid::nil(), DateTime::UNIX_EPOCH);
        before.row.is_enabled = false;
        let mut after = before.clone();
        after.row.priority = 7;
        after.row.quantity_offset = 7;
        let none = Effect {
            governs: false,
            computes: false,
        };
        assert_eq!(Effect::of(Some(&before), &after), none);
        assert_eq!(Effect::of(None, &after), none);
    }
}
