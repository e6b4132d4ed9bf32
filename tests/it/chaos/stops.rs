//! A worker is stopped for longer than its lease, as a machine stops that swaps or sleeps, and goes on.

use std::time::Duration;

use entity::types::{Role, SyncStatus};
use entity::{sync_attempt, sync_record};
use rand::Rng;
use sea_orm::{EntityTrait, QueryOrder};
use tokio_util::sync::CancellationToken;

use super::load::{End, Load};
use super::{Bench, LEASE, flags};
use crate::support::graphql::Client;
use crate::support::marketplace::Reply;
use crate::support::program::Process;
use crate::support::scale::dice;
use crate::support::seed::{Catalogue, stock};
use crate::support::{Backend, TestApp, run};

/// Its call was answered while it could not hear it.
#[test]
fn a_stopped_worker_that_was_answered_changes_nothing_when_it_goes_on() {
    for reply in [Reply::Rows, Reply::status(500), Reply::ApplyAndCut] {
        run(module_path!(), Backend::Postgres, async |app: &TestApp| {
            outlived(app, reply.clone()).await
        });
    }
}

/// Stopped at any moment under load.
#[test]
fn workers_that_are_stopped_again_and_again_lose_and_repeat_nothing() {
    run(module_path!(), Backend::Postgres, async |app: &TestApp| {
        stopped_under_load(app).await
    });
}

/// One worker is stopped in the middle of a call; a second takes over, and pushes something newer; the first goes on.
async fn outlived(app: &TestApp, reply: Reply) {
    Catalogue::least(app.market())
        .sku("B")
        .store_sku("s1", "B", &[("B", 1)])
        .make(&app.admin())
        .await;
    app.stop_server().await;
    let api = Process::serve_quietly(app.database(), &flags("api")).await;
    let admin = Client::new(api.address(), Some(app.tenant().token(Role::Admin)));
    let first = Process::serve_quietly(app.database(), &flags("worker")).await;
    let gate = app.market().hold_next_call(reply);
    stock(&admin, "A", 1).await;
    app.market().wait_for_calls(1).await;
    first.freeze();
    gate.open();
    app.market()
        .wait_until("the call to end", |log| log.calls[0].answered_at.map(drop))
        .await;

    let second = Process::serve_quietly(app.database(), &flags("worker")).await;
    app.market()
        .wait_until("the same again", |log| (log.sent("s1-A") == [1, 1]).then_some(()))
        .await;
    stock(&admin, "A", 2).await;
    app.market().wait_for_quantity("s1-A", 2).await;
    finished(app, 2).await;
    assert_eq!(second.terminate().await, Some(0));
    let before = (records(app).await, attempts(app).await);

    // The first is the only worker now. When it has pushed something to the store, it is through with what it had.
    first.thaw();
    stock(&admin, "B", 7).await;
    app.market().wait_for_quantity("s1-B", 7).await;
    finished(app, 3).await;
    let (mut after, attempts) = (records(app).await, attempts(app).await);
    let last = after.pop().expect("the third record");
    let attempts: Vec<_> = attempts
        .into_iter()
        .filter(|attempt| attempt.sync_record_id != last.id)
        .collect();
    assert_eq!(before, (after, attempts), "what the second finished is changed");
    assert_eq!(app.market().quantity("s1-A"), Some(2));
    let sent = app.market().wait_until("the calls", |log| Some(log.sent("s1-A"))).await;
    assert_eq!(sent, [1, 1, 2]);
    assert_eq!(first.terminate().await, Some(0));
}

async fn stopped_under_load(app: &TestApp) {
    let bench = Bench::start_without_server(app).await;
    let api = bench.serve("api").await;
    bench.doors.open(vec![api.address()]);
    let workers = [bench.serve("worker").await, bench.serve("worker").await];
    let mut ledger = bench.first_stock().await;
    let told = CancellationToken::new();
    let load = Load::start(&bench.doors, bench.world, bench.seed, 2, &End::Told(told.clone()));
    let mut dice = dice(bench.seed, "stops");
    for _ in 0..bench.scale.stops {
        bench.doors.answers(dice.random_range(1..=8)).await;
        tokio::time::sleep(Duration::from_millis(dice.random_range(0..50))).await;
        let worker = &workers[dice.random_range(0..workers.len())];
        worker.freeze();
        tokio::time::sleep(LEASE + Duration::from_millis(dice.random_range(0..1_000))).await;
        worker.thaw();
    }
    told.cancel();
    load.end(&mut ledger).await;
    bench.judge(&ledger).await;
    for process in workers.into_iter().chain([api]) {
        assert_eq!(process.terminate().await, Some(0));
    }
}

/// Waits until so many records are there, and all of them final.
async fn finished(app: &TestApp, count: usize) {
    let looking = async {
        loop {
            let records = records(app).await;
            let is_final = |record: &sync_record::Model| record.status != SyncStatus::Pending;
            if records.len() == count && records.iter().all(is_final) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    crate::support::soon("every record to be final", looking).await;
}

/// All records, oldest first.
async fn records(app: &TestApp) -> Vec<sync_record::Model> {
    let records = sync_record::Entity::find().order_by_asc(sync_record::Column::Id);
    records.all(app.db().reader()).await.expect("records")
}

/// All evidence, oldest first.
async fn attempts(app: &TestApp) -> Vec<sync_attempt::Model> {
    let attempts = sync_attempt::Entity::find().order_by_asc(sync_attempt::Column::Id);
    attempts.all(app.db().reader()).await.expect("attempts")
}
