//! From what a caller gave to what the rule is to be.

use std::collections::{BTreeSet, HashMap};

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{MAX_SKUS, MAX_STORES, MAX_WAREHOUSES, RuleChange, SellOutInput};
use crate::db::catalogue;
use crate::db::rule::{self, Content};
use crate::domain::rule::{MAX_PERCENT_HUNDREDTHS, PERCENT};
use crate::error::{Problem, ProblemCode, Result};
use crate::sync::problems::{Problems, Seen, at_most};

/// The rule as it is after the change.
///
/// # Errors
/// Everything that is wrong with the change.
pub(super) async fn apply<C: ConnectionTrait>(conn: &C, before: &Content, change: &RuleChange) -> Result<Content> {
    let mut after = before.clone();
    let mut problems = Problems::default();
    apply_numbers(&mut problems, &mut after, change);
    apply_name(conn, &mut problems, &mut after, change).await?;
    apply_coverage(conn, &mut problems, &mut after, change).await?;
    if let Some(sell_out) = &change.sell_out {
        apply_sell_out(conn, &mut problems, &mut after, sell_out.as_ref()).await?;
    }
    require_exempt_store_covered(&mut problems, &after, change);
    problems.none()?;
    Ok(after)
}

fn apply_numbers(problems: &mut Problems, after: &mut Content, change: &RuleChange) {
    let row = &mut after.row;
    row.is_enabled = change.is_enabled.unwrap_or(row.is_enabled);
    row.priority = change.priority.unwrap_or(row.priority);
    row.percent_hundredths = change.percent_hundredths.unwrap_or(row.percent_hundredths);
    row.quantity_offset = change.offset.unwrap_or(row.quantity_offset);
    row.rounding = change.rounding.unwrap_or(row.rounding);
    if !(0..=MAX_PERCENT_HUNDREDTHS).contains(&row.percent_hundredths) {
        let most = MAX_PERCENT_HUNDREDTHS / PERCENT;
        let message = format!(
            "{} hundredths of a percent is not from 0 to {most} %",
            row.percent_hundredths
        );
        problems.add("percent", ProblemCode::OutOfRange, message);
    }
}

async fn apply_name<C: ConnectionTrait>(
    conn: &C,
    problems: &mut Problems,
    after: &mut Content,
    change: &RuleChange,
) -> Result<()> {
    let Some(name) = &change.name else { return Ok(()) };
    let name = problems.name("name", name);
    let owner = rule::name_owner(conn, after.row.merchant_id, &name).await?;
    if owner.is_some_and(|owner| owner != after.row.id) {
        let message = format!("there is another rule with the name \"{name}\"");
        problems.add("name", ProblemCode::Taken, message);
    }
    after.row.name = name;
    Ok(())
}

async fn apply_coverage<C: ConnectionTrait>(
    conn: &C,
    problems: &mut Problems,
    after: &mut Content,
    change: &RuleChange,
) -> Result<()> {
    let merchant = after.row.merchant_id;
    if let Some(stores) = &change.stores {
        let codes = Codes::checked(problems, "stores", stores.as_deref(), MAX_STORES);
        let rows = catalogue::stores(conn, merchant, codes.iter()).await?;
        let ids = rows.into_iter().map(|row| (row.code, row.id)).collect();
        after.stores = codes.ids(problems, "store", &ids);
        after.row.covers_all_stores = stores.is_none();
    }
    if let Some(skus) = &change.skus {
        let codes = Codes::checked(problems, "skus", skus.as_deref(), MAX_SKUS);
        let rows = catalogue::warehouse_skus(conn, merchant, codes.iter()).await?;
        let ids = rows.into_iter().map(|row| (row.sku, row.id)).collect();
        after.warehouse_skus = codes.ids(problems, "warehouse SKU", &ids);
        after.row.covers_all_skus = skus.is_none();
    }
    if let Some(warehouses) = &change.warehouses {
        let codes = Codes::checked(problems, "warehouses", Some(warehouses), MAX_WAREHOUSES);
        let rows = catalogue::warehouses(conn, merchant, codes.iter()).await?;
        let ids = rows.into_iter().map(|row| (row.code, row.id)).collect();
        after.warehouses = codes.ids(problems, "warehouse", &ids);
    }
    Ok(())
}

async fn apply_sell_out<C: ConnectionTrait>(
    conn: &C,
    problems: &mut Problems,
    after: &mut Content,
    sell_out: Option<&SellOutInput>,
) -> Result<()> {
    let threshold = sell_out.map(|sell_out| sell_out.threshold);
    if let Some(threshold @ ..=0) = threshold {
        let message = format!("the threshold is {threshold}; it must be at least 1");
        problems.add("sellOut.threshold", ProblemCode::OutOfRange, message);
    }
    after.row.sell_out_threshold = threshold;
    after.row.exempt_store_id = None;
    if let Some(code) = sell_out.and_then(|sell_out| sell_out.exempt_store.as_deref()) {
        let code = problems.code("sellOut.exemptStore", code);
        let found = catalogue::stores(conn, after.row.merchant_id, [code.as_str()]).await?;
        after.row.exempt_store_id = found.first().map(|store| store.id);
        if found.is_empty() && !code.is_empty() {
            problems.unknown("sellOut.exemptStore", "store", &code);
        }
    }
    Ok(())
}

/// The exempt store has to be one that the rule covers, whichever of the two was given.
fn require_exempt_store_covered(problems: &mut Problems, after: &Content, change: &RuleChange) {
    let is_covered = |store: &Uuid| after.row.covers_all_stores || after.stores.contains(store);
    if after.row.exempt_store_id.as_ref().is_none_or(is_covered) {
        return;
    }
    match &change.sell_out {
        Some(sell_out) => {
            let code = sell_out.as_ref().and_then(|sell_out| sell_out.exempt_store.as_deref());
            let message = format!("the rule does not cover the store \"{}\"", code.unwrap_or_default());
            problems.add("sellOut.exemptStore", ProblemCode::Invalid, message);
        }
        None => problems.add(
            "stores",
            ProblemCode::Invalid,
            "the store that is exempt from the sell-out threshold must stay among the rule's stores",
        ),
    }
}

/// A list of codes that was checked; empty where no list is given.
struct Codes<'p> {
    path: &'p str,
    codes: Vec<String>,
}

impl<'p> Codes<'p> {
    fn checked(problems: &mut Problems, path: &'p str, given: Option<&[String]>, most: usize) -> Self {
        let none = Self {
            path,
            codes: Vec::new(),
        };
        let Some(given) = given else { return none };
        if given.is_empty() {
            problems.add(path, ProblemCode::Required, "at least one is needed");
        }
        let length: Result<(), Problem> = at_most(path, given.len(), most);
        if length.is_err() {
            problems.take(length);
            return none;
        }
        let mut seen = Seen::default();
        let codes = given.iter().enumerate().map(|(at, code)| {
            let path = format!("{path}.{at}");
            let code = problems.code(&path, code);
            seen.once(problems, &path, code.clone(), &code);
            code
        });
        Self {
            path,
            codes: codes.collect(),
        }
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        self.codes.iter().map(String::as_str)
    }

    fn ids(&self, problems: &mut Problems, what: &str, ids: &HashMap<String, Uuid>) -> BTreeSet<Uuid> {
        for (at, code) in self.codes.iter().enumerate() {
            // A blank one was reported before.
            if !code.is_empty() && !ids.contains_key(code) {
                problems.unknown(&format!("{}.{at}", self.path), what, code);
            }
        }
        ids.values().copied().collect()
    }
}
