//! Taking stock changes: by the server over HTTP, and by the plain loop.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use super::calls::{Call, Clock, REFERENCE, Turn, share};
use super::plain;
use super::world::{LISTED_IN, WAREHOUSE, World};
use crate::load::{Connection, Shot};
use crate::process::Served;
use crate::{Result, bad, reads};

/// The server of a world, which takes changes and pushes nothing.
pub(crate) fn serve(program: &Path, world: &World) -> Result<Served> {
    Served::start(reads::serve(program, &world.database.url, &["--role", "api"]))
}

/// Sends calls to the server, so many at once.
pub(crate) async fn of_engine(world: &World, server: &Served, calls: &[Call], callers: usize) -> Result<Turn> {
    let shots: Vec<(Shot, usize)> = calls
        .iter()
        .map(|call| (shot(world, server, call), call.changes.len()))
        .collect();
    let shots = Arc::new(shots);
    let mut open = Vec::with_capacity(callers);
    for _ in 0..callers {
        open.push(Some(Connection::open(server.address).await?));
    }
    let open = std::sync::Mutex::new(open);
    let take = |number: usize| open.lock().ok().and_then(|mut open| open[number].take());
    let database = world.pool.server_process().await;
    let clock = Clock::start(server.id(), database);
    let times = share(callers, shots.len(), take, move |connection, piece| {
        let shots = Arc::clone(&shots);
        async move {
            let mut connection = connection.ok_or_else(|| bad("no connection"))?;
            let (shot, changes) = &shots[piece];
            let answer: Value = serde_json::from_slice(&connection.send(shot).await?)?;
            let taken = &answer["data"]["recordStockChanges"]["recordCount"];
            match taken.as_u64() == Some((changes * LISTED_IN) as u64) {
                true => Ok(Some(connection)),
                false => Err(bad(format!("{changes} changes were not taken: {answer}"))),
            }
        }
    })
    .await?;
    Ok(clock.stop(changes(calls), times))
}

/// Has the loop do what the calls are for, so many at once.
pub(crate) async fn of_loop(world: &World, calls: Vec<Call>, callers: usize) -> Result<Turn> {
    let count = changes(&calls);
    let work: Vec<(uuid::Uuid, Call)> = calls
        .into_iter()
        .map(|call| (world.merchants[call.merchant].id, call))
        .collect();
    let work = Arc::new(work);
    let take = |number: usize| world.connections.of(number);
    let database = world.pool.server_process().await;
    let clock = Clock::start(std::process::id(), database);
    let times = share(callers, work.len(), take, move |connection, piece| {
        let work = Arc::clone(&work);
        async move {
            let (merchant, call) = &work[piece];
            let written = plain::intake::take(&mut *connection.lock().await, *merchant, call).await?;
            match written == call.changes.len() * LISTED_IN {
                true => Ok(connection),
                false => Err(bad(format!("{written} records were written"))),
            }
        }
    })
    .await?;
    Ok(clock.stop(count, times))
}

fn changes(calls: &[Call]) -> usize {
    calls.iter().map(|call| call.changes.len()).sum()
}

fn shot(world: &World, server: &Served, call: &Call) -> Shot {
    let query = "mutation($c: [StockChangeInput!]!, $k: String!) {
        recordStockChanges(input: {changes: $c, idempotencyKey: $k}) { userErrors { message } recordCount } }";
    let change = |(sku, available): &(String, i32)| {
        json!({
            "warehouse": WAREHOUSE, "sku": sku, "available": available, "reason": "ORDER_SYNCED",
            "reference": REFERENCE,
        })
    };
    let changes: Vec<Value> = call.changes.iter().map(change).collect();
    let body = json!({ "query": query, "variables": { "c": changes, "k": call.key } });
    Shot {
        address: server.address,
        path: "/graphql".to_owned(),
        token: world.merchants[call.merchant].token.clone(),
        body: Bytes::from(body.to_string()),
    }
}
