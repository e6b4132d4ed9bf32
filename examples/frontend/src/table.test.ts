import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordStateFragment } from './generated.js';
import { FIRST, LATER, record, row } from './samples.js';
import { Table } from './table.js';

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

test('a step that was seen already, or is older than the page, is no news', () => {
  const tried = (attemptCount: number) => ({ ...record('a', 'PENDING'), attemptCount });
  const attempts = (table: Table) => table.rows()[0]?.row.lastSync?.record?.attemptCount;
  const stepped = table();
  stepped.apply(tried(2), 5);
  stepped.apply({ ...tried(2), failureMessage: 'again' }, 5);
  stepped.apply({ ...tried(2), failureMessage: 'older' }, 4);
  assert.equal(stepped.rows()[0]?.row.lastSync?.record?.failureMessage, null);
  // The page is a step further, and knows of no version.
  const page = table(tried(3)).rows().map(({ row }) => row);
  stepped.replace(page);
  stepped.apply(tried(1), 3);
  stepped.apply(tried(2), 6);
  assert.equal(attempts(stepped), 3);
  stepped.apply(tried(4), 7);
  assert.equal(attempts(stepped), 4);
  // The versions of another record are its own.
  stepped.apply(record('b', 'PENDING', LATER), 1);
  assert.deepEqual(shown(stepped), [['PENDING', 'b', false]]);
});

test('a newer record takes the place of an older one, a microsecond is enough, and not the other way round', () => {
  assert.deepEqual(shown(table(record('a', 'SUCCESS'), record('b', 'PENDING', LATER))), [['PENDING', 'b', false]]);
  assert.deepEqual(shown(table(record('b', 'PENDING', LATER), record('a', 'SUCCESS'))), [['PENDING', 'b', false]]);
});

test('what was skipped does not take the place of its successor, which may be of the same moment', () => {
  assert.deepEqual(shown(table(record('b', 'PENDING'), record('a', 'SKIPPED'))), [['PENDING', 'b', false]]);
  // Not even where the successor is told later.
  assert.deepEqual(shown(table(record('a', 'PENDING'), record('a', 'SKIPPED'))), [['PENDING', 'a', false]]);
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
