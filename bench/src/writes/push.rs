//! Pushing what waits: by a worker that calls the double, and by the plain loop, which calls nobody.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::calls::{Clock, Turn, share};
use super::double::Double;
use super::plain;
use super::world::World;
use crate::process::Served;
use crate::{Result, bad, reads};

/// Longest time that one queue may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often the database is asked whether the last records are done.
const PAUSE: Duration = Duration::from_millis(2);

/// Fills the queue and has a worker empty it. The time runs from the first call to the last commit. Returns also how many
/// calls the worker made.
pub(crate) async fn of_engine(world: &mut World, program: &Path, double: &Double) -> Result<(Turn, usize)> {
    world.fill().await?;
    let count = world.shape.store_skus();
    let (taken, calls) = double.counts();
    let arguments = ["--role", "worker", "--allow-private-endpoints"];
    let server = Served::start(reads::serve(program, &world.database.url, &arguments))?;
    let mut clock = Clock::start(server.id(), world.pool.server_process().await);
    let drained = async {
        double.taken(taken + 1).await?;
        clock.now_it_begins();
        double.taken(taken + count).await?;
        nothing_is_left(world, "sync_record WHERE status = 'PENDING'").await
    };
    let drained = tokio::time::timeout(PATIENCE, drained).await;
    drained.map_err(|_| bad("the queue was not emptied"))??;
    let turn = clock.stop(count, Vec::new());
    nothing_is_left(world, "store_turn WHERE lease_id IS NOT NULL").await?;
    drop(server);
    let (taken_now, calls_now) = double.counts();
    match taken_now - taken == count {
        true => Ok((turn, calls_now - calls)),
        false => Err(bad(format!(
            "{} records were pushed, and not {count}",
            taken_now - taken
        ))),
    }
}

async fn nothing_is_left(world: &World, of: &str) -> Result<()> {
    let sql = format!("SELECT CAST(count(*) AS text) FROM {of}");
    while world.pool.texts(&sql).await?.first().is_none_or(|count| count != "0") {
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Fills the queue and has the loop empty it.
pub(crate) async fn of_loop(world: &mut World, at_once: usize) -> Result<Turn> {
    world.fill().await?;
    let count = world.shape.store_skus();
    let mut clock = Clock::start(std::process::id(), world.pool.server_process().await);
    clock.now_it_begins();
    let first = world.connections.of(0);
    let stores = Arc::new(plain::push::due(&mut *first.lock().await).await?);
    let take = |number: usize| world.connections.of(number);
    let times = share(at_once, stores.len(), take, move |connection, piece| {
        let stores = Arc::clone(&stores);
        async move {
            plain::push::drain(&mut *connection.lock().await, stores[piece]).await?;
            Ok(connection)
        }
    })
    .await?;
    Ok(clock.stop(count, times))
}
