//! The commands from outside: what they make and leave alone, what they tell.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use migration::{Migrator, MigratorTrait};
use serde_json::{Value, json};
use stock_sync::config::Role;
use stock_sync::db::Db;

use crate::support::marketplace::Reply;
use crate::support::program::{Ended, command, run, run_on};
use crate::support::seed::{Catalogue, stock};
use crate::support::{Database, TestApp, both, soon};

/// Those that neither make a database nor upgrade one.
const READING: [&[&str]; 9] = [
    &["merchant", "list"],
    &["key", "list", "--merchant", "acme"],
    &["key", "add", "x", "--role", "viewer", "--merchant", "acme"],
    &[
        "key",
        "revoke",
        "019aa000-0000-7000-8000-000000000000",
        "--merchant",
        "acme",
    ],
    &["prune", "--dry-run"],
    &["prune"],
    &["reseal"],
    &["status"],
    &["import", "stock", "/nowhere.csv", "--merchant", "acme"],
];

both! {
    /// A command on a database that is not there, or is empty, refuses; only a merchant's first may make it.
    async fn commands_make_no_database(database: &Database) {
        let empty = database.file("empty");
        for arguments in READING {
            let ended = run(database, arguments).await;
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{arguments:?}: {}", ended.stderr);
            assert!(ended.stderr.contains("database"), "{arguments:?}: {}", ended.stderr);
            let elsewhere = format!("sqlite://{}/x.db", empty.display());
            let ended = run(database, &[arguments, &["--database-url", &elsewhere]].concat()).await;
            assert!(ended.code == Some(1) && ended.stderr.contains("there is no database"), "{arguments:?}: {}", ended.stderr);
        }
        let steps = run(database, &["migrate", "--dry-run", "--json"]).await;
        assert_eq!(steps.code, Some(0), "{}", steps.stderr);
        let all: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
        assert_eq!(answer(&steps)["pending"], json!(all));
        assert!(!empty.exists());
        if database.url().starts_with("sqlite:") {
            let folder = empty.parent().unwrap();
            assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "nothing was made, no key either");
        } else {
            assert_eq!(database.open().await.pending_migrations().await.unwrap(), all);
        }

        let added = run(database, &["merchant", "add", "acme"]).await;
        assert_eq!(added.code, Some(0), "{}", added.stderr);
        assert!(run(database, &["merchant", "list"]).await.stdout.contains("acme"));
        assert_eq!(run(database, &["migrate", "--dry-run"]).await.stdout, "the schema is up to date\n");
    }

    /// On the database of an older version, commands leave the schema as it is.
    async fn commands_upgrade_no_database(database: &Database) {
        let db = database.open().await;
        db.migrate().await.unwrap();
        Migrator::down(db.reader(), Some(1)).await.unwrap();
        for arguments in READING.into_iter().chain([&["merchant", "add", "acme"][..]]) {
            let ended = run(database, arguments).await;
            assert_eq!(ended.code, Some(1), "{arguments:?}: {}", ended.stdout);
            assert!(ended.stderr.contains("the schema is 1 step behind; run `stock-sync migrate`"), "{}", ended.stderr);
        }
        assert_eq!(db.pending_migrations().await.unwrap().len(), 1);
        assert_eq!(run(database, &["migrate"]).await.code, Some(0));
        assert_eq!(db.pending_migrations().await.unwrap(), [""; 0]);
        assert_eq!(run(database, &["merchant", "add", "acme"]).await.code, Some(0));
    }

    /// Nothing is encrypted, so no key is needed, and none is made.
    async fn nothing_to_reseal_makes_no_key(database: &Database) {
        database.open().await.migrate().await.unwrap();
        let mut reseal = command(database, &["reseal", "--json"]);
        let folder = database.file("folder");
        fs::create_dir(&folder).unwrap();
        let output = reseal.env_remove("STOCK_SYNC_ENCRYPTION_KEY").current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(!database.file("test.db.key").exists() && fs::read_dir(&folder).unwrap().count() == 0);
    }

    /// A file of one row, by standard input.
    async fn one_row_is_imported_from_standard_input(app: &TestApp) {
        let path = app.database().file("piped.csv");
        for (text, code, told) in [
            ("code,name\nw1,Main\n", 0, "imported 1 warehouse from 1 row\n"),
            ("code,name\nw1,Main\nw2,Other\n", 0, "imported 2 warehouses from 2 rows\n"),
            ("code,name\n,Main\n", 1, ""),
        ] {
            fs::write(&path, text).unwrap();
            let arguments = ["import", "warehouses", "-", "--merchant", &app.tenant().code];
            let ended = run_on(app.database(), &arguments, File::open(&path).unwrap()).await;
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), told), "{}", ended.stderr);
        }
    }

    /// The screen shows what waits and names the stores that are not pushed to; one that somebody paused needs no attention.
    async fn status_names_the_stores(app: &TestApp) {
        let admin = app.admin();
        Catalogue::least(app.market()).make(&admin).await;
        stock(&admin, "A", 5).await;
        app.settled().await;
        let status = answer(&run(app.database(), &["status", "--json", "--check"]).await);
        assert_eq!((&status["queues"], &status["attention"]), (&json!([]), &json!([])), "{status}");
        assert_eq!((&status["stores"]["connected"], &status["troubledStores"]), (&json!(1), &json!([])), "{status}");
        let store = admin.query("{ stores { nodes { id } } }", json!({})).await["stores"]["nodes"][0]["id"].clone();
        admin.mutate("pauseStore", "__typename", json!({ "storeId": store })).await;
        stock(&admin, "A", 6).await;
        let ended = run(app.database(), &["status", "--check", "--check-age-seconds", "0"]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stdout);
        for told in [app.tenant().code.as_str(), "s1", "paused by somebody", "WAITING", "nothing needs attention"] {
            assert!(ended.stdout.contains(told), "{told}: {}", ended.stdout);
        }
        let status = answer(&run(app.database(), &["status", "--json"]).await);
        let named = json!([{ "merchant": app.tenant().code, "store": "s1", "marketplace": "SHOPEE",
            "matter": "paused by somebody", "reason": "PAUSED_BY_HAND", "pausedUntil": null }]);
        assert_eq!((&status["troubledStores"], &status["moreTroubledStores"]), (&named, &json!(0)));
        assert_eq!(status["queues"][0]["dueSince"], Value::Null, "{status}");
    }

    /// Stores whose calls keep failing and stores that refuse their keys need attention, the latter first.
    async fn stores_that_fail_need_attention(app: &TestApp) {
        app.restart(|config| {
            config.worker.retry_attempts = 100;
            config.worker.pause_after_failures = 1;
            config.worker.probe_base = std::time::Duration::from_secs(3_600);
            config.worker.probe_cap = config.worker.probe_base;
        })
        .await;
        let admin = app.admin();
        let two = Catalogue::least(app.market()).store("s2", "LAZADA", app.market());
        two.store_sku("s2", "A", &[("A", 1)]).make(&admin).await;
        app.market().every_call(Reply::status(500));
        stock(&admin, "A", 5).await;
        app.eventually("the pauses", async || {
            let ended = run(app.database(), &["status", "--check"]).await;
            ended.stdout.contains("2 stores paused, because calls keep failing").then_some(ended)
        })
        .await;
        let ended = run(app.database(), &["status", "--check"]).await;
        assert_eq!(ended.code, Some(4), "{}", ended.stdout);
        assert!(ended.stdout.contains("STORE_PAUSED"), "{}", ended.stdout);
        let broken = "UPDATE store SET connection_status = 'RECONNECT_REQUIRED', connection_failure = 'CREDENTIALS_REFUSED' WHERE code = 's2'";
        sea_orm::ConnectionTrait::execute_unprepared(app.db().reader(), broken).await.unwrap();
        let status = answer(&run(app.database(), &["status", "--json"]).await);
        let named: Vec<(&Value, &Value)> = status["troubledStores"].as_array().unwrap().iter().map(|store| (&store["store"], &store["reason"])).collect();
        assert_eq!(named, [(&json!("s2"), &json!("CREDENTIALS_REFUSED")), (&json!("s1"), &json!("STORE_PAUSED"))]);
        let told = json!(["1 store to be connected again", "1 store paused, because calls keep failing"]);
        assert_eq!(status["attention"], told);
    }

    /// What is due and not sent needs attention after a while, as where no worker runs.
    async fn what_nobody_sends_needs_attention(app: &TestApp) {
        app.restart(|config| config.server.role = Role::Api).await;
        Catalogue::least(app.market()).make(&app.admin()).await;
        stock(&app.admin(), "A", 5).await;
        assert_eq!(run(app.database(), &["status", "--check"]).await.code, Some(0), "not yet");
        let late = run(app.database(), &["status", "--check", "--check-age-seconds", "0", "--json"]).await;
        assert_eq!(late.code, Some(4), "{}", late.stdout);
        let status = answer(&late);
        let told = status["attention"][0].as_str().unwrap();
        assert!(told.starts_with("due at SHOPEE for ") && told.ends_with(", and not sent"), "{told}");
        assert!(status["queues"][0]["dueSince"].is_string(), "{status}");
        app.restart(|_| {}).await;
        app.settled().await;
    }

    /// With a log in JSON, where it listens is told in JSON as well.
    async fn a_server_says_where_it_listens_as_its_log_does(app: &TestApp) {
        app.stop_server().await;
        let flags = ["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--log-format", "json"];
        let mut server = command(app.database(), &flags).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let read = tokio::task::spawn_blocking(|| lines.take(2).map(Result::unwrap).collect::<Vec<String>>());
        let read = soon("where it listens", read).await.unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
        for (line, message, end) in [(&read[0], "listening on", ""), (&read[1], "metrics at", "/metrics")] {
            let line: Value = serde_json::from_str(line).unwrap();
            assert_eq!((&line["level"], &line["message"]), (&json!("INFO"), &json!(message)));
            let url = line["url"].as_str().unwrap();
            assert!(url.starts_with("http://127.0.0.1:") && url.ends_with(end), "{url}");
        }
    }
}

/// What the program makes is for its owner alone: the file, and what SQLite puts beside it.
#[cfg(unix)]
#[tokio::test]
async fn an_sqlite_database_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let settings = stock_sync::db::Settings {
        url: format!("sqlite://{}/new/s.db", folder.path().display()),
        max_connections: 2,
        ..Default::default()
    };
    let db = Db::connect(&settings).await.unwrap();
    db.migrate().await.unwrap();
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.path().join("new")).unwrap().map(Result::unwrap) {
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{entry:?}");
        names.push(entry.file_name());
    }
    assert!(names.len() >= 2, "{names:?}");
}

/// bash completes subcommands of subcommands, by the function of the script.
#[test]
fn bash_completes_every_level() {
    let program = env!("CARGO_BIN_EXE_stock-sync");
    let script = Command::new(program).args(["completions", "bash"]).output().unwrap();
    let script = String::from_utf8(script.stdout).unwrap();
    for (words, expected) in [
        (
            &["stock-sync", ""][..],
            &["serve", "key", "merchant", "completions"][..],
        ),
        (&["stock-sync", "key", ""], &["add", "list", "revoke"]),
        (
            &["stock-sync", "key", "add", "--"],
            &["--role", "--merchant", "--database-url"],
        ),
        (&["stock-sync", "config", ""], &["check", "table"]),
    ] {
        let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        let (last, before) = (words.len() - 1, words.get(words.len() - 2).unwrap());
        let asked = format!(
            "{script}\nCOMP_WORDS=({}); COMP_CWORD={last}\n$(complete -p stock-sync | sed 's/.* -F \\([^ ]*\\).*/\\1/') stock-sync '{}' '{before}'\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
            quoted.join(" "),
            words[last]
        );
        let Ok(output) = Command::new("bash").args(["--norc", "-c", &asked]).output() else {
            // There is no bash here.
            return;
        };
        let told = String::from_utf8(output.stdout).unwrap();
        let told: Vec<&str> = told.lines().collect();
        for word in expected {
            assert!(
                told.contains(word),
                "{words:?}: {told:?} {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}

fn answer(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}
