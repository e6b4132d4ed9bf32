// One request, one answer, over HTTP.
import type { TypedDocumentString } from './generated.js';

/** An error that the server names by a code; NETWORK where there was no answer that can be read. */
export class ApiError extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }

  /** Whether the same request may work in a moment. Whether it was carried out is not known. */
  get isPassing(): boolean {
    return ['NETWORK', 'UNAVAILABLE', 'TIMEOUT', 'RATE_LIMITED'].includes(this.code);
  }
}

/** An answer as the server gives it, over HTTP and over a socket alike. */
export interface Answer<Result> {
  data?: Result | null;
  errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
}

/** The data of an answer. Root fields are null when they failed, so one error is enough to take none of it. */
export function read<Result>(answer: Answer<Result>): Result {
  const error = answer.errors?.[0];
  if (error) throw new ApiError(error.message, String(error.extensions?.code ?? 'INTERNAL'));
  if (!answer.data) throw new ApiError('an answer without data', 'NETWORK');
  return answer.data;
}

export interface Settings {
  /** http://.../graphql */
  url: string;
  token: string;
  /** Of labels, titles and remedies: en or id. */
  language: string;
}

export class Api {
  readonly settings: Settings;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  /** @throws ApiError */
  async request<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result> {
    const { url, token, language } = this.settings;
    let answer: Answer<Result>;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          accept: 'application/graphql-response+json',
          'accept-language': language,
        },
        body: JSON.stringify({ query: document.toString(), variables }),
        // A little more than the server gives itself.
        signal: AbortSignal.timeout(35_000),
      });
      answer = (await response.json()) as Answer<Result>;
    } catch (error) {
      throw new ApiError(String(error), 'NETWORK');
    }
    return read(answer);
  }
}
