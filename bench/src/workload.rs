//! What is measured: documents as frontends send them, and for each the one statement by which the limit answers it.
//!
//! The statements are in `workloads/`, in the words of each database. They make the JSON of the answer themselves, with
//! marks in the place of ids and cursors; see [`crate::limit`].

use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};
use stock_sync::db::cursor::{CursorKind, KeyKind, KeyValue, Scope};
use stock_sync::db::failed_trigger_tally;
use stock_sync::domain::text;
use stock_sync::graphql::ids;
use uuid::Uuid;

use crate::store::{Argument, Pool};
use crate::{Result, bad};

/// One question, in its three forms.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workload {
    /// Such as `W1`.
    pub(crate) name: &'static str,
    /// In a few words.
    pub(crate) title: &'static str,
    /// The GraphQL document.
    pub(crate) document: &'static str,
    postgres: &'static str,
    sqlite: &'static str,
    input: Input,
}

/// What a question needs to be told.
#[derive(Debug, Clone, Copy)]
enum Input {
    Nothing,
    /// The hour seven days ago.
    Week,
    /// The id of the store SKU with the most records.
    Details,
    /// The cursor of the row before page 200.
    DeepPage,
    /// A text that few SKUs have.
    RareText,
    /// A text that many SKUs have.
    CommonText,
}

macro_rules! workload {
    ($name:literal, $file:literal, $title:literal, $input:ident) => {
        Workload {
            name: $name,
            title: $title,
            document: include_str!(concat!("../workloads/", $file, ".graphql")),
            postgres: include_str!(concat!("../workloads/", $file, ".postgres.sql")),
            sqlite: include_str!(concat!("../workloads/", $file, ".sqlite.sql")),
            input: Input::$input,
        }
    };
}

/// All of them.
pub(crate) const ALL: [Workload; 8] = [
    workload!("W1", "w1", "50 failed store SKUs, newest first", Nothing),
    workload!("W2", "w2", "a store SKU with its 50 newest records", Details),
    workload!("W3", "w3", "20 manual syncs with counts", Nothing),
    workload!("W4", "w4", "summary of the failed triggers of 7 days", Week),
    workload!("W5", "w5", "page 200 of all store SKUs", DeepPage),
    workload!("W6", "w6", "50 warehouse SKUs with their store SKUs", Nothing),
    workload!("W7a", "w7", "search for a text that few SKUs have", RareText),
    workload!("W7b", "w7", "search for a text that many SKUs have", CommonText),
];

/// Rows of a page, and which page is deep.
const PAGE: i64 = 50;
const DEEP: i64 = 200;

/// The order of `storeSkus` when none is asked for.
const NEWEST_FIRST: Scope = Scope {
    kind: CursorKind::StoreSku,
    order: 0,
    is_descending: true,
    key: Some(KeyKind::Time),
};

impl Workload {
    /// The limit's statement.
    pub(crate) fn statement(&self, pool: &Pool) -> &'static str {
        match pool {
            Pool::Postgres(_) => self.postgres,
            Pool::Sqlite(_) => self.sqlite,
        }
    }

    /// The variables of the document, for what was seeded.
    pub(crate) async fn variables(&self, pool: &Pool, merchant: Uuid) -> Result<Value> {
        Ok(match self.input {
            Input::Nothing => json!({}),
            Input::Week => {
                let from = failed_trigger_tally::hour_of(stock_sync::clock::now() - TimeDelta::days(7));
                json!({ "from": from.to_rfc3339() })
            }
            Input::Details => {
                let id = pool.busiest_store_sku(merchant).await?;
                json!({ "id": ids::encode(ids::NodeKind::StoreSku, id).to_string() })
            }
            Input::DeepPage => {
                // Where there are not so many pages, the last but one.
                let count = pool.store_skus(merchant).await?;
                let place = (PAGE * (DEEP - 1)).min((count - 2 * PAGE).max(1)) - 1;
                let position = pool.store_sku_at(merchant, place).await?;
                json!({ "after": NEWEST_FIRST.encode(&position) })
            }
            Input::RareText => json!({ "search": "-00001" }),
            Input::CommonText => json!({ "search": "kaos" }),
        })
    }

    /// What the limit binds besides the merchant.
    pub(crate) fn arguments(&self, variables: &Value) -> Result<Vec<Argument>> {
        let text = |name: &str| {
            variables[name]
                .as_str()
                .ok_or_else(|| bad(format!("no variable {name}")))
        };
        Ok(match self.input {
            Input::Nothing => Vec::new(),
            Input::Week => vec![Argument::Time(DateTime::parse_from_rfc3339(text("from")?)?.into())],
            Input::Details => {
                let (_, id) = ids::decode(text("id")?).ok_or_else(|| bad("not an id"))?;
                vec![Argument::Id(id)]
            }
            Input::DeepPage => {
                let position = NEWEST_FIRST.decode("after", text("after")?).map_err(crate::told)?;
                let Some(KeyValue::Time(time)) = position.key else {
                    return Err(bad("not a cursor by time"));
                };
                vec![Argument::Time(time), Argument::Id(position.id)]
            }
            Input::RareText | Input::CommonText => vec![Argument::Text(text::like_pattern(text("search")?))],
        })
    }
}
