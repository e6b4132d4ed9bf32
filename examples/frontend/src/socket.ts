// Queries and subscriptions over one WebSocket, in the order in which they are asked.
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';
import type { Answer, Settings } from './api.js';
import type { TypedDocumentString } from './generated.js';
import { Results } from './results.js';

/** How often the server has to show that it is there. */
const PULSE = 12_000;

export class Socket {
  readonly #client: Client;

  constructor({ url, token, language }: Settings) {
    // Browsers cannot set headers of a WebSocket: there the language is the browser's own, and `webSocketImpl` is left out.
    class Speaking extends WebSocket {
      constructor(address: string, protocols: string | string[]) {
        super(address, protocols, { headers: { 'accept-language': language } });
      }
    }
    let silence: NodeJS.Timeout | undefined;
    this.#client = createClient({
      url: url.replace(/^http/, 'ws'),
      webSocketImpl: Speaking,
      connectionParams: { authorization: `Bearer ${token}` },
      // Whoever follows something has to read it again after a break, so a break is told, not mended here.
      retryAttempts: 0,
      keepAlive: PULSE,
      on: {
        ping: (received) => {
          if (!received) silence = setTimeout(() => this.cut(), PULSE);
        },
        pong: (received) => {
          if (received) clearTimeout(silence);
        },
        closed: () => clearTimeout(silence),
      },
    });
  }

  /**
   * Subscribes at once, also when nothing is read from the results yet. Reading throws when the socket breaks, and ends when it is
   * aborted. Whoever stops reading before calls `return`: the server lets a socket have 50 operations at once.
   */
  subscribe<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
    signal?: AbortSignal,
  ): Results<Result> {
    const answers = this.#client.iterate({
      query: document.toString(),
      variables: variables as Record<string, unknown>,
    });
    return new Results(answers as AsyncIterator<Answer<Result>>, signal);
  }

  /** A query. What was subscribed to before it on this socket tells of every change that its answer does not have. */
  async request<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
    signal?: AbortSignal,
  ): Promise<Result> {
    for await (const result of this.subscribe(document, variables, signal)) return result;
    throw new Error('an operation without a result');
  }

  /** Drops the connection as a bad network would. */
  cut(): void {
    this.#client.terminate();
  }

  async close(): Promise<void> {
    await this.#client.dispose();
  }
}

/** Whether a socket was closed with 4403: the key was revoked or the token has expired. Asking again needs a new one. */
export function isRefused(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 4403;
}
