//! What TikTok Shop's codes mean.

use entity::types::AttemptOutcome as A;
use entity::types::FailureCode as C;

use super::super::table::{Line, line};

/// In the order in which it is read. What no document of the project's confirms is listed in `docs/marketplaces.md`.
pub(super) const TABLE: &[Line] = &[
    line("", "fbt products", A::Permanent, C::StockManagedElsewhere),
    // Of the products.
    line("12019022", "", A::Permanent, C::LocationNotFound),
    line("12019028", "", A::Permanent, C::LocationRequired),
    line("12019113", "", A::Permanent, C::ListingNotEditable),
    line("12052901", "", A::Permanent, C::ListingNotEditable),
    line("12052031", "", A::Permanent, C::ListingNotFound),
    line("12052032", "", A::Permanent, C::ListingNotFound),
    line("12052048", "", A::Permanent, C::ListingNotFound),
    line("12052036", "", A::Permanent, C::VariantRequired),
    line("12019024", "", A::Permanent, C::QuantityRejected),
    line("12019004", "", A::Permanent, C::Rejected),
    // Of the gateway. They stand before 360*, which they are not meant by.
    line("36009002", "", A::Throttled, C::Throttled),
    line("36009037", "", A::Throttled, C::Throttled),
    line("36009003", "", A::Transient, C::MarketplaceError),
    // Used for several faults; the message tells them apart.
    line("36009004", "token", A::Auth, C::CredentialsRefused),
    line("36009004", "", A::Transient, C::Unrecognised),
    // Of the authorisation.
    line("105005", "", A::Auth, C::PermissionMissing),
    line("105*", "", A::Auth, C::CredentialsRefused),
    line("360*", "", A::Auth, C::CredentialsRefused),
    line("106001", "", A::Auth, C::SignatureRefused),
];

#[cfg(test)]
mod tests {
    use super::super::super::table::classify;
    use super::*;

    #[test]
    fn codes_mean_what_the_documents_say() {
        for (code, message, class, reason) in [
            ("105001", "", A::Auth, C::CredentialsRefused),
            ("105002", "Expired credentials", A::Auth, C::CredentialsRefused),
            ("105005", "Access denied", A::Auth, C::PermissionMissing),
            ("36004001", "", A::Auth, C::CredentialsRefused),
            (
                "36004005",
                "can not find related auth record",
                A::Auth,
                C::CredentialsRefused,
            ),
            ("106001", "sign is invalid", A::Auth, C::SignatureRefused),
            ("12019022", "", A::Permanent, C::LocationNotFound),
            ("12019113", "", A::Permanent, C::ListingNotEditable),
            (
                "12052048",
                "You can't edit other sellers' products",
                A::Permanent,
                C::ListingNotFound,
            ),
            ("12052901", "", A::Permanent, C::ListingNotEditable),
            ("12019004", "", A::Permanent, C::Rejected),
            ("12019024", "", A::Permanent, C::QuantityRejected),
            ("99", "No such thing", A::Transient, C::Unrecognised),
        ] {
            let failure = classify(TABLE, code, message);
            assert_eq!((failure.class, failure.code), (class, reason), "{code}");
        }
    }

    #[test]
    fn the_message_goes_before_the_code() {
        let message = "FBT products don't support update inventory in each warehouse";
        assert_eq!(classify(TABLE, "12052037", message).code, C::StockManagedElsewhere);
        assert_eq!(classify(TABLE, "36009004", "Invalid access token").class, A::Auth);
        assert_eq!(classify(TABLE, "36009004", "Invalid path").class, A::Transient);
    }

    #[test]
    fn what_the_gateway_says_of_itself_is_not_about_the_token() {
        assert_eq!(classify(TABLE, "36009002", "Too many requests").class, A::Throttled);
        assert_eq!(classify(TABLE, "36009003", "Internal error").class, A::Transient);
    }
}
