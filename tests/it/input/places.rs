//! Every place in the served schema where a caller of a root field can put a value, and a good call around it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition,
};
use serde_json::{Value, json};

use crate::support::marketplace::Marketplace;

/// The types of the schema.
pub(super) struct Schema(HashMap<String, TypeKind>);

/// One place: an argument of a root field, or an input field below it.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) operation: &'static str,
    pub(super) field: String,
    /// The argument, then the input fields.
    pub(super) path: Vec<String>,
    /// The scalar, enum or input object that it takes.
    pub(super) ty: String,
    pub(super) is_list: bool,
    pub(super) is_required: bool,
}

/// What the good calls name.
pub(super) struct Good {
    pub(super) rule: String,
    pub(super) store: String,
    pub(super) store_sku: String,
    pub(super) manual_sync: String,
    endpoint: String,
    secret: String,
    /// What was made before has its name.
    serial: AtomicUsize,
}

impl Good {
    pub(super) fn new(
        rule: String,
        store: String,
        store_sku: String,
        manual_sync: String,
        market: &Marketplace,
    ) -> Self {
        Self {
            rule,
            store,
            store_sku,
            manual_sync,
            endpoint: market.endpoint(),
            secret: market.secret().to_owned(),
            serial: AtomicUsize::new(1),
        }
    }

    fn value(&self, key: &str) -> Option<Value> {
        Some(match key {
            "StockChangeInput.warehouse" | "WarehouseInput.code" => json!("w1"),
            "StockChangeInput.sku" | "ComponentInput.sku" | "StoreSkuInput.sku" | "WarehouseSkuInput.sku" => json!("A"),
            "StockChangeInput.available" => json!(5),
            "StockChangeInput.reason" => json!("STOCK_COUNTED"),
            "ResyncInput.storeSkuIds" => json!([self.store_sku]),
            "SyncManuallyInput.syncRuleId"
            | "SyncRuleNowInput.syncRuleId"
            | "UpdateSyncRuleInput.id"
            | "DeleteSyncRuleInput.id" => json!(self.rule),
            "Subscription.manualSyncProgress.id" => json!(self.manual_sync),
            "Query.node.id" => json!(self.rule),
            "Query.nodes.ids" => json!([self.rule]),
            "StoreInput.code" | "StoreSkuInput.store" => json!("s1"),
            "StoreInput.marketplace" => json!("SHOPEE"),
            "ConnectStoreInput.storeId"
            | "DisconnectStoreInput.storeId"
            | "PauseStoreInput.storeId"
            | "ResumeStoreInput.storeId"
            | "TestStoreConnectionInput.storeId" => json!(self.store),
            "ConnectStoreInput.connection" => {
                json!({ "custom": { "endpoint": self.endpoint, "signingSecret": self.secret } })
            }
            "StoreConnectionInput.endpoint"
            | "CustomConnectionInput.endpoint"
            | "WooCommerceConnectionInput.siteUrl" => {
                json!(self.endpoint)
            }
            "StoreConnectionInput.signingSecret" | "CustomConnectionInput.signingSecret" => json!(self.secret),
            "LazadaConnectionInput.region" => json!("sg"),
            "ShopifyConnectionInput.shopDomain" => json!("a.myshopify.com"),
            // The keys of a platform.
            key if key.contains("ConnectionInput.") && !key.starts_with("ConnectionInput.") => json!("1"),
            "ListingInput.productId" => json!("s1-A"),
            "StoreInput.name" | "WarehouseInput.name" | "WarehouseSkuInput.name" | "StoreSkuInput.productName" => {
                json!("a name")
            }
            "SetShortageMarkInput.skus" => json!(["A"]),
            "SetShortageMarkInput.isMarkedShort" => json!(false),
            "CreateSyncRuleInput.name" => json!(format!("rule {}", self.serial.fetch_add(1, Ordering::Relaxed))),
            "CreateSyncRuleInput.warehouses" => json!(["w1"]),
            "SellOutInput.threshold" => json!(1),
            _ => return None,
        })
    }
}

impl Schema {
    /// The schema that is served.
    pub(super) fn served() -> Self {
        let document = parse_schema(stock_sync::graphql::sdl()).unwrap();
        let types = document
            .definitions
            .into_iter()
            .filter_map(|definition| match definition {
                TypeSystemDefinition::Type(ty) => Some((ty.node.name.node.to_string(), ty.node.kind)),
                _ => None,
            });
        Self(types.collect())
    }

    fn fields(&self, owner: &str) -> Vec<&FieldDefinition> {
        match self.0.get(owner) {
            Some(TypeKind::Object(object)) => object.fields.iter().map(|field| &field.node).collect(),
            Some(TypeKind::Interface(interface)) => interface.fields.iter().map(|field| &field.node).collect(),
            _ => Vec::new(),
        }
    }

    fn inputs(&self, name: &str) -> Option<Vec<&InputValueDefinition>> {
        match self.0.get(name) {
            Some(TypeKind::InputObject(input)) => Some(input.fields.iter().map(|field| &field.node).collect()),
            _ => None,
        }
    }

    /// Whether a type is an enum.
    pub(super) fn is_enum(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(TypeKind::Enum(_)))
    }

    /// Whether a type is an input object.
    pub(super) fn is_input(&self, name: &str) -> bool {
        self.inputs(name).is_some()
    }

    /// Every place under a root.
    pub(super) fn spots(&self, root: &'static str) -> Vec<Spot> {
        let mut spots = Vec::new();
        for field in self.fields(root) {
            for argument in &field.arguments {
                self.collect(root, &field.name.node, &argument.node, &[], &mut spots);
            }
        }
        spots
    }

    fn collect(
        &self,
        operation: &'static str,
        field: &str,
        value: &InputValueDefinition,
        above: &[String],
        spots: &mut Vec<Spot>,
    ) {
        let mut path = above.to_vec();
        path.push(value.name.node.to_string());
        let ty = named(&value.ty.node).to_owned();
        for input in self.inputs(&ty).unwrap_or_default() {
            self.collect(operation, field, input, &path, spots);
        }
        spots.push(Spot {
            operation,
            field: field.to_owned(),
            path,
            ty,
            is_list: matches!(value.ty.node.base, BaseType::List(_)),
            is_required: is_required(value),
        });
    }

    /// The arguments of a good call, but for what stands at the spot.
    pub(super) fn arguments(&self, spot: &Spot, value: &Value, good: &Good) -> Value {
        let mut arguments = json!({});
        for argument in &self.field(spot).arguments {
            let argument = &argument.node;
            let name = argument.name.node.as_str();
            let at = (spot.path[0] == name).then_some((&spot.path[1..], value));
            if at.is_some() || is_required(argument) {
                let key = format!("{}.{}.{name}", spot.operation, spot.field);
                arguments[name] = self.value(&argument.ty.node, &key, at, good);
            }
        }
        arguments
    }

    fn field(&self, spot: &Spot) -> &FieldDefinition {
        let fields = self.fields(spot.operation);
        let found = fields.into_iter().find(|field| field.name.node == spot.field.as_str());
        found.unwrap()
    }

    fn value(&self, ty: &Type, key: &str, at: Option<(&[String], &Value)>, good: &Good) -> Value {
        if let Some(([], value)) = at {
            return value.clone();
        }
        if at.is_none()
            && let Some(value) = good.value(key)
        {
            return value;
        }
        let name = named(ty);
        let mut object = json!({});
        let inputs = self.inputs(name);
        let inputs = inputs.unwrap_or_else(|| panic!("say in input/places.rs what a good call gives for {key}"));
        for input in inputs {
            let field = input.name.node.as_str();
            let key = format!("{name}.{field}");
            let below = at.and_then(|(path, value)| (path[0] == field).then_some((&path[1..], value)));
            // Of these two exactly one is given.
            let other = at.map(|(path, _)| path[0].as_str());
            let gives_way = matches!(
                (key.as_str(), other),
                ("ResyncInput.storeSkuIds", Some("filter")) | ("StockChangeInput.available", Some("delta"))
            );
            if below.is_some() || is_required(input) || (good.value(&key).is_some() && !gives_way) {
                object[field] = match (key.as_str(), below) {
                    (_, None) if field == "direction" => json!("ASC"),
                    (_, None) if field == "field" => json!(self.first_value(named(&input.ty.node))),
                    _ => self.value(&input.ty.node, &key, below, good),
                };
            }
        }
        match ty.base {
            BaseType::List(_) => json!([object]),
            BaseType::Named(_) => object,
        }
    }

    fn first_value(&self, name: &str) -> String {
        match self.0.get(name) {
            Some(TypeKind::Enum(ty)) => ty.values[0].node.value.node.to_string(),
            _ => panic!("{name} is no enum"),
        }
    }

    /// A document with the arguments that are given as variables.
    pub(super) fn document(&self, spot: &Spot, arguments: &Value) -> String {
        let field = self.field(spot);
        let given = field
            .arguments
            .iter()
            .filter(|argument| arguments.get(argument.node.name.node.as_str()).is_some());
        let (mut declared, mut passed) = (String::new(), String::new());
        for argument in given {
            let (name, ty) = (&argument.node.name.node, &argument.node.ty.node);
            declared.push_str(&format!("${name}: {ty} "));
            passed.push_str(&format!("{name}: ${name} "));
        }
        let selection = match spot.operation {
            "Mutation" => "userErrors { field message code }",
            _ => "__typename",
        };
        let operation = spot.operation.to_lowercase();
        format!(
            "{operation}({declared}) {{ {}({passed}) {{ {selection} }} }}",
            spot.field
        )
    }
}

/// The name in a type, whatever lists and exclamation marks are around it.
fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(inner) => named(inner),
    }
}

fn is_required(value: &InputValueDefinition) -> bool {
    !value.ty.node.nullable && value.default_value.is_none()
}
