//! `schema`: prints the GraphQL schema.

use stock_sync::error::Result;

use super::output;

pub(super) fn run() -> Result<()> {
    output::print(sdl().trim_end())
}

fn sdl() -> String {
    use async_graphql::EmptySubscription;
    use stock_sync::graphql::{Mutation, Query, Schema};
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .finish()
        .sdl()
}
