//! Planning in memory: one trigger after the other, on a snapshot.

use std::collections::{BTreeMap, HashMap};

use entity::types::{ConnectionStatus, FailureCode, SyncStatus};
use entity::{failed_trigger, sync_record};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::draft::{Draft, Where};
use super::{Cause, Planned, Planning, StockTrigger};
use crate::db;
use crate::db::plan::{Plan, Superseded};
use crate::db::snapshot::{Snapshot, StoreLink};
use crate::domain::rule::{self, Component, Rule};
use crate::error::Result;
use crate::feed::Change;

/// How far the numbering of one store SKU's records has come.
struct Line {
    last_seq: i64,
    quantity_before: Option<i32>,
}

/// Plans on a snapshot; see the module above for what it guarantees.
pub(super) struct Planner<'p> {
    planning: &'p Planning,
    snapshot: Snapshot,
    lines: Vec<Line>,
    by_part: HashMap<Uuid, Vec<usize>>,
    /// Where in the plan the record stands that is unsent so far, by store SKU.
    unsent: HashMap<Uuid, usize>,
    plan: Plan,
}

impl<'p> Planner<'p> {
    /// A planner on a snapshot.
    pub(super) fn new(planning: &'p Planning, snapshot: Snapshot) -> Self {
        let in_flight = |id: &Uuid| snapshot.pending.get(id).and_then(|pending| pending.in_flight);
        let lines = snapshot.store_skus.iter().map(|store_sku| Line {
            last_seq: store_sku.record_seq,
            quantity_before: in_flight(&store_sku.id)
                .map(|record| record.quantity_after)
                .or(store_sku.pushed_quantity),
        });
        let mut by_part: HashMap<Uuid, Vec<usize>> = HashMap::new();
        for (index, store_sku) in snapshot.store_skus.iter().enumerate() {
            for part in snapshot.parts(store_sku.id) {
                by_part.entry(part).or_default().push(index);
            }
        }
        Self {
            lines: lines.collect(),
            by_part,
            planning,
            snapshot,
            unsent: HashMap::new(),
            plan: Plan::default(),
        }
    }

    /// How many store SKUs there are to plan for.
    pub(super) fn store_sku_count(&self) -> usize {
        self.snapshot.store_skus.len()
    }

    /// Plans one stock change.
    pub(super) fn stock_changed(&mut self, trigger: &StockTrigger) {
        let part = trigger.warehouse_sku;
        self.snapshot.stock.insert((part, trigger.warehouse), trigger.available);
        if self.snapshot.marked_short.contains(&part) {
            return self.fail(trigger.into(), FailureCode::MarkedShort, Where::default());
        }
        let mapped = self.by_part.get(&part).cloned().unwrap_or_default();
        let is_covered = self
            .snapshot
            .rules
            .iter()
            .any(|rule| rule.warehouse_skus.contains(part));
        if !is_covered && mapped.iter().all(|index| self.rule_of(*index).is_none()) {
            return self.fail(trigger.into(), FailureCode::NotInAnyRule, Where::default());
        }
        for index in &mapped {
            self.stock_changed_for(*index, trigger);
        }
        self.fail_unmapped_stores(trigger, &mapped);
    }

    fn stock_changed_for(&mut self, index: usize, trigger: &StockTrigger) {
        let place = Where::store_sku(&self.snapshot.store_skus[index]);
        match self.rule_of(index) {
            None => self.fail(trigger.into(), FailureCode::NotInAnyRule, place),
            Some(rule) if !rule.warehouses.contains(&trigger.warehouse) => {
                let place = place.under(rule);
                self.fail(trigger.into(), FailureCode::WarehouseNotInRule, place);
            }
            Some(_) => self.draft_or_fail(index, trigger.into()),
        }
    }

    /// The stores that a rule covers with this warehouse SKU, and in which nothing is mapped to it.
    fn fail_unmapped_stores(&mut self, trigger: &StockTrigger, mapped: &[usize]) {
        let mut stores: Vec<Uuid> = self.snapshot.stores.keys().copied().collect();
        stores.sort_unstable();
        for store in stores {
            if mapped
                .iter()
                .any(|index| self.snapshot.store_skus[*index].store_id == store)
            {
                continue;
            }
            let rule = rule::governing(&self.snapshot.rules, store, &[trigger.warehouse_sku]);
            if let Some(rule) = rule.map(|rule| rule.id) {
                let place = Where {
                    store: Some(store),
                    store_sku: None,
                    rule: Some(rule),
                };
                self.fail(trigger.into(), FailureCode::NoStoreSkuMapping, place);
            }
        }
    }

    /// Plans a sync of one store SKU that no stock change concerns. Where there is no quantity to push yet, that is a
    /// failed trigger only when a person asked for it.
    pub(super) fn sync(&mut self, index: usize, cause: &Cause) {
        let store_sku = &self.snapshot.store_skus[index];
        let parts = self.snapshot.parts(store_sku.id);
        let draft = Draft {
            reason: cause.reason,
            reference: None,
            warehouse_sku: parts.first().copied(),
            warehouse: None,
            movement: 0,
            manual_sync_id: cause.manual_sync_id,
        };
        if self.is_stock_known(index, &parts) {
            self.draft_or_fail(index, draft);
        } else if cause.manual_sync_id.is_some() {
            let place = Where::store_sku(store_sku);
            match self.rule_of(index) {
                Some(rule) => self.fail(draft, FailureCode::StockUnknown, place.under(rule)),
                None => self.fail(draft, FailureCode::NotInAnyRule, place),
            }
        }
    }

    /// Whether any stock of any component was ever reported in the governing rule's warehouses, or in any warehouse
    /// where no rule governs.
    fn is_stock_known(&self, index: usize, parts: &[Uuid]) -> bool {
        match self.rule_of(index) {
            Some(rule) => parts
                .iter()
                .any(|part| self.snapshot.available(*part, &rule.warehouses).is_some()),
            None => self.snapshot.stock.keys().any(|(part, _)| parts.contains(part)),
        }
    }

    /// Makes the record, unless something keeps the trigger from becoming one.
    fn draft_or_fail(&mut self, index: usize, draft: Draft<'_>) {
        let store_sku = &self.snapshot.store_skus[index];
        let place = Where::store_sku(store_sku);
        let Some(rule) = self.rule_of(index).cloned() else {
            return self.fail(draft, FailureCode::NotInAnyRule, place);
        };
        let parts = self.snapshot.parts(store_sku.id);
        let place = place.under(&rule);
        if let Some(marked) = parts.iter().find(|part| self.snapshot.marked_short.contains(part)) {
            let about = if draft.is_of_stock() {
                draft.warehouse_sku
            } else {
                Some(*marked)
            };
            let draft = Draft {
                warehouse_sku: about,
                ..draft
            };
            return self.fail(draft, FailureCode::MarkedShort, place);
        }
        if !self.snapshot.listed.contains(&store_sku.id) {
            return self.fail(draft, FailureCode::NoListing, place);
        }
        if self.link(store_sku.store_id).status == ConnectionStatus::NotConnected {
            return self.fail(draft, FailureCode::StoreNotConnected, place);
        }
        self.record(index, &rule, draft);
    }

    /// How a store is connected. One that the snapshot does not have is not.
    fn link(&self, store: Uuid) -> StoreLink {
        self.snapshot.stores.get(&store).copied().unwrap_or_default()
    }

    fn record(&mut self, index: usize, rule: &Rule, draft: Draft<'_>) {
        let store_sku = self.snapshot.store_skus[index].clone();
        let available = self.availability(store_sku.id, rule);
        let units = available.map_or(0, |available| available.units);
        let quantity = rule.quantity(store_sku.store_id, units);
        let connector = self.planning.marketplaces.of(self.link(store_sku.store_id).connector);
        let (quantity_after, is_clamped) = rule::clamp(quantity, connector.limits().largest_quantity);
        let warehouse_sku = match available {
            Some(available) if !draft.is_of_stock() => Some(available.limited_by),
            _ => draft.warehouse_sku,
        };
        let line = &self.lines[index];
        let quantity_before = line.quantity_before.unwrap_or_else(|| {
            let available = warehouse_sku.and_then(|part| self.snapshot.available(part, &rule.warehouses));
            let now_available = available.unwrap_or(0);
            rule::clamp(i128::from(now_available - i64::from(draft.movement)), i32::MAX).0
        });
        let now = self.planning.now;
        let record = sync_record::Model {
            merchant_id: self.planning.merchant,
            id: Uuid::now_v7(),
            seq: line.last_seq + 1,
            store_id: store_sku.store_id,
            marketplace: store_sku.marketplace,
            store_sku_id: store_sku.id,
            warehouse_sku_id: warehouse_sku,
            warehouse_id: draft.warehouse,
            sync_rule_id: Some(rule.id),
            rule_name: rule.name.clone(),
            manual_sync_id: draft.manual_sync_id,
            reason: draft.reason,
            reference: draft.reference.map(str::to_owned),
            quantity_before,
            movement: draft.movement,
            quantity_after,
            is_clamped,
            status: SyncStatus::Pending,
            failure_code: None,
            failure_message: None,
            attempt_count: 0,
            due_at: Some(store_sku.held_until.map_or(now, |held| held.max(now))),
            lease_id: None,
            superseded_by: None,
            version: 1,
            created_at: now,
            started_at: None,
            finished_at: None,
            updated_at: now,
        };
        self.lines[index].last_seq += 1;
        self.supersede(&record);
        self.unsent.insert(record.store_sku_id, self.plan.records.len());
        self.plan.records.push(record);
    }

    /// Skips the record of the same store SKU that was unsent so far, in the plan or in the database.
    fn supersede(&mut self, newer: &sync_record::Model) {
        if let Some(older) = self.unsent.get(&newer.store_sku_id) {
            let older = &mut self.plan.records[*older];
            older.status = SyncStatus::Skipped;
            older.superseded_by = Some(newer.id);
            older.due_at = None;
            older.finished_at = Some(newer.created_at);
        } else if let Some(older) = self
            .snapshot
            .pending
            .get(&newer.store_sku_id)
            .and_then(|pending| pending.unsent)
        {
            self.plan.superseded.push(Superseded {
                record: older,
                by: newer.id,
            });
        }
    }

    fn availability(&self, store_sku: Uuid, rule: &Rule) -> Option<rule::Availability> {
        let components = self.snapshot.components.get(&store_sku)?;
        let components: Vec<Component> = components
            .iter()
            .map(|(part, quantity)| Component {
                warehouse_sku: *part,
                available: self.snapshot.available(*part, &rule.warehouses).unwrap_or(0),
                quantity: *quantity,
            })
            .collect();
        rule::availability(&components)
    }

    fn rule_of(&self, index: usize) -> Option<&Rule> {
        let governing = self.snapshot.store_skus[index].sync_rule_id?;
        self.snapshot.rules.iter().find(|rule| rule.id == governing)
    }

    fn fail(&mut self, draft: Draft<'_>, code: FailureCode, place: Where) {
        self.plan.failed.push(failed_trigger::Model {
            merchant_id: self.planning.merchant,
            id: Uuid::now_v7(),
            failure_code: code,
            reason: draft.reason,
            reference: draft.reference.map(str::to_owned),
            warehouse_sku_id: draft.warehouse_sku,
            warehouse_id: draft.warehouse,
            store_id: place.store,
            store_sku_id: place.store_sku,
            sync_rule_id: place.rule,
            manual_sync_id: draft.manual_sync_id,
            movement: draft.movement,
            occurred_at: self.planning.now,
        });
    }

    /// The steps of all records, in order for each store SKU.
    fn changes(&self) -> Vec<Change> {
        let superseded = self.plan.superseded.iter().map(|superseded| Change {
            merchant_id: self.planning.merchant,
            record_id: superseded.record.id,
            store_id: superseded.record.store_id,
            store_sku_id: superseded.record.store_sku_id,
            version: superseded.record.version + 1,
            status: SyncStatus::Skipped,
            manual_sync_id: superseded.record.manual_sync_id,
        });
        superseded.chain(self.plan.records.iter().map(Change::of)).collect()
    }

    /// Writes the plan.
    pub(super) async fn write(self, tx: &DatabaseTransaction) -> Result<Planned> {
        let mut failed = BTreeMap::new();
        for trigger in &self.plan.failed {
            *failed.entry(trigger.failure_code).or_default() += 1;
        }
        let planned = Planned {
            changes: self.changes(),
            record_count: self.plan.records.len(),
            pending_count: self.unsent.len(),
            failed,
            deferred_count: 0,
        };
        let records = planned.changes.iter().map(|change| (change.record_id, change.status));
        db::trace::keep(tx, self.planning.merchant, records).await?;
        db::plan::write(
            tx,
            self.planning.merchant,
            self.planning.now,
            &self.planning.retention,
            &self.plan,
            &self.snapshot,
        )
        .await?;
        Ok(planned)
    }
}
