use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::types::Role;
use secrecy::ExposeSecret;
use serde_json::json;
use stock_sync::db::api_key;
use stock_sync::http::Settings;
use uuid::Uuid;

use super::websocket::Socket;
use super::{Server, eventually};
use crate::support::both;

both! {
    async fn keys_are_issued_listed_and_revoked(server: &Server) {
        let (db, merchant) = (&server.db, server.merchant);
        let issued = api_key::issue(db, merchant, " back end ", Role::Admin).await.unwrap();
        let keys = api_key::list(db, merchant).await.unwrap();
        assert_eq!(keys.len(), 2);
        assert_eq!((keys[1].id, keys[1].name.as_str(), keys[1].role), (issued.id, "back end", Role::Admin));
        let presented = api_key::read_token(issued.token.expose_secret()).unwrap();
        assert_eq!(api_key::read_hash(&keys[1].secret_hash), Some(presented.secret_hash));

        assert!(!api_key::revoke(db, Uuid::now_v7(), issued.id).await.unwrap(), "another merchant's");
        assert!(api_key::revoke(db, merchant, issued.id).await.unwrap());
        assert!(!api_key::revoke(db, merchant, issued.id).await.unwrap(), "a second time");
        let revoked = api_key::find(db, merchant, issued.id).await.unwrap().unwrap();
        assert!(revoked.revoked_at.is_some());
        assert!(api_key::issue(db, merchant, " ", Role::Viewer).await.is_err());
        assert!(api_key::issue(db, Uuid::now_v7(), "x", Role::Viewer).await.is_err());
    }

    async fn the_use_of_a_key_is_noted_once_a_minute(server: &Server) {
        let used = || async {
            let key = api_key::find(&server.db, server.merchant, server.key).await;
            key.unwrap().unwrap().last_used_at
        };
        assert_eq!(used().await, None);
        server.query("{ name }").await;
        eventually(|| async { used().await.is_some() }).await;
        let first = used().await.unwrap();
        let touch = |seconds| {
            let at = first + chrono::TimeDelta::seconds(seconds);
            api_key::touch(&server.db, server.merchant, server.key, at)
        };
        touch(59).await.unwrap();
        assert_eq!(used().await, Some(first));
        touch(60).await.unwrap();
        assert_eq!(used().await, Some(first + chrono::TimeDelta::seconds(60)));
    }

    async fn a_revoked_key_opens_nothing(server: &Server) {
        api_key::revoke(&server.db, server.merchant, server.key).await.unwrap();
        assert_eq!(server.query("{ name }").await.0.as_u16(), 401);
    }
}

#[tokio::test]
async fn what_a_revoked_key_has_open_is_closed() {
    let settings = Settings {
        key_memory: Duration::from_millis(100),
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    let mut socket = Socket::ready(&server).await;
    socket.subscribe("1", "subscription { onceAndWait }").await;
    socket.hear().await;
    let path = "/graphql/stream?query=subscription%7BonceAndWait%7D";
    let stream = server.get(path).send().await.unwrap();

    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.query("{ name }").await.0.as_u16(), 200);
    api_key::revoke(&server.db, server.merchant, server.key).await.unwrap();
    assert_eq!(socket.closed().await, 4403);
    assert!(!stream.text().await.unwrap().contains("complete"));
    assert_eq!(server.query("{ name }").await.0.as_u16(), 401);
}

#[tokio::test]
async fn who_tries_many_bad_keys_has_to_wait() {
    let settings = Settings {
        bad_keys_per_minute: 3,
        // So every use of the good key is looked up again.
        key_memory: Duration::ZERO,
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    assert_eq!(server.query("{ name }").await.0.as_u16(), 200);
    let unknown = || format!("ssk_{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 64]>()));
    // What has not the form of a key is a try like any other; whom a caller says it calls for does not matter.
    let tries = [
        (unknown(), 401),
        ("wrong".to_owned(), 401),
        ("a.b.c".to_owned(), 401),
        ("wrong".to_owned(), 429),
        (unknown(), 429),
        ("a.b.c".to_owned(), 429),
    ];
    for (number, (key, status)) in tries.into_iter().enumerate() {
        let request = server
            .anonymous()
            .bearer_auth(key)
            .json(&json!({ "query": "{ name }" }));
        let request = request.header("x-forwarded-for", format!("192.0.2.{number}"));
        assert_eq!(request.send().await.unwrap().status().as_u16(), status, "{number}");
    }
    let known = server.query("{ name }").await;
    assert_eq!(known.0.as_u16(), 200, "a key that is known goes on as before");
    let mut socket = Socket::silent(&server).await;
    let payload = json!({ "authorization": "Bearer wrong" });
    socket
        .say(json!({ "type": "connection_init", "payload": payload }))
        .await;
    assert_eq!(socket.closed().await, 1013, "sockets count, too");
    let other = api_key::issue(&server.db, server.merchant, "new", Role::Viewer)
        .await
        .unwrap();
    let mut socket = Socket::ready(&server).await;
    socket.subscribe("1", "{ name }").await;
    assert_eq!(socket.hear().await["payload"]["data"]["name"], "frontend");
    let request = server.anonymous().bearer_auth(other.token.expose_secret());
    let answer = request.json(&json!({ "query": "{ name }" })).send().await.unwrap();
    assert_eq!(
        answer.status().as_u16(),
        429,
        "one that was never seen here waits with the rest"
    );
}
