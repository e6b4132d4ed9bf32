//! What reasons and statuses are called, in the caller's language.

use async_graphql::{Context, Object};
use entity::types::{ConnectionStatus, SyncReason, SyncStatus};
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
