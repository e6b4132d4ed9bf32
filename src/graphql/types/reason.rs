//! `SyncReasonInfo`.

use async_graphql::{Context, Object};
use entity::types::SyncReason;
use sea_orm::Iterable;

use crate::domain::reason;
use crate::graphql::context::language;

/// A sync reason with its texts.
pub struct SyncReasonInfo(SyncReason);

impl SyncReasonInfo {
    /// All reasons that there are.
    #[must_use]
    pub fn all() -> Vec<Self> {
        SyncReason::iter().map(Self).collect()
    }
}

/// What triggers syncs, with texts to show. They come in the language of the request's Accept-Language (English or
/// Indonesian).
#[Object]
impl SyncReasonInfo {
    /// The reason.
    async fn reason(&self) -> SyncReason {
        self.0
    }

    /// The reason in a few words.
    async fn label(&self, ctx: &Context<'_>) -> &'static str {
        reason::of_sync(self.0).label.in_language(language(ctx))
    }

    /// What happened.
    async fn explanation(&self, ctx: &Context<'_>) -> &'static str {
        reason::of_sync(self.0).explanation.in_language(language(ctx))
    }
}
