import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordStateFragment, StoreSkuRowFragment, SyncStatus } from './generated.js';
import { Table } from './table.js';

const FIRST = '2026-11-24T08:00:00.000001Z';
const LATER = '2026-11-24T08:00:00.000002Z';

function record(id: string, status: SyncStatus, createdAt = FIRST, storeSku = 'sku'): RecordStateFragment {
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

function row(): StoreSkuRowFragment {
  return {
    id: 'sku',
    sku: 'SKU',
    productName: '',
    variationName: '',
    marketplace: 'SHOPEE',
    store: null,
    syncRule: null,
    lastSync: null,
  };
}

function table(...records: RecordStateFragment[]): Table {
  const table = new Table();
  table.replace([row()]);
  for (const record of records) table.apply(record);
  return table;
}

const shown = (table: Table) => table.rows().map(({ row, status, isOptimistic }) => [status, row.lastSync?.record?.id, isOptimistic]);

test('a record goes from pending to its end, and never back', () => {
  const ended = table(record('a', 'PENDING'), record('a', 'FAILED'), record('a', 'PENDING'));
  assert.deepEqual(shown(ended), [['FAILED', 'a', false]]);
});

test('a newer record takes the place of an older one, a microsecond is enough, and not the other way round', () => {
  assert.deepEqual(shown(table(record('a', 'SUCCESS'), record('b', 'PENDING', LATER))), [['PENDING', 'b', false]]);
  assert.deepEqual(shown(table(record('b', 'PENDING', LATER), record('a', 'SUCCESS'))), [['PENDING', 'b', false]]);
});

test('what was skipped does not take the place of its successor, which may be of the same moment', () => {
  assert.deepEqual(shown(table(record('b', 'PENDING'), record('a', 'SKIPPED'))), [['PENDING', 'b', false]]);
});

test('a click is shown at once, until something is known', () => {
  const confirmed = table(record('a', 'FAILED'));
  confirmed.claim('click', ['sku']);
  assert.deepEqual(shown(confirmed), [['PENDING', 'a', true]]);
  confirmed.apply(record('b', 'PENDING', LATER));
  assert.deepEqual(shown(confirmed), [['PENDING', 'b', false]]);
});

test('what is not confirmed goes back to what it was, but for what a later click waits for', () => {
  const refused = table(record('a', 'FAILED'));
  refused.claim('click', ['sku']);
  refused.release('click');
  assert.deepEqual(shown(refused), [['FAILED', 'a', false]]);
  refused.claim('first', ['sku']);
  refused.claim('second', ['sku']);
  refused.release('first');
  assert.deepEqual(shown(refused), [['PENDING', 'a', true]]);
});

test('what is not on the page is only counted', () => {
  const counted = table(record('a', 'PENDING', FIRST, 'another'));
  assert.deepEqual([shown(counted), counted.elsewhere], [[['NEVER_SYNCED', undefined, false]], 1]);
});
