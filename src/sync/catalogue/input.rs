//! What callers give, before it is checked.

use entity::types::Marketplace;
use secrecy::SecretString;

/// A store.
#[derive(Debug, Clone)]
pub struct StoreInput {
    /// The merchant's own code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// The platform that it is on.
    pub marketplace: Marketplace,
    /// How to push to it; none leaves the connection as it is.
    pub connection: Option<ConnectionInput>,
}

/// How to push to a store.
#[derive(Debug, Clone)]
pub struct ConnectionInput {
    /// Where pushes are sent.
    pub endpoint: String,
    /// What pushes are signed with: `whsec_` and the base64 form of the key.
    pub signing_secret: SecretString,
}

/// A warehouse.
#[derive(Debug, Clone)]
pub struct WarehouseInput {
    /// The merchant's own code.
    pub code: String,
    /// What people call it.
    pub name: String,
}

/// A warehouse SKU.
#[derive(Debug, Clone)]
pub struct WarehouseSkuInput {
    /// The merchant's own SKU code.
    pub sku: String,
    /// What people call it; may be blank.
    pub name: String,
}

/// A store SKU.
#[derive(Debug, Clone)]
pub struct StoreSkuInput {
    /// Code of the store that lists it.
    pub store: String,
    /// Its SKU code in the store.
    pub sku: String,
    /// Name of the product in the store; may be blank.
    pub product_name: String,
    /// Name of the variation in the store; blank where there is none.
    pub variation_name: String,
    /// All its listings; none leaves them as they are.
    pub listings: Option<Vec<ListingInput>>,
    /// All that it is made of; none leaves that as it is.
    pub components: Option<Vec<ComponentInput>>,
}

/// Where a store SKU's quantity is written on the marketplace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingInput {
    /// Product id on the marketplace.
    pub product_id: String,
    /// Variant id on the marketplace; blank where there is none.
    pub variant_id: String,
    /// Platform warehouse id; blank where there is none.
    pub location_id: String,
}

/// One component of a store SKU.
#[derive(Debug, Clone)]
pub struct ComponentInput {
    /// Code of the warehouse SKU.
    pub sku: String,
    /// Units of it in one unit of the store SKU, at least 1.
    pub quantity: i32,
}

impl std::fmt::Display for ListingInput {
    /// As people read it: the product, and the variant and the location where there are any.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.product_id)?;
        if !self.variant_id.is_empty() {
            write!(f, " / {}", self.variant_id)?;
        }
        if !self.location_id.is_empty() {
            write!(f, " @ {}", self.location_id)?;
        }
        Ok(())
    }
}
