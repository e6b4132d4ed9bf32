//! Who is asking, and whatever has a global id.

use async_graphql::{Context, ID, Object, Result};
use futures_util::future::join_all;

use crate::db;
use crate::error::{Error, ProblemCode};
use crate::graphql::context::{caller, engine};
use crate::graphql::types::{Node, Viewer};

/// Most ids in one call of `nodes`.
const MAX_NODES: usize = 100;

/// See the module.
#[derive(Default)]
pub(super) struct RootQuery;

#[Object]
impl RootQuery {
    /// Who is asking: the merchant, and the API key or the token.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Result<Viewer>> {
        Some(viewer(ctx).await)
    }

    /// What has this global id; null where the merchant has nothing of that id.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Global id.")] id: ID) -> Option<Result<Node>> {
        if let Err(error) = caller(ctx) {
            return Some(Err(error.into()));
        }
        Node::load(ctx, &id).await.transpose()
    }

    /// What has these global ids, in their order; null where the merchant has nothing of an id.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids; at most 100.")] ids: Vec<ID>,
    ) -> Option<Result<Vec<Option<Result<Node>>>>> {
        Some(nodes(ctx, ids).await)
    }
}

async fn viewer(ctx: &Context<'_>) -> Result<Viewer> {
    let caller = caller(ctx)?;
    let merchant = db::merchant::by_id(engine(ctx)?.db(), caller.merchant_id).await?;
    let merchant = merchant.ok_or_else(|| Error::internal("the caller's merchant is gone"))?;
    Ok(Viewer {
        merchant: merchant.into(),
        key_name: caller.name.clone(),
        role: caller.role,
    })
}

async fn nodes(ctx: &Context<'_>, ids: Vec<ID>) -> Result<Vec<Option<Result<Node>>>> {
    caller(ctx)?;
    if ids.len() > MAX_NODES {
        let message = format!("has {} ids; at most {MAX_NODES} are allowed", ids.len());
        return Err(Error::invalid("ids", ProblemCode::TooMany, message).into());
    }
    let loading = ids.iter().map(|id| async { Node::load(ctx, id).await.transpose() });
    Ok(join_all(loading).await)
}
