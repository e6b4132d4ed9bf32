//! The server is killed, at any moment.

use std::time::Duration;

use entity::types::Role;
use rand::Rng;
use tokio_util::sync::CancellationToken;

use super::load::{End, Load};
use super::{Bench, flags};
use crate::support::graphql::Client;
use crate::support::marketplace::Reply;
use crate::support::program::Process;
use crate::support::scale::{Scale, dice};
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both};

/// What a dead worker had in flight is taken up again this long after the end of its lease, at the latest.
const AFTER_THE_LEASE: Duration = Duration::from_secs(15);

both! {
    /// Killed under load, just after it listens, and before: what was acknowledged is there and what is there was
    /// acknowledged, once, although callers send again what they got no answer for.
    async fn what_was_acknowledged_survives_every_crash(app: &TestApp) {
        let bench = Bench::start_without_server(app).await;
        let mut server = bench.serve("all").await;
        bench.doors.open(vec![server.address()]);
        let mut ledger = bench.first_stock().await;
        let told = CancellationToken::new();
        let load = Load::start(&bench.doors, bench.world, bench.seed, 2, &End::Told(told.clone()));
        let mut dice = dice(bench.seed, "kills");
        for number in 0..bench.scale.kills {
            if number % 4 != 1 {
                bench.doors.answers(dice.random_range(1..=8)).await;
            }
            tokio::time::sleep(Duration::from_millis(dice.random_range(0..50))).await;
            server.kill();
            if number % 4 == 3 {
                let time = Duration::from_millis(dice.random_range(0..400));
                Process::serve_for(app.database(), &flags("all"), time).await;
            }
            server = bench.serve("all").await;
            bench.doors.open(vec![server.address()]);
        }
        told.cancel();
        load.end(&mut ledger).await;
        bench.judge(&ledger).await;
        assert_eq!(server.terminate().await, Some(0));
    }

    /// With the default lease it takes no longer than 45 seconds until it is pushed again; the short form has a shorter
    /// lease.
    async fn killed_work_is_taken_up_after_its_lease(app: &TestApp) {
        let lease = Scale::of_this_run().lease;
        // As with the defaults, half of it is for the call and half for what a call that was cut may still do.
        let (seconds, half) = (lease.as_secs().to_string(), (lease.as_secs() / 2).to_string());
        let flags = ["--lease-seconds", &seconds, "--call-timeout-seconds", &half, "--hold-seconds", &half];
        Catalogue::least(app.market()).make(&app.admin()).await;
        app.stop_server().await;
        let server = Process::serve_quietly(app.database(), &flags).await;
        let gate = app.market().hold_next_call(Reply::Rows);
        let admin = Client::new(server.address(), Some(app.tenant().token(Role::Admin)));
        stock(&admin, "A", 1).await;
        app.market().wait_for_calls(1).await;
        server.kill();
        gate.open();
        let server = Process::serve_quietly(app.database(), &flags).await;
        let taken_up = tokio::time::timeout(lease + AFTER_THE_LEASE, async {
            while app.market().calls().len() < 2 {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        assert!(taken_up.await.is_ok(), "not taken up in time");
        let sent = app.market().wait_until("the calls", |log| Some(log.sent("s1-A"))).await;
        assert_eq!(sent, [1, 1]);
        assert_eq!(server.terminate().await, Some(0));
    }
}
