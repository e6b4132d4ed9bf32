//! What can be changed.
//!
//! A mutation takes one input and answers with what it touched and with `userErrors`; when there are any, nothing was
//! changed and the rest of the payload is null.

pub mod catalogue;
pub mod manual;
pub mod rules;
pub mod stock;
pub mod stores;

use async_graphql::MergedObject;

use self::catalogue::CatalogueMutations;
use self::manual::ManualMutations;
use self::rules::RuleMutations;
use self::stock::StockMutations;
use self::stores::StoreMutations;

/// What can be changed. Every mutation is applied whole or not at all: where `userErrors` has any, nothing was changed.
#[derive(MergedObject, Default)]
pub struct Mutation(
    StockMutations,
    ManualMutations,
    CatalogueMutations,
    RuleMutations,
    StoreMutations,
);
