//! The GraphQL schema: what may be asked, and how the answers are named.

pub mod connection;
pub mod context;
pub mod errors;
pub mod filters;
pub mod ids;
pub mod loaders;
pub mod mutation;
pub mod percent;
mod query;
pub mod totals;
pub mod types;

use async_graphql::{EmptySubscription, SchemaBuilder};

pub use mutation::Mutation;
pub use query::Query;

use crate::sync::Engine;

/// The schema that the server executes.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// The schema over an engine.
#[must_use]
pub fn schema(engine: Engine) -> Schema {
    builder().data(engine).finish()
}

/// The schema as text, with all descriptions: `schema.graphql`.
#[must_use]
pub fn sdl() -> String {
    builder().finish().sdl()
}

fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    async_graphql::Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .register_output_type::<types::Node>()
}
