//! What Shopify's codes mean.
//!
//! `HTTP` and a number stand for a status whose body has no code.

use entity::types::{AttemptOutcome as A, FailureCode as C};

use super::super::table::{Line, line};

/// In the order in which it is read.
pub(super) const TABLE: &[Line] = &[
    // Of the whole call.
    line("THROTTLED", "", A::Throttled, C::Throttled),
    line("", "throttled", A::Throttled, C::Throttled),
    line("ACCESS_DENIED", "", A::Auth, C::PermissionMissing),
    line("SHOP_INACTIVE", "", A::Auth, C::ShopBanned),
    line("INTERNAL_SERVER_ERROR", "", A::Transient, C::MarketplaceError),
    line("IDEMPOTENCY_CONCURRENT_REQUEST", "", A::Transient, C::MarketplaceError),
    line(
        "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED",
        "",
        A::Transient,
        C::MarketplaceError,
    ),
    // Each call has a key of its own, so another call mends it.
    line(
        "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
        "",
        A::Transient,
        C::MarketplaceError,
    ),
    // The shop owes Shopify money; it is suspected of fraud; it is locked; the call looked like an attack.
    line("HTTP 402", "", A::Auth, C::ShopBanned),
    line("HTTP 403", "", A::Auth, C::PermissionMissing),
    line("HTTP 404", "", A::Auth, C::ShopNotLinked),
    line("HTTP 423", "", A::Transient, C::MarketplaceError),
    line("HTTP 430", "", A::Transient, C::MarketplaceError),
    // Of a row.
    line("CHANGE_FROM_QUANTITY_STALE", "", A::Transient, C::QuantityChanged),
    line("COMPARE_QUANTITY_STALE", "", A::Transient, C::QuantityChanged),
    line("INVALID_INVENTORY_ITEM", "", A::Permanent, C::VariantNotFound),
    line("INVALID_LOCATION", "", A::Permanent, C::LocationNotFound),
    line("ITEM_NOT_STOCKED_AT_LOCATION", "", A::Permanent, C::LocationNotFound),
    line("NON_MUTABLE_INVENTORY_ITEM", "", A::Permanent, C::ListingNotEditable),
    line("INVALID_QUANTITY*", "", A::Permanent, C::QuantityRejected),
    line(
        "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
        "",
        A::Permanent,
        C::Rejected,
    ),
    line("INVALID_*", "", A::Permanent, C::Rejected),
];

#[cfg(test)]
mod tests {
    use super::super::super::table::classify;
    use super::*;

    #[test]
    fn special_codes_stand_before_general_ones() {
        for (code, class, reason) in [
            ("INVALID_INVENTORY_ITEM", A::Permanent, C::VariantNotFound),
            ("INVALID_LOCATION", A::Permanent, C::LocationNotFound),
            ("INVALID_QUANTITY_TOO_HIGH", A::Permanent, C::QuantityRejected),
            ("INVALID_REASON", A::Permanent, C::Rejected),
            ("CHANGE_FROM_QUANTITY_STALE", A::Transient, C::QuantityChanged),
            ("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", A::Transient, C::MarketplaceError),
            ("THROTTLED", A::Throttled, C::Throttled),
            ("SOMETHING_NEW", A::Transient, C::Unrecognised),
        ] {
            let failure = classify(TABLE, code, "");
            assert_eq!((failure.class, failure.code), (class, reason), "{code}");
        }
    }
}
