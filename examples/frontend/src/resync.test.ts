import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Api, type Answer } from './api.js';
import { FakeServer, until } from './fake-server.js';
import { resync, watch } from './resync.js';
import { LATER, record, row } from './samples.js';
import { Socket } from './socket.js';
import { Table } from './table.js';

const LIMIT = { timeout: 20_000 };
const never = () => assert.fail();
const ASKED = 250;
const MADE = 232;

const ids = Array.from({ length: ASKED }, (_, number) => `sku-${number}`);
const made = ids.slice(0, MADE).map((id) => record(`of ${id}`, 'PENDING', LATER, id));

/** Records from a place on, 100 at a time. */
function page(from: number) {
  const hasNextPage = from + 100 < MADE;
  return { nodes: made.slice(from, from + 100), pageInfo: { hasNextPage, endCursor: String(from + 100) } };
}

const started = () => ({
  data: { resync: { takenCount: MADE, userErrors: [], leftOut: [], manualSync: { id: 'sync', syncRecords: page(0) } } },
});

/** How many rows are shown as this: pending in advance, pending, or as they were. */
function shown(table: Table): [number, number, number] {
  const rows = table.rows();
  const advance = rows.filter(({ isOptimistic }) => isOptimistic).length;
  const pending = rows.filter(({ status }) => status === 'PENDING').length - advance;
  return [advance, pending, rows.length - advance - pending];
}

async function resynced(more: (table: Table, from: number) => Answer<unknown>): Promise<Table> {
  const table = new Table();
  table.replace(ids.map((id) => row(id)));
  const server = new FakeServer({ Resync: started, ResyncedRecords: ({ after }) => more(table, Number(after)) });
  try {
    assert.equal((await resync(new Api(await server.listen()), table, ids)).takenCount, MADE);
  } finally {
    server.close();
  }
  return table;
}

test('all records of a resync are shown, and no row falls back while they are read', LIMIT, async () => {
  const told: unknown[] = [];
  const table = await resynced((table, from) => {
    told.push(shown(table));
    return { data: { node: { id: 'sync', syncRecords: page(from) } } };
  });
  assert.deepEqual(told, [
    [150, 100, 0],
    [50, 200, 0],
  ]);
  assert.deepEqual(shown(table), [0, MADE, ASKED - MADE]);
});

test('what was started is told, also where its records cannot be read', LIMIT, async () => {
  const table = await resynced(() => ({ errors: [{ message: 'no', extensions: { code: 'INTERNAL' } }] }));
  assert.deepEqual(shown(table), [0, 100, 150]);
});

test('a key that is refused ends the watching', LIMIT, async (t) => {
  const server = new FakeServer();
  t.after(() => server.close());
  server.closesWith = 4403;
  const socket = new Socket(await server.listen());
  await assert.rejects(watch(socket, 'sync', never, new AbortController().signal), { code: 4403 });
  assert.equal(server.sockets, 1);
});

test('an abort ends the watching while nothing comes', LIMIT, async (t) => {
  const server = new FakeServer();
  t.after(() => server.close());
  const stopped = new AbortController();
  const watching = watch(new Socket(await server.listen()), 'sync', never, stopped.signal);
  await until(() => server.open.size === 1);
  stopped.abort();
  await watching;
  await until(() => server.open.size === 0);
});
