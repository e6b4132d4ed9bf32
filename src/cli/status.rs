//! `status`: queues, stores and failures on one screen.

use chrono::{DateTime, Utc};
use entity::types::FailureStage;
use serde_json::{Value, json};
use stock_sync::clock::now;
use stock_sync::config::Database;
use stock_sync::db::Db;
use stock_sync::db::status::{self, Queue, Status};
use stock_sync::error::{Error, Result};

use super::{exit, output};

/// Reasons of failures on the screen; `--json` has all.
const REASONS: usize = 10;

#[derive(clap::Args, Debug)]
#[group(skip)]
pub(crate) struct Args {
    /// End with 4 when a store has to be connected again or is paused, or when a worker died and nobody took over
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    json: output::Json,
    #[command(flatten)]
    database: Database,
}

pub(super) async fn run(args: &Args) -> Result<u8> {
    if let Some(file) = args.database.sqlite_file().filter(|file| !file.exists()) {
        return Err(Error::internal(format!("there is no database {}", file.display())));
    }
    let db = Db::connect(&args.database.settings()).await?;
    let pending = db.pending_migrations().await?.len();
    if pending > 0 {
        let text = format!("the schema is {pending} steps behind; run `stock-sync migrate`");
        return Err(Error::internal(text));
    }
    let now = now();
    let status = status::read(&db, now).await?;
    db.close().await?;
    let attention = attention(&status);
    args.json
        .answer(&report(&status, &attention), || screen(&status, &attention, now))?;
    Ok(match args.check && !attention.is_empty() {
        true => exit::ATTENTION,
        false => exit::DONE,
    })
}

/// What somebody has to see to.
fn attention(status: &Status) -> Vec<String> {
    let told = [
        (status.stores.reconnect_required, "have to be connected again"),
        (status.stores.paused, "are paused"),
        (status.leases.ended, "lost their worker, and nobody has taken over yet"),
    ];
    let some = told.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, what)| format!("{count} stores {what}")).collect()
}

fn report(status: &Status, attention: &[String]) -> Value {
    let queue = |queue: &Queue| {
        json!({
            "marketplace": queue.marketplace,
            "waiting": queue.waiting,
            "inFlight": queue.in_flight,
            "retrying": queue.retrying,
            "oldestAt": output::time(Some(queue.oldest_at)),
        })
    };
    let failures = status.failures.iter();
    let failures =
        failures.map(|failure| json!({ "stage": stage(failure.stage), "code": failure.code, "count": failure.count }));
    json!({
        "queues": status.queues.iter().map(queue).collect::<Vec<_>>(),
        "backlogPortions": status.backlog,
        "stores": {
            "connected": status.stores.connected,
            "paused": status.stores.paused,
            "reconnectRequired": status.stores.reconnect_required,
            "notConnected": status.stores.not_connected,
        },
        "leases": { "held": status.leases.held, "ended": status.leases.ended },
        "failures": failures.collect::<Vec<_>>(),
        "attention": attention,
    })
}

fn stage(stage: FailureStage) -> String {
    stage.word().to_lowercase()
}

fn screen(status: &Status, attention: &[String], now: DateTime<Utc>) -> String {
    let mut parts = vec![queues(status, now), stores(status), failures(status)];
    parts.push(match attention {
        [] => "nothing needs attention".to_owned(),
        some => format!("needs attention: {}", some.join("; ")),
    });
    parts.join("\n\n")
}

fn queues(status: &Status, now: DateTime<Utc>) -> String {
    if status.queues.is_empty() {
        return "nothing is queued".to_owned();
    }
    let row = |queue: &Queue| {
        let [waiting, in_flight, retrying] =
            [queue.waiting, queue.in_flight, queue.retrying].map(|count| count.to_string());
        [
            queue.marketplace.clone(),
            waiting,
            in_flight,
            retrying,
            age(queue.oldest_at, now),
        ]
    };
    let rows: Vec<[String; 5]> = status.queues.iter().map(row).collect();
    output::table(["QUEUE", "WAITING", "IN FLIGHT", "RETRYING", "OLDEST"], &rows)
}

fn stores(status: &Status) -> String {
    let (stores, leases) = (status.stores, status.leases);
    let rows = [
        ("connected", stores.connected),
        ("paused", stores.paused),
        ("to be connected again", stores.reconnect_required),
        ("not connected", stores.not_connected),
        ("being pushed to", leases.held),
        ("left by their worker", leases.ended),
    ];
    let rows = rows.map(|(what, count)| [what.to_owned(), count.to_string()]);
    let table = output::table(["STORES", "COUNT"], &rows);
    match status.backlog {
        0 => table,
        portions => format!("{table}\n\n{portions} portions of large syncs are still to be planned"),
    }
}

fn failures(status: &Status) -> String {
    if status.failures.is_empty() {
        return "nothing failed in the last 24 hours".to_owned();
    }
    let shown = status.failures.iter().take(REASONS);
    let rows: Vec<[String; 3]> = shown
        .map(|failure| [failure.code.clone(), stage(failure.stage), failure.count.to_string()])
        .collect();
    let table = output::table(["FAILED IN 24 HOURS", "STAGE", "COUNT"], &rows);
    match status.failures.len().saturating_sub(REASONS) {
        0 => table,
        more => format!("{table}\nand {more} more reasons"),
    }
}

/// How long ago, in the largest unit of which it is at least two.
fn age(since: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - since).num_seconds().max(0);
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let unit = units.into_iter().find(|(length, _)| seconds >= 2 * length);
    let (length, name) = unit.unwrap_or((1, "s"));
    format!("{} {name}", seconds / length)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn ages_are_short() {
        let now = now();
        for (seconds, shown) in [
            (-5, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7_200, "2 h"),
            (172_800, "2 d"),
        ] {
            assert_eq!(age(now - TimeDelta::seconds(seconds), now), shown);
        }
    }
}
