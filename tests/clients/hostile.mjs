// What hostile requests cost a server: its CPU time for each, and how far its memory grows. Starts the program that is
// given, with production settings and an SQLite database of its own, so it needs nothing but Node.js 20 and Linux.
//
//   node tests/clients/hostile.mjs target/release/stock-sync [part of a name]
//
// A request of at most 100 KB may cost 100 ms and 64 MB; larger ones, up to the limit of a body, are measured against the
// same. Ends with 1 when one costs more, when the server dies, or when one that must be refused is answered.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cases } from './hostile-cases.mjs';

const MOST_MS = 100, MOST_MB = 64;
const [program, part = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
const database = `sqlite://${folder}/hostile.db`;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

const token = execFileSync(program, ['merchant', 'add', 'hostile', '--database-url', database, '--log', 'error'])
  .toString().match(/ssk_[\w-]+/)[0];
const server = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--database-url', database, '--log', 'error'],
  { stdio: ['ignore', 'pipe', 'inherit'] });
const base = await new Promise((resolve, reject) => {
  server.stdout.on('data', (data) => {
    const found = data.toString().match(/http:\/\/\S+/);
    if (found) resolve(found[0]);
  });
  server.on('exit', (code) => reject(new Error(`the server ended with ${code}`)));
});

/** Milliseconds of CPU time that all threads have had, to a fraction of one. A thread that ends takes its own along. */
function cpu() {
  const threads = readdirSync(`/proc/${server.pid}/task`);
  const nanos = threads.map((thread) => {
    try {
      return Number(readFileSync(`/proc/${server.pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      return 0;
    }
  });
  return nanos.reduce((sum, value) => sum + value, 0) / 1e6;
}

function memory(name) {
  return Number(readFileSync(`/proc/${server.pid}/status`, 'utf8').match(new RegExp(`${name}:\\s+(\\d+)`))[1]) / 1024;
}

function send({ method = 'POST', path = '/graphql', type = 'application/json', body, headers = {} }) {
  return new Promise((resolve, reject) => {
    const all = { authorization: `Bearer ${token}`, ...headers };
    if (body !== undefined && type) all['content-type'] = type;
    const request = http.request(base + path, { method, agent, headers: all }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    // A server that refuses a body may close the connection before all of it was sent.
    request.on('error', (error) => resolve({ status: error.code, body: '' }));
    request.end(body);
  });
}

/** What one request costs on average, and what memory it takes at its peak. */
async function measure(request) {
  let answer = await send(request);
  writeFileSync(`/proc/${server.pid}/clear_refs`, '5');
  const before = memory('VmRSS'), start = cpu();
  // More often while it is cheap, so that the rest of what the server does is as little of it as can be.
  let times = 0;
  do {
    answer = await send(request);
    times += 1;
  } while (times < 20 && cpu() - start < 400);
  return { ms: (cpu() - start) / times, mb: memory('VmHWM') - before, answer };
}

function outcome({ status, body }) {
  const code = body.match(/"code":"(\w+)"/)?.[1] ?? '';
  const message = body.match(/"message":"([^"]{0,60})/)?.[1] ?? '';
  return `${status} ${code} ${message}`;
}

let bad = 0;
const rows = [];
for (const [name, request] of Object.entries(cases)) {
  if (!name.includes(part)) continue;
  const { ms, mb, answer } = await measure(request);
  const size = Buffer.byteLength(request.body ?? request.path ?? '');
  const verdict = ms > MOST_MS || mb > MOST_MB ? 'TOO MUCH'
    : request.refused && answer.status !== 'EPIPE' && answer.status !== 'ECONNRESET' && !answer.body.includes('"errors"') ? 'ANSWERED' : '';
  bad += verdict ? 1 : 0;
  rows.push([name, size, ms, mb]);
  console.log(`${name.padEnd(44)} ${String(size).padStart(8)} B ${ms.toFixed(1).padStart(7)} ms ${mb.toFixed(1).padStart(6)} MB  ${outcome(answer)} ${verdict}`);
}

const alive = (await send({ body: '{"query":"{__typename}"}' })).status === 200;
const worst = (column) => rows.toSorted((a, b) => b[column] - a[column])[0] ?? ['none', 0, 0, 0];
console.log(`${rows.length} requests; most CPU ${worst(2)[2].toFixed(1)} ms (${worst(2)[0]}), most memory ${worst(3)[3].toFixed(1)} MB (${worst(3)[0]})`);
agent.destroy();
const ended = new Promise((resolve) => server.on('exit', resolve));
server.kill('SIGTERM');
await ended;
rmSync(folder, { recursive: true });
if (!alive) console.error('the server does not answer any more');
process.exit(bad > 0 || !alive ? 1 : 0);
