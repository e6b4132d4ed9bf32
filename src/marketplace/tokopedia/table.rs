//! What Tokopedia says of rows and calls. Its documents name one code and a few texts; other texts are not recognised, and
//! are shown as they came.

use entity::types::{AttemptOutcome as A, FailureCode as C};

use super::super::table::{Line, line};

/// Read in order; the first line that fits decides.
pub(super) const TABLE: &[Line] = &[
    line("ERR_TOO_MANY_REQUEST", "", A::Throttled, C::Throttled),
    line("", "invalid sku", A::Permanent, C::ListingNotFound),
    line("", "invalid product id", A::Permanent, C::ListingNotFound),
    line("", "problem with our server", A::Transient, C::MarketplaceError),
];
