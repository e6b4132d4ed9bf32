//! The first start on an empty database: killed while it makes its tables, or many at once.

use std::time::Instant;

use rand::Rng;

use crate::support::database::Schema;
use crate::support::program::{self, Process};
use crate::support::scale::{dice, seed};
use crate::support::{Backend, Database, Scale, run};

/// Servers that start at once.
const REPLICAS: usize = 4;

/// However far it came, the next start goes on from there.
fn a_server_that_is_killed_at_its_first_start_starts_again(backend: Backend) {
    run(module_path!(), backend, async |database: &Database| {
        let begun = Instant::now();
        let server = Process::serve_quietly(database, &[]).await;
        let whole_start = begun.elapsed();
        assert_eq!(server.terminate().await, Some(0));
        let mut dice = dice(seed(), "first start");
        for _ in 0..Scale::of_this_run().kills_at_first_start {
            let database = Database::create(backend, Schema::Empty).await;
            let time = whole_start.mul_f64(dice.random());
            Process::serve_for(&database, &[], time).await;
            let server = Process::serve_quietly(&database, &[]).await;
            it_works(&database).await;
            server.kill();
            database.remove().await;
        }
    });
}

#[test]
fn killed_at_its_first_start_it_starts_again_on_sqlite() {
    a_server_that_is_killed_at_its_first_start_starts_again(Backend::Sqlite);
}

#[test]
fn killed_at_its_first_start_it_starts_again_on_postgres() {
    a_server_that_is_killed_at_its_first_start_starts_again(Backend::Postgres);
}

/// One of them makes the tables, the others wait for it.
#[test]
fn several_replicas_start_at_once_on_an_empty_database() {
    run(module_path!(), Backend::Postgres, async |database: &Database| {
        let starting = (0..REPLICAS).map(|_| Process::serve_quietly(database, &["--role", "worker"]));
        let servers = futures_util::future::join_all(starting).await;
        it_works(database).await;
        for server in servers {
            assert_eq!(server.terminate().await, Some(0));
        }
    });
}

async fn it_works(database: &Database) {
    let added = program::run(database, &["merchant", "add", "acme"]).await;
    assert_eq!(added.code, Some(0), "{}", added.stderr);
}
