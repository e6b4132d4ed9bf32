//! What is measured, for Prometheus.
//!
//! [`catalogue`] has every metric there is, with its unit, labels and help text; nothing is measured under a name that is
//! not in it. The other files have one function for each thing that happens, so that whoever measures writes one line.
//!
//! # Guarantees
//!
//! - Until [`install`] was called, measuring is one look at a flag.
//! - Labels come from closed lists (marketplaces, classes, codes, statuses): none is a merchant, a store, a SKU or anything else
//!   that a caller can choose.
//! - What is measured is kept in a bounded number of bytes, also when nobody ever asks for it, as long as [`Page::tidy`] is
//!   called now and then.
//!
//! # Not guaranteed
//!
//! - That figures outlive the process: counters begin at zero with each start.
//! - That a write is counted once: what is counted within a transaction is counted again when that is run again after a
//!   conflict. The help texts say where.

pub mod catalogue;
mod edge;
mod page;
mod standing;
mod work;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use ::metrics::{counter, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};

use catalogue::{ALL, Kind};

pub use edge::{HttpRequest, Kind as OperationKind, Socket, Subscriber, Transport, operation};
pub use page::Page;
pub use standing::{Pool, Standing, build, worker_looked};
pub use work::{
    BEYOND_LIMIT, called, deleted, finished, given_up, listings_pushed, planned, planning, rescued, write_begun,
};

/// Nothing can be measured, and why.
#[derive(Debug)]
pub struct InstallError(String);

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing can be measured: {}", self.0)
    }
}

static IS_ON: AtomicBool = AtomicBool::new(false);

/// Whether anything is measured.
fn is_on() -> bool {
    IS_ON.load(Ordering::Relaxed)
}

/// Measures from now on, in the whole process. Called again, it returns the same page.
///
/// # Errors
/// Something else in the process already measures.
pub fn install() -> Result<Page, InstallError> {
    static PAGE: Mutex<Option<Page>> = Mutex::new(None);
    let mut page = PAGE.lock().unwrap_or_else(PoisonError::into_inner);
    match &*page {
        Some(page) => Ok(page.clone()),
        None => Ok(page.insert(begin()?).clone()),
    }
}

fn begin() -> Result<Page, InstallError> {
    let mut builder = PrometheusBuilder::new();
    for metric in ALL {
        if let Kind::Histogram(bounds) = metric.kind {
            builder = builder
                .set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), bounds)
                .map_err(|error| InstallError(error.to_string()))?;
        }
    }
    let recorder = builder.build_recorder();
    let page = Page::new(recorder.handle());
    ::metrics::set_global_recorder(recorder).map_err(|error| InstallError(error.to_string()))?;
    for metric in ALL {
        match metric.kind {
            Kind::Counter => describe_counter!(metric.name, metric.unit, metric.text()),
            Kind::Gauge => describe_gauge!(metric.name, metric.unit, metric.text()),
            Kind::Histogram(_) => describe_histogram!(metric.name, metric.unit, metric.text()),
        }
        // A counter that has not counted yet is zero, not missing: a rate over its first event would be none otherwise.
        if metric.kind == Kind::Counter && metric.labels.is_empty() {
            counter!(metric.name).absolute(0);
        }
    }
    work::begin();
    edge::begin();
    IS_ON.store(true, Ordering::Relaxed);
    Ok(page)
}
