//! The command line from outside: settings, exit codes, status.

use serde_json::{Value, json};

use crate::support::program::{Ended, run};
use crate::support::seed::{Catalogue, stock};
use crate::support::{TestApp, both};

both! {
    /// A flag wins over the variable, that over the file; what each is and who said so is told, without secrets.
    async fn layers_win_in_their_order(app: &TestApp) {
        let file = written(app, "good.toml", "batch-size = 7\nlease-seconds = 60\njwt-secret = \"hunter2 hunter2 hunter2 hunter2 hunter2\"\n");
        let ended = run(app.database(), &["config", "check", "--json", "--config", &file, "--batch-size", "9"]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(!ended.stdout.contains("hunter2"), "{}", ended.stdout);
        let told = answer(&ended);
        for (name, value, from) in [
            ("batch-size", "9", "flag"),
            ("lease-seconds", "60", "file"),
            ("jwt-secret", "(set)", "file"),
            ("encryption-key", "(set)", "environment"),
            ("calls-per-store", "4", "default"),
        ] {
            let setting = told["settings"].as_array().unwrap().iter().find(|setting| setting["name"] == name).unwrap();
            assert_eq!((&setting["value"], &setting["from"]), (&json!(value), &json!(from)), "{name}");
        }
    }

    /// Everything that is wrong is told at once, with its place, and no secret.
    async fn everything_wrong_is_told_at_once(app: &TestApp) {
        let text = "lisen = \"x\"\nlisten = \"nowhere\"\nretry-cap-seconds = 0\njwt-secret = \"hunter2\"\nlog = [[1]]\n";
        let file = written(app, "bad.toml", text);
        let wrong = ["config", "check", "--config", &file, "--calls-per-store", "many", "--jwt-jwks-file", "/nowhere"];
        let ended = run(app.database(), &wrong).await;
        assert_eq!(ended.code, Some(3), "{}", ended.stderr);
        for told in ["line 1: there is no key \"lisen\"; \"listen\" is", "line 2): \"nowhere\"", "--retry-cap-seconds (",
            "--jwt-secret (", "line 5): must be", "--calls-per-store: \"many\"", "--jwt-jwks-file: cannot be used together"] {
            assert!(ended.stderr.contains(told), "{told}: {}", ended.stderr);
        }
        assert!(!format!("{ended:?}").contains("hunter2"), "{ended:?}");
        let broken = written(app, "broken.toml", "jwt-secret = \"hunter2\n");
        for arguments in [["merchant", "list", "--config", &broken], ["merchant", "list", "--config", "/nowhere.toml"]] {
            let ended = run(app.database(), &arguments).await;
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{}", ended.stderr);
            assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
        }
    }

    /// The screen shows what waits and which stores there are, and `--check` has a code of its own.
    async fn status_shows_queues_and_stores(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        stock(&app.admin(), "A", 5).await;
        app.settled().await;
        let status = answer(&run(app.database(), &["status", "--json", "--check"]).await);
        assert_eq!((&status["queues"], &status["attention"]), (&json!([]), &json!([])), "{status}");
        assert_eq!(status["stores"]["connected"], 1, "{status}");
        let pause = app.admin().query("{ stores { nodes { id } } }", json!({})).await;
        let store = pause["stores"]["nodes"][0]["id"].clone();
        app.admin().mutate("pauseStore", "__typename", json!({ "storeId": store })).await;
        stock(&app.admin(), "A", 6).await;
        let ended = run(app.database(), &["status", "--check"]).await;
        assert_eq!(ended.code, Some(4), "{}", ended.stderr);
        assert!(ended.stdout.contains("1 stores are paused") && ended.stdout.contains("WAITING"), "{}", ended.stdout);
        assert_eq!(run(app.database(), &["status"]).await.code, Some(0));
    }

    /// The page of all settings is the one that is committed.
    async fn the_page_is_what_the_program_prints(app: &TestApp) {
        let printed = run(app.database(), &["config", "table"]).await.stdout;
        assert!(printed == include_str!("../../docs/configuration.md"), "run: cargo run -- config table > docs/configuration.md");
    }
}

fn written(app: &TestApp, name: &str, text: &str) -> String {
    let file = app.database().file(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn answer(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}
