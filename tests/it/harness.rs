//! Tests of the tests' own tools: a double that accepts anything would prove nothing.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::marketplace::{Marketplace, Reply, Row, Secret};
use crate::support::scale::dice;
use crate::support::{Database, both, prepare_process};

both! {
    /// Each test has a database of its own.
    async fn a_database_is_empty(database: &Database) {
        let db = database.open().await;
        db.ping().await.unwrap();
        db.migrate().await.unwrap();
    }
}

#[test]
fn the_signature_is_that_of_standard_webhooks() {
    let secret = Secret::of("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
    let body = r#"{"email":"test@example.com","username":"test_user"}"#;
    let signature = secret.sign("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", "1649367553", body);
    assert_eq!(signature, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
}

#[tokio::test]
async fn a_good_call_is_applied_and_scripted_rows_are_not() {
    let market = Marketplace::start().await;
    market.next_row("P-2/V", Row::error_for("LISTING_LOCKED", 30));
    let items = json!([item("P-1", None, 5, 1), item("P-2", Some("V"), 6, 1)]);
    let answer: Value = push(&market, market.secret(), items)
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["results"][0], json!({ "id": "P-1", "status": "ok" }));
    assert_eq!(answer["results"][1]["code"], "LISTING_LOCKED");
    assert_eq!((market.quantity("P-1"), market.quantity("P-2/V")), (Some(5), None));
    market.check();
}

#[tokio::test]
async fn a_call_with_a_foreign_signature_is_refused_and_told() {
    let market = Marketplace::start().await;
    let foreign = Marketplace::start().await;
    let answer = push(&market, foreign.secret(), json!([item("P-1", None, 5, 1)])).await;
    assert_eq!(answer.unwrap().status(), 401);
    assert_eq!(market.quantity("P-1"), None);
    assert_eq!(market.take_faults().len(), 1);
}

#[tokio::test]
async fn an_older_quantity_after_a_newer_one_is_told() {
    let market = Marketplace::start().await;
    for sequence in [2, 1] {
        let items = json!([item("P-1", None, sequence, sequence)]);
        push(&market, market.secret(), items).await.unwrap();
    }
    assert_eq!(market.take_faults().len(), 1);
}

#[tokio::test]
async fn a_held_call_is_neither_applied_nor_answered_until_released_and_overlaps_are_told() {
    let market = Marketplace::start().await;
    let gate = market.hold_next_call(Reply::Rows);
    let held = push(&market, market.secret(), json!([item("P-1", None, 5, 1)]));
    let mut held = Box::pin(held);
    tokio::select! {
        _ = &mut held => panic!("a held call was answered"),
        calls = market.wait_for_calls(1) => assert!(calls[0].answered_at.is_none()),
    }
    assert_eq!(market.quantity("P-1"), None);

    push(&market, market.secret(), json!([item("P-1", None, 6, 2)]))
        .await
        .unwrap();
    assert_eq!(market.take_faults().len(), 1, "the listing was in two calls at once");

    gate.open();
    assert_eq!(held.await.unwrap().status(), 200);
    market.wait_for_quantity("P-1", 5).await;
}

#[tokio::test]
async fn a_caller_that_gave_up_does_not_stop_a_held_call() {
    let market = Marketplace::start().await;
    let gate = market.hold_next_call(Reply::Rows);
    let mut given_up = Box::pin(push(&market, market.secret(), json!([item("P-1", None, 5, 1)])));
    tokio::select! {
        _ = &mut given_up => panic!("a held call was answered"),
        _ = market.wait_for_calls(1) => {}
    }
    drop(given_up);
    gate.open();
    market.wait_for_quantity("P-1", 5).await;
}

#[tokio::test]
async fn a_call_that_is_applied_after_it_was_cut_is_under_way_until_then() {
    let market = Marketplace::start().await;
    market.next_call(Reply::CutAndApply(Duration::from_millis(300)));
    let lost = push(&market, market.secret(), json!([item("P-1", None, 5, 1)])).await;
    assert!(lost.is_err() && market.quantity("P-1").is_none(), "{lost:?}");
    push(&market, market.secret(), json!([item("P-1", None, 6, 2)]))
        .await
        .unwrap();
    assert_eq!(market.take_faults().len(), 1, "the listing was in two calls at once");
    market.wait_for_quantity("P-1", 5).await;
}

#[tokio::test]
async fn a_marketplace_on_a_bad_day_answers_in_every_way() {
    let market = Marketplace::start().await;
    market.go_mad(dice(1, "harness"));
    for sequence in 1..=100 {
        // An error is a connection that was cut.
        let _ = push(&market, market.secret(), json!([item("P-1", None, 5, sequence)])).await;
    }
    let calls = market
        .wait_until("every call to end", |log| {
            let is_over = log.calls.iter().all(|call| call.answered_at.is_some());
            is_over.then(|| log.calls.clone())
        })
        .await;
    let count = |status| calls.iter().filter(|call| call.status == status).count();
    for (status, least) in [(None, 8), (Some(200), 30), (Some(429), 3), (Some(500), 3)] {
        assert!(count(status) >= least, "{} with {status:?}", count(status));
    }
}

#[tokio::test]
async fn a_connection_is_cut_with_or_without_applying() {
    let market = Marketplace::start().await;
    for (reply, applied) in [(Reply::Cut, None), (Reply::ApplyAndCut, Some(7))] {
        market.next_call(reply);
        let answer = push(&market, market.secret(), json!([item("P-1", None, 7, 1)])).await;
        assert!(answer.is_err(), "{answer:?}");
        assert_eq!(market.quantity("P-1"), applied);
    }
    assert!(market.calls().iter().all(|call| call.status.is_none()));
}

#[tokio::test]
async fn scripted_statuses_come_with_their_headers() {
    let market = Marketplace::start().await;
    market.every_call(Reply::status(500));
    market.next_call(Reply::slow_down(7));
    let items = json!([item("P-1", None, 5, 1)]);
    let throttled = push(&market, market.secret(), items.clone()).await.unwrap();
    assert_eq!(
        (throttled.status().as_u16(), &throttled.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    let failed = push(&market, market.secret(), items).await.unwrap();
    assert_eq!(failed.status(), 500);
    assert_eq!(market.quantity("P-1"), None);
}

fn item(product: &str, variant: Option<&str>, quantity: i64, sequence: i64) -> Value {
    json!({
        "id": product, "sku": "S", "productId": product, "variantId": variant, "locationId": null,
        "quantity": quantity, "sequence": sequence,
    })
}

async fn push(market: &Marketplace, secret: &str, items: Value) -> reqwest::Result<reqwest::Response> {
    prepare_process();
    let body = json!({ "type": "stock.update", "version": 1, "store": "s1", "items": items }).to_string();
    let now = chrono::Utc::now().timestamp().to_string();
    reqwest::Client::new()
        .post(market.endpoint())
        .header("content-type", "application/json")
        .header("webhook-id", "msg_1")
        .header("webhook-timestamp", &now)
        .header("webhook-signature", Secret::of(secret).sign("msg_1", &now, &body))
        .body(body)
        .send()
        .await
}
