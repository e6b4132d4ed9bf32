//! What a token has open, when it expires and when its key goes.

use std::time::Duration;

use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};
use stock_sync::http::{KeySource, Settings, TokenSettings, Verifier};

use super::{OTHER_RSA, RSA, Signer, by_secret, claims, now, with, write_set};
use crate::edge;
use crate::edge::websocket::Socket;
use crate::support::graphql::Client;
use crate::support::{TestApp, both, soon};

both! {
    /// A socket and a stream are closed when their token expires, neither before nor after.
    async fn what_an_expired_token_has_open_is_closed(app: &TestApp) {
        let server = app.replica(|config| config.jwt = by_secret()).await;
        let exp = now() + 5;
        let said = with(claims(&app.tenant().code, "viewer"), json!({ "exp": exp }));
        let client = Client::new(server.address(), Some(&Signer::secret().sign(&said)));
        let document = "subscription { syncStatusChanged { status } }";
        let mut socket = client.socket().await;
        socket.subscribe("1", document, json!({})).await;
        let request = client.request(document, &json!({})).header("accept", "text/event-stream");
        let stream = request.send().await.unwrap();
        assert_eq!(stream.status().as_u16(), 200);

        assert_eq!(socket.closed().await, (4403, "Forbidden: the token has expired".to_owned()));
        assert!(now() >= exp);
        let text = soon("the end of the stream", stream.text()).await.unwrap();
        let last = text.split("\n\n").filter(|event| event.starts_with("event:")).collect::<Vec<_>>();
        let ["event: complete\ndata:", next] = [last[1], last[0]] else {
            panic!("{text}");
        };
        let result: Value = serde_json::from_str(next.strip_prefix("event: next\ndata: ").unwrap()).unwrap();
        assert_eq!(result["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        assert_eq!(result.get("data"), None);
    }
}

/// Keys are changed in the file, without a restart: the new one is taken at once, what the old one has open is closed.
#[tokio::test]
async fn keys_are_changed_by_replacing_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    let (old, new) = (Signer::rsa("old", RSA), Signer::rsa("new", OTHER_RSA));
    write_set(&file, &[&old]);
    let verifier = Verifier::new(TokenSettings {
        reread: Duration::ZERO,
        ..TokenSettings::new(KeySource::JwksFile(file.clone()))
    });
    let server = edge::Server::with(Settings {
        key_memory: Duration::from_millis(50),
        tokens: Some(verifier.unwrap().into()),
        ..Settings::default()
    })
    .await;
    let client = |signer: &Signer| {
        let token = signer.sign(&claims("toko-satu", "viewer"));
        Client::new(server.address.parse().unwrap(), Some(&token))
    };
    let (by_old, by_new) = (client(&old), client(&new));
    by_old.query("{ name }", json!({})).await;
    assert_eq!(by_new.raw("{ name }", json!({})).await.status, 401);
    let mut socket = by_old.socket().await;

    // What is no key set changes nothing.
    std::fs::write(&file, "{").unwrap();
    client(&old).query("{ name }", json!({})).await;
    assert_eq!(by_new.raw("{ name }", json!({})).await.status, 401);

    write_set(&file, &[&old, &new]);
    by_new.query("{ name }", json!({})).await;
    by_old.query("{ name }", json!({})).await;
    socket.settle().await;

    write_set(&file, &[&new]);
    assert_eq!(socket.closed().await, (4403, "Forbidden".to_owned()));
    assert_eq!(by_old.raw("{ name }", json!({})).await.status, 401);
    by_new.query("{ name }", json!({})).await;
}

/// A socket takes its token from `connection_init` or the upgrade's header; a bad one is as bad as a bad key.
#[tokio::test]
async fn a_bad_token_opens_no_socket() {
    let verifier = Verifier::new(TokenSettings::new(KeySource::Secret(super::SECRET.into()))).unwrap();
    let server = edge::Server::with(Settings {
        tokens: Some(verifier.into()),
        ..Settings::default()
    })
    .await;
    let stranger = Signer {
        key: EncodingKey::from_secret(b"another secret of more than 32 bytes"),
        ..Signer::secret()
    };
    for (signer, expected) in [(&Signer::secret(), None), (&stranger, Some(4403))] {
        let token = signer.sign(&claims("toko-satu", "viewer"));
        let mut socket = Socket::silent(&server).await;
        let payload = json!({ "authorization": format!("Bearer {token}") });
        socket
            .say(json!({ "type": "connection_init", "payload": payload }))
            .await;
        match expected {
            None => assert_eq!(socket.hear().await["type"], "connection_ack"),
            Some(code) => assert_eq!(socket.closed().await, code),
        }
    }
}
