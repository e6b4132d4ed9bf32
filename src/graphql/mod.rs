//! The GraphQL schema: what may be asked, and how the answers are named.

pub mod connection;
pub mod context;
pub mod errors;
pub mod filters;
pub mod ids;
pub mod loaders;
pub mod percent;
mod query;
pub mod types;

use async_graphql::{EmptyMutation, EmptySubscription, SchemaBuilder};

pub use query::Query;

use crate::sync::Engine;

/// The schema that the server executes.
pub type Schema = async_graphql::Schema<Query, EmptyMutation, EmptySubscription>;

/// The schema over an engine.
#[must_use]
pub fn schema(engine: Engine) -> Schema {
    builder().data(engine).finish()
}

/// The schema as text, with all descriptions: `schema.graphql`.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items();
    builder().finish().sdl_with_options(options)
}

fn builder() -> SchemaBuilder<Query, EmptyMutation, EmptySubscription> {
    async_graphql::Schema::build(Query::default(), EmptyMutation, EmptySubscription)
        .register_output_type::<types::Node>()
}
