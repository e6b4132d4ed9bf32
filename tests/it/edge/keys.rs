use entity::types::Role;
use secrecy::ExposeSecret;
use stock_sync::db::api_key;
use uuid::Uuid;

use super::{Server, eventually};

#[tokio::test]
async fn keys_are_issued_listed_and_revoked() {
    let server = Server::start().await;
    let (db, merchant) = (&server.db, server.merchant);
    let issued = api_key::issue(db, merchant, " back end ", Role::Admin).await.unwrap();
    let keys = api_key::list(db, merchant).await.unwrap();
    assert_eq!(keys.len(), 2);
    assert_eq!(
        (keys[1].id, keys[1].name.as_str(), keys[1].role),
        (issued.id, "back end", Role::Admin)
    );
    let presented = api_key::read_token(issued.token.expose_secret()).unwrap();
    assert_eq!(api_key::read_hash(&keys[1].secret_hash), Some(presented.secret_hash));

    assert!(
        !api_key::revoke(db, Uuid::now_v7(), issued.id).await.unwrap(),
        "another merchant's"
    );
    assert!(api_key::revoke(db, merchant, issued.id).await.unwrap());
    assert!(
        !api_key::revoke(db, merchant, issued.id).await.unwrap(),
        "a second time"
    );
    assert!(
        api_key::find(db, merchant, issued.id)
            .await
            .unwrap()
            .unwrap()
            .revoked_at
            .is_some()
    );
    assert!(api_key::issue(db, merchant, " ", Role::Viewer).await.is_err());
    assert!(api_key::issue(db, Uuid::now_v7(), "x", Role::Viewer).await.is_err());
}

#[tokio::test]
async fn the_use_of_a_key_is_noted_once_a_minute() {
    let server = Server::start().await;
    let used = || async {
        let key = api_key::find(&server.db, server.merchant, server.key)
            .await
            .unwrap()
            .unwrap();
        key.last_used_at
    };
    assert_eq!(used().await, None);
    server.query("{ name }").await;
    eventually(|| async { used().await.is_some() }).await;
    let first = used().await;
    for _ in 0..5 {
        server.query("{ name }").await;
    }
    assert_eq!(used().await, first);
}

#[tokio::test]
async fn a_revoked_key_opens_nothing() {
    let server = Server::start().await;
    api_key::revoke(&server.db, server.merchant, server.key).await.unwrap();
    assert_eq!(server.query("{ name }").await.0.as_u16(), 401);
}
