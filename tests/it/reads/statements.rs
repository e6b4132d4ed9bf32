//! How many statements an answer costs.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Instrument, Subscriber, info_span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

use super::Reads;
use crate::support::both;

/// The span under which statements are counted.
const COUNTED: &str = "counted statements";

both! {
    /// The promise: at most six; it is one for the page and one for each of the four links.
    async fn a_page_of_fifty_store_skus_costs_five_statements(reads: &Reads) {
        let document = "{ storeSkus(first: 50) { nodes {
            sku store { name } components { quantity warehouseSku { sku name } } syncRule { name }
            lastSync { status quantity at record { status failureReason { code } } } } } }";
        let (count, data) = counted(reads.data(document, json!({}))).await;
        assert_eq!(data["storeSkus"]["nodes"].as_array().map(Vec::len), Some(50));
        assert_eq!(count, 5);
    }

    async fn counts_cost_statements_only_when_they_are_selected(reads: &Reads) {
        for (fields, statements) in [("nodes { id }", 1), ("nodes { id } totalCount", 2), ("totalCount statusCounts { failed } nodes { id }", 3)] {
            let document = format!("{{ storeSkus {{ {fields} }} }}");
            let (count, _) = counted(reads.data(&document, json!({}))).await;
            assert_eq!(count, statements, "{fields}");
        }
    }

    async fn a_page_of_records_with_every_link_costs_one_statement_a_kind(reads: &Reads) {
        let document = "{ syncRecords(first: 100) { nodes { store { name } storeSku { sku store { name } } warehouseSku { sku }
            syncRule { name warehouses { name } stores { id } } manualSync { requestedBy } } } }";
        let (count, data) = counted(reads.data(document, json!({}))).await;
        assert_eq!(data["syncRecords"]["nodes"].as_array().map(Vec::len), Some(48));
        assert_eq!(count, 8);
    }

    async fn lists_within_a_list_cost_one_statement_for_all(reads: &Reads) {
        let document = "{ warehouseSkus(first: 10) { nodes { sku storeSkus(first: 3) { nodes {
            sku store { name } syncRule { name } } } } } }";
        let (count, data) = counted(reads.data(document, json!({}))).await;
        assert_eq!(data["warehouseSkus"]["nodes"].as_array().map(Vec::len), Some(10));
        // The page, the pages within it, and what they link to.
        assert_eq!(count, 4);
    }
}

/// Runs a future, and counts the statements that the database driver reports meanwhile on its behalf.
async fn counted<T>(future: impl Future<Output = T>) -> (usize, T) {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let subscriber = Registry::default().with(Counter);
        tracing::subscriber::set_global_default(subscriber).expect("nothing else listens in the tests");
    });
    let span = info_span!("counted statements");
    let output = future.instrument(span.clone()).await;
    let count = span
        .with_subscriber(|(id, subscriber)| {
            let registry = subscriber.downcast_ref::<Registry>().expect("the registry");
            let span = registry.span(id).expect("the span is open");
            let count = span
                .extensions()
                .get::<Count>()
                .map(|count| count.0.load(Ordering::Relaxed));
            count.unwrap_or_default()
        })
        .unwrap_or_default();
    (count, output)
}

#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

/// Whether a statement is a query, and not one of those that set up a new connection.
struct IsQuery(bool);

impl Visit for IsQuery {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0 |= field.name() == "summary" && value.starts_with("SELECT");
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// Counts the statements that are reported inside of a counted span. The driver hands the span on to the threads that do
/// its work.
struct Counter;

impl<S> Layer<S> for Counter
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().name() == COUNTED
            && let Some(span) = context.span(id)
        {
            span.extensions_mut().insert(Count::default());
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut statement = IsQuery(false);
        if event.metadata().target() == "sqlx::query" {
            event.record(&mut statement);
        }
        if !statement.0 {
            return;
        }
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(count) = span.extensions().get::<Count>() {
                count.0.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}
