//! The merchants of the walk, and what a call of theirs needs to be a good one.

use entity::types::Role;
use serde_json::{Value, json};

use super::schema::{Leaf, Schema, is_required, named, short_page, within};
use crate::support::TestApp;
use crate::support::app::Tenant;
use crate::support::graphql::{Client, mutation};
use crate::support::seed::{Catalogue, listing};

/// What all texts of the other merchant begin with, and those that are of the same form and nobody's.
pub(super) const THEIRS: &str = "bravo-x";
pub(super) const NOBODYS: &str = "bravo-y";

/// Most ids of one type that are tried: what one store has is not what the other has.
const OF_EACH: usize = 4;

/// A merchant whose things all have names with one beginning.
pub(super) struct Party {
    pub(super) client: Client,
    prefix: &'static str,
    endpoint: String,
    secret: String,
    /// Types, and ids of each, once they are read.
    pub(super) ids: Vec<(String, String)>,
}

impl Party {
    /// The merchant with one of each thing that can be made.
    pub(super) async fn make(app: &TestApp, tenant: &Tenant, prefix: &'static str) -> Self {
        let client = app.client(tenant, Role::Admin);
        let name = |what: &str| format!("{prefix}-{what}");
        let (sku, store, closed) = (name("sku"), name("store"), name("closed"));
        let listings = json!([{ "productId": listing(&store, &sku), "variantId": name("variant"), "locationId": name("location") }]);
        Catalogue::default()
            .store(&store, "SHOPEE", app.market())
            .unconnected_store(&closed, "LAZADA")
            .warehouse(&name("warehouse"))
            .sku(&sku)
            .store_sku_with(&store, &sku, &[(&sku, 1)], &listings)
            .store_sku(&closed, &sku, &[(&sku, 1)])
            .rule(
                &name("rule"),
                json!({ "warehouses": [name("warehouse")], "stores": [store, closed], "skus": [sku] }),
            )
            .make(&client)
            .await;
        Self {
            client,
            prefix,
            endpoint: app.market().endpoint(),
            secret: app.market().secret().to_owned(),
            ids: Vec::new(),
        }
    }

    /// A text of theirs.
    pub(super) fn name(&self, what: &str) -> String {
        format!("{}-{what}", self.prefix)
    }

    /// Every text by which something of theirs is known.
    pub(super) fn texts(&self) -> Vec<String> {
        let sku = self.name("sku");
        let mut texts = vec![listing(&self.name("store"), &sku)];
        let whats = [
            "store",
            "closed",
            "warehouse",
            "sku",
            "rule",
            "key",
            "reference",
            "variant",
        ];
        texts.extend(whats.map(|what| self.name(what)));
        texts
    }

    /// Reads an id of every type, and fails for a type of which there is none.
    pub(super) async fn read_ids(&mut self, schema: &Schema) {
        for field in schema.fields("Query") {
            if schema.fields(named(&field.ty.node)).is_empty()
                || field.arguments.iter().any(|argument| is_required(&argument.node))
            {
                continue;
            }
            let document = format!(
                "{{ {}{} {{ {} }} }}",
                field.name.node,
                short_page(field),
                schema.selection(named(&field.ty.node), within(field, 4))
            );
            find_ids(&self.client.query(&document, json!({})).await, &mut self.ids);
        }
        for kind in schema.nodes() {
            assert!(
                self.ids.iter().any(|(found, _)| found == kind),
                "the merchants of the walk have no {kind}: make one in walk/party.rs"
            );
        }
    }

    /// What a good call gives for a field of an input; none where it is left out.
    fn own(&self, field: &str, serial: usize) -> Option<Value> {
        let id = |kind: &str| json!(self.ids.iter().find(|(found, _)| found == kind).map(|(_, id)| id));
        Some(match field {
            "StockChangeInput.warehouse" => json!(self.name("warehouse")),
            "StockChangeInput.sku" | "ComponentInput.sku" | "StoreSkuInput.sku" => json!(self.name("sku")),
            "StockChangeInput.available" => json!(5),
            "StockChangeInput.reason" => json!("STOCK_COUNTED"),
            "ResyncInput.storeSkuIds" => json!([id("StoreSku")]),
            "SyncManuallyInput.syncRuleId"
            | "SyncRuleNowInput.syncRuleId"
            | "UpdateSyncRuleInput.id"
            | "DeleteSyncRuleInput.id" => id("SyncRule"),
            "StoreInput.code" | "StoreSkuInput.store" => json!(self.name("store")),
            "StoreInput.marketplace" => json!("SHOPEE"),
            "ConnectStoreInput.storeId"
            | "DisconnectStoreInput.storeId"
            | "PauseStoreInput.storeId"
            | "ResumeStoreInput.storeId"
            | "TestStoreConnectionInput.storeId" => id("Store"),
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
            // The keys of a platform, which nothing is looked up by.
            key if key.contains("ConnectionInput.") && !key.starts_with("ConnectionInput.") => json!("1"),
            "WarehouseInput.code" => json!(self.name("warehouse")),
            "WarehouseSkuInput.sku" => json!(self.name("sku")),
            "ListingInput.productId" => json!(listing(&self.name("store"), &self.name("sku"))),
            "StoreInput.name" | "WarehouseInput.name" | "WarehouseSkuInput.name" | "StoreSkuInput.productName" => {
                json!(self.name("name"))
            }
            "SetShortageMarkInput.skus" => json!([self.name("sku")]),
            "SetShortageMarkInput.isMarkedShort" => json!(false),
            "CreateSyncRuleInput.name" => json!(format!("{}-{serial}", self.name("more"))),
            "CreateSyncRuleInput.warehouses" => json!([self.name("warehouse")]),
            "SellOutInput.threshold" => json!(1),
            _ => return None,
        })
    }

    /// The arguments of a good call, but for what stands at the leaf.
    pub(super) fn arguments(
        &self,
        schema: &Schema,
        owner: &str,
        field: &str,
        leaf: Option<(&Leaf, &Value)>,
        serial: usize,
    ) -> Value {
        let mut arguments = json!({});
        for argument in &schema.field(owner, field).arguments {
            let argument = &argument.node;
            let name = argument.name.node.as_str();
            let below = leaf.filter(|(leaf, _)| leaf.path[0] == name);
            if below.is_some() || is_required(argument) {
                let key = format!("{owner}.{field}.{name}");
                let below = below.map(|(leaf, value)| (&leaf.path[1..], value));
                arguments[name] = self.value(schema, &argument.ty.node, &key, below, serial);
            }
        }
        arguments
    }

    fn value(
        &self,
        schema: &Schema,
        ty: &async_graphql::parser::types::Type,
        key: &str,
        leaf: Option<(&[String], &Value)>,
        serial: usize,
    ) -> Value {
        let name = named(ty);
        let is_list = matches!(ty.base, async_graphql::parser::types::BaseType::List(_));
        let in_form = |value: Value| if is_list { json!([value]) } else { value };
        if let Some(([], value)) = leaf {
            return in_form((*value).clone());
        }
        if leaf.is_none()
            && let Some(own) = self.own(key, serial)
        {
            return own;
        }
        let inputs = schema
            .inputs(name)
            .unwrap_or_else(|| panic!("say in walk/party.rs what a good call gives for {key}"));
        let mut object = json!({});
        for input in inputs {
            let field = input.name.node.as_str();
            let key = format!("{name}.{field}");
            let below = leaf.and_then(|(path, value)| (path[0] == field).then_some((&path[1..], value)));
            // Of these two exactly one is given.
            let gives_way = key == "ResyncInput.storeSkuIds" && leaf.is_some_and(|(path, _)| path[0] == "filter");
            if below.is_some() || is_required(input) || (self.own(&key, serial).is_some() && !gives_way) {
                object[field] = self.value(schema, &input.ty.node, &key, below, serial);
            }
        }
        in_form(object)
    }

    /// Runs every mutation that takes an idempotency key, each under the merchant's own.
    pub(super) async fn use_keys(&self, schema: &Schema) {
        for field in schema.fields("Mutation") {
            let name = field.name.node.as_str();
            let leaves = schema.leaves(field);
            let Some(leaf) = leaves
                .iter()
                .find(|leaf| leaf.path.last().is_some_and(|last| last == "idempotencyKey"))
            else {
                continue;
            };
            let key = json!(self.name("key"));
            let arguments = self.arguments(schema, "Mutation", name, Some((leaf, &key)), 0);
            let data = self.client.query(&mutation(name, ""), arguments).await;
            assert_eq!(
                data[name]["userErrors"],
                json!([]),
                "{name}: the walk's own call must be a good one"
            );
        }
    }
}

fn find_ids(value: &Value, ids: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| find_ids(item, ids)),
        Value::Object(fields) => {
            if let (Some(Value::String(kind)), Some(Value::String(id))) = (fields.get("__typename"), fields.get("id")) {
                let found = (kind.clone(), id.clone());
                if ids.iter().filter(|(known, _)| known == kind).count() < OF_EACH && !ids.contains(&found) {
                    ids.push(found);
                }
            }
            fields.values().for_each(|field| find_ids(field, ids));
        }
        _ => {}
    }
}
