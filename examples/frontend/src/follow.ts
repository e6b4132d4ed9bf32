// Live updates without gaps: subscribe, then read, then apply; after a break the same again, from the last cursor.
import { setTimeout as wait } from 'node:timers/promises';
import { SyncStepsDocument, type SyncRecordFilter, type SyncStepsSubscription } from './generated.js';
import { isRefused, type Socket } from './socket.js';

export type Step = NonNullable<SyncStepsSubscription['syncStatusChanged']>;

export interface Followed {
  filter?: SyncRecordFilter;
  /** Reads the page anew, by the same socket, unless it is aborted before. */
  refetch(signal: AbortSignal): Promise<void>;
  apply(step: Step): void;
  /** Nothing is live until the next refetch. */
  broken(error: unknown, pause: number): void;
}

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 15_000;

/** Follows until it is aborted, whatever happens to the network and the server. Throws when the key is not good any more. */
export async function follow(socket: Socket, followed: Followed, signal: AbortSignal): Promise<void> {
  let cursor: string | undefined;
  let pause = FIRST_PAUSE;
  while (!signal.aborted) {
    const steps = socket.subscribe(SyncStepsDocument, { filter: followed.filter, after: cursor }, signal);
    try {
      // The steps that come while the page is read wait in `steps`.
      await followed.refetch(signal);
      pause = FIRST_PAUSE;
      for await (const { syncStatusChanged: step } of steps) {
        if (!step) continue;
        followed.apply(step);
        cursor = step.cursor;
      }
    } catch (error) {
      if (isRefused(error)) throw error;
      if (!signal.aborted) followed.broken(error, pause);
    } finally {
      // Where the page could not be read, nobody has read the steps to their end.
      await steps.return();
    }
    // Not all clients at once after a restart of the server.
    await wait(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}
