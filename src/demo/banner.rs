//! What the demo prints when it has started.

use secrecy::{ExposeSecret, SecretString};

/// Tab 1: what failed, newest first.
const STORE_SKUS: &str = "{ storeSkus(first: 5, filter: {statusIn: [FAILED, PARTIALLY_FAILED]}) { totalCount \
    nodes { id sku productName store { name marketplace } syncRule { name } \
    lastSync { status quantity reason at record { failureReason { title remedy } } } } } }";

/// Tab 2: what people started.
const MANUAL_SYNCS: &str = "{ manualSyncs(first: 5) { nodes { kind requestedBy status \
    counts { total pending success partiallyFailed failed skipped } createdAt finishedAt } } }";

/// Tab 3: what never became a sync, by reason.
const FAILED_TRIGGERS: &str = "{ failureReasons { code title remedy count lastOccurredAt } \
    failedTriggers(first: 5) { nodes { failureReason { code } reason reference warehouseSku { sku } store { name } occurredAt } } }";

/// Pushes again all that failed.
const RESYNC: &str = "mutation { resync(input: {filter: {statusIn: [FAILED, PARTIALLY_FAILED]}}) \
    { manualSync { id status counts { total pending } } userErrors { field message } } }";

/// Every step of every sync.
const LIVE: &str = "subscription { syncStatusChanged { record { status storeSku { sku store { name } } \
    quantityBefore quantityAfter reason failureReason { code } } } }";

/// The whole text. Contains the token.
pub(super) fn text(api: &str, token: &SecretString, marketplace: &str, manners: [String; 2]) -> String {
    let [calls, rows] = manners;
    let ask = |title: &str, query: &str, more: &str| {
        format!(
            "{title}\n  curl -s{more} $API -H \"authorization: Bearer $TOKEN\" -H 'content-type: application/json' \\\n    -d '{{\"query\":\"{query}\"}}'\n"
        )
    };
    let sections = [
        format!(
            "stock-sync demo\n\n  API          {api}/graphql  (a browser shows GraphiQL there)\n  marketplace  {marketplace}  (GET / counts its answers, GET /stores/CODE shows its shelves)\n               {calls};\n               {rows}\n"
        ),
        format!(
            "Paste this first:\n  API={api}/graphql TOKEN={}\n",
            token.expose_secret()
        ),
        ask("Tab 1, what failed in the stores:", STORE_SKUS, ""),
        ask("Tab 2, what people started:", MANUAL_SYNCS, ""),
        ask("Tab 3, what never became a sync:", FAILED_TRIGGERS, ""),
        ask("Resync all that failed:", RESYNC, ""),
        ask(
            "Watch live (SSE; over WebSocket: the same address, protocol graphql-transport-ws):",
            LIVE,
            "N -H 'accept: text/event-stream'",
        ),
        "Ctrl-C stops it; started again it goes on where it was.".to_owned(),
    ];
    sections.join("\n")
}
