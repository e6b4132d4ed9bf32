//! What callers give, before it is checked.

use entity::types::Rounding;

/// A new rule.
#[derive(Debug, Clone)]
pub struct RuleInput {
    /// Its name, unique among the merchant's rules.
    pub name: String,
    /// Whether it governs from the start.
    pub is_enabled: bool,
    /// Higher wins; among equals the oldest wins.
    pub priority: i32,
    /// Codes of the stores that it covers; none for all of them, also those that come later.
    pub stores: Option<Vec<String>>,
    /// Codes of the warehouse SKUs that it covers; none for all of them, also those that come later.
    pub skus: Option<Vec<String>>,
    /// Codes of the warehouses whose available stock is summed; at least one.
    pub warehouses: Vec<String>,
    /// Percent of the available stock, in hundredths of a percent.
    pub percent_hundredths: i32,
    /// Units added after the percentage; may be negative.
    pub offset: i32,
    /// How the quantity becomes a whole number.
    pub rounding: Rounding,
    /// About to sell out.
    pub sell_out: Option<SellOutInput>,
}

/// About to sell out: below the threshold only one store still gets its quantity.
#[derive(Debug, Clone)]
pub struct SellOutInput {
    /// Below this available stock the other stores get 0; at least 1.
    pub threshold: i32,
    /// Code of the store that still gets its quantity; where none is named, every store gets 0.
    pub exempt_store: Option<String>,
}

/// What is to be changed of a rule; what is none stays as it is. Where a field of [`RuleInput`] is optional itself,
/// the inner option is its new value.
#[derive(Debug, Clone, Default)]
pub struct RuleChange {
    /// See [`RuleInput::name`].
    pub name: Option<String>,
    /// See [`RuleInput::is_enabled`].
    pub is_enabled: Option<bool>,
    /// See [`RuleInput::priority`].
    pub priority: Option<i32>,
    /// See [`RuleInput::stores`].
    pub stores: Option<Option<Vec<String>>>,
    /// See [`RuleInput::skus`].
    pub skus: Option<Option<Vec<String>>>,
    /// See [`RuleInput::warehouses`].
    pub warehouses: Option<Vec<String>>,
    /// See [`RuleInput::percent_hundredths`].
    pub percent_hundredths: Option<i32>,
    /// See [`RuleInput::offset`].
    pub offset: Option<i32>,
    /// See [`RuleInput::rounding`].
    pub rounding: Option<Rounding>,
    /// See [`RuleInput::sell_out`].
    pub sell_out: Option<Option<SellOutInput>>,
}

impl From<RuleInput> for RuleChange {
    fn from(input: RuleInput) -> Self {
        Self {
            name: Some(input.name),
            is_enabled: Some(input.is_enabled),
            priority: Some(input.priority),
            stores: Some(input.stores),
            skus: Some(input.skus),
            warehouses: Some(input.warehouses),
            percent_hundredths: Some(input.percent_hundredths),
            offset: Some(input.offset),
            rounding: Some(input.rounding),
            sell_out: Some(input.sell_out),
        }
    }
}
