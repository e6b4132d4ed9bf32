//! `schema`: prints the GraphQL schema.

use stock_sync::error::Result;
use stock_sync::graphql;

use super::output;

pub(super) fn run() -> Result<()> {
    output::print(graphql::sdl().trim_end())
}
