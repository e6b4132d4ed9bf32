import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { FakeServer, until } from './fake-server.js';
import { follow, type Followed } from './follow.js';
import { ManualSyncProgressDocument, StoreSkuTabDocument } from './generated.js';
import { Socket } from './socket.js';

const LIMIT = { timeout: 20_000 };
const never = () => assert.fail();

/** A server and a socket to it, which another subscription keeps open. */
async function connected(t: TestContext): Promise<{ server: FakeServer; socket: Socket }> {
  const server = new FakeServer();
  t.after(() => server.close());
  const socket = new Socket(await server.listen());
  socket.subscribe(ManualSyncProgressDocument, { id: 'another' });
  await until(() => server.open.size === 1);
  return { server, socket };
}

const followed = (refetch: Followed['refetch'], broken: Followed['broken'] = never): Followed => ({
  refetch,
  broken,
  apply: never,
});

const isAlone = (server: FakeServer) => [...server.open.values()].join() === 'ManualSyncProgress';

test('an abort ends it while nothing comes, and the subscription at the server', LIMIT, async (t) => {
  const { server, socket } = await connected(t);
  const stopped = new AbortController();
  const following = follow(socket, followed(async () => undefined), stopped.signal);
  await until(() => server.open.size === 2);
  stopped.abort();
  await following;
  await until(() => isAlone(server));
  assert.equal(server.sockets, 1);
});

test('an abort ends it while the page is read', LIMIT, async (t) => {
  const { server, socket } = await connected(t);
  const stopped = new AbortController();
  const read = async (signal: AbortSignal) => void (await socket.request(StoreSkuTabDocument, {}, signal));
  const following = follow(socket, followed(read), stopped.signal);
  await until(() => server.open.size === 3);
  stopped.abort();
  await following;
  await until(() => isAlone(server));
});

test('an abort ends it while the socket is being opened', LIMIT, async (t) => {
  const server = new FakeServer();
  t.after(() => server.close());
  server.isSilent = true;
  const stopped = new AbortController();
  const following = follow(new Socket(await server.listen()), followed(async () => undefined), stopped.signal);
  await until(() => server.sockets === 1);
  stopped.abort();
  await following;
});

test('a page that cannot be read leaves no subscription behind', LIMIT, async (t) => {
  const { server, socket } = await connected(t);
  const stopped = new AbortController();
  let failures = 0;
  const fail = async () => {
    await until(() => server.open.size === 2);
    failures += 1;
    throw new Error('the page cannot be read');
  };
  await follow(socket, followed(fail, () => failures === 3 && stopped.abort()), stopped.signal);
  await until(() => isAlone(server));
  assert.equal(server.sockets, 1);
});

test('a key that is refused ends it', LIMIT, async (t) => {
  const server = new FakeServer();
  t.after(() => server.close());
  server.closesWith = 4403;
  const socket = new Socket(await server.listen());
  await assert.rejects(follow(socket, followed(async () => undefined), new AbortController().signal), { code: 4403 });
  assert.equal(server.sockets, 1);
});
