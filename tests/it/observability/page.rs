//! Reads the page that Prometheus reads.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::support::soon;

/// One line of the page.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

/// The page as it was at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) text: String,
    pub(crate) samples: Vec<Sample>,
}

impl Page {
    /// Asks for it.
    pub(crate) async fn at(address: SocketAddr) -> Self {
        let response = reqwest::get(format!("http://{address}/metrics")).await.unwrap();
        assert_eq!(response.status(), 200);
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
        Self::read(response.text().await.unwrap())
    }

    /// Asks for it until it shows something.
    pub(crate) async fn until(address: SocketAddr, what: &str, is_so: impl Fn(&Self) -> bool) -> Self {
        let looking = async {
            loop {
                let page = Self::at(address).await;
                if is_so(&page) {
                    return page;
                }
                tokio::task::yield_now().await;
            }
        };
        soon(what, looking).await
    }

    pub(crate) fn read(text: String) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let samples = lines.map(sample).collect();
        Self { text, samples }
    }

    /// The sum of all samples of this name that have these labels.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.having(name, labels).map(|sample| sample.value).sum()
    }

    /// The samples of this name that have these labels.
    pub(crate) fn having<'p>(
        &'p self,
        name: &'p str,
        labels: &'p [(&'p str, &'p str)],
    ) -> impl Iterator<Item = &'p Sample> {
        let has_all = |sample: &&Sample| {
            let has = |(label, value): &(&str, &str)| sample.labels.get(*label).is_some_and(|found| found == value);
            labels.iter().all(has)
        };
        self.samples
            .iter()
            .filter(move |sample| sample.name == name)
            .filter(has_all)
    }
}

/// Reads a line such as `name{label="value",other="x"} 1.5`.
fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels.trim_end_matches('}')),
        None => (series, ""),
    };
    let labels = labels.split("\",").filter(|label| !label.is_empty()).map(|label| {
        let (label, value) = label.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
        (label.to_owned(), value.trim_end_matches('"').to_owned())
    });
    Sample {
        name: name.to_owned(),
        labels: labels.collect(),
        value: value.parse().unwrap_or_else(|_| panic!("{line}")),
    }
}
