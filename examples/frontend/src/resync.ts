// Resync with optimistic state: rows are shown as pending at the click, and as the server says as soon as it says so.
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { ApiError, type Api } from './api.js';
import {
  ManualSyncProgressDocument,
  ResyncDocument,
  ResyncedRecordsDocument,
  type ManualSyncStateFragment,
  type ResyncMutation,
} from './generated.js';
import { isRefused, type Socket } from './socket.js';
import type { Table } from './table.js';

const TRIES = 5;

export type Resynced = NonNullable<ResyncMutation['resync']>;

/** Pushes store SKUs again. The caller shows `userErrors` and `leftOut`. */
export async function resync(api: Api, table: Table, ids: string[]): Promise<Resynced> {
  // One key for each click: however often the request is sent, it is done once.
  const click = randomUUID();
  table.claim(click, ids);
  try {
    const done = await patiently(() => send(api, ids, click));
    if (done.manualSync) await showRecords(api, table, done.manualSync);
    return done;
  } finally {
    // What was refused, left out or lost goes back to what it was. The records of a sync that is so large that it is planned
    // in the background come as live events.
    table.release(click);
  }
}

async function send(api: Api, storeSkuIds: string[], idempotencyKey: string): Promise<Resynced> {
  const { resync } = await api.request(ResyncDocument, { input: { storeSkuIds, idempotencyKey } });
  if (!resync) throw new ApiError('no payload', 'NETWORK');
  return resync;
}

/** Shows the records that were made: those that came along, then page by page. */
async function showRecords(api: Api, table: Table, made: NonNullable<Resynced['manualSync']>): Promise<void> {
  let page = made.syncRecords;
  while (page) {
    for (const record of page.nodes) table.apply(record);
    if (!page.pageInfo.hasNextPage) return;
    const after = page.pageInfo.endCursor;
    try {
      const { node } = await patiently(() => api.request(ResyncedRecordsDocument, { id: made.id, after }));
      page = node && 'syncRecords' in node ? node.syncRecords : null;
    } catch (error) {
      // What was started is started: these rows become what they are by live events.
      if (error instanceof ApiError) return;
      throw error;
    }
  }
}

/** Asks again where that may help in a moment. */
async function patiently<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiError && error.isPassing) || tried === TRIES) throw error;
      await wait(200 * 2 ** tried * Math.random());
    }
  }
}

/**
 * Shows how far a manual sync is, until it has finished or this is aborted. After a break it is simply asked for again: it begins
 * as it is. Throws when that is of no use, as when the key is not good any more.
 */
export async function watch(
  socket: Socket,
  id: string,
  show: (state: ManualSyncStateFragment) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { manualSyncProgress: state } of socket.subscribe(ManualSyncProgressDocument, { id }, signal)) {
        if (state) show(state);
        if (state?.finishedAt) return;
      }
    } catch (error) {
      if (isRefused(error) || (error instanceof ApiError && !error.isPassing)) throw error;
    }
    await wait(500, undefined, { signal }).catch(() => undefined);
  }
}
