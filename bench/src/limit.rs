//! The limit: an endpoint written by hand that answers each workload from one statement on the same database.
//!
//! The statement makes the whole JSON. Ids and cursors are base64, which SQLite cannot make, so the statements write a
//! mark in their place, and one pass over the text replaces the marks. Nothing is checked: there is no key, no
//! parsing of GraphQL, no limit, no merchant but one.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use entity::types::FailureCode;
use sea_orm::Iterable;
use stock_sync::domain::reason::{Language, of_failure};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::store::Pool;
use crate::workload::{self, Workload};
use crate::{Result, bad, print};

/// What the handler shares.
struct Limit {
    pool: Pool,
    merchant: Uuid,
    statements: HashMap<&'static str, (Workload, String)>,
}

/// Serves until it is killed; prints its address first.
pub(crate) async fn serve(url: &str, connections: u32, merchant: &str, listen: &str) -> Result<()> {
    let pool = Pool::connect(url, connections).await?;
    let merchant = pool
        .merchant(merchant)
        .await?
        .ok_or_else(|| bad("nothing was seeded"))?;
    let statements = workload::ALL
        .into_iter()
        .map(|workload| (workload.name, (workload, with_texts(workload.statement(&pool), &pool))))
        .collect();
    let limit = Arc::new(Limit {
        pool,
        merchant,
        statements,
    });
    let router = Router::new().route("/{workload}", post(answer)).with_state(limit);
    let listener = TcpListener::bind(listen).await?;
    print(&format!("the limit listens on http://{}", listener.local_addr()?));
    Ok(axum::serve(listener, router).await?)
}

async fn answer(State(limit): State<Arc<Limit>>, Path(name): Path<String>, body: Bytes) -> Response {
    match limit.answer(&name, &body).await {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

impl Limit {
    async fn answer(&self, name: &str, body: &[u8]) -> Result<String> {
        let (workload, sql) = self.statements.get(name).ok_or_else(|| bad("no such workload"))?;
        let arguments = workload.arguments(&serde_json::from_slice(body)?)?;
        let data = self.pool.text(sql, self.merchant, arguments).await?;
        let data = data.unwrap_or_else(|| "null".to_owned());
        let mut answer = String::with_capacity(data.len() + 16);
        answer.push_str("{\"data\":");
        expand(&data, &mut answer)?;
        answer.push('}');
        Ok(answer)
    }
}

/// The statement with the texts of the failure reasons, which are in no table.
fn with_texts(sql: &str, pool: &Pool) -> String {
    let mut title = String::from("CASE failure_code");
    let mut retryable = String::from("CASE failure_code");
    let truth = |is_so: bool| match (pool, is_so) {
        (Pool::Postgres(_), true) => "true",
        (Pool::Postgres(_), false) => "false",
        (Pool::Sqlite(_), true) => "json('true')",
        (Pool::Sqlite(_), false) => "json('false')",
    };
    for code in FailureCode::iter() {
        let texts = of_failure(code);
        let shown = texts.title.in_language(Language::English).replace('\'', "''");
        let _ = write!(title, " WHEN '{}' THEN '{shown}'", code.word());
        let _ = write!(retryable, " WHEN '{}' THEN {}", code.word(), truth(texts.is_retryable));
    }
    sql.replace("{title}", &(title + " END"))
        .replace("{retryable}", &(retryable + " END"))
}

/// Copies the text, with what the marks stand for: `~i5:UUID` is the id of a store SKU, `~c11:UUID|TIME` a cursor of the
/// connection 1 whose order has the byte 1.
fn expand(text: &str, into: &mut String) -> Result<()> {
    let mut rest = text;
    while let Some(at) = rest.find("\"~") {
        let (before, mark) = rest.split_at(at + 1);
        into.push_str(before);
        let end = mark.find('"').ok_or_else(|| bad("a text has no end"))?;
        let (mark, after) = mark.split_at(end);
        let (head, place) = mark.split_once(':').ok_or_else(|| bad("a mark has no value"))?;
        let number: u8 = head[2..].parse()?;
        let (id, time) = place
            .split_once('|')
            .map_or((place, None), |(id, time)| (id, Some(time)));
        let id = Uuid::parse_str(id)?;
        let mut bytes = match &head[1..2] {
            "i" => vec![number],
            _ => vec![1, number / 10, number % 10],
        };
        bytes.extend_from_slice(id.as_bytes());
        if let Some(time) = time {
            let time = DateTime::parse_from_rfc3339(time)?;
            bytes.extend_from_slice(&time.timestamp_micros().to_be_bytes());
        }
        URL_SAFE_NO_PAD.encode_string(bytes, into);
        rest = after;
    }
    into.push_str(rest);
    Ok(())
}
