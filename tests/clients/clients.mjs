// Each client does a query, a mutation, an error and a subscription. API is the URL of the server, TOKEN an admin's key.
// What is printed behind a persisted query are the methods and statuses of its requests.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import WebSocket from 'ws';
import * as gws from 'graphql-ws';
import * as gsse from 'graphql-sse';
import { cacheExchange, createClient as urql, fetchExchange, subscriptionExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
const API = process.env.API, TOKEN = process.env.TOKEN;
const WS = API.replace('http', 'ws'), bearer = `Bearer ${TOKEN}`;
const Q = 'query Stores { stores(first: 2) { nodes { id name } } }';
const BAD = '{ nothingLikeIt }';
const FIELD = '{ storeSkus(first: 1, after: "x") { nodes { id } } }';
const M = 'mutation Resync { resync(input: {filter: {statusIn: [FAILED]}}) { takenCount userErrors { message } } }';
const S = 'subscription Live { syncStatusChanged { status at } }';
const sha256 = async (text) => createHash('sha256').update(text).digest('hex');
const listed = (e) => [e.errors, e.graphQLErrors, e.networkError?.result?.errors, e.networkError?.graphQLErrors, e.cause?.errors, e.cause].find((l) => l?.length) ?? assert.fail(`no errors in ${e.name} ${JSON.stringify(e)}`);
globalThis.WebSocket ??= WebSocket;
let failed = 0;
async function tried(name, work) {
  let timer;
  const late = new Promise((_, no) => { timer = setTimeout(() => no(new Error('30 s went by')), 30_000); });
  try { const told = await Promise.race([work(), late]); console.log('ok  ', name, told ?? ''); }
  catch (error) { failed++; console.log('FAIL', name, error?.stack ?? error); }
  clearTimeout(timer);
}
const first = (subscribe) => new Promise((yes, no) => {
  let end; end = subscribe({ next: (v) => { yes(v); setTimeout(() => end?.()); }, error: no, complete: () => {} });
});
// graphql-ws
{
  const client = gws.createClient({ url: WS, webSocketImpl: WebSocket, connectionParams: { authorization: bearer } });
  const one = (query) => first((sink) => client.subscribe({ query }, sink));
  await tried('graphql-ws query', async () => assert((await one(Q)).data.stores.nodes.length));
  await tried('graphql-ws mutation', async () => assert.deepEqual((await one(M)).data.resync.userErrors, []));
  await tried('graphql-ws error', async () => { const e = await one(BAD).catch((e) => e); assert(Array.isArray(e)); return e[0].extensions.code; });
  await tried('graphql-ws subscription', async () => (await one(S)).data.syncStatusChanged.status);
  await client.dispose();
  const wrong = gws.createClient({ url: WS, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: { authorization: 'Bearer ssk_x' } });
  await tried('graphql-ws wrong key', async () => { const e = await first((s) => wrong.subscribe({ query: Q }, s)).catch((e) => e); assert.equal(e.code, 4403); return `${e.code} ${e.reason}`; });
}
// graphql-sse
{
  for (const url of [API, `${API}/stream`]) {
    const client = gsse.createClient({ url, headers: { authorization: bearer } });
    const one = (query) => first((sink) => client.subscribe({ query }, sink));
    await tried(`graphql-sse query ${url}`, async () => assert((await one(Q)).data.stores.nodes.length));
    await tried('graphql-sse mutation', async () => assert.deepEqual((await one(M)).data.resync.userErrors, []));
    await tried('graphql-sse error', async () => { const r = await one(BAD); return r.errors[0].extensions.code; });
    await tried('graphql-sse subscription', async () => (await one(S)).data.syncStatusChanged.status);
    client.dispose();
  }
  const wrong = gsse.createClient({ url: API, retryAttempts: 0, headers: { authorization: 'Bearer x' } });
  await tried('graphql-sse wrong key', async () => { const e = await first((s) => wrong.subscribe({ query: Q }, s)).catch((e) => e); assert.equal(e.response.status, 401); return e.message; });
}
// Apollo Client 3 and 4
for (const [name, root, major] of [['Apollo 3', '@apollo/client-3', 3], ['Apollo 4', '@apollo/client', 4]]) {
  const ext = major === 3 ? '.js' : '';
  const core = await import(major === 3 ? `${root}/core/index.js` : root);
  const { ApolloClient, InMemoryCache, HttpLink, ApolloLink, gql } = core;
  const sub = (p) => import(major === 3 ? `${root}/link/${p}/index.js` : `${root}/link/${p}`);
  const { GraphQLWsLink } = await sub('subscriptions');
  const persisted = await sub('persisted-queries');
  const log = [];
  const http = () => new HttpLink({ uri: API, headers: { authorization: bearer }, fetch: async (u, i) => {
    const r = await fetch(u, i); log.push([i.method, r.status]); return r; } });
  const socket = gws.createClient({ url: WS, webSocketImpl: WebSocket, connectionParams: { authorization: bearer } });
  const make = (link) => new ApolloClient({ link, cache: new InMemoryCache(), defaultOptions: { query: { fetchPolicy: 'network-only' } } });
  for (const [kind, link] of [['HttpLink', http()], ['GraphQLWsLink', new GraphQLWsLink(socket)]]) {
    const client = make(link);
    await tried(`${name} ${kind} query`, async () => assert((await client.query({ query: gql(Q) })).data.stores.nodes.length));
    await tried(`${name} ${kind} mutation`, async () => assert.deepEqual((await client.mutate({ mutation: gql(M) })).data.resync.userErrors.length, 0));
    for (const bad of [BAD, FIELD]) await tried(`${name} ${kind} error`, async () => {
      const e = await client.query({ query: gql(bad) }).catch((e) => e);
      const list = listed(e);
      return `${e.name} ${list[0].extensions.code}`; });
    if (kind === 'GraphQLWsLink') await tried(`${name} ${kind} subscription`, async () => {
      const r = await first((sink) => { const s = client.subscribe({ query: gql(S) }).subscribe(sink); return () => s.unsubscribe(); });
      return r.data.syncStatusChanged.status; });
  }
  for (const useGet of [false, true]) {
    const make_link = () => {
      const l = major === 3 ? persisted.createPersistedQueryLink({ sha256, useGETForHashedQueries: useGet })
        : new persisted.PersistedQueryLink({ sha256, useGETForHashedQueries: useGet });
      return l.concat ? l.concat(http()) : ApolloLink.from([l, http()]);
    };
    const query = gql(`query P${major}${useGet} { warehouses(first: 1) { nodes { id name } } }`);
    const run = async () => { log.length = 0; const r = await make(make_link()).query({ query }); assert(r.data.warehouses.nodes.length); return JSON.stringify(log); };
    await tried(`${name} persisted query, first, useGET ${useGet}`, run);
    await tried(`${name} persisted query, again`, async () => { const told = await run(); assert.equal(log.length, 1); assert.equal(log[0][0], useGet ? 'GET' : 'POST'); return told; });
    await tried(`${name} persisted mutation`, async () => { log.length = 0; const r = await make(make_link()).mutate({ mutation: gql(M) }); assert(r.data.resync); return JSON.stringify(log); });
    await tried(`${name} persisted error`, async () => { log.length = 0; const e = await make(make_link()).query({ query: gql(BAD) }).catch((e) => e);
      const list = listed(e); return `${list[0].extensions.code} ${JSON.stringify(log)}`; });
  }
  socket.dispose();
}
// urql
{
  const socket = gws.createClient({ url: WS, webSocketImpl: WebSocket, connectionParams: { authorization: bearer } });
  const log = [];
  const fetchOptions = { headers: { authorization: bearer } };
  const live = subscriptionExchange({ forwardSubscription: (request) => ({ subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? '' }, sink) }) }) });
  const logged = async (u, i) => { const r = await fetch(u, i); log.push([i.method ?? 'GET', r.status]); return r; };
  for (const preferGetMethod of [false, true]) {
    const plain = urql({ url: API, fetchOptions, fetch: logged, preferGetMethod, requestPolicy: 'network-only', exchanges: [fetchExchange, live] });
    await tried(`urql query get=${preferGetMethod}`, async () => { const r = await plain.query(Q, {}).toPromise(); assert.ifError(r.error); return JSON.stringify(log.splice(0)); });
    await tried('urql mutation', async () => { const r = await plain.mutation(M, {}).toPromise(); assert.ifError(r.error); return JSON.stringify(log.splice(0)); });
    for (const bad of [BAD, FIELD]) await tried('urql error', async () => { const r = await plain.query(bad, {}).toPromise(); return `${r.error.graphQLErrors[0].extensions.code} ${JSON.stringify(log.splice(0))}`; });
    await tried('urql subscription', async () => first((sink) => plain.subscription(S, {}).subscribe((r) => r.error ? sink.error(r.error) : sink.next(r)).unsubscribe).then((r) => r.data.syncStatusChanged.status));
  }
  for (const preferGetForPersistedQueries of [false, true]) {
    const client = urql({ url: API, fetchOptions, fetch: logged, requestPolicy: 'network-only', preferGetMethod: preferGetForPersistedQueries ? 'within-url-limit' : false,
      exchanges: [persistedExchange({ preferGetForPersistedQueries, enableForMutation: true, generateHash: sha256 }), fetchExchange, live] });
    const text = `query U${preferGetForPersistedQueries} { warehouses(first: 1) { nodes { id } } }`;
    for (const time of ['first', 'again']) await tried(`urql persisted ${time} get=${preferGetForPersistedQueries}`, async () => { log.length = 0; const r = await client.query(text, {}).toPromise(); assert.ifError(r.error); if (time === 'again') assert.equal(log.length, 1); return JSON.stringify(log); });
    await tried('urql persisted mutation', async () => { log.length = 0; const r = await client.mutation(M, {}).toPromise(); assert.ifError(r.error); return JSON.stringify(log); });
    await tried('urql persisted error', async () => { log.length = 0; const r = await client.query(BAD, {}).toPromise(); return `${r.error.graphQLErrors[0].extensions.code} ${JSON.stringify(log)}`; });
  }
  socket.dispose();
}
console.log(failed ? `${failed} FAILED` : 'all passed');
process.exit(failed ? 1 : 0);
