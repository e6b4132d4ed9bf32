//! Stores' connections.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result, SimpleObject};
use entity::store;
use entity::types::Role;
use uuid::Uuid;

use crate::error::{Error, Problem};
use crate::graphql::context::{caller_as, engine};
use crate::graphql::errors::{UserError, user_errors};
use crate::graphql::ids::{self, NodeKind};
use crate::graphql::types::{FailureReason, Store};
use crate::marketplace::Keys;
use crate::marketplace::custom::CustomKeys;
use crate::marketplace::lazada::LazadaKeys;
use crate::marketplace::shopee::ShopeeKeys;
use crate::marketplace::shopify::ShopifyKeys;
use crate::marketplace::tiktok_shop::TiktokShopKeys;
use crate::marketplace::tokopedia::TokopediaKeys;
use crate::marketplace::woocommerce::WooCommerceKeys;

/// The mutations of stores' connections.
#[derive(Default)]
pub struct StoreMutations;

/// What a store is connected by: exactly one. It can be written and never read.
#[derive(OneofObject)]
pub enum ConnectionInput {
    /// An HTTP endpoint of your own; good for a store on any marketplace.
    Custom(CustomKeys),
    /// Lazada.
    Lazada(LazadaKeys),
    /// TikTok Shop, which Tokopedia's sellers are on, too.
    TiktokShop(TiktokShopKeys),
    /// A shop on Shopify.
    Shopify(ShopifyKeys),
    /// A site with WooCommerce.
    Woocommerce(WooCommerceKeys),
    /// A shop on Shopee.
    Shopee(ShopeeKeys),
    /// A shop on Tokopedia, by its fs API; what is sold through TikTok Shop is not in it.
    Tokopedia(TokopediaKeys),
}

/// A store to connect.
#[derive(InputObject)]
pub struct ConnectStoreInput {
    /// The store.
    store_id: ID,
    /// What to connect it by; the store's own marketplace, or an endpoint of your own.
    connection: ConnectionInput,
}

/// The input of a mutation of one store, and its payload.
macro_rules! one_store {
    ($($(#[$doc:meta])* $input:ident => $(#[$came:meta])* $payload:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(InputObject)]
        pub struct $input {
            /// The store.
            store_id: ID,
        }

        one_store!(@payload $(#[$came])* $payload);
    )+};
    (@payload $(#[$came:meta])* $payload:ident) => {
        $(#[$came])*
        #[derive(SimpleObject)]
        pub struct $payload {
            /// The store as it is now.
            store: Option<Store>,
            /// What is wrong with the input. When there is anything, nothing was changed.
            user_errors: Vec<UserError>,
        }

        impl $payload {
            fn of(changed: Result<store::Model, Error>) -> Result<Self> {
                let (row, user_errors) = user_errors(changed)?;
                Ok(Self {
                    store: row.map(Into::into),
                    user_errors,
                })
            }
        }
    };
}

one_store!(@payload
    /// What came of `connectStore`.
    ConnectStorePayload);

one_store! {
    /// A store to disconnect.
    DisconnectStoreInput =>
    /// What came of `disconnectStore`.
    DisconnectStorePayload,
    /// A store to pause.
    PauseStoreInput =>
    /// What came of `pauseStore`.
    PauseStorePayload,
    /// A store to resume.
    ResumeStoreInput =>
    /// What came of `resumeStore`.
    ResumeStorePayload,
}

/// A store whose connection is to be tested.
#[derive(InputObject)]
pub struct TestStoreConnectionInput {
    /// The store.
    store_id: ID,
}

/// What came of `testStoreConnection`.
#[derive(SimpleObject)]
pub struct TestStoreConnectionPayload {
    /// The store.
    store: Option<Store>,
    /// Whether the store could be reached and took its credentials; false where the input is wrong.
    is_working: bool,
    /// Why it does not work; null when it does.
    failure_reason: Option<FailureReason>,
    /// What the marketplace said, or what happened.
    failure_message: Option<String>,
    /// What is wrong with the input.
    user_errors: Vec<UserError>,
}

#[Object]
impl StoreMutations {
    /// Connects a store to its marketplace, or connects it anew, which ends a pause. What waited for the store is sent.
    /// Needs the role ADMIN.
    async fn connect_store(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The store, and what to connect it by.")] input: ConnectStoreInput,
    ) -> Option<Result<ConnectStorePayload>> {
        Some(connect(ctx, input).await)
    }

    /// Ends a store's connection and forgets its credentials. What waits for the store fails with STORE_NOT_CONNECTED.
    /// Needs the role ADMIN.
    async fn disconnect_store(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The store.")] input: DisconnectStoreInput,
    ) -> Option<Result<DisconnectStorePayload>> {
        Some(disconnect(ctx, &input).await)
    }

    /// Sends nothing to a store until it is resumed or connected anew. What is to be sent waits; what has waited for a day
    /// fails with WAITED_TOO_LONG. Needs the role OPERATOR.
    async fn pause_store(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The store.")] input: PauseStoreInput,
    ) -> Option<Result<PauseStorePayload>> {
        Some(pause(ctx, &input).await)
    }

    /// Sends to a store again at once that was paused, by hand or because its calls failed. Needs the role OPERATOR.
    async fn resume_store(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The store.")] input: ResumeStoreInput,
    ) -> Option<Result<ResumeStorePayload>> {
        Some(resume(ctx, &input).await)
    }

    /// Makes a call to a store that changes nothing, to see whether it can be reached and takes its credentials. A token
    /// that has run out is renewed. What the test finds changes nothing about the store's connection. Needs the role
    /// OPERATOR.
    async fn test_store_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The store.")] input: TestStoreConnectionInput,
    ) -> Option<Result<TestStoreConnectionPayload>> {
        Some(test(ctx, &input).await)
    }
}

async fn connect(ctx: &Context<'_>, input: ConnectStoreInput) -> Result<ConnectStorePayload> {
    let merchant = caller_as(ctx, Role::Admin)?.merchant_id;
    let (path, keys) = input.connection.into_keys();
    let connected = match store_id(&input.store_id) {
        Ok(store) => engine(ctx)?.connect_store(merchant, store, path, keys).await,
        Err(error) => Err(error),
    };
    ConnectStorePayload::of(connected)
}

async fn disconnect(ctx: &Context<'_>, input: &DisconnectStoreInput) -> Result<DisconnectStorePayload> {
    let merchant = caller_as(ctx, Role::Admin)?.merchant_id;
    let disconnected = match store_id(&input.store_id) {
        Ok(store) => engine(ctx)?.disconnect_store(merchant, store).await,
        Err(error) => Err(error),
    };
    DisconnectStorePayload::of(disconnected)
}

async fn pause(ctx: &Context<'_>, input: &PauseStoreInput) -> Result<PauseStorePayload> {
    let merchant = caller_as(ctx, Role::Operator)?.merchant_id;
    let paused = match store_id(&input.store_id) {
        Ok(store) => engine(ctx)?.pause_store(merchant, store).await,
        Err(error) => Err(error),
    };
    PauseStorePayload::of(paused)
}

async fn resume(ctx: &Context<'_>, input: &ResumeStoreInput) -> Result<ResumeStorePayload> {
    let merchant = caller_as(ctx, Role::Operator)?.merchant_id;
    let resumed = match store_id(&input.store_id) {
        Ok(store) => engine(ctx)?.resume_store(merchant, store).await,
        Err(error) => Err(error),
    };
    ResumeStorePayload::of(resumed)
}

async fn test(ctx: &Context<'_>, input: &TestStoreConnectionInput) -> Result<TestStoreConnectionPayload> {
    let merchant = caller_as(ctx, Role::Operator)?.merchant_id;
    let tried = match store_id(&input.store_id) {
        Ok(store) => engine(ctx)?.try_connection(merchant, store).await,
        Err(error) => Err(error),
    };
    let (tried, user_errors) = user_errors(tried)?;
    let (store, failure) = tried.unzip();
    let is_working = failure.as_ref().is_some_and(Option::is_none);
    let failure = failure.flatten();
    Ok(TestStoreConnectionPayload {
        store: store.map(Into::into),
        is_working,
        failure_reason: failure.as_ref().map(|failure| FailureReason::of(failure.code)),
        failure_message: failure.map(|failure| failure.message),
        user_errors,
    })
}

/// The store, and the problem to report when there is none.
fn store_id(id: &ID) -> Result<(Uuid, Problem), Error> {
    let store = ids::decode_as(NodeKind::Store, "storeId", id)?;
    Ok((store, ids::not_found(NodeKind::Store, "storeId", id)))
}

impl ConnectionInput {
    /// What was given, and where it stands in the input.
    fn into_keys(self) -> (&'static str, Box<dyn Keys>) {
        match self {
            Self::Custom(keys) => ("connection.custom", Box::new(keys)),
            Self::Lazada(keys) => ("connection.lazada", Box::new(keys)),
            Self::TiktokShop(keys) => ("connection.tiktokShop", Box::new(keys)),
            Self::Shopify(keys) => ("connection.shopify", Box::new(keys)),
            Self::Woocommerce(keys) => ("connection.woocommerce", Box::new(keys)),
            Self::Shopee(keys) => ("connection.shopee", Box::new(keys)),
            Self::Tokopedia(keys) => ("connection.tokopedia", Box::new(keys)),
        }
    }
}
