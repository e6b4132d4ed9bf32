/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What came of one call for one listing; decides what happens next. */
export type AttemptOutcome =
  /** May or may not have been applied: held back for a while, then pushed again. */
  | 'AMBIGUOUS'
  /** The listing took the quantity. */
  | 'APPLIED'
  /** The credentials were refused: the store waits for the merchant to reconnect. */
  | 'AUTH'
  /** Locked for now: tried again late. */
  | 'DEFERRED'
  /** Refused for good: not tried again. */
  | 'PERMANENT'
  /** Asked to slow down: tried again when the marketplace says, which costs no attempt. */
  | 'THROTTLED'
  /** A passing fault: tried again after a backoff. */
  | 'TRANSIENT';

/** Whether a store can be pushed to. */
export type ConnectionStatus =
  /** There is a connection and it works as far as is known. */
  | 'CONNECTED'
  /** There is no connection yet. */
  | 'NOT_CONNECTED'
  /** The marketplace refused the credentials or the endpoint is gone: nothing is sent until the store is connected again. */
  | 'RECONNECT_REQUIRED';

/** A span of time, both ends included. */
export type DateTimeRange = {
  /** The earliest time; left out, there is no earliest. */
  from?: string | null | undefined;
  /** The latest time; left out, there is no latest. */
  to?: string | null | undefined;
};

/** Which failed triggers. Fields are ANDed; one that is left out says nothing; an empty list matches nothing. */
export type FailedTriggerFilter = {
  /** Code of the failure is one of these. */
  codeIn?: Array<FailureCode> | null | undefined;
  /** Triggered by one of these manual syncs; at most 500. */
  manualSyncIds?: Array<string> | null | undefined;
  /** When the trigger came. */
  occurredAt?: DateTimeRange | null | undefined;
  /** Reason of the trigger is one of these. */
  reasonIn?: Array<SyncReason> | null | undefined;
  /**
   * Text that the code or name of the warehouse SKU, or the code or a name of the store SKU, has in it; letter case does
   * not matter.
   */
  search?: string | null | undefined;
  /** Store that the failure is about is one of these; at most 500. */
  storeIds?: Array<string> | null | undefined;
  /** Sync rule is one of these; at most 500. */
  syncRuleIds?: Array<string> | null | undefined;
  /** Warehouse SKU is one of these; at most 500. */
  warehouseSkuIds?: Array<string> | null | undefined;
};

/** In which order the items come. The id decides between items that are equal in the field. */
export type FailedTriggerOrder = {
  /** Which way. */
  direction: OrderDirection;
  /** What the items are sorted by. */
  field: FailedTriggerOrderField;
};

/** What failed triggers can be sorted by. */
export type FailedTriggerOrderField =
  /** Why it failed, by its code. */
  | 'FAILURE_CODE'
  /** When the trigger came. */
  | 'OCCURRED_AT'
  /** What had triggered it, by its word. */
  | 'REASON'
  /** Name of the store; an empty one where the failure is about none. */
  | 'STORE'
  /** Code of the warehouse SKU; an empty one where the failure is about none. */
  | 'WAREHOUSE_SKU';

/** Why a trigger never became a sync, or why a push failed. */
export type FailureCode =
  /** The key of the app has expired. */
  | 'APP_KEY_EXPIRED'
  /** The marketplace refused the store's credentials. */
  | 'CREDENTIALS_REFUSED'
  /** The calls that the marketplace allows for a day are used up. */
  | 'DAILY_LIMIT'
  /** The endpoint says that it is gone for good. */
  | 'ENDPOINT_GONE'
  /** The store's endpoint is at an address that this server may not call. */
  | 'ENDPOINT_NOT_ALLOWED'
  /** The shop is in holiday mode. */
  | 'HOLIDAY_MODE'
  /** The marketplace answered with something that is not a reply in the agreed form. */
  | 'INVALID_REPLY'
  /** The listing is locked for now, by a promotion or a holiday mode for example. */
  | 'LISTING_LOCKED'
  /** The listing may not be changed in the state that it is in. */
  | 'LISTING_NOT_EDITABLE'
  /** The listing is unknown on the marketplace. */
  | 'LISTING_NOT_FOUND'
  /** The marketplace does not know the listing's location, or the product is not stocked there. */
  | 'LOCATION_NOT_FOUND'
  /** The shop has several locations, and the listing names none. */
  | 'LOCATION_REQUIRED'
  /** The warehouse SKU carries the shortage mark. */
  | 'MARKED_SHORT'
  /** The marketplace answered with an error of its own (5xx). */
  | 'MARKETPLACE_ERROR'
  /** The marketplace could not be reached, or the connection broke. */
  | 'NETWORK_ERROR'
  /** The SKU is in no enabled sync rule. */
  | 'NOT_IN_ANY_RULE'
  /** The store SKU has no listing to write the quantity to. */
  | 'NO_LISTING'
  /** The rule covers a store in which no store SKU is mapped to the warehouse SKU. */
  | 'NO_STORE_SKU_MAPPING'
  /** Nothing is sent to the store, because somebody paused it. */
  | 'PAUSED_BY_HAND'
  /** The account that connected the store may not change its stock. */
  | 'PERMISSION_MISSING'
  /** The listing is in a promotion or a campaign, which locks its stock. */
  | 'PROMOTION_LOCKED'
  /** The quantity was changed on the marketplace in the meantime. */
  | 'QUANTITY_CHANGED'
  /** The marketplace answered with success, and the listing shows another quantity. */
  | 'QUANTITY_NOT_TAKEN'
  /** The marketplace does not accept this quantity. */
  | 'QUANTITY_REJECTED'
  /** The marketplace refused the push for a reason of its own. */
  | 'REJECTED'
  /** The seller is under a penalty of the marketplace. */
  | 'SELLER_PENALIZED'
  /** The marketplace does not take calls from this server's address. */
  | 'SERVER_NOT_ALLOWED'
  /** The marketplace has banned the shop. */
  | 'SHOP_BANNED'
  /** The shop is not linked to the app any more. */
  | 'SHOP_NOT_LINKED'
  /** The marketplace does not accept the signature: the key or the secret of the app is wrong. */
  | 'SIGNATURE_REFUSED'
  /** The marketplace or its warehouse keeps the stock of this listing by itself. */
  | 'STOCK_MANAGED_ELSEWHERE'
  /** The quantity is below what the marketplace has reserved for orders or a campaign. */
  | 'STOCK_RESERVED'
  /** No stock of the SKU has been reported in the rule's warehouses yet, so there is no quantity to push. */
  | 'STOCK_UNKNOWN'
  /** The store has no connection to push through. */
  | 'STORE_NOT_CONNECTED'
  /** Nothing is sent to the store for now but single probes, because its calls keep failing. */
  | 'STORE_PAUSED'
  /** The marketplace asked to slow down. */
  | 'THROTTLED'
  /** The marketplace did not answer in time; the quantity may or may not have been applied. */
  | 'TIMED_OUT'
  /** The marketplace answered with a code that is not in its table. */
  | 'UNRECOGNISED'
  /** The product is there, and the variant is not. */
  | 'VARIANT_NOT_FOUND'
  /** The product has variants, and the listing names none. */
  | 'VARIANT_REQUIRED'
  /** It waited for its store for longer than a push may take. */
  | 'WAITED_TOO_LONG'
  /** The stock changed in a warehouse that the governing rule does not use. */
  | 'WAREHOUSE_NOT_IN_RULE';

/** A range of whole numbers, both ends included. */
export type IntRange = {
  /** The smallest; left out, there is no smallest. */
  from?: number | null | undefined;
  /** The largest; left out, there is no largest. */
  to?: number | null | undefined;
};

/** Which manual syncs. Fields are ANDed; one that is left out says nothing; an empty list matches nothing. */
export type ManualSyncFilter = {
  /** When it was requested. */
  createdAt?: DateTimeRange | null | undefined;
  /** Kind is one of these. */
  kindIn?: Array<ManualSyncKind> | null | undefined;
  /** Requested by exactly this one: the name of an API key, or the subject of a token. */
  requestedBy?: string | null | undefined;
  /** Status is one of these. */
  statusIn?: Array<SyncStatus> | null | undefined;
  /** Sync rule that was chosen is one of these; at most 500. */
  syncRuleIds?: Array<string> | null | undefined;
};

/** What kind of manual action a person took. */
export type ManualSyncKind =
  /** Synced chosen SKUs, stores or both. */
  | 'MANUAL_SYNC'
  /** Pushed again what the history showed. */
  | 'RESYNC'
  /** Synced a whole rule. */
  | 'SYNC_NOW';

/** In which order the items come. The id decides between items that are equal in the field. */
export type ManualSyncOrder = {
  /** Which way. */
  direction: OrderDirection;
  /** What the items are sorted by. */
  field: ManualSyncOrderField;
};

/** What manual syncs can be sorted by. */
export type ManualSyncOrderField =
  /** When the person did it. */
  | 'CREATED_AT'
  /** When the last of its records became final; what is pending is the oldest. */
  | 'FINISHED_AT'
  /** Kind, by its word. */
  | 'KIND'
  /** Who did it. */
  | 'REQUESTED_BY'
  /** Status, by its word. */
  | 'STATUS';

/** A platform on which a merchant has stores. */
export type Marketplace =
  /** Any HTTP endpoint of the merchant's own. */
  | 'CUSTOM'
  /** Lazada. */
  | 'LAZADA'
  /** Shopee. */
  | 'SHOPEE'
  /** Shopify. */
  | 'SHOPIFY'
  /** TikTok Shop. */
  | 'TIKTOK_SHOP'
  /** Tokopedia. */
  | 'TOKOPEDIA'
  /** WooCommerce. */
  | 'WOOCOMMERCE';

/** Which way an order goes. */
export type OrderDirection =
  /** The smallest, or oldest, first. */
  | 'ASC'
  /** The largest, or newest, first. */
  | 'DESC';

/** What to push again. Exactly one of storeSkuIds and filter is given. */
export type ResyncInput = {
  /** Every store SKU that matches, not only those on the visible page. An empty filter means all. */
  filter?: StoreSkuFilter | null | undefined;
  /** Your own key for this click, up to 200 bytes. A call that is repeated under its key starts nothing. */
  idempotencyKey?: string | null | undefined;
  /** These store SKUs; 1 to 1,000. */
  storeSkuIds?: Array<string> | null | undefined;
};

/** What the holder of an API key or a token may do. */
export type Role =
  /** Also reports stock and changes the catalogue and the rules. */
  | 'ADMIN'
  /** Reads and starts syncs: resync, manual sync, sync now. */
  | 'OPERATOR'
  /** Reads. */
  | 'VIEWER';

/** Which store SKUs. Fields are ANDed; one that is left out says nothing; an empty list matches nothing. */
export type StoreSkuFilter = {
  /** True: synced at least once. False: never synced. */
  hasLastSync?: boolean | null | undefined;
  /** True: governed by a sync rule. False: governed by none. */
  hasSyncRule?: boolean | null | undefined;
  /** These store SKUs; at most 500. */
  ids?: Array<string> | null | undefined;
  /** Time of the last sync. What was never synced is in no range. */
  lastSyncAt?: DateTimeRange | null | undefined;
  /** Marketplace is one of these. */
  marketplaceIn?: Array<Marketplace> | null | undefined;
  /** Quantity of the last sync. What was never synced is in no range. */
  quantity?: IntRange | null | undefined;
  /** Reason of the last sync is one of these. */
  reasonIn?: Array<SyncReason> | null | undefined;
  /**
   * Text that the SKU code, product name or variation name has in it, or the code or name of a warehouse SKU that the
   * store SKU is made of; letter case does not matter.
   */
  search?: string | null | undefined;
  /** Status of the last sync is one of these. */
  statusIn?: Array<SyncStatus> | null | undefined;
  /** Store is one of these; at most 500. */
  storeIds?: Array<string> | null | undefined;
  /** Governing sync rule is one of these; at most 500. */
  syncRuleIds?: Array<string> | null | undefined;
  /** Made of one of these warehouse SKUs, among others perhaps; at most 500. */
  warehouseSkuIds?: Array<string> | null | undefined;
};

/** In which order the items come. The id decides between items that are equal in the field. */
export type StoreSkuOrder = {
  /** Which way. */
  direction: OrderDirection;
  /** What the items are sorted by. */
  field: StoreSkuOrderField;
};

/** What store SKUs can be sorted by. */
export type StoreSkuOrderField =
  /** When it was made. */
  | 'CREATED_AT'
  /** Time of the last sync; what was never synced is the oldest. */
  | 'LAST_SYNC_AT'
  /** Quantity of the last sync; 0 where there was none. */
  | 'LAST_SYNC_QUANTITY'
  /** Reason of the last sync, by its word; an empty one where there was none. */
  | 'LAST_SYNC_REASON'
  /** Status of the last sync, by its word; an empty one where there was none. */
  | 'LAST_SYNC_STATUS'
  /** Marketplace, by its word. */
  | 'MARKETPLACE'
  /** Name of the product. */
  | 'PRODUCT_NAME'
  /** SKU code. */
  | 'SKU'
  /** Name of the store. */
  | 'STORE'
  /** Name of the governing rule; an empty one where there is none. */
  | 'SYNC_RULE'
  /** Code of the warehouse SKU that it is made of, the first by code where there are several. */
  | 'WAREHOUSE_SKU';

/** What to sync: the store SKUs that meet all that is given. At least one of the three is. */
export type SyncManuallyInput = {
  /** Your own key for this click, up to 200 bytes. A call that is repeated under its key starts nothing. */
  idempotencyKey?: string | null | undefined;
  /** In one of these stores; at most 1,000. */
  storeIds?: Array<string> | null | undefined;
  /** Governed by this rule, which is enabled. */
  syncRuleId?: string | null | undefined;
  /** Made of one of these warehouse SKUs; at most 1,000. */
  warehouseSkuIds?: Array<string> | null | undefined;
};

/** What triggered a sync. */
export type SyncReason =
  /** The inventory was read anew. */
  | 'INVENTORY_REFRESHED'
  /** A person chose SKUs and stores to sync. */
  | 'MANUAL_SYNC'
  /** A store SKU is now made of other warehouse SKUs. */
  | 'MAPPING_CHANGED'
  /** An order moved on to packing. */
  | 'ORDER_MOVED_TO_PACK'
  /** An order came in from a marketplace. */
  | 'ORDER_SYNCED'
  /** An order was voided, so its stock is free again. */
  | 'ORDER_VOIDED'
  /** A person pushed again what had been synced before. */
  | 'RESYNC'
  /** A sync rule was made, changed, switched or deleted. */
  | 'RULE_CHANGED'
  /** The shortage mark was taken off a warehouse SKU. */
  | 'SHORTAGE_CLEARED'
  /** The stock was counted. */
  | 'STOCK_COUNTED'
  /** Stock was added by hand. */
  | 'STOCK_IN_MANUAL'
  /** A purchase arrived. */
  | 'STOCK_IN_PURCHASE'
  /** A return was added by hand. */
  | 'STOCK_IN_RETURN_MANUAL'
  /** A return was scanned in. */
  | 'STOCK_IN_RETURN_SCAN'
  /** Stock arrived from another warehouse. */
  | 'STOCK_IN_TRANSFER'
  /** Stock was taken out by hand. */
  | 'STOCK_OUT_MANUAL'
  /** Stock left because it was sold. */
  | 'STOCK_OUT_SALE'
  /** Stock left for another warehouse. */
  | 'STOCK_OUT_TRANSFER'
  /** A person synced a whole rule. */
  | 'SYNC_NOW'
  /** A voided order was taken back into work. */
  | 'VOIDED_ORDER_REVERTED'
  /** An order or SKU moved to another warehouse. */
  | 'WAREHOUSE_CHANGED';

/** Which sync records. Fields are ANDed; one that is left out says nothing; an empty list matches nothing. */
export type SyncRecordFilter = {
  /** When the record was made. */
  createdAt?: DateTimeRange | null | undefined;
  /** Reason of the failure, of the last attempt while it is pending, is one of these. */
  failureCodeIn?: Array<FailureCode> | null | undefined;
  /** Caused by one of these manual syncs; at most 500. */
  manualSyncIds?: Array<string> | null | undefined;
  /** Marketplace is one of these. */
  marketplaceIn?: Array<Marketplace> | null | undefined;
  /** Reason is one of these. */
  reasonIn?: Array<SyncReason> | null | undefined;
  /**
   * Text that the code or a name of the store SKU, or the code or name of the warehouse SKU that triggered the sync, has
   * in it; letter case does not matter.
   */
  search?: string | null | undefined;
  /** Status is one of these. */
  statusIn?: Array<SyncStatus> | null | undefined;
  /** Store is one of these; at most 500. */
  storeIds?: Array<string> | null | undefined;
  /** Store SKU is one of these; at most 500. */
  storeSkuIds?: Array<string> | null | undefined;
  /** Sync rule that governed is one of these; at most 500. */
  syncRuleIds?: Array<string> | null | undefined;
  /** Warehouse whose stock changed is one of these; at most 500. */
  warehouseIds?: Array<string> | null | undefined;
  /** Warehouse SKU that triggered the sync, or that limited the quantity, is one of these; at most 500. */
  warehouseSkuIds?: Array<string> | null | undefined;
};

/** The rule to sync. */
export type SyncRuleNowInput = {
  /** Your own key for this click, up to 200 bytes. A call that is repeated under its key starts nothing. */
  idempotencyKey?: string | null | undefined;
  /** The rule, which is enabled. */
  syncRuleId: string;
};

/** Where one sync, or a group of syncs, stands. All but PENDING are final. */
export type SyncStatus =
  /** No listing took the quantity. Of a group: all that ran failed. */
  | 'FAILED'
  /** Some listings took the quantity, some did not. Of a group: some succeeded, some failed. */
  | 'PARTIALLY_FAILED'
  /** Waiting or in flight, waiting for a retry included. Of a group: at least one is pending. */
  | 'PENDING'
  /** Superseded: a newer sync of the same store SKU came before this one was sent. Of a group: every one was skipped. */
  | 'SKIPPED'
  /** Every listing took the quantity. Of a group: all that ran succeeded. */
  | 'SUCCESS';

/** The kinds of input problems. */
export type UserErrorCode =
  /** The idempotency key was used before, for a different request. */
  | 'IDEMPOTENCY_KEY_REUSED'
  /** The change would take the available stock below zero. */
  | 'INSUFFICIENT_STOCK'
  /** The value has the wrong form. */
  | 'INVALID'
  /** Nothing of the merchant has this id or code. */
  | 'NOT_FOUND'
  /** The number is too small or too large. */
  | 'OUT_OF_RANGE'
  /** A value that is needed is missing or blank. */
  | 'REQUIRED'
  /** The value is already in use, or appears twice in the input. */
  | 'TAKEN'
  /** The text is longer than allowed. */
  | 'TOO_LONG'
  /** The list has more items than allowed. */
  | 'TOO_MANY';

/**
 * Which warehouse SKUs. Fields are ANDed; one that is left out says nothing; an empty list matches nothing. What is said
 * about marketplaces, stores and rules must hold for one and the same store SKU that is made of the warehouse SKU.
 */
export type WarehouseSkuFilter = {
  /** True: synced at least once. False: never synced. */
  hasLastSync?: boolean | null | undefined;
  /** These warehouse SKUs; at most 500. */
  ids?: Array<string> | null | undefined;
  /** True: carries the shortage mark. False: does not. */
  isMarkedShort?: boolean | null | undefined;
  /** Time of the last sync. What was never synced is in no range. */
  lastSyncAt?: DateTimeRange | null | undefined;
  /** Has a store SKU on one of these marketplaces. */
  marketplaceIn?: Array<Marketplace> | null | undefined;
  /** Quantity of the last sync. What was never synced is in no range. */
  quantity?: IntRange | null | undefined;
  /** Reason of the last sync is one of these. */
  reasonIn?: Array<SyncReason> | null | undefined;
  /** Text that the SKU code or the name has in it; letter case does not matter. */
  search?: string | null | undefined;
  /** Status of the last sync is one of these. */
  statusIn?: Array<SyncStatus> | null | undefined;
  /** Has a store SKU in one of these stores; at most 500. */
  storeIds?: Array<string> | null | undefined;
  /** Has a store SKU that one of these sync rules governs; at most 500. */
  syncRuleIds?: Array<string> | null | undefined;
};

/** In which order the items come. The id decides between items that are equal in the field. */
export type WarehouseSkuOrder = {
  /** Which way. */
  direction: OrderDirection;
  /** What the items are sorted by. */
  field: WarehouseSkuOrderField;
};

/** What warehouse SKUs can be sorted by. */
export type WarehouseSkuOrderField =
  /** When it was made. */
  | 'CREATED_AT'
  /** Time of the last sync; what was never synced is the oldest. */
  | 'LAST_SYNC_AT'
  /** Quantity of the last sync; 0 where there was none. */
  | 'LAST_SYNC_QUANTITY'
  /** Reason of the last sync, by its word; an empty one where there was none. */
  | 'LAST_SYNC_REASON'
  /** Status of the last sync, by its word; an empty one where there was none. */
  | 'LAST_SYNC_STATUS'
  /** Name. */
  | 'NAME'
  /** SKU code. */
  | 'SKU';

export type FailureSummaryQueryVariables = Exact<{
  filter?: FailedTriggerFilter | null | undefined;
}>;


export type FailureSummaryQuery = { failureReasons: Array<{ explanation: string, count: number | null, lastOccurredAt: string | null, code: FailureCode, title: string, remedy: string, isRetryable: boolean }> | null };

export type FailedTriggerTabQueryVariables = Exact<{
  filter?: FailedTriggerFilter | null | undefined;
  orderBy?: FailedTriggerOrder | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type FailedTriggerTabQuery = { failedTriggers: { nodes: Array<{ id: string, occurredAt: string, reason: SyncReason, reference: string | null, movement: number, failureReason: { code: FailureCode, title: string, remedy: string, isRetryable: boolean }, warehouseSku: { id: string, sku: string, name: string } | null, store: { id: string, name: string } | null, syncRule: { id: string, name: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null, hasPreviousPage: boolean, startCursor: string | null } } | null };

export type StoreSkuRowFragment = { id: string, sku: string, productName: string, variationName: string, marketplace: Marketplace, store: { id: string, name: string } | null, syncRule: { id: string, name: string } | null, lastSync: { status: SyncStatus, quantity: number, reason: SyncReason | null, at: string, record: { id: string, attemptCount: number, nextAttemptAt: string | null, failureMessage: string | null, failureReason: { code: FailureCode, title: string, remedy: string, isRetryable: boolean } | null } | null } | null };

export type LastSyncCellFragment = { status: SyncStatus, quantity: number, reason: SyncReason | null, at: string, record: { id: string, attemptCount: number, nextAttemptAt: string | null, failureMessage: string | null, failureReason: { code: FailureCode, title: string, remedy: string, isRetryable: boolean } | null } | null };

export type FailureTextFragment = { code: FailureCode, title: string, remedy: string, isRetryable: boolean };

export type RecordStateFragment = { id: string, status: SyncStatus, reason: SyncReason, createdAt: string, quantityAfter: number, attemptCount: number, nextAttemptAt: string | null, failureMessage: string | null, failureReason: { code: FailureCode, title: string, remedy: string, isRetryable: boolean } | null, storeSku: { id: string } | null };

export type RecordLineFragment = { id: string, createdAt: string, status: SyncStatus, reason: SyncReason, reference: string | null, quantityBefore: number, movement: number, quantityAfter: number, isClamped: boolean, attemptCount: number, nextAttemptAt: string | null, failureMessage: string | null, failureReason: { code: FailureCode, title: string, remedy: string, isRetryable: boolean } | null, supersededBy: { id: string } | null };

export type ManualSyncStateFragment = { id: string, status: SyncStatus, finishedAt: string | null, counts: { total: number, pending: number, success: number, partiallyFailed: number, failed: number, skipped: number } };

export type PageFragment = { hasNextPage: boolean, endCursor: string | null, hasPreviousPage: boolean, startCursor: string | null };

export type SyncStepsSubscriptionVariables = Exact<{
  filter?: SyncRecordFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type SyncStepsSubscription = { syncStatusChanged: { status: SyncStatus, version: number, cursor: string, at: string, record: { id: string, status: SyncStatus, reason: SyncReason, createdAt: string, quantityAfter: number, attemptCount: number, nextAttemptAt: string | null, failureMessage: string | null, failureReason: { code: FailureCode, title: string, remedy: string, isRetryable: boolean } | null, storeSku: { id: string } | null } } | null };

export type ManualSyncProgressSubscriptionVariables = Exact<{
  id: string;
}>;


export type ManualSyncProgressSubscription = { manualSyncProgress: { id: string, status: SyncStatus, finishedAt: string | null, leftOut: Array<{ count: number, failureReason: { code: FailureCode, title: string, remedy: string, isRetryable: boolean } }>, counts: { total: number, pending: number, success: number, partiallyFailed: number, failed: number, skipped: number } } | null };

export type ManualSyncTabQueryVariables = Exact<{
  filter?: ManualSyncFilter | null | undefined;
  orderBy?: ManualSyncOrder | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ManualSyncTabQuery = { manualSyncs: { nodes: Array<{ kind: ManualSyncKind, requestedBy: string, createdAt: string, id: string, status: SyncStatus, finishedAt: string | null, syncRule: { id: string, name: string } | null, leftOut: Array<{ count: number, failureReason: { code: FailureCode, title: string, remedy: string, isRetryable: boolean } }>, counts: { total: number, pending: number, success: number, partiallyFailed: number, failed: number, skipped: number } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null, hasPreviousPage: boolean, startCursor: string | null } } | null };

export type ManualSyncDetailsQueryVariables = Exact<{
  id: string;
  filter?: SyncRecordFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ManualSyncDetailsQuery = { node:
    | { id: string }
    | { id: string }
    | { id: string, status: SyncStatus, finishedAt: string | null, syncRecords: { nodes: Array<{ id: string, createdAt: string, status: SyncStatus, reason: SyncReason, reference: string | null, quantityBefore: number, movement: number, quantityAfter: number, isClamped: boolean, attemptCount: number, nextAttemptAt: string | null, failureMessage: string | null, storeSku: { id: string, sku: string } | null, failureReason: { code: FailureCode, title: string, remedy: string, isRetryable: boolean } | null, supersededBy: { id: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null, hasPreviousPage: boolean, startCursor: string | null } } | null, counts: { total: number, pending: number, success: number, partiallyFailed: number, failed: number, skipped: number } }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
   | null };

export type ResyncMutationVariables = Exact<{
  input: ResyncInput;
}>;


export type ResyncMutation = { resync: { takenCount: number, leftOutCount: number, isReplay: boolean, manualSync: { id: string, status: SyncStatus, finishedAt: string | null, syncRecords: { nodes: Array<{ id: string, status: SyncStatus, reason: SyncReason, createdAt: string, quantityAfter: number, attemptCount: number, nextAttemptAt: string | null, failureMessage: string | null, failureReason: { code: FailureCode, title: string, remedy: string, isRetryable: boolean } | null, storeSku: { id: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null, hasPreviousPage: boolean, startCursor: string | null } } | null, counts: { total: number, pending: number, success: number, partiallyFailed: number, failed: number, skipped: number } } | null, leftOut: Array<{ count: number, failureReason: { code: FailureCode, title: string, remedy: string, isRetryable: boolean } }>, userErrors: Array<{ field: Array<string>, message: string, code: UserErrorCode }> } | null };

export type ResyncedRecordsQueryVariables = Exact<{
  id: string;
  after?: string | null | undefined;
}>;


export type ResyncedRecordsQuery = { node:
    | { id: string }
    | { id: string }
    | { id: string, syncRecords: { nodes: Array<{ id: string, status: SyncStatus, reason: SyncReason, createdAt: string, quantityAfter: number, attemptCount: number, nextAttemptAt: string | null, failureMessage: string | null, failureReason: { code: FailureCode, title: string, remedy: string, isRetryable: boolean } | null, storeSku: { id: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null, hasPreviousPage: boolean, startCursor: string | null } } | null }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
   | null };

export type SyncManuallyMutationVariables = Exact<{
  input: SyncManuallyInput;
}>;


export type SyncManuallyMutation = { syncManually: { takenCount: number, leftOutCount: number, manualSync: { id: string, status: SyncStatus, finishedAt: string | null, counts: { total: number, pending: number, success: number, partiallyFailed: number, failed: number, skipped: number } } | null, userErrors: Array<{ field: Array<string>, message: string, code: UserErrorCode }> } | null };

export type SyncRuleNowMutationVariables = Exact<{
  input: SyncRuleNowInput;
}>;


export type SyncRuleNowMutation = { syncRuleNow: { takenCount: number, leftOutCount: number, manualSync: { id: string, status: SyncStatus, finishedAt: string | null, counts: { total: number, pending: number, success: number, partiallyFailed: number, failed: number, skipped: number } } | null, userErrors: Array<{ field: Array<string>, message: string, code: UserErrorCode }> } | null };

export type StartQueryVariables = Exact<{
  stores?: number | null | undefined;
}>;


export type StartQuery = { viewer: { role: Role, keyName: string, merchant: { id: string, name: string } } | null, syncStatuses: Array<{ status: SyncStatus, label: string }> | null, syncReasons: Array<{ reason: SyncReason, label: string }> | null, stores: { nodes: Array<{ id: string, name: string, marketplace: Marketplace, connection: { status: ConnectionStatus, isPaused: boolean } }> } | null };

export type StoreSkuTabQueryVariables = Exact<{
  filter?: StoreSkuFilter | null | undefined;
  orderBy?: StoreSkuOrder | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type StoreSkuTabQuery = { storeSkus: { nodes: Array<{ id: string, sku: string, productName: string, variationName: string, marketplace: Marketplace, store: { id: string, name: string } | null, syncRule: { id: string, name: string } | null, lastSync: { status: SyncStatus, quantity: number, reason: SyncReason | null, at: string, record: { id: string, attemptCount: number, nextAttemptAt: string | null, failureMessage: string | null, failureReason: { code: FailureCode, title: string, remedy: string, isRetryable: boolean } | null } | null } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null, hasPreviousPage: boolean, startCursor: string | null } } | null };

export type StoreSkuCountsQueryVariables = Exact<{
  filter?: StoreSkuFilter | null | undefined;
}>;


export type StoreSkuCountsQuery = { storeSkus: { totalCount: number | null, statusCounts: { neverSynced: number, pending: number, success: number, partiallyFailed: number, failed: number } | null } | null };

export type StoreSkuTabBackwardsQueryVariables = Exact<{
  filter?: StoreSkuFilter | null | undefined;
  orderBy?: StoreSkuOrder | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type StoreSkuTabBackwardsQuery = { storeSkus: { nodes: Array<{ id: string, sku: string, productName: string, variationName: string, marketplace: Marketplace, store: { id: string, name: string } | null, syncRule: { id: string, name: string } | null, lastSync: { status: SyncStatus, quantity: number, reason: SyncReason | null, at: string, record: { id: string, attemptCount: number, nextAttemptAt: string | null, failureMessage: string | null, failureReason: { code: FailureCode, title: string, remedy: string, isRetryable: boolean } | null } | null } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null, hasPreviousPage: boolean, startCursor: string | null } } | null };

export type StoreSkuDetailsQueryVariables = Exact<{
  id: string;
  filter?: SyncRecordFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type StoreSkuDetailsQuery = { node:
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { sku: string, pushedQuantity: number | null, id: string, syncRecords: { nodes: Array<{ id: string, createdAt: string, status: SyncStatus, reason: SyncReason, reference: string | null, quantityBefore: number, movement: number, quantityAfter: number, isClamped: boolean, attemptCount: number, nextAttemptAt: string | null, failureMessage: string | null, failureReason: { code: FailureCode, title: string, remedy: string, isRetryable: boolean } | null, supersededBy: { id: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null, hasPreviousPage: boolean, startCursor: string | null } } | null }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
   | null };

export type SyncRecordEvidenceQueryVariables = Exact<{
  id: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type SyncRecordEvidenceQuery = { node:
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string, createdAt: string, status: SyncStatus, reason: SyncReason, reference: string | null, quantityBefore: number, movement: number, quantityAfter: number, isClamped: boolean, attemptCount: number, nextAttemptAt: string | null, failureMessage: string | null, attempts: { nodes: Array<{ id: string, attemptNumber: number, productId: string, variantId: string | null, outcome: AttemptOutcome, httpStatus: number | null, request: string, response: string | null, retryAt: string | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null, hasPreviousPage: boolean, startCursor: string | null } } | null, failureReason: { code: FailureCode, title: string, remedy: string, isRetryable: boolean } | null, supersededBy: { id: string } | null }
    | { id: string }
    | { id: string }
    | { id: string }
   | null };

export type WarehouseSkuTabQueryVariables = Exact<{
  filter?: WarehouseSkuFilter | null | undefined;
  orderBy?: WarehouseSkuOrder | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type WarehouseSkuTabQuery = { warehouseSkus: { nodes: Array<{ id: string, sku: string, name: string, isMarkedShort: boolean, lastSync: { status: SyncStatus, quantity: number, reason: SyncReason | null, at: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null, hasPreviousPage: boolean, startCursor: string | null } } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const FailureTextFragmentDoc = new TypedDocumentString(`
    fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}
    `, {"fragmentName":"FailureText"}) as unknown as TypedDocumentString<FailureTextFragment, unknown>;
export const LastSyncCellFragmentDoc = new TypedDocumentString(`
    fragment LastSyncCell on LastSync {
  status
  quantity
  reason
  at
  record {
    id
    attemptCount
    nextAttemptAt
    failureReason {
      ...FailureText
    }
    failureMessage
  }
}
    fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}`, {"fragmentName":"LastSyncCell"}) as unknown as TypedDocumentString<LastSyncCellFragment, unknown>;
export const StoreSkuRowFragmentDoc = new TypedDocumentString(`
    fragment StoreSkuRow on StoreSku {
  id
  sku
  productName
  variationName
  marketplace
  store {
    id
    name
  }
  syncRule {
    id
    name
  }
  lastSync {
    ...LastSyncCell
  }
}
    fragment LastSyncCell on LastSync {
  status
  quantity
  reason
  at
  record {
    id
    attemptCount
    nextAttemptAt
    failureReason {
      ...FailureText
    }
    failureMessage
  }
}
fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}`, {"fragmentName":"StoreSkuRow"}) as unknown as TypedDocumentString<StoreSkuRowFragment, unknown>;
export const RecordStateFragmentDoc = new TypedDocumentString(`
    fragment RecordState on SyncRecord {
  id
  status
  reason
  createdAt
  quantityAfter
  attemptCount
  nextAttemptAt
  failureReason {
    ...FailureText
  }
  failureMessage
  storeSku {
    id
  }
}
    fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}`, {"fragmentName":"RecordState"}) as unknown as TypedDocumentString<RecordStateFragment, unknown>;
export const RecordLineFragmentDoc = new TypedDocumentString(`
    fragment RecordLine on SyncRecord {
  id
  createdAt
  status
  reason
  reference
  quantityBefore
  movement
  quantityAfter
  isClamped
  attemptCount
  nextAttemptAt
  failureReason {
    ...FailureText
  }
  failureMessage
  supersededBy {
    id
  }
}
    fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}`, {"fragmentName":"RecordLine"}) as unknown as TypedDocumentString<RecordLineFragment, unknown>;
export const ManualSyncStateFragmentDoc = new TypedDocumentString(`
    fragment ManualSyncState on ManualSync {
  id
  status
  counts {
    total
    pending
    success
    partiallyFailed
    failed
    skipped
  }
  finishedAt
}
    `, {"fragmentName":"ManualSyncState"}) as unknown as TypedDocumentString<ManualSyncStateFragment, unknown>;
export const PageFragmentDoc = new TypedDocumentString(`
    fragment Page on PageInfo {
  hasNextPage
  endCursor
  hasPreviousPage
  startCursor
}
    `, {"fragmentName":"Page"}) as unknown as TypedDocumentString<PageFragment, unknown>;
export const FailureSummaryDocument = new TypedDocumentString(`
    query FailureSummary($filter: FailedTriggerFilter) {
  failureReasons(filter: $filter) {
    ...FailureText
    explanation
    count
    lastOccurredAt
  }
}
    fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}`) as unknown as TypedDocumentString<FailureSummaryQuery, FailureSummaryQueryVariables>;
export const FailedTriggerTabDocument = new TypedDocumentString(`
    query FailedTriggerTab($filter: FailedTriggerFilter, $orderBy: FailedTriggerOrder, $first: Int, $after: String) {
  failedTriggers(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    nodes {
      id
      occurredAt
      reason
      reference
      movement
      failureReason {
        ...FailureText
      }
      warehouseSku {
        id
        sku
        name
      }
      store {
        id
        name
      }
      syncRule {
        id
        name
      }
    }
    pageInfo {
      ...Page
    }
  }
}
    fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}
fragment Page on PageInfo {
  hasNextPage
  endCursor
  hasPreviousPage
  startCursor
}`) as unknown as TypedDocumentString<FailedTriggerTabQuery, FailedTriggerTabQueryVariables>;
export const SyncStepsDocument = new TypedDocumentString(`
    subscription SyncSteps($filter: SyncRecordFilter, $after: String) {
  syncStatusChanged(filter: $filter, after: $after) {
    status
    version
    cursor
    at
    record {
      ...RecordState
    }
  }
}
    fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}
fragment RecordState on SyncRecord {
  id
  status
  reason
  createdAt
  quantityAfter
  attemptCount
  nextAttemptAt
  failureReason {
    ...FailureText
  }
  failureMessage
  storeSku {
    id
  }
}`) as unknown as TypedDocumentString<SyncStepsSubscription, SyncStepsSubscriptionVariables>;
export const ManualSyncProgressDocument = new TypedDocumentString(`
    subscription ManualSyncProgress($id: ID!) {
  manualSyncProgress(id: $id) {
    ...ManualSyncState
    leftOut {
      count
      failureReason {
        ...FailureText
      }
    }
  }
}
    fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}
fragment ManualSyncState on ManualSync {
  id
  status
  counts {
    total
    pending
    success
    partiallyFailed
    failed
    skipped
  }
  finishedAt
}`) as unknown as TypedDocumentString<ManualSyncProgressSubscription, ManualSyncProgressSubscriptionVariables>;
export const ManualSyncTabDocument = new TypedDocumentString(`
    query ManualSyncTab($filter: ManualSyncFilter, $orderBy: ManualSyncOrder, $first: Int, $after: String) {
  manualSyncs(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    nodes {
      ...ManualSyncState
      kind
      requestedBy
      createdAt
      syncRule {
        id
        name
      }
      leftOut {
        count
        failureReason {
          ...FailureText
        }
      }
    }
    pageInfo {
      ...Page
    }
  }
}
    fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}
fragment ManualSyncState on ManualSync {
  id
  status
  counts {
    total
    pending
    success
    partiallyFailed
    failed
    skipped
  }
  finishedAt
}
fragment Page on PageInfo {
  hasNextPage
  endCursor
  hasPreviousPage
  startCursor
}`) as unknown as TypedDocumentString<ManualSyncTabQuery, ManualSyncTabQueryVariables>;
export const ManualSyncDetailsDocument = new TypedDocumentString(`
    query ManualSyncDetails($id: ID!, $filter: SyncRecordFilter, $first: Int, $after: String) {
  node(id: $id) {
    id
    ... on ManualSync {
      ...ManualSyncState
      syncRecords(filter: $filter, first: $first, after: $after) {
        nodes {
          ...RecordLine
          storeSku {
            id
            sku
          }
        }
        pageInfo {
          ...Page
        }
      }
    }
  }
}
    fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}
fragment RecordLine on SyncRecord {
  id
  createdAt
  status
  reason
  reference
  quantityBefore
  movement
  quantityAfter
  isClamped
  attemptCount
  nextAttemptAt
  failureReason {
    ...FailureText
  }
  failureMessage
  supersededBy {
    id
  }
}
fragment ManualSyncState on ManualSync {
  id
  status
  counts {
    total
    pending
    success
    partiallyFailed
    failed
    skipped
  }
  finishedAt
}
fragment Page on PageInfo {
  hasNextPage
  endCursor
  hasPreviousPage
  startCursor
}`) as unknown as TypedDocumentString<ManualSyncDetailsQuery, ManualSyncDetailsQueryVariables>;
export const ResyncDocument = new TypedDocumentString(`
    mutation Resync($input: ResyncInput!) {
  resync(input: $input) {
    manualSync {
      ...ManualSyncState
      syncRecords(first: 100) {
        nodes {
          ...RecordState
        }
        pageInfo {
          ...Page
        }
      }
    }
    takenCount
    leftOutCount
    leftOut {
      count
      failureReason {
        ...FailureText
      }
    }
    isReplay
    userErrors {
      field
      message
      code
    }
  }
}
    fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}
fragment RecordState on SyncRecord {
  id
  status
  reason
  createdAt
  quantityAfter
  attemptCount
  nextAttemptAt
  failureReason {
    ...FailureText
  }
  failureMessage
  storeSku {
    id
  }
}
fragment ManualSyncState on ManualSync {
  id
  status
  counts {
    total
    pending
    success
    partiallyFailed
    failed
    skipped
  }
  finishedAt
}
fragment Page on PageInfo {
  hasNextPage
  endCursor
  hasPreviousPage
  startCursor
}`) as unknown as TypedDocumentString<ResyncMutation, ResyncMutationVariables>;
export const ResyncedRecordsDocument = new TypedDocumentString(`
    query ResyncedRecords($id: ID!, $after: String) {
  node(id: $id) {
    id
    ... on ManualSync {
      syncRecords(first: 100, after: $after) {
        nodes {
          ...RecordState
        }
        pageInfo {
          ...Page
        }
      }
    }
  }
}
    fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}
fragment RecordState on SyncRecord {
  id
  status
  reason
  createdAt
  quantityAfter
  attemptCount
  nextAttemptAt
  failureReason {
    ...FailureText
  }
  failureMessage
  storeSku {
    id
  }
}
fragment Page on PageInfo {
  hasNextPage
  endCursor
  hasPreviousPage
  startCursor
}`) as unknown as TypedDocumentString<ResyncedRecordsQuery, ResyncedRecordsQueryVariables>;
export const SyncManuallyDocument = new TypedDocumentString(`
    mutation SyncManually($input: SyncManuallyInput!) {
  syncManually(input: $input) {
    manualSync {
      ...ManualSyncState
    }
    takenCount
    leftOutCount
    userErrors {
      field
      message
      code
    }
  }
}
    fragment ManualSyncState on ManualSync {
  id
  status
  counts {
    total
    pending
    success
    partiallyFailed
    failed
    skipped
  }
  finishedAt
}`) as unknown as TypedDocumentString<SyncManuallyMutation, SyncManuallyMutationVariables>;
export const SyncRuleNowDocument = new TypedDocumentString(`
    mutation SyncRuleNow($input: SyncRuleNowInput!) {
  syncRuleNow(input: $input) {
    manualSync {
      ...ManualSyncState
    }
    takenCount
    leftOutCount
    userErrors {
      field
      message
      code
    }
  }
}
    fragment ManualSyncState on ManualSync {
  id
  status
  counts {
    total
    pending
    success
    partiallyFailed
    failed
    skipped
  }
  finishedAt
}`) as unknown as TypedDocumentString<SyncRuleNowMutation, SyncRuleNowMutationVariables>;
export const StartDocument = new TypedDocumentString(`
    query Start($stores: Int) {
  viewer {
    role
    keyName
    merchant {
      id
      name
    }
  }
  syncStatuses {
    status
    label
  }
  syncReasons {
    reason
    label
  }
  stores(first: $stores, orderBy: {field: NAME, direction: ASC}) {
    nodes {
      id
      name
      marketplace
      connection {
        status
        isPaused
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StartQuery, StartQueryVariables>;
export const StoreSkuTabDocument = new TypedDocumentString(`
    query StoreSkuTab($filter: StoreSkuFilter, $orderBy: StoreSkuOrder, $first: Int, $after: String) {
  storeSkus(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    nodes {
      ...StoreSkuRow
    }
    pageInfo {
      ...Page
    }
  }
}
    fragment StoreSkuRow on StoreSku {
  id
  sku
  productName
  variationName
  marketplace
  store {
    id
    name
  }
  syncRule {
    id
    name
  }
  lastSync {
    ...LastSyncCell
  }
}
fragment LastSyncCell on LastSync {
  status
  quantity
  reason
  at
  record {
    id
    attemptCount
    nextAttemptAt
    failureReason {
      ...FailureText
    }
    failureMessage
  }
}
fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}
fragment Page on PageInfo {
  hasNextPage
  endCursor
  hasPreviousPage
  startCursor
}`) as unknown as TypedDocumentString<StoreSkuTabQuery, StoreSkuTabQueryVariables>;
export const StoreSkuCountsDocument = new TypedDocumentString(`
    query StoreSkuCounts($filter: StoreSkuFilter) {
  storeSkus(filter: $filter, first: 1) {
    totalCount
    statusCounts {
      neverSynced
      pending
      success
      partiallyFailed
      failed
    }
  }
}
    `) as unknown as TypedDocumentString<StoreSkuCountsQuery, StoreSkuCountsQueryVariables>;
export const StoreSkuTabBackwardsDocument = new TypedDocumentString(`
    query StoreSkuTabBackwards($filter: StoreSkuFilter, $orderBy: StoreSkuOrder, $last: Int, $before: String) {
  storeSkus(filter: $filter, orderBy: $orderBy, last: $last, before: $before) {
    nodes {
      ...StoreSkuRow
    }
    pageInfo {
      ...Page
    }
  }
}
    fragment StoreSkuRow on StoreSku {
  id
  sku
  productName
  variationName
  marketplace
  store {
    id
    name
  }
  syncRule {
    id
    name
  }
  lastSync {
    ...LastSyncCell
  }
}
fragment LastSyncCell on LastSync {
  status
  quantity
  reason
  at
  record {
    id
    attemptCount
    nextAttemptAt
    failureReason {
      ...FailureText
    }
    failureMessage
  }
}
fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}
fragment Page on PageInfo {
  hasNextPage
  endCursor
  hasPreviousPage
  startCursor
}`) as unknown as TypedDocumentString<StoreSkuTabBackwardsQuery, StoreSkuTabBackwardsQueryVariables>;
export const StoreSkuDetailsDocument = new TypedDocumentString(`
    query StoreSkuDetails($id: ID!, $filter: SyncRecordFilter, $first: Int, $after: String) {
  node(id: $id) {
    id
    ... on StoreSku {
      sku
      pushedQuantity
      syncRecords(filter: $filter, first: $first, after: $after) {
        nodes {
          ...RecordLine
        }
        pageInfo {
          ...Page
        }
      }
    }
  }
}
    fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}
fragment RecordLine on SyncRecord {
  id
  createdAt
  status
  reason
  reference
  quantityBefore
  movement
  quantityAfter
  isClamped
  attemptCount
  nextAttemptAt
  failureReason {
    ...FailureText
  }
  failureMessage
  supersededBy {
    id
  }
}
fragment Page on PageInfo {
  hasNextPage
  endCursor
  hasPreviousPage
  startCursor
}`) as unknown as TypedDocumentString<StoreSkuDetailsQuery, StoreSkuDetailsQueryVariables>;
export const SyncRecordEvidenceDocument = new TypedDocumentString(`
    query SyncRecordEvidence($id: ID!, $first: Int, $after: String) {
  node(id: $id) {
    id
    ... on SyncRecord {
      ...RecordLine
      attempts(first: $first, after: $after) {
        nodes {
          id
          attemptNumber
          productId
          variantId
          outcome
          httpStatus
          request
          response
          retryAt
        }
        pageInfo {
          ...Page
        }
      }
    }
  }
}
    fragment FailureText on FailureReason {
  code
  title
  remedy
  isRetryable
}
fragment RecordLine on SyncRecord {
  id
  createdAt
  status
  reason
  reference
  quantityBefore
  movement
  quantityAfter
  isClamped
  attemptCount
  nextAttemptAt
  failureReason {
    ...FailureText
  }
  failureMessage
  supersededBy {
    id
  }
}
fragment Page on PageInfo {
  hasNextPage
  endCursor
  hasPreviousPage
  startCursor
}`) as unknown as TypedDocumentString<SyncRecordEvidenceQuery, SyncRecordEvidenceQueryVariables>;
export const WarehouseSkuTabDocument = new TypedDocumentString(`
    query WarehouseSkuTab($filter: WarehouseSkuFilter, $orderBy: WarehouseSkuOrder, $first: Int, $after: String) {
  warehouseSkus(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    nodes {
      id
      sku
      name
      isMarkedShort
      lastSync {
        status
        quantity
        reason
        at
      }
    }
    pageInfo {
      ...Page
    }
  }
}
    fragment Page on PageInfo {
  hasNextPage
  endCursor
  hasPreviousPage
  startCursor
}`) as unknown as TypedDocumentString<WarehouseSkuTabQuery, WarehouseSkuTabQueryVariables>;