//! What is kept of calls: enough to tell what happened, and no secret.

use serde_json::{Value, json};

use super::pushed;
use crate::support::graphql::text;
use crate::support::history::{attempts, pick};
use crate::support::marketplace::{Reply, Row};
use crate::support::seed::Catalogue;
use crate::support::{TestApp, both};

/// Bytes of a request or a reply that are kept.
const KEPT: usize = 2_048;

both! {
    /// An attempt holds the item as it was sent and the result as it came.
    async fn attempts_show_what_was_sent_and_what_came_back(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        app.market().next_row("s1-A", Row::error("QUANTITY_REJECTED"));
        let record = pushed(app, 5).await;
        let attempt = attempts(&app.viewer(), &record).await.remove(0);
        let body: Value = serde_json::from_str(&app.market().calls()[0].body).unwrap();
        let request: Value = serde_json::from_str(&text(&attempt["request"])).unwrap();
        assert_eq!(request, body["items"][0]);
        let response: Value = serde_json::from_str(&text(&attempt["response"])).unwrap();
        assert_eq!(pick(&response, &["id", "status", "code"]), json!([request["id"], "error", "QUANTITY_REJECTED"]));
        assert_eq!(attempt["message"], "QUANTITY_REJECTED: scripted QUANTITY_REJECTED");
        assert!(attempt["durationMs"].as_i64().is_some_and(|duration| duration >= 0), "{attempt:#}");
    }

    /// However much comes back, no more than the stated size is kept, in whole characters.
    async fn long_replies_are_cut(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        // Three bytes each, so that a cut at the size would fall into a character.
        let long = "€".repeat(100_000);
        app.market().next_call(Reply::Status(400, None, long.clone()));
        let record = pushed(app, 1).await;
        let attempt = attempts(&app.viewer(), &record).await.remove(0);
        let kept = text(&attempt["response"]);
        assert!(kept.len() <= KEPT && kept.starts_with("€€€"), "{} bytes", kept.len());
        assert!(text(&attempt["message"]).len() <= 500 && text(&record["failureMessage"]).len() <= 500);

        let message = format!("{}\u{0}{long}", "é".repeat(10));
        app.market().next_row("s1-A", Row::Error("ODD".to_owned(), message, None));
        let record = pushed(app, 2).await;
        let attempt = attempts(&app.viewer(), &record).await.remove(0);
        assert!(text(&attempt["response"]).len() <= KEPT && text(&attempt["message"]).len() <= 500);
        assert!(text(&record["failureMessage"]).starts_with("ODD: éé"), "{record:#}");
    }

    /// Bytes that are no text, or none that a database keeps, do not keep the result from being written.
    async fn replies_that_are_no_text_are_kept_too(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        for (available, reply) in [
            (1, Reply::Status(400, None, "a\u{0}b".to_owned())),
            (2, Reply::ApplyAndSay("\u{0}\u{1}\u{7f}".to_owned())),
        ] {
            app.market().next_call(reply);
            let record = pushed(app, available).await;
            let kept = attempts(&app.viewer(), &record).await.remove(0);
            assert!(text(&kept["response"]).contains('\u{FFFD}'), "{kept:#}");
        }
    }

    /// The signing secret is in nothing that the API shows, nor in clear in the database.
    async fn no_secret_is_shown(app: &TestApp) {
        Catalogue::least(app.market()).make(&app.admin()).await;
        let secret = app.market().secret().trim_start_matches("whsec_").to_owned();
        app.market().next_call(Reply::status(401));
        let record = pushed(app, 1).await;
        let document = "{ stores { nodes { id code name connection { status endpoint failureReason { explanation remedy } } } } }";
        let shown = [
            record.to_string(),
            json!(attempts(&app.viewer(), &record).await).to_string(),
            app.admin().query(document, json!({})).await.to_string(),
        ];
        for text in shown {
            assert!(!text.contains(&secret) && !text.contains("whsec_"), "{text}");
        }
        for call in app.market().calls() {
            assert!(!call.body.contains(&secret), "{}", call.body);
        }
        let stored = stored_credentials(app).await;
        assert!(!stored.is_empty() && !String::from_utf8_lossy(&stored).contains(&secret));
    }
}

async fn stored_credentials(app: &TestApp) -> Vec<u8> {
    use sea_orm::EntityTrait;
    let stores = entity::store::Entity::find().all(app.db().reader()).await.unwrap();
    stores[0].credentials.clone().unwrap()
}
