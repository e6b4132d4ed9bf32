//! Merchants and keys on the command line.

use serde_json::json;

use crate::support::program::{Ended, run};
use crate::support::{TestApp, both};

both! {
    /// The first merchant and its keys: made, used, listed, revoked.
    async fn merchants_and_keys_are_made_listed_and_revoked(app: &TestApp) {
        let made = done(run(app.database(), &["merchant", "add", "toko", "--name", "Toko Maju"]).await);
        let token = made.stdout.trim();
        assert!(token.starts_with("ssk_") && !token.contains(char::is_whitespace), "only the token: {token}");
        let data = app.client_with(Some(token)).query("{ viewer { role merchant { code name } } }", json!({})).await;
        assert_eq!(data["viewer"], json!({ "role": "ADMIN", "merchant": { "code": "toko", "name": "Toko Maju" } }));

        let added = done(run(app.database(), &["key", "add", "shop front", "--role", "viewer", "--merchant", "toko"]).await);
        let data = app.client_with(Some(added.stdout.trim())).query("{ viewer { role keyName } }", json!({})).await;
        assert_eq!(data["viewer"], json!({ "role": "VIEWER", "keyName": "shop front" }));

        let listed = done(run(app.database(), &["key", "list", "--merchant", "toko"]).await);
        let lines: Vec<&str> = listed.stdout.lines().collect();
        assert_eq!(lines.len(), 3, "{}", listed.stdout);
        assert!(lines[1].contains("admin") && lines[1].contains("ADMIN"), "{}", lines[1]);
        assert!(lines[2].contains("shop front") && lines[2].contains("VIEWER"), "{}", lines[2]);
        assert!(!listed.stdout.contains("ssk_"), "no token is shown again");

        let id = lines[2].split_whitespace().next().unwrap();
        let revoke = ["key", "revoke", id, "--merchant", "toko"];
        done(run(app.database(), &revoke).await);
        let twice = run(app.database(), &revoke).await;
        assert_eq!(twice.code, Some(1));
        assert!(twice.stderr.contains(id), "{}", twice.stderr);
        let listed = done(run(app.database(), &["key", "list", "--merchant", "toko"]).await);
        assert!(!listed.stdout.lines().nth(2).unwrap().ends_with('-'), "{}", listed.stdout);
        let merchants = done(run(app.database(), &["merchant", "list"]).await);
        assert!(merchants.stdout.contains("toko") && merchants.stdout.contains("Toko Maju"));
    }

    /// Another merchant's key cannot be revoked, an unknown merchant has none, and a code is used once.
    async fn commands_refuse_what_they_cannot_do(app: &TestApp) {
        done(run(app.database(), &["merchant", "add", "toko"]).await);
        let listed = done(run(app.database(), &["key", "list", "--merchant", "toko"]).await);
        let id = listed.stdout.lines().nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        let mine = &app.tenant().code;
        for (arguments, told) in [
            (vec!["merchant", "add", "toko"], "toko"),
            (vec!["merchant", "add", " "], "code"),
            (vec!["key", "revoke", &id, "--merchant", mine], id.as_str()),
            (vec!["key", "list", "--merchant", "nobody"], "nobody"),
            (vec!["key", "add", "x", "--role", "viewer", "--merchant", "nobody"], "nobody"),
            (vec!["key", "add", " ", "--role", "viewer", "--merchant", "toko"], "name"),
        ] {
            let ended = run(app.database(), &arguments).await;
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{arguments:?}");
            assert!(ended.stderr.contains(told), "{arguments:?}: {}", ended.stderr);
        }
        for arguments in [
            vec!["key", "add", "x", "--role", "owner", "--merchant", "toko"],
            vec!["key", "revoke", "not-an-id", "--merchant", "toko"],
            vec!["key", "add", "x", "--role", "viewer"],
        ] {
            assert_eq!(run(app.database(), &arguments).await.code, Some(2), "{arguments:?}");
        }
    }
}

fn done(ended: Ended) -> Ended {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended
}
