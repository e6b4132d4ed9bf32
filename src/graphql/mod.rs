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
mod subscription;
pub mod totals;
pub mod types;

use async_graphql::SchemaBuilder;

pub use mutation::Mutation;
pub use query::Query;
pub use subscription::{Subscription, SyncStatusEvent};

use crate::sync::Engine;

/// The schema that the server executes.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

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

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription)
        .register_output_type::<types::Node>()
        // An error must not tell strangers what there is.
        .disable_suggestions()
}
