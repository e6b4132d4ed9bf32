//! One value against its type.

use std::collections::HashMap;

use async_graphql::parser::types::{BaseType, InputObjectType, Type, TypeKind};
use async_graphql_value::Value;

use super::{Types, scalars};
use crate::domain::text;

/// The input field below which nothing is repeated, as most of it is secret.
const SECRETS: &str = "connection";

/// Where each variable was seen first: the argument, and the fields below it.
pub(super) type Uses = HashMap<String, String>;

/// A value that its type cannot hold.
#[derive(Debug)]
pub(super) struct Bad {
    place: Place,
    shown: String,
    fault: String,
}

impl Bad {
    /// Names the place and the value, and says what is expected.
    pub(super) fn message(&self) -> String {
        let Self { place, shown, fault } = self;
        match &place.variable {
            Some(variable) => format!(
                "{}: {shown} {fault}; it was given in the variable ${variable}",
                place.path
            ),
            None => format!("{}: {shown} {fault}", place.path),
        }
    }
}

/// Where a value stands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    path: String,
    variable: Option<String>,
}

impl Place {
    /// The value of an argument.
    pub(super) fn argument(name: &str) -> Self {
        Self {
            path: name.to_owned(),
            variable: None,
        }
    }

    /// The value of a variable, which is used at a place.
    pub(super) fn variable(name: &str, used_at: Option<&String>) -> Self {
        Self {
            path: used_at.cloned().unwrap_or_else(|| format!("${name}")),
            variable: Some(name.to_owned()),
        }
    }

    fn below(&self, part: impl std::fmt::Display) -> Self {
        Self {
            path: format!("{}.{part}", self.path),
            variable: self.variable.clone(),
        }
    }

    fn is_secret(&self) -> bool {
        self.path.split('.').any(|part| part == SECRETS)
    }
}

/// The name in a type, whatever lists are around it.
pub(super) fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(inner) => named(inner),
    }
}

/// Everything in a value that its type cannot hold. What a variable stands for is not looked at here; where it is used
/// is noted.
pub(super) fn check(types: &Types, ty: &Type, value: &Value, place: Place, uses: &mut Uses) -> Vec<Bad> {
    let mut checker = Checker {
        types,
        uses,
        bad: Vec::new(),
    };
    checker.value(ty, value, place);
    checker.bad
}

struct Checker<'c> {
    types: &'c Types,
    uses: &'c mut Uses,
    bad: Vec<Bad>,
}

impl Checker<'_> {
    fn value(&mut self, ty: &Type, value: &Value, place: Place) {
        if self.bad.len() >= super::MOST {
            return;
        }
        match (value, &ty.base) {
            (Value::Variable(name), _) => {
                self.uses.entry(name.to_string()).or_insert(place.path);
            }
            (Value::Null, _) if ty.nullable => {}
            (Value::Null, _) => self.refuse(place, value, format!("is not allowed; {ty} is expected")),
            (Value::List(items), BaseType::List(inner)) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(inner, item, place.below(index));
                }
            }
            // One value stands for a list of it.
            (_, BaseType::List(inner)) => self.value(inner, value, place),
            (_, BaseType::Named(name)) => self.named(name, value, place),
        }
    }

    fn named(&mut self, name: &str, value: &Value, place: Place) {
        match self.types.kinds.get(name) {
            Some(TypeKind::InputObject(object)) => match value {
                Value::Object(_) => self.object(name, object, value, &place),
                _ => self.refuse(place, value, format!("is not an object; {name} is expected")),
            },
            Some(TypeKind::Enum(ty)) => {
                let is_one = |word: &str| ty.values.iter().any(|known| known.node.value.node == word);
                let is_known = match value {
                    Value::Enum(word) => is_one(word),
                    Value::String(word) => is_one(word),
                    _ => false,
                };
                if !is_known {
                    self.refuse(place, value, format!("is not a value of the enum {name}"));
                }
            }
            // Those that every schema has are not declared.
            Some(TypeKind::Scalar) | None => {
                if let Err(expected) = scalars::check(name, value) {
                    self.refuse(place, value, expected);
                }
            }
            // Not a type of inputs: validation says so.
            _ => {}
        }
    }

    fn object(&mut self, name: &str, object: &InputObjectType, value: &Value, place: &Place) {
        let Value::Object(given) = value else { return };
        for field in &object.fields {
            let (field, ty) = (&field.node, &field.node.ty.node);
            let place = || place.below(&field.name.node);
            match given.get(&field.name.node) {
                Some(value) => self.value(ty, value, place()),
                None if ty.nullable || field.default_value.is_some() => {}
                None => self.missing(place(), ty),
            }
        }
        if self.types.one_of.contains(name) && (given.len() != 1 || given.values().any(|value| *value == Value::Null)) {
            let fields: Vec<&str> = object
                .fields
                .iter()
                .map(|field| field.node.name.node.as_str())
                .collect();
            self.bad.push(Bad {
                place: place.clone(),
                shown: format!("{name} with {} fields", given.len()),
                fault: format!("was given; exactly one of {} is expected", fields.join(", ")),
            });
        }
        for field in given.keys() {
            if !object.fields.iter().any(|known| known.node.name.node == *field) {
                let shown = text::shown(field);
                self.bad.push(Bad {
                    place: place.clone(),
                    shown,
                    fault: format!("is not a field of {name}"),
                });
            }
        }
    }

    fn missing(&mut self, place: Place, ty: &Type) {
        self.bad.push(Bad {
            place,
            shown: "nothing".to_owned(),
            fault: format!("was given; {ty} is expected"),
        });
    }

    fn refuse(&mut self, place: Place, value: &Value, fault: String) {
        let shown = match place.is_secret() {
            true => "the value".to_owned(),
            false => shown(value),
        };
        self.bad.push(Bad { place, shown, fault });
    }
}

/// A value in short.
fn shown(value: &Value) -> String {
    match value {
        Value::Variable(name) => format!("${name}"),
        Value::Null => "null".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(value) => text::shown(value),
        Value::Boolean(value) => value.to_string(),
        Value::Binary(_) => "binary data".to_owned(),
        Value::Enum(word) => text::shown(word),
        Value::List(items) => format!("a list of {}", items.len()),
        Value::Object(_) => "an object".to_owned(),
    }
}
