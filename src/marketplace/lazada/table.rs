//! What Lazada's codes mean.
//!
//! 500 and 501 say nothing by themselves: what matters is the business code, which stands in the message or in the details.
//! That is why most lines look at the message, where the details' codes are put.

use entity::types::AttemptOutcome as A;
use entity::types::FailureCode as C;

use super::super::table::{Line, line};

/// In the order in which it is read. What no document of the project's confirms is listed in `docs/marketplaces.md`.
pub(super) const TABLE: &[Line] = &[
    line("", "thd_ic_err_f_ic_ability_pg_003", A::Deferred, C::PromotionLocked),
    line("", "thd_ic_err_f_ic_ability_pg_004", A::Deferred, C::PromotionLocked),
    line("THD_IC_ERR_F_IC_ABILITY_PG_003*", "", A::Deferred, C::PromotionLocked),
    line("THD_IC_ERR_F_IC_ABILITY_PG_004*", "", A::Deferred, C::PromotionLocked),
    line("4170", "", A::Deferred, C::PromotionLocked),
    line("", "e0501", A::Deferred, C::StockReserved),
    line("E0501", "", A::Deferred, C::StockReserved),
    line(
        "",
        "negative sellable on channel inventory",
        A::Deferred,
        C::StockReserved,
    ),
    // Unconfirmed from here on.
    line("ApiCallLimit", "", A::Throttled, C::Throttled),
    line("SellerCallLimit", "", A::Throttled, C::Throttled),
    line("AppCallLimit", "", A::Throttled, C::Throttled),
    line("901", "", A::Throttled, C::Throttled),
    line("IllegalAccessToken", "", A::Auth, C::CredentialsRefused),
    line("InvalidAccessToken", "", A::Auth, C::CredentialsRefused),
    line("IllegalRefreshToken", "", A::Auth, C::CredentialsRefused),
    line("AUTH_TYPE_UNSUPPORTED", "", A::Auth, C::CredentialsRefused),
    line("IncompleteSignature", "", A::Auth, C::SignatureRefused),
    line("InsufficientPermission", "", A::Auth, C::PermissionMissing),
    line("AppWhiteIpLimit", "", A::Auth, C::ServerNotAllowed),
    // What timed out there may still be applied.
    line("ServiceTimeout", "", A::Ambiguous, C::TimedOut),
    line("6", "", A::Transient, C::MarketplaceError),
    line("513", "", A::Transient, C::MarketplaceError),
    line("1000", "", A::Transient, C::MarketplaceError),
    // Switched off for the length of a campaign.
    line("998", "", A::Deferred, C::MarketplaceError),
];

#[cfg(test)]
mod tests {
    use super::super::super::table::classify;
    use super::*;

    #[test]
    fn codes_mean_what_the_documents_say() {
        for (code, message, class, reason) in [
            (
                "501",
                "THD_IC_ERR_F_IC_ABILITY_PG_004:THD_IC_ERR_F_IC_ABILITY_PG_004",
                A::Deferred,
                C::PromotionLocked,
            ),
            (
                "501",
                "THD_IC_ERR_F_IC_ABILITY_PG_003: Sku edit was blocked by tag",
                A::Deferred,
                C::PromotionLocked,
            ),
            ("THD_IC_ERR_F_IC_ABILITY_PG_003", "", A::Deferred, C::PromotionLocked),
            (
                "E0501",
                "below the campaign's allocation",
                A::Deferred,
                C::StockReserved,
            ),
            (
                "500",
                "E0501: below the campaign's allocation",
                A::Deferred,
                C::StockReserved,
            ),
            (
                "501",
                "negative sellable on channel inventory",
                A::Deferred,
                C::StockReserved,
            ),
            (
                "ApiCallLimit",
                "this ban will last 1 seconds",
                A::Throttled,
                C::Throttled,
            ),
            (
                "IllegalAccessToken",
                "invalid or expired",
                A::Auth,
                C::CredentialsRefused,
            ),
            ("IncompleteSignature", "", A::Auth, C::SignatureRefused),
        ] {
            let failure = classify(TABLE, code, message);
            assert_eq!((failure.class, failure.code), (class, reason), "{code} {message}");
        }
    }

    #[test]
    fn the_generic_codes_say_nothing_by_themselves() {
        for (code, message) in [
            ("500", "System error"),
            ("501", "E501: Update product failed"),
            ("16", ""),
            ("0501", ""),
        ] {
            let failure = classify(TABLE, code, message);
            assert_eq!((failure.class, failure.code), (A::Transient, C::Unrecognised), "{code}");
        }
    }
}
