//! Stores.

use entity::types::Marketplace;
use sea_orm::{ActiveEnum, Iterable};
use uuid::Uuid;

use super::Item;
use crate::error::{ProblemCode, Result};
use crate::import::refusals::{Cell, Refusals};
use crate::import::sheet::{Column, Row};
use crate::sync::Engine;
use crate::sync::catalogue::{ConnectionInput, StoreInput};

/// A row of stores.
pub(in crate::import) struct Store {
    input: StoreInput,
    code: Cell,
    name: Cell,
    marketplace: Cell,
    endpoint: Cell,
    secret: Cell,
}

impl Item for Store {
    const COLUMNS: &'static [Column] = &[
        Column::needed("code"),
        Column::needed("name"),
        Column::needed("marketplace"),
        Column::optional("endpoint"),
        Column::optional("signing_secret"),
    ];
    const NOUN: &'static str = "stores";

    fn read(row: &Row, refusals: &mut Refusals) -> Self {
        Self {
            input: StoreInput {
                code: row.text("code").to_owned(),
                name: row.text("name").to_owned(),
                marketplace: marketplace(row, refusals),
                connection: connection(row, refusals),
            },
            code: row.cell("code"),
            name: row.cell("name"),
            marketplace: row.cell("marketplace"),
            endpoint: row.cell("endpoint"),
            secret: row.cell("signing_secret"),
        }
    }

    fn unique(&self) -> Vec<(String, Cell)> {
        vec![(self.input.code.clone(), self.code)]
    }

    fn cell(&self, field: &[String]) -> Cell {
        match field.last().map(String::as_str) {
            Some("name") => self.name,
            Some("marketplace") => self.marketplace,
            Some("endpoint") => self.endpoint,
            Some("signingSecret") => self.secret,
            _ => self.code,
        }
    }

    async fn check(engine: &Engine, merchant: Uuid, items: &[Self]) -> Result<()> {
        let inputs = items.iter().map(|item| item.input.clone()).collect();
        engine.check_stores(merchant, inputs).await
    }

    async fn write(engine: &Engine, merchant: Uuid, items: &[Self]) -> Result<()> {
        let inputs = items.iter().map(|item| item.input.clone()).collect();
        engine.upsert_stores(merchant, inputs).await.map(drop)
    }
}

/// A marketplace by its word, such as `TIKTOK_SHOP` or `TikTok Shop`.
fn marketplace(row: &Row, refusals: &mut Refusals) -> Marketplace {
    let text = row.text("marketplace");
    let word = text.to_uppercase().replace([' ', '-'], "_");
    Marketplace::try_from_value(&word).unwrap_or_else(|_| {
        let words: Vec<String> = Marketplace::iter().map(Marketplace::word).collect();
        let message = format!("\"{text}\" is not a marketplace; there are {}", words.join(", "));
        refusals.add(row.cell("marketplace"), ProblemCode::Invalid, message);
        Marketplace::Custom
    })
}

fn connection(row: &Row, refusals: &mut Refusals) -> Option<ConnectionInput> {
    let (endpoint, secret) = (row.text("endpoint"), row.text("signing_secret"));
    let missing = match (endpoint.is_empty(), secret.is_empty()) {
        (true, true) => return None,
        (false, false) => None,
        (true, false) => Some("endpoint"),
        (false, true) => Some("signing_secret"),
    };
    if let Some(column) = missing {
        let message = "a connection needs both an endpoint and a signing_secret";
        refusals.add(row.cell(column), ProblemCode::Required, message);
        return None;
    }
    Some(ConnectionInput {
        endpoint: endpoint.to_owned(),
        signing_secret: secret.to_owned().into(),
    })
}
