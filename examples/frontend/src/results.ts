// The results of one operation over a socket, one after the other, until it is ended from either side.
import { read, type Answer } from './api.js';

const OVER: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * For `for await`. Not an async generator, whose `return` would wait for the next result, on a quiet subscription for ever, and
 * would tell the server nothing before the first result was asked for.
 */
export class Results<Result> implements AsyncIterableIterator<Result, undefined, undefined> {
  readonly #answers: AsyncIterator<Answer<Result>>;
  readonly #signal: AbortSignal | undefined;
  readonly #stop = (): void => void this.return();
  #isOver = false;
  /** Ends the wait for the next result. */
  #wake = (): void => undefined;

  constructor(answers: AsyncIterator<Answer<Result>>, signal?: AbortSignal) {
    this.#answers = answers;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#stop);
    if (signal?.aborted) this.#stop();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Result, undefined>> {
    try {
      const { done, value } = await this.#answer();
      return done ? await this.return() : { done: false, value: read(value) };
    } catch (error) {
      // Nobody reads on after an error.
      await this.return();
      throw error;
    }
  }

  /** Ends the operation, at the server too. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#isOver = true;
    this.#signal?.removeEventListener('abort', this.#stop);
    await this.#answers.return?.();
    this.#wake();
    return OVER;
  }

  #answer(): Promise<IteratorResult<Answer<Result>, undefined>> {
    if (this.#isOver) return Promise.resolve(OVER);
    return new Promise((resolve, reject) => {
      // The answers may end later than this: where the socket is still being opened, they wait for that.
      this.#wake = () => resolve(OVER);
      this.#answers.next().then(resolve, reject);
    });
  }
}
