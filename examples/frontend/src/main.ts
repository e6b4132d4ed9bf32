// Shows on the terminal what a frontend does: the three tabs, page by page; a resync; live updates, through a break. Ends with 1
// when what was kept up to date live is not what the server has.
import { setTimeout as wait } from 'node:timers/promises';
import { Api } from './api.js';
import { follow } from './follow.js';
import {
  FailedTriggerTabDocument,
  FailureSummaryDocument,
  ManualSyncTabDocument,
  StartDocument,
  StoreSkuCountsDocument,
  StoreSkuDetailsDocument,
  StoreSkuTabDocument,
  type ManualSyncStateFragment,
  type StoreSkuFilter,
  type StoreSkuRowFragment,
} from './generated.js';
import { resync, watch } from './resync.js';
import { Socket } from './socket.js';
import { Table, type ShownRow } from './table.js';

const PAGE = 10;
const SECONDS = Number(process.env.SECONDS_LIVE ?? 10);

const token = process.env.TOKEN;
if (!token) {
  console.error('TOKEN is missing: give it the token that `stock-sync serve --demo` prints');
  process.exit(2);
}
const api = new Api({
  url: process.env.API ?? 'http://127.0.0.1:8080/graphql',
  token,
  language: process.env.LANGUAGE_OF_TEXTS ?? 'en',
});

const heading = (text: string) => console.log(`\n== ${text}`);

function line({ row, status, isOptimistic }: ShownRow): string {
  const why = row.lastSync?.record?.failureReason?.title ?? '';
  return `${row.sku.padEnd(20)} ${String(row.lastSync?.quantity ?? '-').padStart(6)}  ${status}${isOptimistic ? ' ...' : ''}  ${why}`;
}

const asShown = (row: StoreSkuRowFragment): ShownRow => ({
  row,
  status: row.lastSync?.status ?? 'NEVER_SYNCED',
  isOptimistic: false,
});

async function start(): Promise<void> {
  const { viewer, stores, syncStatuses } = await api.request(StartDocument, { stores: 50 });
  heading(`${viewer?.merchant.name}, as ${viewer?.role}`);
  console.log(`stores: ${stores?.nodes.map((store) => `${store.name} (${store.marketplace})`).join(', ')}`);
  console.log(`statuses: ${syncStatuses?.map((info) => info.label).join(', ')}`);
}

/** Some pages of what matches, by cursors. */
async function pages(filter: StoreSkuFilter, most: number): Promise<StoreSkuRowFragment[]> {
  const rows: StoreSkuRowFragment[] = [];
  let after: string | null | undefined;
  for (let page = 0; page < most; page += 1) {
    const { storeSkus } = await api.request(StoreSkuTabDocument, { filter, first: PAGE, after });
    rows.push(...(storeSkus?.nodes ?? []));
    if (!storeSkus?.pageInfo.hasNextPage) break;
    after = storeSkus.pageInfo.endCursor;
  }
  return rows;
}

async function tabs(): Promise<void> {
  const { storeSkus } = await api.request(StoreSkuCountsDocument, { filter: {} });
  heading(`tab 1: ${storeSkus?.totalCount} store SKUs, ${storeSkus?.statusCounts?.failed} failed; two pages of them`);
  const all = await pages({}, 2);
  for (const row of all) console.log(line(asShown(row)));

  const word = all[0]?.productName.split(' ')[0] ?? '';
  heading(`tab 1, search for "${word}" among what failed`);
  const found = await pages({ search: word, statusIn: ['FAILED', 'PARTIALLY_FAILED'] }, 1);
  for (const row of found) console.log(line(asShown(row)));

  const one = all[0];
  if (one) {
    heading(`details of ${one.sku}`);
    const { node } = await api.request(StoreSkuDetailsDocument, { id: one.id, first: 5 });
    if (node && 'syncRecords' in node) {
      for (const record of node.syncRecords?.nodes ?? []) {
        console.log(`${record.createdAt}  ${record.status}  ${record.quantityBefore} -> ${record.quantityAfter}  ${record.reason}`);
      }
    }
  }

  heading('tab 2: manual syncs');
  const { manualSyncs } = await api.request(ManualSyncTabDocument, { first: 5 });
  for (const sync of manualSyncs?.nodes ?? []) console.log(`${sync.createdAt}  ${sync.kind}  ${sync.status}  ${sync.counts.total} syncs`);

  heading('tab 3: failed triggers, by reason and one by one');
  const { failureReasons } = await api.request(FailureSummaryDocument, {});
  for (const reason of failureReasons ?? []) console.log(`${reason.count} x ${reason.title}: ${reason.remedy}`);
  const { failedTriggers } = await api.request(FailedTriggerTabDocument, { first: 5 });
  for (const trigger of failedTriggers?.nodes ?? []) {
    console.log(`${trigger.occurredAt}  ${trigger.warehouseSku?.sku ?? '-'}  ${trigger.failureReason.code}`);
  }
}

/** A page of rows that stays as it is but for their last syncs, live, through a break and a resync. */
async function live(): Promise<boolean> {
  const socket = new Socket(api.settings);
  const table = new Table();
  const ids = (await pages({ hasSyncRule: true }, 2)).map((row) => row.id);
  const filter: StoreSkuFilter = { ids };
  const read = async (signal?: AbortSignal) => {
    const { storeSkus } = await socket.request(StoreSkuTabDocument, { filter, first: 100 }, signal);
    return storeSkus?.nodes ?? [];
  };
  const stopped = new AbortController();
  let [steps, breaks] = [0, 0];
  heading(`live: ${ids.length} rows for ${SECONDS} s`);
  const following = follow(
    socket,
    {
      filter: { storeSkuIds: ids },
      refetch: async (signal) => table.replace(await read(signal)),
      apply: (step) => {
        steps += 1;
        table.apply(step.record, step.version);
        console.log(`${step.at}  ${step.status.padEnd(16)} ${step.record.quantityAfter}`);
      },
      broken: (_, pause) => {
        breaks += 1;
        console.log(`-- the connection broke; again in about ${pause} ms`);
      },
    },
    stopped.signal,
  );

  await wait((SECONDS * 1_000) / 2);
  socket.cut();
  await wait((SECONDS * 1_000) / 2);

  const chosen = ids.slice(0, 3);
  const asked = resync(api, table, chosen);
  console.log('-- resync of three rows; before it is answered they are');
  for (const row of table.rows().filter(({ row }) => chosen.includes(row.id))) console.log(line(row));
  const done = await asked;
  for (const error of done.userErrors) console.log(`${error.field.join('.')}: ${error.message}`);
  for (const left of done.leftOut) console.log(`${left.count} left out: ${left.failureReason.title}`);
  const isDone = done.manualSync !== null && done.manualSync !== undefined;
  if (done.manualSync) {
    const show = ({ status, counts }: ManualSyncStateFragment) =>
      console.log(`-- resync: ${status}, ${counts.pending} of ${counts.total} pending`);
    // What a marketplace answers late is tried again for a long time.
    await watch(socket, done.manualSync.id, show, AbortSignal.timeout(SECONDS * 1_000));
  }

  const isSame = await agrees(table, read);
  console.log(`-- ${steps} steps, ${breaks} breaks; the table is ${isSame ? '' : 'NOT '}what the server has`);
  stopped.abort();
  await following;
  await socket.close();
  return isSame && isDone && breaks > 0;
}

/** Whether the table is what the server has. Stock goes on changing, so it may take some looks until both are still. */
async function agrees(table: Table, read: () => Promise<readonly StoreSkuRowFragment[]>): Promise<boolean> {
  const told = (rows: readonly ShownRow[]) =>
    JSON.stringify(rows.map(({ row, status }) => [row.id, status, row.lastSync?.record?.id, row.lastSync?.quantity]).sort());
  for (let look = 0; look < 50; look += 1) {
    const rows = await read();
    if (told(table.rows()) === told(rows.map(asShown))) return true;
    await wait(200);
  }
  return false;
}

await start();
await tabs();
process.exitCode = (await live()) ? 0 : 1;
