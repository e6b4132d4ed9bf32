//! What can be read: the three tabs of the history, and what stands around them.

mod catalogue;
mod failures;
mod history;
mod root;
mod skus;

use async_graphql::MergedObject;

/// What can be read. Everything belongs to the merchant whose API key or token the request carries.
#[derive(MergedObject, Default)]
pub struct Query(
    root::RootQuery,
    skus::SkuQuery,
    history::HistoryQuery,
    failures::FailureQuery,
    catalogue::CatalogueQuery,
);
