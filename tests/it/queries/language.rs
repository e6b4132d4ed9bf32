//! The catalogued reasons, their summary, and the language that they come in.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{FAILED_TRIGGERS, world};
use crate::support::graphql::{each, text};
use crate::support::{TestApp, both};

const SUMMARY: &str = "query($filter: FailedTriggerFilter) { failureReasons(filter: $filter) { code stage title \
    explanation remedy isRetryable count lastOccurredAt failedTriggers(first: 100) { totalCount nodes { id \
    failureReason { code } } } } }";

both! {
    /// The summary says of each reason how often and when last, the most common first.
    async fn the_summary_agrees_with_the_triggers(app: &TestApp) {
        world(app).await;
        let viewer = app.viewer();
        for filter in [Value::Null, json!({ "search": "W5" }), json!({ "reasonIn": ["SYNC_NOW"] })] {
            let mut by_code: HashMap<String, (usize, String)> = HashMap::new();
            for trigger in FAILED_TRIGGERS.all(&viewer, filter.clone()).await {
                let of_code = by_code.entry(text(&trigger["failureReason"]["code"])).or_default();
                *of_code = (of_code.0 + 1, text(&trigger["occurredAt"]).max(of_code.1.clone()));
            }
            assert!(!by_code.is_empty(), "{filter}");
            let data = viewer.query(SUMMARY, json!({ "filter": filter })).await;
            let counts = each(&data["failureReasons"], |reason| reason["count"].as_i64().unwrap());
            let counted: Vec<i64> = counts.iter().copied().filter(|count| *count > 0).collect();
            assert!(counts.is_sorted_by(|a, b| a >= b), "{counts:?}");
            assert_eq!(counted.len(), by_code.len());
            for reason in data["failureReasons"].as_array().unwrap().iter().take(counted.len()) {
                let (count, last) = &by_code[&text(&reason["code"])];
                assert_eq!(reason["count"], *count, "{reason}");
                assert_eq!(reason["lastOccurredAt"], *last, "{reason}");
                assert_eq!(reason["stage"], "TRIGGER");
                assert_eq!(reason["failedTriggers"]["totalCount"], *count);
                let codes = each(&reason["failedTriggers"]["nodes"], |of| of["failureReason"]["code"] == reason["code"]);
                assert!(codes.len() == *count && !codes.contains(&false), "{reason}");
            }
        }
    }

    /// Labels come in English and Indonesian; codes are the same in both, and other languages get English.
    async fn texts_come_in_the_callers_language(app: &TestApp) {
        world(app).await;
        let document = "{ syncReasons { reason label explanation } syncStatuses { status label explanation } \
                        connectionStatuses { status label explanation } failureCatalogue { code title explanation remedy } failureReasons { code title explanation remedy } \
                        syncRecords(filter: { statusIn: [FAILED] }, first: 1) { nodes { failureReason { code title remedy } } } }";
        let viewer = app.viewer();
        let english = viewer.query(document, json!({})).await;
        for language in ["id", "id-ID,id;q=0.9,en;q=0.5", "de;q=0.9, id;q=0.8"] {
            let indonesian = viewer.in_language(language).query(document, json!({})).await;
            compare(&english, &indonesian, language);
        }
        for language in ["de", "en-GB, id;q=0.5", "*"] {
            assert_eq!(viewer.in_language(language).query(document, json!({})).await, english, "{language}");
        }
        let reasons = each(&english["syncReasons"], |reason| text(&reason["reason"]));
        assert_eq!(reasons.len(), 21, "{reasons:?}");
        let counts = ["syncStatuses", "connectionStatuses"].map(|list| english[list].as_array().unwrap().len());
        assert_eq!(counts, [5, 3]);
        let codes = each(&english["failureCatalogue"], |reason| text(&reason["code"]));
        assert!(codes.len() > 40 && codes.contains(&"PROMOTION_LOCKED".to_owned()), "{codes:?}");
        for reason in ["ORDER_SYNCED", "MANUAL_SYNC", "SYNC_NOW", "RESYNC", "RULE_CHANGED", "SHORTAGE_CLEARED"] {
            assert!(reasons.iter().any(|listed| listed == reason), "{reason}");
        }
    }
}

/// The codes are equal, and of the texts none is: a text that was forgotten in the translation would be.
fn compare(english: &Value, indonesian: &Value, language: &str) {
    for (list, code, texts) in [
        ("/syncReasons", "reason", ["label", "explanation"].as_slice()),
        ("/syncStatuses", "status", &["label", "explanation"]),
        ("/connectionStatuses", "status", &["label", "explanation"]),
        ("/failureCatalogue", "code", &["title", "explanation", "remedy"]),
        ("/failureReasons", "code", &["title", "explanation", "remedy"]),
    ] {
        let lists = [english, indonesian].map(|data| data.pointer(list).unwrap().as_array().unwrap());
        assert_eq!(lists[0].len(), lists[1].len());
        for (one, other) in lists[0].iter().zip(lists[1]) {
            assert_eq!(one[code], other[code]);
            for field in texts {
                assert!(!text(&other[field]).is_empty());
                assert_ne!(one[field], other[field], "{field} of {} in {language}", one[code]);
            }
        }
    }
    let failure = |data: &Value| data["syncRecords"]["nodes"][0]["failureReason"].clone();
    assert_eq!(failure(english)["code"], failure(indonesian)["code"]);
    assert_ne!(failure(english)["remedy"], failure(indonesian)["remedy"]);
}
