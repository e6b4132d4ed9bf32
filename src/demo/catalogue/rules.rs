//! The demo's sync rules: one of every kind.

use entity::types::Rounding;

use super::{JAKARTA, LAZADA, Product, Range, SHOPEE, SURABAYA, TOKOPEDIA, skus_of};
use crate::domain::rule::PERCENT;
use crate::sync::rules::{RuleInput, SellOutInput};

/// No rule covers this product on Tokopedia.
const NOT_COVERED: &str = "MUKENA";

/// All rules, those with the lowest priority first.
pub(in crate::demo) fn rules() -> Vec<RuleInput> {
    let mut rules = of_one_store();
    rules.extend(of_one_range());
    rules.push(campaign());
    rules
}

/// A rule for every store: the plain cases.
fn of_one_store() -> Vec<RuleInput> {
    let tokopedia = skus_of(|product| product.code != NOT_COVERED);
    vec![
        RuleInput {
            stores: codes(&[SHOPEE]),
            ..plain("Shopee: seluruh stok")
        },
        RuleInput {
            stores: codes(&[LAZADA]),
            percent_hundredths: 80 * PERCENT,
            rounding: Rounding::Nearest,
            ..plain("Lazada: 80 %, sisanya cadangan")
        },
        RuleInput {
            stores: codes(&[TOKOPEDIA]),
            skus: Some(tokopedia),
            warehouses: vec![JAKARTA.to_owned()],
            offset: 5,
            ..plain("Tokopedia: gudang Jakarta + 5")
        },
    ]
}

/// Rules that take ranges of goods out of the plain cases.
fn of_one_range() -> Vec<RuleInput> {
    let is_shirt = |product: &Product| product.code.starts_with("KAOS");
    let is_coffee = |product: &Product| product.code.starts_with("KOPI");
    let is_fashion = |product: &Product| product.range == Range::Fashion && product.code != NOT_COVERED;
    vec![
        RuleInput {
            priority: 10,
            skus: Some(skus_of(is_fashion)),
            offset: -3,
            ..plain("Fashion: 3 disimpan untuk toko fisik")
        },
        RuleInput {
            priority: 15,
            stores: codes(&[SHOPEE, LAZADA]),
            skus: Some(skus_of(is_coffee)),
            percent_hundredths: 3_333,
            rounding: Rounding::Up,
            ..plain("Kopi: sepertiga per toko")
        },
        RuleInput {
            priority: 20,
            skus: Some(skus_of(|product| product.range == Range::Electronics)),
            percent_hundredths: 150 * PERCENT,
            ..plain("Elektronik: dropship 150 %")
        },
        RuleInput {
            priority: 30,
            skus: Some(skus_of(is_shirt)),
            sell_out: Some(SellOutInput {
                threshold: 10,
                exempt_store: Some(SHOPEE.to_owned()),
            }),
            ..plain("Kaos hampir habis: Shopee dulu")
        },
    ]
}

/// A rule that waits to be switched on.
fn campaign() -> RuleInput {
    RuleInput {
        is_enabled: false,
        priority: 100,
        offset: 200,
        ..plain("Kampanye 12.12: + 200 di semua toko")
    }
}

/// 100 % of both warehouses, all stores and all SKUs, rounded down.
fn plain(name: &str) -> RuleInput {
    RuleInput {
        name: name.to_owned(),
        is_enabled: true,
        priority: 0,
        stores: None,
        skus: None,
        warehouses: vec![JAKARTA.to_owned(), SURABAYA.to_owned()],
        percent_hundredths: 100 * PERCENT,
        offset: 0,
        rounding: Rounding::Down,
        sell_out: None,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it fills a field that may be none")]
fn codes(codes: &[&str]) -> Option<Vec<String>> {
    Some(codes.iter().map(|code| (*code).to_owned()).collect())
}
