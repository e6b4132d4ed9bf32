//! The dashboard, the alert rules and the documentation name the metrics that there are, and no others.
