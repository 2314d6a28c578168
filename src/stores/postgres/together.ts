/** {@link Together}: calls that are made at the same time go to the database as one. */

/** Requests that are under way at once: one that the server works on, and one that is on its way. */
const AT_ONCE = 2;
/** A request that takes longer than so many milliseconds keeps no others from being sent. */
const PATIENCE = 1000;

/** What becomes of a call: later, if that takes a request of its own. */
export type Answer<Output> = Output | Error | Promise<Output>;

interface Call<Input, Output> {
  input: Input;
  resolve(output: Output | Promise<Output>): void;
  reject(error: unknown): void;
}

/**
 * Makes one request of the calls that come together, or while others are under way. A call that comes alone waits for
 * nothing. When thousands of sessions are loaded or given back at once, it is one transaction for hundreds of them.
 */
export class Together<Input, Output> {
  readonly #request: (inputs: readonly Input[]) => Promise<Answer<Output>[]>;
  readonly #most: number;
  #waiting: Call<Input, Output>[] = [];
  #underWay = 0;

  /**
   * @param most how many calls one request is for at most
   * @param request gives for each input, in order, what becomes of it; rejects where that is the same for all
   */
  constructor(most: number, request: (inputs: readonly Input[]) => Promise<Answer<Output>[]>) {
    this.#most = most;
    this.#request = request;
  }

  call(input: Input): Promise<Output> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject });
      if (this.#waiting.length === 1) queueMicrotask(() => this.#send());
    });
  }

  #send(): void {
    while (this.#underWay < AT_ONCE && this.#waiting.length > 0) {
      const rest = this.#waiting.splice(this.#most);
      const calls = this.#waiting;
      this.#waiting = rest;
      void this.#answer(calls);
    }
  }

  async #answer(calls: readonly Call<Input, Output>[]): Promise<void> {
    this.#underWay++;
    let isCounted = true;
    const makeRoom = () => {
      if (!isCounted) return;
      isCounted = false;
      this.#underWay--;
      this.#send();
    };
    const timer = setTimeout(makeRoom, PATIENCE);
    try {
      const outputs = await this.#request(calls.map(({ input }) => input));
      for (const [i, { resolve, reject }] of calls.entries()) {
        const output = outputs[i]!;
        if (output instanceof Error) reject(output);
        else resolve(output);
      }
    } catch (error) {
      for (const { reject } of calls) reject(error);
    } finally {
      clearTimeout(timer);
      makeRoom();
    }
  }
}
