//! Stand-ins for the objects of `graphql::types`.

use async_graphql::{ID, SimpleObject};

use crate::graphql::ids::{self, NodeKind};

macro_rules! object {
    ($name:ident, $table:ident) => {
        /// A stand-in.
        #[derive(SimpleObject)]
        pub struct $name {
            /// Its id.
            pub id: ID,
        }

        impl From<::entity::$table::Model> for $name {
            fn from(row: ::entity::$table::Model) -> Self {
                Self {
                    id: ids::encode(NodeKind::$name, row.id),
                }
            }
        }
    };
}

object!(Store, store);
object!(Warehouse, warehouse);
object!(WarehouseSku, warehouse_sku);
object!(StoreSku, store_sku);
object!(SyncRule, sync_rule);
