//! `status`: queues, stores and failures on one screen.

use chrono::{DateTime, TimeDelta, Utc};
use entity::types::FailureStage;
use serde_json::{Value, json};
use stock_sync::clock::now;
use stock_sync::config::Database;
use stock_sync::db::attention::{self, Due, Matter, Stores, Troubled};
use stock_sync::db::status::{self, Queue, Status};
use stock_sync::domain::text::counted;
use stock_sync::error::Result;

use super::{exit, open, output};

/// Stores that are named.
const NAMED: u32 = 20;

/// Reasons of failures on the screen; `--json` has all.
const REASONS: usize = 10;

#[derive(clap::Args, Debug)]
#[group(skip)]
pub(crate) struct Args {
    /// End with 4 when a store has to be connected again or keeps failing, when a worker died and nobody took over, or when
    /// what is due is not sent
    #[arg(long)]
    check: bool,
    /// How long something may be due before that needs attention
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    check_age_seconds: u32,
    #[command(flatten)]
    json: output::Json,
    #[command(flatten)]
    database: Database,
}

/// All that is told.
struct Told {
    now: DateTime<Utc>,
    status: Status,
    troubled: Stores,
    due: Vec<Due>,
    /// What somebody has to see to.
    attention: Vec<String>,
}

pub(super) async fn run(args: &Args) -> Result<u8> {
    let db = open(&args.database).await?;
    let now = now();
    let mut told = Told {
        now,
        status: status::read(&db, now).await?,
        troubled: attention::stores(&db, now, NAMED).await?,
        due: attention::due(&db, now).await?,
        attention: Vec::new(),
    };
    db.close().await?;
    told.attention = attention(&told, TimeDelta::seconds(args.check_age_seconds.into()));
    args.json.answer(&report(&told), || screen(&told))?;
    Ok(match args.check && !told.attention.is_empty() {
        true => exit::ATTENTION,
        false => exit::DONE,
    })
}

/// What somebody has to see to. A store that somebody paused is seen to already.
fn attention(told: &Told, longest: TimeDelta) -> Vec<String> {
    let troubled = &told.troubled;
    let stores = [
        (troubled.disconnected, "to be connected again"),
        (troubled.failing, "paused, because calls keep failing"),
        (troubled.abandoned, "left by the worker, and nobody has taken over yet"),
    ];
    let stores = stores.iter().filter(|(count, _)| *count > 0);
    let stores = stores.map(|(count, what)| format!("{} {what}", counted(count.unsigned_abs(), "store")));
    let late = told.due.iter().filter(|due| told.now - due.due_at > longest);
    let late = late.map(|due| {
        format!(
            "due at {} for {}, and not sent",
            due.marketplace,
            age(due.due_at, told.now)
        )
    });
    stores.chain(late).collect()
}

fn report(told: &Told) -> Value {
    let status = &told.status;
    let queue = |queue: &Queue| {
        json!({
            "marketplace": queue.marketplace,
            "waiting": queue.waiting,
            "inFlight": queue.in_flight,
            "retrying": queue.retrying,
            "oldestAt": output::time(Some(queue.oldest_at)),
            "dueSince": told.due_at(&queue.marketplace).map(|at| output::time(Some(at))),
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
        "troubledStores": told.troubled.first.iter().map(troubled_store).collect::<Vec<_>>(),
        "moreTroubledStores": told.unnamed(),
        "leases": { "held": status.leases.held, "ended": status.leases.ended },
        "failures": failures.collect::<Vec<_>>(),
        "attention": told.attention,
    })
}

fn troubled_store(store: &Troubled) -> Value {
    json!({
        "merchant": store.merchant,
        "store": store.store,
        "marketplace": store.marketplace,
        "matter": matter(store.matter()),
        "reason": store.reason,
        "pausedUntil": store.paused_until.map(|at| output::time(Some(at))),
    })
}

fn matter(matter: Matter) -> &'static str {
    match matter {
        Matter::Disconnected => "to be connected again",
        Matter::Failing => "paused, because calls keep failing",
        Matter::Abandoned => "left by its worker",
        Matter::Slowed => "paused, because its marketplace asked for it",
        Matter::PausedByHand => "paused by somebody",
    }
}

impl Told {
    /// Since when something has been due at a marketplace.
    fn due_at(&self, marketplace: &str) -> Option<DateTime<Utc>> {
        let due = self.due.iter().find(|due| due.marketplace == marketplace)?;
        Some(due.due_at)
    }

    /// How many stores are troubled and not named.
    fn unnamed(&self) -> u64 {
        let named = self.troubled.first.len() as u64;
        self.troubled.total.unsigned_abs().saturating_sub(named)
    }
}

fn stage(stage: FailureStage) -> String {
    stage.word().to_lowercase()
}

fn screen(told: &Told) -> String {
    let mut parts = vec![queues(told), stores(&told.status)];
    parts.extend(troubled(told));
    parts.push(failures(&told.status));
    parts.push(match told.attention.as_slice() {
        [] => "nothing needs attention".to_owned(),
        some => format!("needs attention: {}", some.join("; ")),
    });
    parts.join("\n\n")
}

fn queues(told: &Told) -> String {
    if told.status.queues.is_empty() {
        return "nothing is queued".to_owned();
    }
    let row = |queue: &Queue| {
        let [waiting, in_flight, retrying] =
            [queue.waiting, queue.in_flight, queue.retrying].map(|count| count.to_string());
        let due = told.due_at(&queue.marketplace);
        [
            queue.marketplace.clone(),
            waiting,
            in_flight,
            retrying,
            age(queue.oldest_at, told.now),
            due.map_or_else(|| "-".to_owned(), |due| age(due, told.now)),
        ]
    };
    let rows: Vec<[String; 6]> = told.status.queues.iter().map(row).collect();
    output::table(
        ["QUEUE", "WAITING", "IN FLIGHT", "RETRYING", "OLDEST", "DUE FOR"],
        &rows,
    )
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
        portions => {
            let portions = counted(portions.unsigned_abs(), "portion");
            format!("{table}\n\nstill to be planned of large syncs: {portions}")
        }
    }
}

/// The stores that are not pushed to as they should be, by name.
fn troubled(told: &Told) -> Option<String> {
    let row = |store: &Troubled| {
        [
            store.merchant.clone(),
            store.store.clone(),
            store.marketplace.clone(),
            matter(store.matter()).to_owned(),
            store.reason.clone().unwrap_or_else(|| "-".to_owned()),
            output::time(store.paused_until),
        ]
    };
    let rows: Vec<[String; 6]> = told.troubled.first.iter().map(row).collect();
    let head = [
        "MERCHANT",
        "STORE",
        "MARKETPLACE",
        "WHAT IS THE MATTER",
        "REASON",
        "UNTIL",
    ];
    let table = output::table(head, &rows);
    match (rows.as_slice(), told.unnamed()) {
        ([], _) => None,
        (_, 0) => Some(table),
        (_, more) => Some(format!("{table}\nand {more} more")),
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
        more => format!("{table}\nand {}", counted(more as u64, "more reason")),
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
