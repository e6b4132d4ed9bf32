//! The GraphQL schema: what may be asked, and how the answers are named.

pub mod context;
pub mod errors;
pub mod ids;
pub mod mutation;
pub mod percent;

use async_graphql::{EmptySubscription, MergedObject, Object};

pub use mutation::Mutation;

use crate::sync::Engine;

/// The schema that the server executes.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// What can be read.
#[derive(MergedObject, Default)]
pub struct Query(Viewer);

/// placeholder
#[derive(Default)]
pub struct Viewer;

#[Object]
impl Viewer {
    async fn ok(&self) -> bool {
        true
    }
}

/// The schema over an engine.
#[must_use]
pub fn schema(engine: Engine) -> Schema {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .data(engine)
        .finish()
}
