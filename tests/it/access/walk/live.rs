//! Subscriptions with the other merchant's ids, texts and cursors.

use serde_json::json;

use super::party::THEIRS;
use super::schema::Schema;
use super::{document, merchants, pairs};
use crate::support::seed::stock_changes;
use crate::support::{TestApp, both};

both! {
    /// Every id in every argument of every subscription: the owner hears what it names, or may watch it; another is refused
    /// as for an unknown id, or hears nothing.
    async fn subscriptions_say_nothing_of_what_is_foreign(app: &TestApp) {
        let schema = Schema::served();
        let (theirs, own) = merchants(app, &schema).await;
        for field in schema.fields("Subscription") {
            for leaf in schema.leaves(field).iter().filter(|leaf| leaf.scalar == "ID") {
                let (mut socket, mut owners) = (own.client.socket().await, theirs.client.socket().await);
                let mut is_taken_by_its_owner = false;
                let listen = document(&schema, "subscription", &[], field, &json!({}), 2);
                let is_filter = leaf.path.len() > 1;
                if is_filter {
                    socket.subscribe("control", &listen, json!({})).await;
                }
                for ((kind, id), (foreign, unknown)) in theirs.ids.iter().zip(pairs(leaf, &theirs)) {
                    let arguments = |value| own.arguments(&schema, "Subscription", &field.name.node, Some((leaf, value)), 0);
                    let document = document(&schema, "subscription", &[], field, &arguments(&foreign), 2);
                    // Whether ids of this type are taken is the same for both; the owner's say is the measure.
                    let is_taken = takes(&schema, &theirs, leaf, &foreign, kind, is_filter).await;
                    is_taken_by_its_owner |= is_taken;
                    if is_taken && is_filter {
                        socket.subscribe(&format!("foreign {kind} {id}"), &document, arguments(&foreign)).await;
                        continue;
                    }
                    let mut refusals = Vec::new();
                    for value in [&foreign, &unknown] {
                        let probe = format!("probe {value}");
                        socket.subscribe(&probe, &document, arguments(value)).await;
                        let refusal = socket.refusal(&probe).await.to_string();
                        refusals.push(refusal.replace(value.as_str().unwrap(), "the id"));
                    }
                    assert_eq!(refusals[0], refusals[1], "{:?} {kind}", leaf.path);
                }
                assert!(is_taken_by_its_owner, "{:?} takes no id of any type: give the merchants of the walk one", leaf.path);
                if is_filter {
                    owners.subscribe("control", &listen, json!({})).await;
                    owners.settle().await;
                    socket.settle().await;
                    for party in [&theirs, &own] {
                        change(party).await;
                    }
                    owners.next("control").await.unwrap();
                    socket.next("control").await.unwrap();
                    socket.settle().await;
                    assert_eq!(socket.heard("foreign "), [json!(null); 0], "{:?}", leaf.path);
                }
            }
        }
    }

    /// Every text in every filter of a subscription: what only the other merchant has lets nothing be heard.
    async fn texts_of_others_let_nothing_be_heard(app: &TestApp) {
        let schema = Schema::served();
        let (theirs, own) = merchants(app, &schema).await;
        let mut walked = 0;
        for field in schema.fields("Subscription") {
            for leaf in schema.leaves(field).iter().filter(|leaf| leaf.scalar == "String" && leaf.path.len() > 1) {
                let (mut socket, mut owners) = (own.client.socket().await, theirs.client.socket().await);
                let listen = document(&schema, "subscription", &[], field, &json!({}), 2);
                for (text, _) in pairs(leaf, &theirs) {
                    walked += 1;
                    let arguments = own.arguments(&schema, "Subscription", &field.name.node, Some((leaf, &text)), 0);
                    let document = document(&schema, "subscription", &[], field, &arguments, 2);
                    socket.subscribe(&format!("foreign {text}"), &document, arguments).await;
                }
                for party in [&mut socket, &mut owners] {
                    party.subscribe("control", &listen, json!({})).await;
                    party.settle().await;
                }
                for party in [&theirs, &own] {
                    change(party).await;
                }
                owners.next("control").await.unwrap();
                socket.next("control").await.unwrap();
                socket.settle().await;
                assert_eq!(socket.heard("foreign "), [json!(null); 0], "{:?}", leaf.path);
            }
        }
        assert!(walked > 0);
    }

    /// The cursor of the other's last event: who comes back with it is shown its own things alone.
    async fn cursors_of_others_are_places_and_no_more(app: &TestApp) {
        let schema = Schema::served();
        let (theirs, own) = merchants(app, &schema).await;
        let mut walked = 0;
        for field in schema.fields("Subscription") {
            for leaf in schema.leaves(field).iter().filter(|leaf| leaf.path == ["after"]) {
                walked += 1;
                let (mut socket, mut owners) = (own.client.socket().await, theirs.client.socket().await);
                let listen = document(&schema, "subscription", &[], field, &json!({}), 2);
                owners.subscribe("control", &listen, json!({})).await;
                owners.settle().await;
                change(&theirs).await;
                let event = owners.next("control").await.unwrap();
                let cursor = event[field.name.node.as_str()]["cursor"].clone();
                assert!(cursor.is_string(), "{event}");
                let arguments = own.arguments(&schema, "Subscription", &field.name.node, Some((leaf, &cursor)), 0);
                let document = document(&schema, "subscription", &[], field, &arguments, 2);
                socket.subscribe("back", &document, arguments).await;
                socket.settle().await;
                change(&theirs).await;
                owners.next("control").await.unwrap();
                change(&own).await;
                let first = socket.next("back").await.unwrap();
                socket.settle().await;
                let heard = format!("{first}{:?}", socket.heard("back"));
                assert!(!heard.contains(THEIRS), "{heard}");
                assert!(heard.contains(&own.name("sku")), "{heard}");
            }
        }
        assert!(walked > 0);
    }
}

/// A stock change that every subscriber of the merchant hears of.
async fn change(party: &super::Party) {
    let change = json!({ "warehouse": party.name("warehouse"), "sku": party.name("sku"), "delta": 1, "reason": "STOCK_COUNTED" });
    stock_changes(&party.client, vec![change]).await;
}

/// Whether a place takes ids of a type.
async fn takes(
    schema: &Schema,
    theirs: &super::Party,
    leaf: &super::Leaf,
    id: &serde_json::Value,
    kind: &str,
    is_filter: bool,
) -> bool {
    if !is_filter {
        return kind == "ManualSync";
    }
    // The filter of the subscription is the one of the history.
    let field = schema.field("Query", "syncRecords");
    let arguments = theirs.arguments(schema, "Query", "syncRecords", Some((leaf, id)), 0);
    let document = document(schema, "query", &[], field, &arguments, 1);
    theirs
        .client
        .raw(&document, arguments)
        .await
        .body
        .get("errors")
        .is_none()
}
