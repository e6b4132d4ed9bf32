//! The page that Prometheus reads.

use std::fmt;

use metrics_exporter_prometheus::PrometheusHandle;

/// All that was measured, in Prometheus' text format.
#[derive(Clone)]
pub struct Page(PrometheusHandle);

impl Page {
    pub(super) fn new(handle: PrometheusHandle) -> Self {
        Self(handle)
    }

    /// The page as it stands.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Sums up the single values that histograms were told, which are kept until then.
    pub fn tidy(&self) {
        self.0.run_upkeep();
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Page")
    }
}
