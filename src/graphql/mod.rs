//! The GraphQL schema: what may be asked, and how the answers are named.

pub mod connection;
pub mod context;
pub mod errors;
pub mod filters;
pub mod ids;
pub mod inputs;
pub mod json;
pub mod lean;
pub mod loaders;
pub mod mutation;
mod pages;
pub mod percent;
mod query;
mod subscription;
pub mod totals;
pub mod types;
mod validator;

use async_graphql::{SDLExportOptions, SchemaBuilder};

pub use mutation::Mutation;
pub use query::Query;
pub use subscription::{Subscription, SyncStatusEvent};
pub use validator::ValidateOnly;

use crate::sync::Engine;

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema over an engine.
#[must_use]
pub fn schema(engine: Engine) -> Schema {
    builder().data(engine).finish()
}

/// The schema over an engine as it is served: behind validation and the check of its inputs.
#[must_use]
pub fn served(engine: Engine) -> inputs::Checked<Query, Mutation, Subscription> {
    inputs::Checked::new(builder().data(engine), validator())
}

/// The schema without an engine: it tells whether a document is valid, and executes nothing.
#[must_use]
pub fn validator() -> Schema {
    builder().extension(ValidateOnly).finish()
}

/// The schema as text, with all descriptions and the specifications of scalars: `schema.graphql`.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new().include_specified_by();
    builder().finish().sdl_with_options(options)
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription)
        .register_output_type::<types::Node>()
        // An error must not tell strangers what there is.
        .disable_suggestions()
}

#[cfg(test)]
mod tests {
    use async_graphql::{Request, Variables};
    use futures_util::StreamExt;
    use serde_json::json;

    use super::builder;

    const README: &str = include_str!("../../README.md");

    /// The documents in a page: what stands between fences that say `graphql`.
    fn documents(page: &str) -> Vec<&str> {
        page.split("```graphql\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .collect()
    }

    #[tokio::test]
    async fn every_document_of_the_readme_is_valid() {
        let schema = builder().finish();
        let documents = documents(README);
        assert!(
            documents.len() >= 8,
            "the README shows the three tabs, resync, live and the catalogue"
        );
        for document in documents {
            let variables = Variables::from_json(json!({ "id": "x", "after": null }));
            let answer = schema
                .execute_stream(Request::new(document).variables(variables))
                .next()
                .await;
            let errors = answer.map(|answer| answer.errors).unwrap_or_default();
            // Nobody has said who calls; what is not valid fails before that is asked.
            assert!(!errors.is_empty(), "{document}");
            for error in errors {
                assert!(error.message.contains("API key"), "{document}: {error}");
            }
        }
    }
}
