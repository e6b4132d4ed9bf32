//! `Viewer` and `Merchant`.

use std::sync::Arc;

use async_graphql::{ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::merchant;
use entity::types::Role;

use crate::graphql::ids::{self, NodeKind};

/// Who is asking.
#[derive(SimpleObject)]
pub struct Viewer {
    /// The merchant that everything belongs to that can be seen.
    pub merchant: Merchant,
    /// Name of the API key, or the subject of the token of the host system.
    pub key_name: String,
    /// What the API key or the token allows.
    pub role: Role,
}

/// The tenant.
pub struct Merchant(Arc<merchant::Model>);

from_row!(Merchant, merchant);

/// The tenant: everything else belongs to exactly one.
#[Object]
impl Merchant {
    /// Global id.
    pub async fn id(&self) -> ID {
        ids::encode(NodeKind::Merchant, self.0.id)
    }

    /// The operator's code for the merchant.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}
