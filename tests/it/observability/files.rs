//! The dashboard, the alert rules and the documentation name the metrics that there are, and no others.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use stock_sync::meter::catalogue::{ALL, Kind, Metric};

use super::metrics::known;

const DASHBOARD: &str = "deploy/grafana-dashboard.json";
const ALERTS: &str = "deploy/alerts.yml";
const PAGE: &str = "docs/observability.md";

/// Labels that Prometheus adds.
const ADDED: [&str; 2] = ["instance", "le"];

#[test]
fn the_dashboard_and_the_rules_use_metrics_that_there_are() {
    for file in [DASHBOARD, ALERTS] {
        let text = read(file);
        let names = names(&text);
        assert!(names.len() > 10, "{file}: {names:?}");
        for name in names {
            assert!(known(&name).is_some(), "{file}: there is no {name}");
        }
        assert_eq!(faults(&text), [""; 0], "{file}");
    }
}

#[test]
fn everything_that_is_measured_is_shown_and_documented() {
    let (dashboard, page) = (names(&read(DASHBOARD)), read(PAGE));
    for metric in ALL {
        let is_shown = dashboard
            .iter()
            .filter_map(|name| known(name))
            .any(|shown| shown.name == metric.name);
        assert!(is_shown, "{} is not on the dashboard", metric.name);
        assert!(page.contains(&row(metric)), "{PAGE} lacks this row:\n{}", row(metric));
    }
    let rows = page.lines().filter(|line| line.starts_with("| `stock_sync_")).count();
    assert_eq!(rows, ALL.len(), "{PAGE} has rows of metrics that there are not");
    for name in names(&page) {
        assert!(
            known(&name).is_some() || ALL.iter().any(|metric| metric.name == name),
            "{PAGE}: there is no {name}"
        );
    }
    let alerts = read(ALERTS);
    for alert in alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(page.contains(&format!("`{alert}`")), "{PAGE} does not explain {alert}");
    }
}

#[test]
fn the_dashboard_is_one() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(DASHBOARD)).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<i64> = panels.iter().map(|panel| panel["id"].as_i64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
    let drawn = panels.iter().filter(|panel| panel["type"] != "row");
    for panel in drawn {
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{panel}");
        for target in targets {
            let expression = target["expr"].as_str().unwrap();
            assert_eq!(
                expression.matches('(').count(),
                expression.matches(')').count(),
                "{expression}"
            );
            assert!(expression.contains("stock_sync_"), "{expression}");
        }
    }
}

#[test]
fn a_wrong_name_or_label_is_found() {
    assert_eq!(
        names("rate(stock_sync_pushes_total[5m]) / my_stock_sync_x"),
        ["stock_sync_pushes_total".to_owned()].into()
    );
    assert!(known("stock_sync_pushes").is_none());
    assert!(known("stock_sync_push_duration_seconds_bucket").is_some());
    assert!(known("stock_sync_push_duration_seconds").is_none());
    assert_eq!(
        faults(r#"sum by (class) (stock_sync_pushes_total{instance="x", outcome!="y"})"#),
        [""; 0]
    );
    assert_eq!(faults(r#"stock_sync_pushes_total{merchant="x"}"#).len(), 1);
    assert_eq!(faults("sum by (shop) (x)").len(), 1);
}

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    // Quotes within the strings of JSON.
    fs::read_to_string(path).unwrap().replace("\\\"", "\"")
}

/// The row of a metric in the documentation.
fn row(metric: &Metric) -> String {
    let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
    format!(
        "| `{}` | {} | {} | {} |",
        metric.name,
        metric.kind.word(),
        labels.join(", "),
        metric.text()
    )
}

/// The names of ours in a text.
fn names(text: &str) -> BTreeSet<String> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c: char| !part(c))
        .filter(|word| word.starts_with("stock_sync_"))
        .map(str::to_owned)
        .collect()
}

/// Labels of a text's expressions that their metrics do not have.
fn faults(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (place, _) in text.match_indices('{') {
        let before = &text[..place];
        let begin = before
            .rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .map_or(0, |at| at + 1);
        let Some(metric) = known(&before[begin..]) else {
            continue;
        };
        let matchers = text[place + 1..].split('}').next().unwrap_or_default();
        for matcher in matchers.split(',') {
            let label = matcher.trim().split(['=', '!']).next().unwrap_or_default();
            if !metric.labels.contains(&label) && !ADDED.contains(&label) {
                faults.push(format!("{} has no label {label}", metric.name));
            }
        }
    }
    let labels: BTreeSet<&str> = ALL
        .iter()
        .flat_map(|metric| metric.labels)
        .copied()
        .chain(ADDED)
        .collect();
    for by in text.split("by (").skip(1) {
        let listed = by.split(')').next().unwrap_or_default().split(',').map(str::trim);
        faults.extend(
            listed
                .filter(|label| !labels.contains(label))
                .map(|label| format!("nothing has a label {label}")),
        );
    }
    faults
}

/// A histogram is served under its name with an ending, so its name alone is not one that a rule can use.
#[test]
fn histograms_are_known_by_their_parts() {
    for metric in ALL {
        assert_eq!(
            known(metric.name).is_some(),
            !matches!(metric.kind, Kind::Histogram(_)),
            "{}",
            metric.name
        );
    }
}
