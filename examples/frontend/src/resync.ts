// Resync with optimistic state: rows are shown as pending at the click, and as the server says as soon as it says so.
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { ApiError, type Api } from './api.js';
import { ManualSyncProgressDocument, ResyncDocument, type ManualSyncStateFragment, type ResyncMutation } from './generated.js';
import type { Socket } from './socket.js';
import type { Table } from './table.js';

const TRIES = 5;

export type Resynced = NonNullable<ResyncMutation['resync']>;

/** Pushes store SKUs again. The caller shows `userErrors` and `leftOut`. */
export async function resync(api: Api, table: Table, ids: string[]): Promise<Resynced> {
  // One key for each click: however often the request is sent, it is done once.
  const click = randomUUID();
  table.claim(click, ids);
  try {
    const done = await send(api, ids, click);
    for (const record of done.manualSync?.syncRecords?.nodes ?? []) table.apply(record);
    return done;
  } finally {
    // What was refused, left out or lost goes back to what it was. The records of a sync that is so large that it is planned
    // in the background come as live events.
    table.release(click);
  }
}

async function send(api: Api, storeSkuIds: string[], idempotencyKey: string): Promise<Resynced> {
  for (let tried = 1; ; tried += 1) {
    try {
      const { resync } = await api.request(ResyncDocument, { input: { storeSkuIds, idempotencyKey } });
      if (resync) return resync;
      throw new ApiError('no payload', 'NETWORK');
    } catch (error) {
      if (!(error instanceof ApiError && error.isPassing) || tried === TRIES) throw error;
      await wait(200 * 2 ** tried * Math.random());
    }
  }
}

/** Shows how far a manual sync is, until it has finished. After a break it is simply asked for again: it begins as it is. */
export async function watch(
  socket: Socket,
  id: string,
  show: (state: ManualSyncStateFragment) => void,
): Promise<ManualSyncStateFragment> {
  for (;;) {
    try {
      for await (const { manualSyncProgress: state } of socket.subscribe(ManualSyncProgressDocument, { id })) {
        if (state) show(state);
        if (state?.finishedAt) return state;
      }
    } catch (error) {
      if (error instanceof ApiError && !error.isPassing) throw error;
    }
    await wait(500);
  }
}
