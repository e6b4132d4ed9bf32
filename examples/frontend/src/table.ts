// The rows of tab 1 as they are shown: what the server said last, and over it what was asked for and is not confirmed yet.
import type { RecordStateFragment, StoreSkuRowFragment, SyncStatus } from './generated.js';

export interface ShownRow {
  row: StoreSkuRowFragment;
  status: SyncStatus | 'NEVER_SYNCED';
  /** Shown before the server has confirmed it. */
  isOptimistic: boolean;
}

export class Table {
  #rows = new Map<string, StoreSkuRowFragment>();
  /** The click that each of these rows waits for. */
  #claims = new Map<string, string>();
  /** Steps of store SKUs that are not on the page: worth a hint that there is news. */
  elsewhere = 0;

  /** A page as it was read. */
  replace(rows: readonly StoreSkuRowFragment[]): void {
    this.#rows = new Map(rows.map((row) => [row.id, row]));
    this.elsewhere = 0;
  }

  /** A record as a live event or a mutation tells it. It may be older than what the page has. */
  apply(record: RecordStateFragment): void {
    const row = this.#rows.get(record.storeSku?.id ?? '');
    if (!row) {
      this.elsewhere += 1;
      return;
    }
    if (!isNews(record, row)) return;
    this.#rows.set(row.id, { ...row, lastSync: lastSyncOf(record) });
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
    return [...this.#rows.values()].map((row) => {
      const isOptimistic = this.#claims.has(row.id);
      return { row, isOptimistic, status: isOptimistic ? 'PENDING' : (row.lastSync?.status ?? 'NEVER_SYNCED') };
    });
  }
}

/** Whether a record says more than the row has. Events and pages overtake each other, so each of them may be the older one. */
function isNews(record: RecordStateFragment, row: StoreSkuRowFragment): boolean {
  const last = row.lastSync;
  if (!last) return true;
  // Only PENDING is left for another status.
  if (last.record?.id === record.id) return last.status === 'PENDING' || record.status !== 'PENDING';
  // What was skipped has a successor, and that is the row's.
  return record.status !== 'SKIPPED' && micros(record.createdAt) >= micros(last.at);
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
