//! Which rule governs a store SKU, and what quantity it computes.
//!
//! The computation is exact: percentages are whole hundredths of a percent, and the arithmetic is done on 128-bit
//! integers, which no input can overflow.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::types::Rounding;
use uuid::Uuid;

/// One percent, in the unit of [`Formula::percent_hundredths`].
pub const PERCENT: i32 = 100;

/// The largest percentage that a rule may have: 2000 %.
pub const MAX_PERCENT_HUNDREDTHS: i32 = 2000 * PERCENT;

/// 100 %, the divisor of the formula.
const WHOLE: i128 = 100 * PERCENT as i128;

/// What is covered: everything, or a chosen set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coverage {
    /// Everything, what is added later included.
    All,
    /// Only these. A rule that was read for some SKUs holds no more of its chosen set than those.
    Chosen(HashSet<Uuid>),
}

impl Coverage {
    /// Whether `id` is covered.
    #[must_use]
    pub fn contains(&self, id: Uuid) -> bool {
        match self {
            Self::All => true,
            Self::Chosen(ids) => ids.contains(&id),
        }
    }
}

/// quantity = round(available x percent + offset), never below 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Formula {
    /// Percent of the available stock, in hundredths of a percent.
    pub percent_hundredths: i32,
    /// Units added after the percentage; may be negative.
    pub offset: i32,
    /// How a fraction becomes a whole number.
    pub rounding: Rounding,
}

impl Formula {
    /// The quantity for this many available units, not yet limited to a marketplace's range.
    #[must_use]
    pub fn quantity(&self, available: i64) -> i128 {
        let scaled = i128::from(available) * i128::from(self.percent_hundredths) + i128::from(self.offset) * WHOLE;
        let rounded = match self.rounding {
            Rounding::Down => scaled.div_euclid(WHOLE),
            Rounding::Up => -(-scaled).div_euclid(WHOLE),
            Rounding::Nearest => (scaled + WHOLE / 2).div_euclid(WHOLE),
        };
        rounded.max(0)
    }
}

/// About to sell out: below the threshold only one store still gets its quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SellOut {
    /// Below this available stock the other stores get 0.
    pub threshold: i32,
    /// The store that still gets its quantity; where none is named, every store gets 0.
    pub exempt_store: Option<Uuid>,
}

/// A sync rule, as far as planning needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: Uuid,
    /// Its name, which records keep.
    pub name: String,
    /// Only enabled rules govern.
    pub is_enabled: bool,
    /// Higher wins.
    pub priority: i32,
    /// Among equal priorities the oldest wins.
    pub created_at: DateTime<Utc>,
    /// The stores that it covers.
    pub stores: Coverage,
    /// The warehouse SKUs that it covers.
    pub warehouse_skus: Coverage,
    /// The warehouses whose available stock is summed.
    pub warehouses: HashSet<Uuid>,
    /// The quantity formula.
    pub formula: Formula,
    /// The threshold, if it has one.
    pub sell_out: Option<SellOut>,
}

impl Rule {
    /// Whether the rule, when enabled, covers a store SKU of `store` that is made of `warehouse_skus`: the store, and
    /// every one of the components. A store SKU that is made of nothing is never covered.
    #[must_use]
    pub fn covers(&self, store: Uuid, warehouse_skus: &[Uuid]) -> bool {
        self.stores.contains(store)
            && !warehouse_skus.is_empty()
            && warehouse_skus.iter().all(|sku| self.warehouse_skus.contains(*sku))
    }

    /// The quantity to show in `store` for this many available units, not yet limited to a marketplace's range.
    #[must_use]
    pub fn quantity(&self, store: Uuid, available: i64) -> i128 {
        match self.sell_out {
            Some(sell_out) if available < i64::from(sell_out.threshold) && sell_out.exempt_store != Some(store) => 0,
            _ => self.formula.quantity(available),
        }
    }
}

/// The one rule that governs a store SKU of `store` that is made of `warehouse_skus`: of the enabled rules that cover
/// it the one with the highest priority, among equals the oldest. The id decides between rules of the same instant.
pub fn governing<'r>(
    rules: impl IntoIterator<Item = &'r Rule>,
    store: Uuid,
    warehouse_skus: &[Uuid],
) -> Option<&'r Rule> {
    rules
        .into_iter()
        .filter(|rule| rule.is_enabled && rule.covers(store, warehouse_skus))
        .min_by_key(|rule| (std::cmp::Reverse(rule.priority), rule.created_at, rule.id))
}

/// One component of a store SKU: what is available of it, and how many units of it one store SKU takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    /// The warehouse SKU.
    pub warehouse_sku: Uuid,
    /// Units available, summed over the rule's warehouses.
    pub available: i64,
    /// Units in one store SKU; at least 1.
    pub quantity: i32,
}

/// What can be sold of a store SKU, and which component limits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Availability {
    /// The smallest of floor(component available / component quantity).
    pub units: i64,
    /// The component with the smallest; among equals the first.
    pub limited_by: Uuid,
}

/// The available stock of a store SKU that is made of `components`; none where it is made of nothing.
#[must_use]
pub fn availability(components: &[Component]) -> Option<Availability> {
    components
        .iter()
        .map(|component| Availability {
            units: component.available.div_euclid(i64::from(component.quantity.max(1))),
            limited_by: component.warehouse_sku,
        })
        .min_by_key(|availability| availability.units)
}

/// A quantity within a marketplace's range, and whether it had to be cut to fit.
#[must_use]
pub fn clamp(quantity: i128, largest: i32) -> (i32, bool) {
    match i32::try_from(quantity) {
        Ok(fits) if fits <= largest => (fits.max(0), false),
        _ => (largest, true),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;

    fn formula(percent_hundredths: i32, offset: i32, rounding: Rounding) -> Formula {
        Formula {
            percent_hundredths,
            offset,
            rounding,
        }
    }

    fn rule(priority: i32, age: i64, is_enabled: bool) -> Rule {
        Rule {
            id: Uuid::from_u128(age.unsigned_abs().into()),
            name: String::new(),
            is_enabled,
            priority,
            created_at: DateTime::from_timestamp(age, 0).unwrap(),
            stores: Coverage::All,
            warehouse_skus: Coverage::All,
            warehouses: HashSet::new(),
            formula: formula(100 * PERCENT, 0, Rounding::Down),
            sell_out: None,
        }
    }

    #[test]
    fn the_examples_of_the_domain() {
        assert_eq!(formula(10_000, 0, Rounding::Down).quantity(7), 7);
        assert_eq!(formula(8_000, 0, Rounding::Down).quantity(7), 5);
        assert_eq!(formula(8_000, 0, Rounding::Up).quantity(7), 6);
        assert_eq!(formula(10_000, 200, Rounding::Down).quantity(7), 207);
        assert_eq!(formula(15_000, 0, Rounding::Nearest).quantity(7), 11);
        assert_eq!(formula(10_000, -9, Rounding::Down).quantity(7), 0);
        assert_eq!(formula(3_333, 0, Rounding::Nearest).quantity(10_000), 3_333);
    }

    #[test]
    fn below_the_threshold_only_the_exempt_store_gets_a_quantity() {
        let (exempt, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let rule = Rule {
            sell_out: Some(SellOut {
                threshold: 10,
                exempt_store: Some(exempt),
            }),
            ..rule(0, 0, true)
        };
        assert_eq!((rule.quantity(exempt, 9), rule.quantity(other, 9)), (9, 0));
        assert_eq!((rule.quantity(exempt, 10), rule.quantity(other, 10)), (10, 10));
    }

    #[test]
    fn a_rule_covers_a_bundle_only_with_all_its_components() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let rule = Rule {
            warehouse_skus: Coverage::Chosen(HashSet::from([one])),
            ..rule(0, 0, true)
        };
        assert!(rule.covers(Uuid::nil(), &[one]));
        assert!(!rule.covers(Uuid::nil(), &[one, two]));
        assert!(!rule.covers(Uuid::nil(), &[]));
    }

    fn any_rounding() -> impl Strategy<Value = Rounding> {
        prop_oneof![Just(Rounding::Down), Just(Rounding::Up), Just(Rounding::Nearest)]
    }

    proptest! {
        /// The quantity q is right when q is the only whole number within the rounding's distance of the exact value,
        /// all multiplied by 10,000 so that the check needs no division.
        #[test]
        fn the_quantity_is_the_exact_value_rounded(
            available in 0..=i64::from(i32::MAX) * 50,
            percent_hundredths in 0..=MAX_PERCENT_HUNDREDTHS,
            offset in any::<i32>(),
            rounding in any_rounding(),
        ) {
            let quantity = formula(percent_hundredths, offset, rounding).quantity(available);
            let exact = i128::from(available) * i128::from(percent_hundredths) + i128::from(offset) * WHOLE;
            prop_assert!(quantity >= 0);
            let error = quantity * WHOLE - exact;
            match rounding {
                _ if quantity == 0 && exact <= 0 => {}
                Rounding::Down => prop_assert!((-WHOLE + 1..=0).contains(&error)),
                Rounding::Up => prop_assert!((0..WHOLE).contains(&error)),
                Rounding::Nearest => prop_assert!((-WHOLE / 2 + 1..=WHOLE / 2).contains(&error)),
            }
        }

        #[test]
        fn more_stock_never_shows_less(
            stock in 0..1_000_000_i64, more in 0..1_000_i64,
            percent_hundredths in 0..=MAX_PERCENT_HUNDREDTHS, offset in -1000..1000, rounding in any_rounding(),
        ) {
            let formula = formula(percent_hundredths, offset, rounding);
            prop_assert!(formula.quantity(stock) <= formula.quantity(stock + more));
        }

        #[test]
        fn the_governing_rule_is_enabled_and_no_other_beats_it(
            rules in proptest::collection::vec((0..4_i32, 0..4_i64, any::<bool>()), 0..8)
        ) {
            let rules: Vec<Rule> = rules.into_iter().map(|(priority, age, on)| rule(priority, age, on)).collect();
            let chosen = governing(&rules, Uuid::nil(), &[Uuid::nil()]);
            prop_assert_eq!(chosen.is_some(), rules.iter().any(|rule| rule.is_enabled));
            if let Some(chosen) = chosen {
                prop_assert!(chosen.is_enabled);
                for other in rules.iter().filter(|rule| rule.is_enabled) {
                    prop_assert!(other.priority < chosen.priority
                        || (other.priority == chosen.priority && other.created_at >= chosen.created_at));
                }
            }
        }

        #[test]
        fn a_bundle_can_be_built_from_its_stock_and_no_more(
            parts in proptest::collection::vec((0..10_000_i64, 1..50_i32), 1..6)
        ) {
            let parts: Vec<Component> = parts.into_iter().enumerate()
                .map(|(at, (available, quantity))| Component { warehouse_sku: Uuid::from_u128(at as u128), available, quantity })
                .collect();
            let units = availability(&parts).unwrap().units;
            let enough = |units: i64| parts.iter().all(|part| part.available >= units * i64::from(part.quantity));
            prop_assert!(enough(units) && !enough(units + 1));
        }

        #[test]
        fn a_clamped_quantity_fits(quantity in any::<i128>(), largest in 0..=i32::MAX) {
            let (fits, is_clamped) = clamp(quantity.max(0), largest);
            prop_assert!((0..=largest).contains(&fits));
            prop_assert_eq!(is_clamped, quantity.max(0) != i128::from(fits));
        }
    }
}
