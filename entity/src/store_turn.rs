//! Whose turn it is to push to a store: one worker at a time, of all processes.

use sea_orm::entity::prelude::*;

/// A store's turn, and what was learnt about how fast the store can be pushed to. Made when it is first taken.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "store_turn")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// The store.
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_id: Uuid,
    /// The worker's claim on the turn; none while nobody has it.
    pub lease_id: Option<Uuid>,
    /// When the claim ends, unless it is renewed.
    pub lease_until: Option<DateTimeUtc>,
    /// When it was last taken.
    pub taken_at: DateTimeUtc,
    /// Not to be taken before this time, because the last calls were so recent.
    pub ready_at: Option<DateTimeUtc>,
    /// How many calls may be under way at a time.
    pub concurrency: i32,
    /// Least time between the beginnings of two calls, in milliseconds.
    pub interval_ms: i32,
    /// Calls that failed as a whole since the last one that was answered.
    pub failures_in_a_row: i32,
}

impl ActiveModelBehavior for ActiveModel {}
