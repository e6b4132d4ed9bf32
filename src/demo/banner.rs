//! What the demo prints when it has started: what there is, and how to look at it.

use secrecy::{ExposeSecret, SecretString};

/// Tab 1: what failed, newest first, and how many there are of each status.
const STORE_SKUS: &str = "{ storeSkus(first: 5, filter: {statusIn: [FAILED, PARTIALLY_FAILED]}) { totalCount \
    statusCounts { pending success partiallyFailed failed } \
    nodes { sku productName store { name marketplace } syncRule { name } \
    lastSync { status quantity reason at record { failureReason { title remedy } } } } } }";

/// Tab 2: what people started.
const MANUAL_SYNCS: &str = "{ manualSyncs(first: 5) { nodes { kind requestedBy status \
    counts { total pending success partiallyFailed failed skipped } createdAt finishedAt } } }";

/// Tab 3: what never became a sync, by reason and one by one.
const FAILED_TRIGGERS: &str = "{ failureReasons { code title remedy count lastOccurredAt } \
    failedTriggers(first: 5) { nodes { failureReason { code } reason reference warehouseSku { sku } store { name } occurredAt } } }";

/// Pushes again all that failed.
const RESYNC: &str = "mutation { resync(input: {filter: {statusIn: [FAILED, PARTIALLY_FAILED]}}) \
    { takenCount leftOutCount manualSync { id status } userErrors { field message } } }";

/// Every step of every sync.
const LIVE: &str = "subscription { syncStatusChanged { status record { storeSku { sku store { name } } \
    quantityBefore quantityAfter reason failureReason { code } } } }";

/// Titles and queries, in the order in which they are printed.
const QUERIES: [(&str, &str); 4] = [
    ("Tab 1, what failed in the stores", STORE_SKUS),
    ("Tab 2, what people started", MANUAL_SYNCS),
    ("Tab 3, what never became a sync", FAILED_TRIGGERS),
    ("Resync all that failed", RESYNC),
];

/// What the text is about.
pub(super) struct Facts<'a> {
    /// Address of the API, without a path.
    pub(super) api: &'a str,
    /// Address of the marketplace.
    pub(super) marketplace: &'a str,
    /// What the merchant has.
    pub(super) contents: &'a str,
    /// How the marketplace misbehaves: its calls, its rows.
    pub(super) manners: [String; 2],
    /// The caller's token.
    pub(super) token: &'a SecretString,
}

/// The whole text. It contains the token.
pub(super) fn text(facts: &Facts<'_>) -> String {
    let mut sections = vec![overview(facts), first(facts)];
    sections.extend(QUERIES.map(|(title, query)| format!("{title}\n{}", curl("-s", query))));
    sections.push(live(facts.api));
    sections.push("Ctrl-C stops the demo. Started again, it goes on where it was.".to_owned());
    sections.join("\n\n")
}

fn overview(facts: &Facts<'_>) -> String {
    let [calls, rows] = &facts.manners;
    format!(
        "stock-sync demo\n\n  \
         API           {api}/graphql  (in a browser: GraphiQL)\n  \
         merchant      {contents}\n  \
         marketplace   {marketplace}  (what its stores show: /stores/shopee-nusantara and so on; its answers: /)\n                \
         {calls};\n                \
         {rows}",
        api = facts.api,
        contents = facts.contents,
        marketplace = facts.marketplace,
    )
}

fn first(facts: &Facts<'_>) -> String {
    let token = facts.token.expose_secret();
    format!(
        "Paste this first; to the other lines add | jq where there is one\n  API={}/graphql\n  TOKEN={token}",
        facts.api
    )
}

fn live(api: &str) -> String {
    let socket = api.replacen("http", "ws", 1);
    format!(
        "Watch live, by SSE\n{}\n  \
         or by WebSocket: {socket}/graphql, protocol graphql-transport-ws, \
         with {{\"authorization\":\"Bearer ...\"}} in connection_init",
        curl("-sN -H 'accept: text/event-stream'", LIVE)
    )
}

fn curl(flags: &str, query: &str) -> String {
    format!(
        "  curl {flags} $API -H \"authorization: Bearer $TOKEN\" -H 'content-type: application/json' \\\n    \
         -d '{{\"query\":\"{query}\"}}'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queries_can_be_pasted_between_quotes() {
        for query in QUERIES.map(|(_, query)| query).into_iter().chain([LIVE]) {
            assert!(!query.contains(['\'', '"', '\\', '\n']), "{query}");
        }
    }

    #[tokio::test]
    async fn the_schema_has_all_that_the_queries_ask_for() {
        use futures_util::StreamExt;

        let (engine, _folder) = crate::demo::tests::engine().await;
        let schema = crate::graphql::schema(engine);
        for query in QUERIES.map(|(_, query)| query).into_iter().chain([LIVE]) {
            let answer = schema.execute_stream(query).next().await;
            // Nobody has said who calls, and nothing else is wrong.
            for error in answer.into_iter().flat_map(|answer| answer.errors) {
                assert!(error.message.contains("API key"), "{query}: {error}");
            }
        }
    }
}
