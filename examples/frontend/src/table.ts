// The rows of tab 1 as they are shown: what the server said last, and over it what was asked for and is not confirmed yet.
import type { RecordStateFragment, StoreSkuRowFragment, SyncStatus } from './generated.js';

export interface ShownRow {
  row: StoreSkuRowFragment;
  status: SyncStatus | 'NEVER_SYNCED';
  /** Shown before the server has confirmed it. */
  isOptimistic: boolean;
}

interface Known {
  row: StoreSkuRowFragment;
  /** Of the last step that was applied to the record of the row's last sync; 0 where none was. */
  version: number;
}

export class Table {
  #rows = new Map<string, Known>();
  /** The click that each of these rows waits for. */
  #claims = new Map<string, string>();
  /** Steps of store SKUs that are not on the page: worth a hint that there is news. */
  elsewhere = 0;

  /** A page as it was read. */
  replace(rows: readonly StoreSkuRowFragment[]): void {
    const before = this.#rows;
    this.#rows = new Map();
    for (const row of rows) this.#rows.set(row.id, { row, version: seen(before.get(row.id), recordOf(row)) });
    this.elsewhere = 0;
  }

  /** A record as a live event tells it, with the event's version, or as a mutation does. It may be older than what the page has. */
  apply(record: RecordStateFragment, version?: number): void {
    const known = this.#rows.get(record.storeSku?.id ?? '');
    if (!known) {
      this.elsewhere += 1;
      return;
    }
    if (!isNews(record, version, known)) return;
    const { row } = known;
    const next = { ...row, lastSync: lastSyncOf(record) };
    this.#rows.set(row.id, { row: next, version: version ?? seen(known, record.id) });
    // What is really under way takes the place of what was shown in advance.
    this.#claims.delete(row.id);
  }

  /** Shows rows as pending because of a click. */
  claim(click: string, ids: readonly string[]): void {
    for (const id of ids) this.#claims.set(id, click);
  }

  /** Shows what is not confirmed by now as it was before the click. */
  release(click: string): void {
    for (const [id, claimed] of this.#claims) if (claimed === click) this.#claims.delete(id);
  }

  rows(): ShownRow[] {
    return [...this.#rows.values()].map(({ row }) => {
      const isOptimistic = this.#claims.has(row.id);
      return { row, isOptimistic, status: isOptimistic ? 'PENDING' : (row.lastSync?.status ?? 'NEVER_SYNCED') };
    });
  }
}

/** Whether a record says more than the row has. Events and pages overtake each other, so each of them may be the older one. */
function isNews(record: RecordStateFragment, version: number | undefined, known: Known): boolean {
  const last = known.row.lastSync;
  // What was skipped has a successor, and that is the row's.
  if (record.status === 'SKIPPED') return false;
  if (!last) return true;
  if (last.record?.id !== record.id) return micros(record.createdAt) >= micros(last.at);
  if (version !== undefined && version <= known.version) return false;
  // Pages and mutations tell no version. Only PENDING is left for another status, and no attempt is taken back.
  if (last.status !== record.status) return last.status === 'PENDING';
  return record.attemptCount >= last.record.attemptCount;
}

/** The version of a record up to which its steps were applied. */
function seen(known: Known | undefined, record: string | undefined): number {
  return known && recordOf(known.row) === record ? known.version : 0;
}

/** The record of a row's last sync. */
function recordOf(row: StoreSkuRowFragment): string | undefined {
  return row.lastSync?.record?.id;
}

/** Microseconds since 1970: JavaScript's own times end at milliseconds. */
function micros(time: string): number {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '';
  return Math.floor(Date.parse(time) / 1_000) * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

function lastSyncOf(record: RecordStateFragment): NonNullable<StoreSkuRowFragment['lastSync']> {
  const { id, attemptCount, nextAttemptAt, failureReason, failureMessage } = record;
  return {
    status: record.status,
    quantity: record.quantityAfter,
    reason: record.reason,
    at: record.createdAt,
    record: { id, attemptCount, nextAttemptAt, failureReason, failureMessage },
  };
}
