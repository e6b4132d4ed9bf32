//! Shopee's codes. They may come with a prefix, such as `product.error_param`.
//!
//! `error_auth` is about the caller or about the item; only its message tells. With a message that is in no line it is
//! not taken for a refused token, as that would stop the whole store for one item.

use entity::types::{AttemptOutcome as A, FailureCode as C};

use super::super::table::{Line, line};

/// Read in order; the first line that fits decides.
pub(super) const TABLE: &[Line] = &[
    // What is about the item, whatever the code.
    line("", "reserved stock", A::Deferred, C::StockReserved),
    line("", "reserve stock", A::Deferred, C::StockReserved),
    line("", "stock should be within", A::Permanent, C::QuantityRejected),
    line("", "lack of location_id", A::Permanent, C::LocationRequired),
    line("", "invalid stock location id", A::Permanent, C::LocationNotFound),
    line(
        "error_server",
        "normal stock must be equal to 0",
        A::Permanent,
        C::Rejected,
    ),
    line("", "wrong model_id", A::Permanent, C::VariantNotFound),
    line(
        "error_promotion_cantnot_update_stock",
        "",
        A::Deferred,
        C::PromotionLocked,
    ),
    line(
        "error_model_update_stock_model_in_promotion",
        "",
        A::Deferred,
        C::PromotionLocked,
    ),
    line("error_holiday_mode_change_stock", "", A::Deferred, C::HolidayMode),
    line("error_item_not_found", "", A::Permanent, C::ListingNotFound),
    line("error_item_not_belong_shop", "", A::Permanent, C::ListingNotFound),
    line("error_item_uneditable", "", A::Permanent, C::ListingNotEditable),
    line("error_busi_cannot_edit_vsku", "", A::Permanent, C::ListingNotEditable),
    line(
        "error_edit_item_stock_for_item_has_model",
        "",
        A::Permanent,
        C::VariantRequired,
    ),
    line(
        "error_wms_shop_block_upate_stock",
        "",
        A::Permanent,
        C::StockManagedElsewhere,
    ),
    line("error_seller_under_penalty", "", A::Permanent, C::SellerPenalized),
    // What is about the caller.
    line("", "invalid access_token", A::Auth, C::CredentialsRefused),
    line("invalid_acceess_token", "", A::Auth, C::CredentialsRefused),
    line("invalid_access_token", "", A::Auth, C::CredentialsRefused),
    line("error_sign", "", A::Auth, C::SignatureRefused),
    line("shop_no_linked", "", A::Auth, C::ShopNotLinked),
    line("shop_banned", "", A::Auth, C::ShopBanned),
    line("error_partner_key_expired", "", A::Auth, C::AppKeyExpired),
    line("source_ip_undeclared", "", A::Auth, C::ServerNotAllowed),
    line("error_perm_non_admin", "", A::Auth, C::PermissionMissing),
    line("error_auth", "access_token", A::Auth, C::CredentialsRefused),
    line("error_auth", "refresh_token", A::Auth, C::CredentialsRefused),
    // What passes.
    line("error_rate_limit", "", A::Throttled, C::Throttled),
    line("error_limit", "", A::Throttled, C::DailyLimit),
    line("error_network", "", A::Transient, C::MarketplaceError),
    line("error_server", "", A::Transient, C::MarketplaceError),
    line("error_inner", "", A::Transient, C::MarketplaceError),
    line("error_system_busy", "", A::Transient, C::MarketplaceError),
];

#[cfg(test)]
mod tests {
    use super::super::super::table::classify;
    use super::*;

    #[test]
    fn a_message_can_make_another_thing_of_a_code() {
        for (code, message, class, reason) in [
            (
                "error_server",
                "Something wrong, try later.",
                A::Transient,
                C::MarketplaceError,
            ),
            (
                "product.error_server",
                "The normal stock must be equal to 0",
                A::Permanent,
                C::Rejected,
            ),
            ("error_inner", "Inner error", A::Transient, C::MarketplaceError),
            (
                "error_inner",
                "Invalid stock location id",
                A::Permanent,
                C::LocationNotFound,
            ),
            (
                "product.error_param",
                "Wrong model_id: 7",
                A::Permanent,
                C::VariantNotFound,
            ),
            ("error_param", "another", A::Transient, C::Unrecognised),
            (
                "",
                "Stock should be within 0 and 999",
                A::Permanent,
                C::QuantityRejected,
            ),
        ] {
            let failure = classify(TABLE, code, message);
            assert_eq!((failure.class, failure.code), (class, reason), "{code} {message}");
        }
    }

    #[test]
    fn error_auth_is_also_about_items() {
        for (message, class, reason) in [
            ("Invalid access_token.", A::Auth, C::CredentialsRefused),
            ("Your access_token expired", A::Auth, C::CredentialsRefused),
            (
                "Stock should be larger than reserved stock",
                A::Deferred,
                C::StockReserved,
            ),
            ("Lack of location_id", A::Permanent, C::LocationRequired),
            ("No permission for this item", A::Transient, C::Unrecognised),
        ] {
            let failure = classify(TABLE, "error_auth", message);
            assert_eq!((failure.class, failure.code), (class, reason), "{message}");
        }
    }

    #[test]
    fn every_code_is_found_with_and_without_a_prefix() {
        for line in TABLE
            .iter()
            .filter(|line| !line.code.is_empty() && line.says.is_empty())
        {
            for code in [line.code.to_owned(), format!("product.{}", line.code)] {
                assert_eq!(classify(TABLE, &code, "").code, line.reason, "{code}");
            }
        }
    }
}
