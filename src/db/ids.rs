//! Lists of ids in statements: one value however many there are, so that a statement has one text and is prepared once.

use sea_orm::DbBackend;
use sea_orm::sea_query::Expr;
use uuid::Uuid;

/// The column, or other expression, is one of these ids.
pub(super) fn among(backend: DbBackend, column: Expr, ids: &[Uuid]) -> Expr {
    let (template, list) = match backend {
        DbBackend::Sqlite => ("? IN (SELECT unhex(value) FROM json_each(?))", json(ids)),
        _ => ("$1 = ANY (CAST($2 AS uuid[]))", array(ids)),
    };
    Expr::cust_with_exprs(template, [column, Expr::val(list)])
}

/// As a JSON array of hexadecimal texts.
fn json(ids: &[Uuid]) -> String {
    let mut text = String::with_capacity(ids.len() * 35 + 2);
    text.push('[');
    for (place, id) in ids.iter().enumerate() {
        text.push_str(if place == 0 { "\"" } else { "\",\"" });
        text.push_str(id.simple().encode_lower(&mut Uuid::encode_buffer()));
    }
    text.push_str(if ids.is_empty() { "]" } else { "\"]" });
    text
}

/// As an array of PostgreSQL's.
fn array(ids: &[Uuid]) -> String {
    let mut text = String::with_capacity(ids.len() * 33 + 2);
    text.push('{');
    for (place, id) in ids.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(id.simple().encode_lower(&mut Uuid::encode_buffer()));
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_written_in_each_database_s_own_way() {
        let ids = [Uuid::from_u128(1), Uuid::from_u128(0xab)];
        let (one, two) = ("00000000000000000000000000000001", "000000000000000000000000000000ab");
        assert_eq!(json(&ids), format!("[\"{one}\",\"{two}\"]"));
        assert_eq!(array(&ids), format!("{{{one},{two}}}"));
        assert_eq!((json(&[]), array(&[])), ("[]".to_owned(), "{}".to_owned()));
    }
}
