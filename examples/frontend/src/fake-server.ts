// A server for tests: it says over HTTP and over sockets (graphql-transport-ws) what a test tells it to, and no more.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Answer, Settings } from './api.js';

interface Operation {
  query: string;
  variables: Record<string, unknown>;
}

interface Message {
  id: string;
  type: string;
  payload: Operation;
}

/** What an operation of this name is answered with. */
type Answers = Record<string, (variables: Record<string, unknown>) => Answer<unknown>>;

export class FakeServer {
  readonly answers: Answers;
  /** The names of the operations that are under way on sockets: what has no answer stays. */
  readonly open = new Map<string, string>();
  /** How many sockets were opened. */
  sockets = 0;
  /** Answers nothing on sockets. */
  isSilent = false;
  /** Closes sockets with this code. */
  closesWith: number | undefined;
  readonly #http = createServer();
  readonly #ws = new WebSocketServer({ server: this.#http, handleProtocols: () => 'graphql-transport-ws' });

  constructor(answers: Answers = {}) {
    this.answers = answers;
    this.#http.on('request', async (request: IncomingMessage, response) => {
      const answer = this.#answer((await json(request)) as Operation);
      response.end(JSON.stringify(answer));
    });
    this.#ws.on('connection', (socket) => this.#serve(socket));
  }

  async listen(): Promise<Settings> {
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    const { port } = this.#http.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}/graphql`, token: 'token', language: 'en' };
  }

  close(): void {
    for (const socket of this.#ws.clients) socket.terminate();
    this.#http.close();
    this.#http.closeAllConnections();
  }

  #serve(socket: WebSocket): void {
    this.sockets += 1;
    const mine = new Set<string>();
    const say = (message: object) => socket.send(JSON.stringify(message));
    socket.on('message', (text) => {
      const { id, type, payload } = JSON.parse(String(text)) as Message;
      if (this.isSilent) return;
      if (this.closesWith) return socket.close(this.closesWith);
      if (type === 'connection_init') return say({ type: 'connection_ack' });
      if (type === 'complete') return this.open.delete(id);
      if (type !== 'subscribe') return;
      const answer = this.#answer(payload);
      if (answer) {
        say({ id, type: 'next', payload: answer });
        say({ id, type: 'complete' });
      } else {
        this.open.set(id, nameOf(payload));
        mine.add(id);
      }
    });
    socket.on('close', () => mine.forEach((id) => this.open.delete(id)));
  }

  #answer(operation: Operation): Answer<unknown> | undefined {
    return this.answers[nameOf(operation)]?.(operation.variables);
  }
}

function nameOf({ query }: Operation): string {
  return /\w+ (\w+)/.exec(query)?.[1] ?? '';
}

/** Waits for something that has to come. It is the test's time limit that ends the wait for what does not. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await wait(5);
}
