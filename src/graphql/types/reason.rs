//! What reasons and statuses are called, in the caller's language.

use async_graphql::{Context, Object};
use entity::types::{ConnectionStatus, FailureCode, FailureStage, SyncReason, SyncStatus};
use sea_orm::Iterable;

use crate::domain::reason;
use crate::graphql::context::language;

/// A type that gives each word of an enum its texts.
macro_rules! labelled {
    ($(#[$doc:meta])* $name:ident, $word:ty, $(#[$word_doc:meta])* $field:ident, $texts:path) => {
        $(#[$doc])*
        pub struct $name($word);

        impl $name {
            /// All that there are.
            #[must_use]
            pub fn all() -> Vec<Self> {
                <$word>::iter().map(Self).collect()
            }
        }

        $(#[$doc])*
        #[Object]
        impl $name {
            $(#[$word_doc])*
            async fn $field(&self) -> $word {
                self.0
            }

            /// A few words.
            async fn label(&self, ctx: &Context<'_>) -> &'static str {
                $texts(self.0).label.in_language(language(ctx))
            }

            /// What it means.
            async fn explanation(&self, ctx: &Context<'_>) -> &'static str {
                $texts(self.0).explanation.in_language(language(ctx))
            }
        }
    };
}

labelled!(
    /// What triggers syncs, with texts to show. They come in the language of the request's Accept-Language (English or
    /// Indonesian).
    SyncReasonInfo,
    SyncReason,
    /// The reason.
    reason,
    reason::of_sync
);

labelled!(
    /// A status of syncs, with texts to show. They come in the language of the request's Accept-Language (English or
    /// Indonesian).
    SyncStatusInfo,
    SyncStatus,
    /// The status.
    status,
    reason::of_status
);

labelled!(
    /// A status of stores' connections, with texts to show. They come in the language of the request's Accept-Language
    /// (English or Indonesian).
    ConnectionStatusInfo,
    ConnectionStatus,
    /// The status.
    status,
    reason::of_connection
);

/// A failure reason by itself, with texts to show.
pub struct FailureReasonInfo(FailureCode);

impl FailureReasonInfo {
    /// All that there are.
    #[must_use]
    pub fn all() -> Vec<Self> {
        FailureCode::iter().map(Self).collect()
    }
}

/// A reason why a trigger may never become a sync, or why a push may fail, with texts to show. They come in the language of
/// the request's Accept-Language (English or Indonesian).
#[Object]
impl FailureReasonInfo {
    /// The reason's code.
    async fn code(&self) -> FailureCode {
        self.0
    }

    /// Whether it keeps a trigger from becoming a sync, or a push from succeeding.
    async fn stage(&self) -> FailureStage {
        reason::of_failure(self.0).stage
    }

    /// Whether it may heal by itself, so that it is tried again without anyone's doing.
    async fn is_retryable(&self) -> bool {
        reason::of_failure(self.0).is_retryable
    }

    /// The reason in a few words.
    async fn title(&self, ctx: &Context<'_>) -> &'static str {
        reason::of_failure(self.0).title.in_language(language(ctx))
    }

    /// What happened.
    async fn explanation(&self, ctx: &Context<'_>) -> &'static str {
        reason::of_failure(self.0).explanation.in_language(language(ctx))
    }

    /// What the seller should do.
    async fn remedy(&self, ctx: &Context<'_>) -> &'static str {
        reason::of_failure(self.0).remedy.in_language(language(ctx))
    }
}
