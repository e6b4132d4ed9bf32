//! What WooCommerce's and WordPress's codes mean.
//!
//! The same code stands for a wrong key, a wrong signature and a missing permission; the message tells them apart, where the
//! site speaks English.

use entity::types::{AttemptOutcome as A, FailureCode as C};

use super::super::table::{Line, line};

const AUTHENTICATION: &str = "woocommerce_rest_authentication_error";

/// In the order in which it is read.
pub(super) const TABLE: &[Line] = &[
    // The next call has another nonce.
    line(AUTHENTICATION, "invalid nonce", A::Transient, C::MarketplaceError),
    line(AUTHENTICATION, "invalid signature", A::Auth, C::SignatureRefused),
    // The site's clock and ours are more than 15 minutes apart.
    line(AUTHENTICATION, "invalid timestamp", A::Auth, C::SignatureRefused),
    line(AUTHENTICATION, "permission", A::Auth, C::PermissionMissing),
    line(AUTHENTICATION, "cannot be used", A::Auth, C::PermissionMissing),
    line("woocommerce_rest_authentication_*", "", A::Auth, C::CredentialsRefused),
    line("woocommerce_rest_cannot_*", "", A::Auth, C::PermissionMissing),
    line("rest_forbidden*", "", A::Auth, C::PermissionMissing),
    line("rest_not_logged_in", "", A::Auth, C::CredentialsRefused),
    line(
        "woocommerce_rest_product_variation_invalid_id",
        "",
        A::Permanent,
        C::VariantNotFound,
    ),
    line(
        "woocommerce_rest_variation_invalid_id",
        "",
        A::Permanent,
        C::VariantNotFound,
    ),
    line(
        "woocommerce_rest_product_invalid_id",
        "",
        A::Permanent,
        C::ListingNotFound,
    ),
    // A variation that was sent as a product.
    line(
        "woocommerce_rest_invalid_product_id",
        "",
        A::Permanent,
        C::ListingNotFound,
    ),
    // Only where the site has lowered the limit: other listings may be in the next call, and fewer.
    line(
        "woocommerce_rest_request_entity_too_large",
        "",
        A::Transient,
        C::Rejected,
    ),
    line("rest_invalid_param", "", A::Permanent, C::Rejected),
    line("rest_missing_callback_param", "", A::Permanent, C::Rejected),
    // While WooCommerce is being updated or is switched off.
    line("rest_no_route", "", A::Transient, C::MarketplaceError),
    line("internal_server_error", "", A::Transient, C::MarketplaceError),
];

#[cfg(test)]
mod tests {
    use super::super::super::table::classify;
    use super::*;

    #[test]
    fn the_message_tells_what_is_wrong_with_the_keys() {
        for (message, class, reason) in [
            ("Consumer key is invalid.", A::Auth, C::CredentialsRefused),
            ("Consumer secret is invalid.", A::Auth, C::CredentialsRefused),
            (
                "Invalid signature - provided signature does not match.",
                A::Auth,
                C::SignatureRefused,
            ),
            ("Invalid timestamp.", A::Auth, C::SignatureRefused),
            (
                "Invalid nonce - nonce has already been used.",
                A::Transient,
                C::MarketplaceError,
            ),
            (
                "The API key provided does not have write permissions.",
                A::Auth,
                C::PermissionMissing,
            ),
            ("Schlüssel ungültig.", A::Auth, C::CredentialsRefused),
        ] {
            let failure = classify(TABLE, AUTHENTICATION, message);
            assert_eq!((failure.class, failure.code), (class, reason), "{message}");
        }
    }

    #[test]
    fn an_unknown_product_is_told_from_an_unknown_variation() {
        for (code, class, reason) in [
            ("woocommerce_rest_product_invalid_id", A::Permanent, C::ListingNotFound),
            (
                "woocommerce_rest_product_variation_invalid_id",
                A::Permanent,
                C::VariantNotFound,
            ),
            (
                "woocommerce_rest_authentication_missing_parameter",
                A::Auth,
                C::CredentialsRefused,
            ),
            ("woocommerce_rest_cannot_batch", A::Auth, C::PermissionMissing),
            ("woocommerce_rest_new", A::Transient, C::Unrecognised),
        ] {
            let failure = classify(TABLE, code, "");
            assert_eq!((failure.class, failure.code), (class, reason), "{code}");
        }
    }
}
