// Live updates without gaps: subscribe, then read, then apply; after a break the same again, from the last cursor.
import { setTimeout as wait } from 'node:timers/promises';
import { SyncStepsDocument, type SyncRecordFilter, type SyncStepsSubscription } from './generated.js';
import type { Socket } from './socket.js';

export type Step = NonNullable<SyncStepsSubscription['syncStatusChanged']>;

export interface Followed {
  filter?: SyncRecordFilter;
  /** Reads the page anew, by the same socket. */
  refetch(): Promise<void>;
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
    try {
      const steps = socket.subscribe(SyncStepsDocument, { filter: followed.filter, after: cursor });
      const stop = () => void steps.return();
      signal.addEventListener('abort', stop, { once: true });
      // The steps that come while the page is read wait in `steps`.
      await followed.refetch();
      pause = FIRST_PAUSE;
      for await (const { syncStatusChanged: step } of steps) {
        if (!step) continue;
        followed.apply(step);
        cursor = step.cursor;
      }
      signal.removeEventListener('abort', stop);
    } catch (error) {
      if (isRefused(error)) throw error;
      followed.broken(error, pause);
    }
    if (signal.aborted) return;
    // Not all clients at once after a restart of the server.
    await wait(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

/** 4403: the key was revoked or the token has expired; a new one is needed. */
function isRefused(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 4403;
}
