/** {@link Turns}: calls that may overlap, put in order. */

/** Runs calls one after the other, in the order in which they were made. One that fails keeps no other from its turn. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #pending = 0;

  /** Whether a call that is made now runs at once. */
  get isFree(): boolean {
    return this.#pending === 0;
  }

  /** Runs a call when those before it have ended; at once, before this returns, if none is under way. */
  take<T>(call: () => Promise<T>): Promise<T> {
    this.#pending++;
    const done = () => {
      this.#pending--;
    };
    const result = this.#pending === 1 ? call() : this.#last.then(call, call);
    this.#last = result.then(done, done);
    return result;
  }
}
