//! The closed sets of words that are stored as strings and shown in the API.
//!
//! Each is defined once: the database stores the upper-case word, GraphQL shows the same word, and the doc comments
//! below are the descriptions in `schema.graphql`. A word never changes its spelling: history holds it for good.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};

/// Defines an enum that is stored as its UPPER_SNAKE word and shown as the same word in GraphQL.
macro_rules! stored_words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
        #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// The word as it is stored and shown, such as `STOCK_OUT_SALE`.
            #[must_use]
            pub fn word(self) -> String {
                sea_orm::ActiveEnum::to_value(&self)
            }
        }
    };
}

stored_words! {
    /// A platform on which a merchant has stores.
    Marketplace {
        /// Shopee.
        Shopee,
        /// Lazada.
        Lazada,
        /// TikTok Shop.
        TiktokShop,
        /// Tokopedia.
        Tokopedia,
        /// Shopify.
        Shopify,
        /// WooCommerce.
        Woocommerce,
        /// Any HTTP endpoint of the merchant's own.
        Custom,
    }
}

stored_words! {
    /// Where one sync, or a group of syncs, stands. All but PENDING are final.
    SyncStatus {
        /// Waiting or in flight, waiting for a retry included. Of a group: at least one is pending.
        Pending,
        /// Every listing took the quantity. Of a group: all that ran succeeded.
        Success,
        /// Some listings took the quantity, some did not. Of a group: some succeeded, some failed.
        PartiallyFailed,
        /// No listing took the quantity. Of a group: all that ran failed.
        Failed,
        /// Superseded: a newer sync of the same store SKU came before this one was sent. Of a group: every one was skipped.
        Skipped,
    }
}

stored_words! {
    /// What triggered a sync.
    SyncReason {
        /// An order came in from a marketplace.
        OrderSynced,
        /// Stock was added by hand.
        StockInManual,
        /// A return was scanned in.
        StockInReturnScan,
        /// A return was added by hand.
        StockInReturnManual,
        /// Stock arrived from another warehouse.
        StockInTransfer,
        /// A purchase arrived.
        StockInPurchase,
        /// Stock was taken out by hand.
        StockOutManual,
        /// Stock left because it was sold.
        StockOutSale,
        /// Stock left for another warehouse.
        StockOutTransfer,
        /// An order was voided, so its stock is free again.
        OrderVoided,
        /// A voided order was taken back into work.
        VoidedOrderReverted,
        /// A store SKU is now made of other warehouse SKUs.
        MappingChanged,
        /// An order or SKU moved to another warehouse.
        WarehouseChanged,
        /// An order moved on to packing.
        OrderMovedToPack,
        /// The inventory was read anew.
        InventoryRefreshed,
        /// The stock was counted.
        StockCounted,
        /// A person chose SKUs and stores to sync.
        ManualSync,
        /// A person synced a whole rule.
        SyncNow,
        /// A person pushed again what had been synced before.
        Resync,
        /// A sync rule was made, changed, switched or deleted.
        RuleChanged,
        /// The shortage mark was taken off a warehouse SKU.
        ShortageCleared,
    }
}

stored_words! {
    /// The stage at which something went wrong.
    FailureStage {
        /// A trigger never became a sync.
        Trigger,
        /// A sync was made, and its push to the marketplace failed.
        Push,
    }
}

stored_words! {
    /// Why a trigger never became a sync, or why a push failed.
    FailureCode {
        /// The SKU is in no enabled sync rule.
        NotInAnyRule,
        /// The rule covers a store in which no store SKU is mapped to the warehouse SKU.
        NoStoreSkuMapping,
        /// The warehouse SKU carries the shortage mark.
        MarkedShort,
        /// The stock changed in a warehouse that the governing rule does not use.
        WarehouseNotInRule,
        /// No stock of the SKU has been reported in the rule's warehouses yet, so there is no quantity to push.
        StockUnknown,
        /// The store SKU has no listing to write the quantity to.
        NoListing,
        /// The store has no connection to push through.
        StoreNotConnected,
        /// The marketplace could not be reached, or the connection broke.
        NetworkError,
        /// The marketplace did not answer in time; the quantity may or may not have been applied.
        TimedOut,
        /// The marketplace answered with an error of its own (5xx).
        MarketplaceError,
        /// The marketplace asked to slow down.
        Throttled,
        /// The marketplace answered with something that is not a reply in the agreed form.
        InvalidReply,
        /// The marketplace refused the store's credentials.
        CredentialsRefused,
        /// The endpoint says that it is gone for good.
        EndpointGone,
        /// The store's endpoint is at an address that this server may not call.
        EndpointNotAllowed,
        /// The listing is unknown on the marketplace.
        ListingNotFound,
        /// The marketplace does not accept this quantity.
        QuantityRejected,
        /// The listing is locked for now, by a promotion or a holiday mode for example.
        ListingLocked,
        /// The marketplace refused the push for a reason of its own.
        Rejected,
        /// Nothing is sent to the store for now but single probes, because its calls keep failing.
        StorePaused,
        /// It waited for its store for longer than a push may take.
        WaitedTooLong,
        /// Nothing is sent to the store, because somebody paused it.
        PausedByHand,
        /// The marketplace does not accept the signature: the key or the secret of the app is wrong.
        SignatureRefused,
        /// The account that connected the store may not change its stock.
        PermissionMissing,
        /// The shop is not linked to the app any more.
        ShopNotLinked,
        /// The marketplace has banned the shop.
        ShopBanned,
        /// The key of the app has expired.
        AppKeyExpired,
        /// The marketplace does not take calls from this server's address.
        ServerNotAllowed,
        /// The calls that the marketplace allows for a day are used up.
        DailyLimit,
        /// The product is there, and the variant is not.
        VariantNotFound,
        /// The product has variants, and the listing names none.
        VariantRequired,
        /// The marketplace does not know the listing's location, or the product is not stocked there.
        LocationNotFound,
        /// The shop has several locations, and the listing names none.
        LocationRequired,
        /// The listing may not be changed in the state that it is in.
        ListingNotEditable,
        /// The marketplace or its warehouse keeps the stock of this listing by itself.
        StockManagedElsewhere,
        /// The seller is under a penalty of the marketplace.
        SellerPenalized,
        /// The listing is in a promotion or a campaign, which locks its stock.
        PromotionLocked,
        /// The quantity is below what the marketplace has reserved for orders or a campaign.
        StockReserved,
        /// The shop is in holiday mode.
        HolidayMode,
        /// The marketplace answered with success, and the listing shows another quantity.
        QuantityNotTaken,
        /// The quantity was changed on the marketplace in the meantime.
        QuantityChanged,
        /// The marketplace answered with a code that is not in its table.
        Unrecognised,
    }
}

stored_words! {
    /// What came of one call for one listing; decides what happens next.
    AttemptOutcome {
        /// The listing took the quantity.
        Applied,
        /// A passing fault: tried again after a backoff.
        Transient,
        /// Asked to slow down: tried again when the marketplace says, which costs no attempt.
        Throttled,
        /// The credentials were refused: the store waits for the merchant to reconnect.
        Auth,
        /// Refused for good: not tried again.
        Permanent,
        /// Locked for now: tried again late.
        Deferred,
        /// May or may not have been applied: held back for a while, then pushed again.
        Ambiguous,
    }
}

stored_words! {
    /// How a computed quantity becomes a whole number.
    Rounding {
        /// Towards zero.
        Down,
        /// Away from zero.
        Up,
        /// To the nearest whole number, a half goes up.
        Nearest,
    }
}

stored_words! {
    /// What kind of manual action a person took.
    ManualSyncKind {
        /// Pushed again what the history showed.
        Resync,
        /// Synced chosen SKUs, stores or both.
        ManualSync,
        /// Synced a whole rule.
        SyncNow,
    }
}

stored_words! {
    /// Whether a store can be pushed to.
    ConnectionStatus {
        /// There is a connection and it works as far as is known.
        Connected,
        /// There is no connection yet.
        NotConnected,
        /// The marketplace refused the credentials or the endpoint is gone: nothing is sent until the store is connected again.
        ReconnectRequired,
    }
}

stored_words! {
    /// What the holder of an API key or a token may do.
    Role {
        /// Reads.
        Viewer,
        /// Reads and starts syncs: resync, manual sync, sync now.
        Operator,
        /// Also reports stock and changes the catalogue and the rules.
        Admin,
    }
}
