//! Starting, stopping and dying.

use serde_json::Value;

use crate::support::program::{self, Process};
use crate::support::{TestApp, both};

both! {
    /// Stopped and killed servers start again on the same database, and a stop is no failure.
    async fn a_server_starts_again_after_a_stop_and_after_a_crash(app: &TestApp) {
        app.restart(|_| {}).await;
        app.kill_server();
        app.start_server(|_| {}).await;
        assert_eq!(status(&app.stranger().url("/health/live")).await, 200);
    }

    /// SIGTERM ends the program with 0, every time; and nothing that it logs is an error.
    async fn the_program_stops_on_sigterm(app: &TestApp) {
        for _ in 0..5 {
            let server = Process::serve(app.database(), &[]).await;
            assert_eq!(status(&format!("http://{}/health/live", server.address())).await, 200);
            let log = server.log_file();
            assert_eq!(server.terminate().await, Some(0));
            let log = std::fs::read_to_string(log).unwrap();
            let errors: Vec<&str> = log.lines().filter(|line| level(line) == "ERROR").collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
    }

    /// The command line sees what is in the database, and says with its exit code when it was used wrongly.
    async fn commands_answer_and_exit_as_they_say(app: &TestApp) {
        let listed = program::run(app.database(), &["merchant", "list"]).await;
        assert_eq!(listed.code, Some(0), "{}", listed.stderr);
        assert!(listed.stdout.contains(&app.tenant().code), "{}", listed.stdout);

        let again = program::run(app.database(), &["merchant", "add", &app.tenant().code]).await;
        assert_eq!(again.code, Some(1), "{}", again.stderr);
        assert_eq!(again.stdout, "");

        let wrong = program::run(app.database(), &["merchant", "sell"]).await;
        assert_eq!(wrong.code, Some(2), "{}", wrong.stderr);

        // A setting, or a file that one names, has a code of its own, whenever that is found out.
        for flags in [
            ["merchant", "list", "--database-url", "nonsense:x"],
            ["serve", "--listen=127.0.0.1:0", "--persisted-documents", "/nowhere/at-all.json"],
            ["serve", "--listen=127.0.0.1:0", "--jwt-jwks-file", "/nowhere/at-all.json"],
        ] {
            let wrong = program::run(app.database(), &flags).await;
            assert_eq!(wrong.code, Some(3), "{flags:?}: {}", wrong.stderr);
        }
    }
}

async fn status(url: &str) -> u16 {
    reqwest::get(url).await.unwrap().status().as_u16()
}

fn level(line: &str) -> String {
    let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in the log line {line}"));
    event["level"].as_str().unwrap_or_default().to_owned()
}
