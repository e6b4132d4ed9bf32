//! Values that no caller means well with, by the type that is asked for them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::places::{Good, Schema, Spot};

/// A value, and what has to become of it.
#[derive(Debug, Clone)]
pub(super) struct Hostile {
    pub(super) value: Value,
    /// Whether the type cannot hold it: then the request is refused. Otherwise it may be taken or not.
    pub(super) is_foul: bool,
}

fn foul(value: Value) -> Hostile {
    Hostile { value, is_foul: true }
}

fn odd(value: Value) -> Hostile {
    Hostile { value, is_foul: false }
}

/// Everything that is tried at a place.
pub(super) fn values(schema: &Schema, spot: &Spot, good: &Good) -> Vec<Hostile> {
    let mut values = match spot.ty.as_str() {
        "String" => texts(),
        "ID" => ids(good),
        "Int" => ints(),
        "Boolean" => fouls(&[json!("true"), json!(0), json!([[true]]), json!({})]),
        "DateTime" => times(),
        "Percent" => percents(),
        ty if schema.is_enum(ty) => fouls(&[
            json!("NOPE"),
            json!(""),
            json!("pending"),
            json!(5),
            json!(true),
            json!({}),
            json!("O'Brien"),
        ]),
        ty if schema.is_input(ty) => fouls(&[
            json!("x"),
            json!(5),
            json!([["x"]]),
            json!({ "nothing": 1 }),
            json!({ "": 1 }),
        ]),
        ty => panic!("say in input/hostile.rs what is tried for the scalar {ty}"),
    };
    if spot.is_list {
        values = values.iter().map(in_list).collect();
        values.push(odd(json!([])));
        values.push(foul(json!([null])));
        if matches!(spot.ty.as_str(), "String" | "ID") {
            let many: Vec<String> = (0..10_001).map(|number| format!("many-{number}")).collect();
            values.extend([odd(json!(many)), odd(json!(["A", "A"])), odd(json!(["", "", " "]))]);
        }
    }
    if spot.is_required {
        values.push(foul(Value::Null));
    }
    if spot.path.len() == 1 && (spot.path[0] == "after" || spot.path[0] == "before") {
        values.extend(cursors(good));
    }
    values
}

fn fouls(values: &[Value]) -> Vec<Hostile> {
    values.iter().cloned().map(foul).collect()
}

fn in_list(hostile: &Hostile) -> Hostile {
    Hostile {
        value: json!([hostile.value]),
        is_foul: hostile.is_foul,
    }
}

/// Texts that are hard to store, to compare, to show or to put into a statement.
fn hard_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        "   ",
        "a\0b",
        "a\u{1b}[31mb",
        "a\r\nb",
        "O'Brien \"and\" sons",
        "100%",
        "a_b",
        "a\\b\\",
        "'; DROP TABLE store; --",
        "\u{202e}abc\u{200f}\u{5e9}\u{5dc}",
        "\u{301}",
        "e\u{301}",
        "\u{e9}",
        "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "\u{feff}\u{ffff}",
        "\u{7f}\u{85}",
        "${x} {{x}} %s %n",
    ]
    .map(str::to_owned)
    .into();
    texts.extend(["x".repeat(10_000), "\u{e9}".repeat(100_000)]);
    texts
}

fn texts() -> Vec<Hostile> {
    let mut values: Vec<Hostile> = hard_texts().into_iter().map(|text| odd(json!(text))).collect();
    values.extend(fouls(&[
        json!(7),
        json!(1e300),
        json!(true),
        json!([["x"]]),
        json!({ "a": 1 }),
    ]));
    values
}

fn ids(good: &Good) -> Vec<Hostile> {
    let mut values: Vec<Hostile> = hard_texts().into_iter().map(|text| odd(json!(text))).collect();
    values.extend(mangled(&good.rule));
    values.extend([odd(json!(good.store_sku)), odd(json!(good.manual_sync)), odd(json!(7))]);
    values.extend(fouls(&[json!(true), json!([["x"]]), json!({ "a": 1 })]));
    values
}

fn ints() -> Vec<Hostile> {
    let mut values: Vec<Hostile> = [-1, 0, 101, i32::MAX, i32::MIN].map(|number| odd(json!(number))).into();
    values.extend(fouls(&[
        json!(2_147_483_648_i64),
        json!(-2_147_483_649_i64),
        json!(u64::MAX),
        json!(1e300),
        json!(1.5),
        json!("5"),
        json!("NaN"),
        json!(true),
        json!([[1]]),
        json!({}),
    ]));
    values
}

fn times() -> Vec<Hostile> {
    let odd_ones = [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "2016-12-31T23:59:60Z",
        "2026-01-01t00:00:00-23:59",
    ];
    let foul_ones = [
        "0000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "+10000-01-01T00:00:00Z",
        "+262142-01-01T00:00:00Z",
        "",
        "garbage",
        "+999999-01-01T00:00:00Z",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "1767225600",
    ];
    let mut values: Vec<Hostile> = odd_ones.map(|time| odd(json!(time))).into();
    values.extend(foul_ones.map(|time| foul(json!(time))));
    values.extend(fouls(&[
        json!(1_767_225_600),
        json!(true),
        json!("2".repeat(10_000)),
        json!({}),
    ]));
    values
}

fn percents() -> Vec<Hostile> {
    let mut values: Vec<Hostile> = [json!(0), json!(2000), json!("33.33")].map(odd).into();
    values.extend(fouls(&[
        json!(-1),
        json!(2000.01),
        json!(33.333),
        json!(1e300),
        json!("NaN"),
        json!("Infinity"),
        json!("80%"),
        json!(""),
        json!(true),
        json!({}),
        json!("9".repeat(10_000)),
    ]));
    values
}

fn cursors(good: &Good) -> Vec<Hostile> {
    // A subscription's cursor of a time in year 0, and one beyond year 9999.
    let at = |micros: i64| {
        let mut bytes = micros.to_be_bytes().to_vec();
        bytes.extend([7; 16]);
        URL_SAFE_NO_PAD.encode(bytes)
    };
    let mut values = mangled(&good.rule);
    values.extend(
        [
            at(-62_150_000_000_000_000),
            at(253_402_300_800_000_000),
            at(i64::MAX),
            URL_SAFE_NO_PAD.encode([0xff; 40_000]),
        ]
        .map(|cursor| odd(json!(cursor))),
    );
    values
}

/// A good opaque text that was cut, extended, flipped, and written in another alphabet.
fn mangled(good: &str) -> Vec<Hostile> {
    let bytes = URL_SAFE_NO_PAD.decode(good).unwrap();
    let flipped = |place: usize| {
        let mut bytes = bytes.clone();
        bytes[place] ^= 0x80;
        URL_SAFE_NO_PAD.encode(bytes)
    };
    let texts = [
        good[..good.len() / 2].to_owned(),
        good[..good.len() - 1].to_owned(),
        format!("{good}A"),
        format!("{good}=="),
        format!(" {good}"),
        flipped(0),
        flipped(bytes.len() - 1),
    ];
    texts.map(|text| odd(json!(text))).into()
}
