//! Many processes on one database: workers that push, and others that answer.

use super::Bench;
use super::load::{End, Load};
use crate::support::program::Process;
use crate::support::{Backend, TestApp, run};

#[test]
fn two_workers_and_one_api_share_a_storm() {
    run(module_path!(), Backend::Postgres, async |app: &TestApp| {
        storm(app, 2, 1).await
    });
}

#[test]
fn four_workers_and_two_apis_share_a_storm() {
    run(module_path!(), Backend::Postgres, async |app: &TestApp| {
        storm(app, 4, 2).await
    });
}

/// A storm on so many processes; the marketplace sees whether two of them ever push the same listing at a time.
async fn storm(app: &TestApp, workers: usize, apis: usize) {
    let bench = Bench::start_without_server(app).await;
    let apis = serve(&bench, "api", apis).await;
    bench.doors.open(apis.iter().map(Process::address).collect());
    let workers = serve(&bench, "worker", workers).await;
    let mut ledger = bench.first_stock().await;
    let callers = 2 * apis.len();
    let end = End::After(bench.scale.replicas / callers);
    Load::start(&bench.doors, bench.world, bench.seed, callers, &end)
        .end(&mut ledger)
        .await;
    bench.judge(&ledger).await;
    for process in workers.into_iter().chain(apis) {
        assert_eq!(process.terminate().await, Some(0));
    }
}

async fn serve(bench: &Bench<'_>, role: &str, count: usize) -> Vec<Process> {
    futures_util::future::join_all((0..count).map(|_| bench.serve(role))).await
}
