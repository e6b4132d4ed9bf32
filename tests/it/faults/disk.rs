//! No room to write.

use std::io::Write;

use serde_json::json;

use super::{QUICK, admin_of, assert_taken, assert_unavailable, final_records, readiness, try_records, try_stock};
use crate::support::marketplace::Reply;
use crate::support::program::Process;
use crate::support::seed::{Catalogue, stock};
use crate::support::{Backend, TestApp, run};

/// While nothing can be written, not even the log, changes are refused and reads answered; when there is room again the
/// same process goes on, with what was planned before and with what was refused.
#[test]
fn a_full_disk_is_survived() {
    run(module_path!(), Backend::Sqlite, async |app: &TestApp| {
        app.stop_server().await;
        let arguments: Vec<&str> = QUICK
            .into_iter()
            .chain(["--lease-seconds", "3", "--call-timeout-seconds", "1"])
            .collect();
        let mut process = Process::serve_on_small_disk(app.database(), &arguments).await;
        let admin = admin_of(&process, app);
        Catalogue::least(app.market()).make(&admin).await;
        stock(&admin, "A", 1).await;
        final_records(&admin).await;
        // Work that goes on failing, so that the worker has something to do all the time.
        app.market().every_call(Reply::status(500));
        stock(&admin, "A", 2).await;
        app.market().wait_for_calls(3).await;
        let before = try_records(&admin).await;

        if !process.limit_files(Some(0)) {
            let _ = writeln!(std::io::stderr(), "SKIPPED {}: prlimit cannot be run", module_path!());
            return;
        }
        for _ in 0..3 {
            assert_unavailable(&try_stock(&admin, "A", 3).await);
        }
        assert_eq!(
            try_records(&admin).await,
            before,
            "nothing was written, and it can be read"
        );
        assert_eq!(readiness(&admin).await, Some(200));
        assert!(process.is_running());

        assert!(process.limit_files(None));
        app.market().every_call(Reply::Rows);
        assert_taken(&try_stock(&admin, "A", 3).await);
        app.market().wait_for_quantity("s1-A", 3).await;
        let after = final_records(&admin).await;
        assert_eq!(
            after.as_array().and_then(|records| records.last()),
            Some(&json!(["SUCCESS", 3]))
        );
        assert_eq!(
            after.as_array().map(Vec::len),
            Some(3),
            "the refused ones left nothing behind: {after}"
        );
        assert_eq!(process.terminate().await, Some(0));
    });
}
