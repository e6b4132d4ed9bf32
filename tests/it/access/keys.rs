//! Without a good key nothing is answered but health.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::types::Role;
use serde_json::json;
use stock_sync::db::api_key;
use uuid::Uuid;

use crate::support::graphql::Client;
use crate::support::{TestApp, both};

both! {
    /// No key, no key of ours, and keys that are almost good: all get the same answer.
    async fn a_bad_key_is_unauthenticated(app: &TestApp) {
        let good = app.tenant().token(Role::Admin).to_owned();
        let other = app.another_tenant().await;
        assert_eq!(refusal(&app.stranger()).await.0, 401);
        let mut answers = Vec::new();
        for token in [
            "x".to_owned(),
            "ssk_".to_owned(),
            good[..good.len() - 1].to_owned(),
            format!("{good}A"),
            good.replace("ssk_", ""),
            changed(&good, |bytes| bytes[63] ^= 1),
            changed(&good, |bytes| bytes[31] ^= 1),
            changed(&good, |bytes| bytes[..16].copy_from_slice(other.id.as_bytes())),
            changed(&good, |bytes| bytes[..16].copy_from_slice(Uuid::now_v7().as_bytes())),
        ] {
            answers.push(refusal(&app.client_with(Some(&token))).await);
        }
        answers.dedup();
        let same = (401, "UNAUTHENTICATED".to_owned(), "the API key or token is not good".to_owned());
        assert_eq!(answers, [same]);
        app.admin().query("{ viewer { keyName } }", json!({})).await;
    }

    /// A key that was revoked on the command line opens nothing on a server that has not seen it yet; the other keys go on.
    async fn a_revoked_key_is_unauthenticated(app: &TestApp) {
        let keys = api_key::list(app.db(), app.tenant().id).await.unwrap();
        let viewer = keys.iter().find(|key| key.role == Role::Viewer).unwrap();
        let arguments = ["key", "revoke", &viewer.id.to_string(), "--merchant", &app.tenant().code];
        let ended = crate::support::program::run(app.database(), &arguments).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(refusal(&app.viewer()).await.0, 401);
        app.operator().query("{ viewer { keyName } }", json!({})).await;
    }

    /// Nothing but health is open.
    async fn health_is_open(app: &TestApp) {
        for (path, expected) in [("/health/live", 200), ("/health/ready", 200), ("/graphql?query=%7Bviewer%7BkeyName%7D%7D", 401)] {
            let answer = reqwest::get(app.stranger().url(path)).await.unwrap();
            assert_eq!(answer.status().as_u16(), expected, "{path}");
        }
    }
}

/// The status, code and message of what must be refused.
async fn refusal(client: &Client) -> (u16, String, String) {
    let answer = client.raw("{ viewer { merchant { code } } }", json!({})).await;
    assert!(answer.body["data"]["viewer"].is_null(), "{answer:?}");
    let error = &answer.body["errors"][0];
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    (
        answer.status,
        text(&error["extensions"]["code"]),
        text(&error["message"]),
    )
}

/// A token with some of its bytes changed: 16 of the merchant, 16 of the key, 32 of the secret.
fn changed(token: &str, change: impl FnOnce(&mut [u8])) -> String {
    let mut bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix("ssk_").unwrap()).unwrap();
    change(&mut bytes);
    format!("ssk_{}", URL_SAFE_NO_PAD.encode(bytes))
}
