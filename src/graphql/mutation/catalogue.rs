//! Stores, warehouses, SKUs and the shortage mark.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use entity::types::{Marketplace, Role};

use crate::graphql::context::{caller_as, engine};
use crate::graphql::errors::{UserError, user_errors};
use crate::graphql::types::{Store, StoreSku, Warehouse, WarehouseSku};
use crate::sync::catalogue as sync;

/// The mutations that keep the catalogue.
#[derive(Default)]
pub struct CatalogueMutations;

/// A store.
#[derive(InputObject)]
pub struct StoreInput {
    /// Your own code of the store, at most 200 characters.
    code: String,
    /// What people call it.
    name: String,
    /// The platform that it is on. A store that has store SKUs stays on its platform.
    marketplace: Marketplace,
    /// How to push to the store. Give it to connect the store, or to connect it anew; leave it out to keep the
    /// connection as it is. It can be written and never read.
    connection: Option<StoreConnectionInput>,
}

/// How to push to a store.
#[derive(InputObject)]
pub struct StoreConnectionInput {
    /// URL that pushes are sent to.
    endpoint: String,
    /// Secret that pushes are signed with, as Standard Webhooks has it: `whsec_` and the base64 form of the key.
    #[graphql(secret)]
    signing_secret: String,
}

/// Stores to make or change.
#[derive(InputObject)]
pub struct UpsertStoresInput {
    /// The stores, at most 1,000, each code once.
    stores: Vec<StoreInput>,
}

/// What came of `upsertStores`.
#[derive(SimpleObject)]
pub struct UpsertStoresPayload {
    /// The stores, in the order of the input.
    stores: Option<Vec<Store>>,
    /// What is wrong with the input. When there is anything, nothing was changed.
    user_errors: Vec<UserError>,
}

/// A warehouse.
#[derive(InputObject)]
pub struct WarehouseInput {
    /// Your own code of the warehouse, at most 200 characters.
    code: String,
    /// What people call it.
    name: String,
}

/// Warehouses to make or rename.
#[derive(InputObject)]
pub struct UpsertWarehousesInput {
    /// The warehouses, at most 1,000, each code once.
    warehouses: Vec<WarehouseInput>,
}

/// What came of `upsertWarehouses`.
#[derive(SimpleObject)]
pub struct UpsertWarehousesPayload {
    /// The warehouses, in the order of the input.
    warehouses: Option<Vec<Warehouse>>,
    /// What is wrong with the input. When there is anything, nothing was changed.
    user_errors: Vec<UserError>,
}

/// A warehouse SKU.
#[derive(InputObject)]
pub struct WarehouseSkuInput {
    /// Your own SKU code, at most 200 characters.
    sku: String,
    /// What people call it; may be blank.
    name: String,
}

/// Warehouse SKUs to make or rename.
#[derive(InputObject)]
pub struct UpsertWarehouseSkusInput {
    /// The warehouse SKUs, at most 1,000, each code once.
    warehouse_skus: Vec<WarehouseSkuInput>,
}

/// What came of `upsertWarehouseSkus`.
#[derive(SimpleObject)]
pub struct UpsertWarehouseSkusPayload {
    /// The warehouse SKUs, in the order of the input.
    warehouse_skus: Option<Vec<WarehouseSku>>,
    /// What is wrong with the input. When there is anything, nothing was changed.
    user_errors: Vec<UserError>,
}

/// Where a store SKU's quantity is written on the marketplace.
#[derive(InputObject)]
pub struct ListingInput {
    /// Product id on the marketplace.
    product_id: String,
    /// Variant id on the marketplace, where there is one.
    variant_id: Option<String>,
    /// Platform warehouse id, where the platform has them.
    location_id: Option<String>,
}

/// One component of a store SKU.
#[derive(InputObject)]
pub struct ComponentInput {
    /// Code of the warehouse SKU.
    sku: String,
    /// Units of it in one unit of the store SKU, at least 1.
    #[graphql(default = 1)]
    quantity: i32,
}

/// A store SKU.
#[derive(InputObject)]
pub struct StoreSkuInput {
    /// Code of the store that lists it.
    store: String,
    /// Its SKU code in the store, at most 200 characters.
    sku: String,
    /// Name of the product in the store; may be blank.
    product_name: String,
    /// Name of the variation in the store; blank where there is none.
    #[graphql(default)]
    variation_name: String,
    /// All its listings, at most 100; they replace the present ones. Left out, those stay as they are. No two store
    /// SKUs of a store can have the same listing.
    listings: Option<Vec<ListingInput>>,
    /// All warehouse SKUs that it is made of, at most 50; they replace the present ones. Left out, those stay as they
    /// are.
    components: Option<Vec<ComponentInput>>,
}

/// Store SKUs to make or change.
#[derive(InputObject)]
pub struct UpsertStoreSkusInput {
    /// The store SKUs, at most 1,000, each once.
    store_skus: Vec<StoreSkuInput>,
}

/// What came of `upsertStoreSkus`.
#[derive(SimpleObject)]
pub struct UpsertStoreSkusPayload {
    /// The store SKUs, in the order of the input.
    store_skus: Option<Vec<StoreSku>>,
    /// What is wrong with the input. When there is anything, nothing was changed.
    user_errors: Vec<UserError>,
}

/// Where to put the shortage mark, or where to take it off.
#[derive(InputObject)]
pub struct SetShortageMarkInput {
    /// Codes of the warehouse SKUs, at most 1,000, each once.
    skus: Vec<String>,
    /// True puts the mark on, false takes it off.
    is_marked_short: bool,
}

/// What came of `setShortageMark`.
#[derive(SimpleObject)]
pub struct SetShortageMarkPayload {
    /// The warehouse SKUs, in the order of the input.
    warehouse_skus: Option<Vec<WarehouseSku>>,
    /// What is wrong with the input. When there is anything, nothing was changed.
    user_errors: Vec<UserError>,
}

#[Object]
impl CatalogueMutations {
    /// Makes stores, and changes those that are there, by their codes. Giving the same again changes nothing.
    /// Needs the role ADMIN.
    async fn upsert_stores(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The stores.")] input: UpsertStoresInput,
    ) -> Option<Result<UpsertStoresPayload>> {
        Some(upsert_stores(ctx, input).await)
    }

    /// Makes warehouses, and renames those that are there, by their codes. Giving the same again changes nothing.
    /// Needs the role ADMIN.
    async fn upsert_warehouses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The warehouses.")] input: UpsertWarehousesInput,
    ) -> Option<Result<UpsertWarehousesPayload>> {
        Some(upsert_warehouses(ctx, input).await)
    }

    /// Makes warehouse SKUs, and renames those that are there, by their codes. Giving the same again changes nothing.
    /// Needs the role ADMIN.
    async fn upsert_warehouse_skus(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The warehouse SKUs.")] input: UpsertWarehouseSkusInput,
    ) -> Option<Result<UpsertWarehouseSkusPayload>> {
        Some(upsert_warehouse_skus(ctx, input).await)
    }

    /// Makes store SKUs, and changes those that are there, by store and code. Giving the same again changes nothing.
    /// A store SKU that gained or lost listings or components is synced, with the reason MAPPING_CHANGED.
    /// Needs the role ADMIN.
    async fn upsert_store_skus(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The store SKUs.")] input: UpsertStoreSkusInput,
    ) -> Option<Result<UpsertStoreSkusPayload>> {
        Some(upsert_store_skus(ctx, input).await)
    }

    /// Puts the shortage mark on warehouse SKUs, so that nothing triggers a sync of what is made of them, or takes it
    /// off; then what is made of them is synced, with the reason SHORTAGE_CLEARED. Needs the role ADMIN.
    async fn set_shortage_mark(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The warehouse SKUs, and whether they carry the mark.")] input: SetShortageMarkInput,
    ) -> Option<Result<SetShortageMarkPayload>> {
        Some(set_shortage_mark(ctx, input).await)
    }
}

async fn upsert_stores(ctx: &Context<'_>, input: UpsertStoresInput) -> Result<UpsertStoresPayload> {
    let merchant = caller_as(ctx, Role::Admin)?.merchant_id;
    let given = input.stores.into_iter().map(Into::into).collect();
    let (rows, user_errors) = user_errors(engine(ctx)?.upsert_stores(merchant, given).await)?;
    Ok(UpsertStoresPayload {
        stores: rows.map(objects),
        user_errors,
    })
}

async fn upsert_warehouses(ctx: &Context<'_>, input: UpsertWarehousesInput) -> Result<UpsertWarehousesPayload> {
    let merchant = caller_as(ctx, Role::Admin)?.merchant_id;
    let given = input.warehouses.into_iter().map(Into::into).collect();
    let (rows, user_errors) = user_errors(engine(ctx)?.upsert_warehouses(merchant, given).await)?;
    Ok(UpsertWarehousesPayload {
        warehouses: rows.map(objects),
        user_errors,
    })
}

async fn upsert_warehouse_skus(
    ctx: &Context<'_>,
    input: UpsertWarehouseSkusInput,
) -> Result<UpsertWarehouseSkusPayload> {
    let merchant = caller_as(ctx, Role::Admin)?.merchant_id;
    let given = input.warehouse_skus.into_iter().map(Into::into).collect();
    let (rows, user_errors) = user_errors(engine(ctx)?.upsert_warehouse_skus(merchant, given).await)?;
    Ok(UpsertWarehouseSkusPayload {
        warehouse_skus: rows.map(objects),
        user_errors,
    })
}

async fn upsert_store_skus(ctx: &Context<'_>, input: UpsertStoreSkusInput) -> Result<UpsertStoreSkusPayload> {
    let merchant = caller_as(ctx, Role::Admin)?.merchant_id;
    let given = input.store_skus.into_iter().map(Into::into).collect();
    let (rows, user_errors) = user_errors(engine(ctx)?.upsert_store_skus(merchant, given).await)?;
    Ok(UpsertStoreSkusPayload {
        store_skus: rows.map(objects),
        user_errors,
    })
}

async fn set_shortage_mark(ctx: &Context<'_>, input: SetShortageMarkInput) -> Result<SetShortageMarkPayload> {
    let merchant = caller_as(ctx, Role::Admin)?.merchant_id;
    let marked = engine(ctx)?
        .set_shortage_mark(merchant, input.skus, input.is_marked_short)
        .await;
    let (rows, user_errors) = user_errors(marked)?;
    Ok(SetShortageMarkPayload {
        warehouse_skus: rows.map(objects),
        user_errors,
    })
}

fn objects<R, O: From<R>>(rows: Vec<R>) -> Vec<O> {
    rows.into_iter().map(Into::into).collect()
}

impl From<StoreInput> for sync::StoreInput {
    fn from(input: StoreInput) -> Self {
        Self {
            code: input.code,
            name: input.name,
            marketplace: input.marketplace,
            connection: input.connection.map(|connection| sync::ConnectionInput {
                endpoint: connection.endpoint,
                signing_secret: connection.signing_secret.into(),
            }),
        }
    }
}

impl From<WarehouseInput> for sync::WarehouseInput {
    fn from(input: WarehouseInput) -> Self {
        Self {
            code: input.code,
            name: input.name,
        }
    }
}

impl From<WarehouseSkuInput> for sync::WarehouseSkuInput {
    fn from(input: WarehouseSkuInput) -> Self {
        Self {
            sku: input.sku,
            name: input.name,
        }
    }
}

impl From<StoreSkuInput> for sync::StoreSkuInput {
    fn from(input: StoreSkuInput) -> Self {
        let listing = |listing: ListingInput| sync::ListingInput {
            product_id: listing.product_id,
            variant_id: listing.variant_id.unwrap_or_default(),
            location_id: listing.location_id.unwrap_or_default(),
        };
        let component = |component: ComponentInput| sync::ComponentInput {
            sku: component.sku,
            quantity: component.quantity,
        };
        Self {
            store: input.store,
            sku: input.sku,
            product_name: input.product_name,
            variation_name: input.variation_name,
            listings: input.listings.map(|given| given.into_iter().map(listing).collect()),
            components: input.components.map(|given| given.into_iter().map(component).collect()),
        }
    }
}
