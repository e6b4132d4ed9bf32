// Rows and records for tests.
import type { RecordStateFragment, StoreSkuRowFragment, SyncStatus } from './generated.js';

export const FIRST = '2026-11-24T08:00:00.000001Z';
export const LATER = '2026-11-24T08:00:00.000002Z';

export function record(id: string, status: SyncStatus, createdAt = FIRST, storeSku = 'sku'): RecordStateFragment {
  return {
    id,
    status,
    createdAt,
    reason: 'STOCK_COUNTED',
    quantityAfter: 7,
    attemptCount: 0,
    nextAttemptAt: null,
    failureReason: null,
    failureMessage: null,
    storeSku: { id: storeSku },
  };
}

export function row(id = 'sku'): StoreSkuRowFragment {
  return {
    id,
    sku: 'SKU',
    productName: '',
    variationName: '',
    marketplace: 'SHOPEE',
    store: null,
    syncRule: null,
    lastSync: null,
  };
}
