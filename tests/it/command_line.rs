//! The command line from outside: settings, what is wrong with them, exit codes.

use serde_json::{Value, json};

use crate::support::program::{Ended, run, run_with};
use crate::support::{TestApp, both};

both! {
    /// A flag wins over the variable, that over the file; what each is and who said so is told, without secrets.
    async fn layers_win_in_their_order(app: &TestApp) {
        let file = written(app, "good.toml", "batch-size = 7\nlease-seconds = 60\njwt-secret = \"hunter2 hunter2 hunter2 hunter2 hunter2\"\n");
        let ended = run(app.database(), &["config", "check", "--json", "--config", &file, "--batch-size", "9"]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(!ended.stdout.contains("hunter2"), "{}", ended.stdout);
        for (name, value, from) in [
            ("batch-size", "9", "flag"),
            ("lease-seconds", "60", "file"),
            ("jwt-secret", "(set)", "file"),
            ("encryption-key", "(set)", "environment"),
            ("calls-per-store", "4", "default"),
        ] {
            let setting = setting(&ended, name);
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

    /// A database's URL that is none is refused by every command, and never shown.
    async fn a_broken_database_url_is_refused_and_not_shown(app: &TestApp) {
        for url in ["postgres://u:sekret@@bad:99999/x", "postgres://u:sekret@h/x?sslmode=odd", "sekret", "postgres://"] {
            for command in [&["config", "check"][..], &["serve", "--listen=127.0.0.1:0"], &["merchant", "list"], &["status"]] {
                let ended = run(app.database(), &[command, &["--database-url", url]].concat()).await;
                assert_eq!(ended.code, Some(3), "{url} {command:?}: {}", ended.stderr);
                assert!(ended.stderr.contains("--database-url: "), "{}", ended.stderr);
                assert!(!format!("{ended:?}").contains("sekret"), "{ended:?}");
            }
        }
        let ended = run(app.database(), &["config", "check", "--otlp-endpoint", "http://u:sekret@@h:99999"]).await;
        assert_eq!(ended.code, Some(3), "{}", ended.stderr);
        assert!(!format!("{ended:?}").contains("sekret"), "{ended:?}");
    }

    /// What a server would refuse or serve wrongly is told by `config check` and at the start, with the value.
    async fn what_cannot_be_served_is_told_by_the_check_and_at_the_start(app: &TestApp) {
        let (shopee, shopify) = (["--shopee-url", "notaurl"], ["--shopify-url", "https://{bogus}/{shop}"]);
        for (flags, told) in [
            (&shopee[..], "--shopee-url: \"notaurl\" is not a URL"),
            (&["--shopee-url", "ftp://x"], "--shopee-url: \"ftp://x\" must begin with http:// or https://"),
            (&["--tokopedia-auth-url", ""], "--tokopedia-auth-url: \"\" is not a URL"),
            (&["--lazada-url", "https://api.lazada.{bogus}"], "--lazada-url: \"https://api.lazada.{bogus}\" has braces"),
            (&["--lazada-auth-url", "https://u:sekret@x"], "--lazada-auth-url: \"https://u:***@x/\" must not"),
            (&shopify, "--shopify-url: "),
            (&["--allow-origin", "ftp://x"], "--allow-origin: \"ftp://x\" is not an origin"),
            (&["--metrics-listen", "0.0.0.0:18", "--listen", "127.0.0.1:18"], "--metrics-listen: 0.0.0.0:18 cannot be had"),
            (&["--otlp-endpoint", "bogus"], "--otlp-endpoint: \"bogus\" is not a URL"),
        ] {
            for command in [&["config", "check"][..], &["serve"]] {
                let ended = run(app.database(), &[command, flags].concat()).await;
                assert_eq!(ended.code, Some(3), "{flags:?}: {}", ended.stderr);
                assert!(ended.stderr.contains(told) && !ended.stderr.contains("sekret"), "{told}: {}", ended.stderr);
            }
        }
        let all = [&["config", "check"][..], &shopee, &shopify, &["--allow-origin", "ftp://x"]].concat();
        assert_eq!(run(app.database(), &all).await.stderr.matches("error: ").count(), 3, "all at once");
    }

    /// The collector that OpenTelemetry's own variables name is shown and checked as the setting is, which wins.
    async fn a_collector_in_the_environment_is_a_setting_too(app: &TestApp) {
        let variable = "OTEL_EXPORTER_OTLP_ENDPOINT";
        for command in [&["config", "check"][..], &["serve"]] {
            let ended = run_with(app.database(), command, &[(variable, "bogus")]).await;
            assert_eq!(ended.code, Some(3), "{}", ended.stderr);
            assert!(ended.stderr.contains("OTEL_EXPORTER_OTLP_ENDPOINT: \"bogus\" is not a URL"), "{}", ended.stderr);
        }
        assert_eq!(run_with(app.database(), &["merchant", "list"], &[(variable, "bogus")]).await.code, Some(0));
        for (flags, value, from) in [(&[][..], "http://env:4318", "environment"), (&["--otlp-endpoint", "http://f:1"], "http://f:1", "flag")] {
            let ended = run_with(app.database(), &[&["config", "check", "--json"], flags].concat(), &[(variable, "http://env:4318")]).await;
            assert_eq!((&setting(&ended, "otlp-endpoint")["value"], &setting(&ended, "otlp-endpoint")["from"]), (&json!(value), &json!(from)));
        }
    }

    /// Keys of all kinds are looked at, whatever is wrong with one of them.
    async fn every_wrong_key_is_told(app: &TestApp) {
        let keys = ["--encryption-key", "hunter2", "--previous-encryption-keys", "hunter2,hunter2"];
        let tokens = ["--jwt-secret", "hunter2 hunter2 hunter2 hunter2 hunter2", "--jwt-jwks-file", "/nowhere.json"];
        let ended = run(app.database(), &[&["config", "check"][..], &keys, &tokens].concat()).await;
        assert_eq!(ended.code, Some(3), "{}", ended.stderr);
        for told in ["--encryption-key: ", "--previous-encryption-keys: key 1 must", "--previous-encryption-keys: key 2 must", "--jwt-jwks-file: cannot be used together", "--jwt-jwks-file: /nowhere.json cannot be read"] {
            assert!(ended.stderr.contains(told), "{told}: {}", ended.stderr);
        }
        assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
        let ended = run(app.database(), &[&["reseal"][..], &keys].concat()).await;
        assert_eq!((ended.code, ended.stderr.matches("must be base64").count()), (Some(3), 3), "{}", ended.stderr);
    }

    /// A variable that is no setting is told, with the one that was likely meant, and changes nothing else.
    async fn a_mistyped_variable_is_told(app: &TestApp) {
        let variables = [("STOCK_SYNC_LEASE_SECNDS", "hunter2"), ("STOCK_SYNC_SERVICE_HOST", "10.0.0.1")];
        let checked = run_with(app.database(), &["config", "check"], &variables).await;
        let told = "warning: STOCK_SYNC_LEASE_SECNDS: there is no such setting; STOCK_SYNC_LEASE_SECONDS is the nearest";
        assert!(checked.code == Some(0) && checked.stderr.contains(told), "{checked:?}");
        let listed = run_with(app.database(), &["merchant", "list", "--log-format", "json"], &variables).await;
        assert_eq!(listed.code, Some(0), "{}", listed.stderr);
        let line: Value = serde_json::from_str(listed.stderr.trim()).unwrap();
        assert_eq!((&line["level"], &line["variable"]), (&json!("WARN"), &json!("STOCK_SYNC_LEASE_SECNDS")));
        assert!(!format!("{checked:?}{listed:?}").contains("hunter2") && !checked.stderr.contains("SERVICE_HOST"));
    }

    /// What is wrong is said in words that say what is wanted, in the unit of the setting.
    async fn messages_say_what_is_wanted(app: &TestApp) {
        let file = written(app, "words.toml", "graphiql = \"yes\"\nintrospection = 1\n");
        let flags = ["--config", &file, "--request-timeout-seconds", "0", "--hold-seconds", "1000", "--max-depth=-3", "--retry-attempts", "x"];
        let ended = run(app.database(), &[&["config", "check"][..], &flags].concat()).await;
        for told in [
            "line 1): must be true or false, without quotes",
            "line 2): must be true or false, without quotes",
            "--request-timeout-seconds: 0 seconds is too short; at least 1 second",
            "--call-timeout-seconds (15) and --hold-seconds (1000): at least 1015 seconds",
            "--max-depth: \"-3\": expected a whole number from 1 to 100; the default is 15",
            "--retry-attempts: \"x\": expected a whole number from 1 to 1000",
        ] {
            assert!(ended.stderr.contains(told), "{told}: {}", ended.stderr);
        }
        let file = written(app, "quotes.toml", "# a comment\nlisten = 127.0.0.1:8080\n");
        let ended = run(app.database(), &["config", "check", "--config", &file]).await;
        let told = "line 2: the value of listen is not one of TOML; a text stands in quotes, as in listen = \"127.0.0.1:8080\"";
        assert!(ended.code == Some(3) && ended.stderr.contains(told), "{}", ended.stderr);
        let ended = run_with(app.database(), &["config", "check", "--json"], &[("STOCK_SYNC_GRAPHIQL", "yes")]).await;
        assert_eq!(setting(&ended, "graphiql")["value"], "true");
    }

    /// The page of all settings is the one that is committed.
    async fn the_page_is_what_the_program_prints(app: &TestApp) {
        let printed = run(app.database(), &["config", "table"]).await.stdout;
        assert!(printed == include_str!("../../docs/configuration.md"), "run: cargo run -- config table > docs/configuration.md");
    }
}

/// What `config check --json` tells of a setting.
fn setting(ended: &Ended, name: &str) -> Value {
    let told = answer(ended);
    let settings = told["settings"].as_array().unwrap();
    settings.iter().find(|setting| setting["name"] == name).unwrap().clone()
}

fn written(app: &TestApp, name: &str, text: &str) -> String {
    let file = app.database().file(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn answer(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}
